//! Every operation that is served: who may call it, what it takes, how it is answered.

use creditpack::Code;

use crate::ledger::Scope;

/// One method of one address.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) method: &'static str,
    /// With a name in braces for each part that varies.
    pub(super) path: &'static str,
    /// Its name for code generators.
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) who: Who,
    /// Parameters of the query, by their names among the document's parameters.
    pub(super) query: &'static [&'static str],
    pub(super) takes: Takes,
    pub(super) answers: &'static [Answer],
    /// Refusals besides those that [`Operation::refusals`] adds.
    pub(super) also: &'static [Code],
}

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Anybody; whoever looks after the process, without any limit.
    Anybody,
    /// Anybody; a credential that is shown has to be good.
    AnybodyOr(Scope),
    /// A client token, or a secret key of that scope.
    BrowserOr(Scope),
    /// A secret key of that scope.
    Server(Scope),
}

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// There is none.
    Nothing,
    /// JSON of that schema.
    Json(&'static str),
    /// A form of that schema.
    Form(&'static str),
    /// JSON of that schema, signed with a header.
    Signed(&'static str),
}

/// A success.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) gives: Gives,
    pub(super) when: &'static str,
}

/// What an answer's body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gives {
    /// There is none.
    Nothing,
    /// JSON of that schema.
    Json(&'static str),
    /// Anything else, of that media type.
    Text(&'static str),
}

const fn json(status: u16, schema: &'static str, when: &'static str) -> Answer {
    Answer { status, gives: Gives::Json(schema), when }
}

const fn text(status: u16, kind: &'static str, when: &'static str) -> Answer {
    Answer { status, gives: Gives::Text(kind), when }
}

const fn bare(status: u16, when: &'static str) -> Answer {
    Answer { status, gives: Gives::Nothing, when }
}

impl Operation {
    /// Every code that it may refuse with.
    pub(super) fn refusals(&self) -> Vec<Code> {
        let mut codes = self.also.to_vec();
        match self.who {
            Who::Anybody => {}
            Who::AnybodyOr(_) => {
                codes.extend([Code::TokenInvalid, Code::TokenExpired, Code::Forbidden]);
            }
            Who::BrowserOr(_) | Who::Server(_) => codes.extend([
                Code::TokenMissing,
                Code::TokenInvalid,
                Code::TokenExpired,
                Code::Forbidden,
            ]),
        }
        if self.takes != Takes::Nothing {
            codes.extend([Code::InvalidRequest, Code::BodyTooLarge]);
        }
        if matches!(self.takes, Takes::Json(_)) {
            codes.push(Code::UnsupportedMediaType);
        }
        if !self.query.is_empty() || self.path.contains('{') {
            codes.push(Code::InvalidRequest);
        }
        codes.sort_by_key(|&code| (code.status(), code.as_str()));
        codes.dedup();
        codes
    }
}

/// What anything that asks the store may be refused with.
const STORE: [Code; 3] = [Code::RateLimited, Code::Overloaded, Code::StoreUnavailable];

/// The same, and more.
macro_rules! store_and {
    ($($code:ident),* $(,)?) => {
        &[STORE[0], STORE[1], STORE[2], $(Code::$code),*]
    };
}

/// How what changes a hold may be refused.
macro_rules! hold_and {
    ($($code:ident),* $(,)?) => {
        store_and![
            UnknownOp, AlreadyCaptured, AlreadyReleased, HoldExpired, HoldClaimed,
            InsufficientCredits, Cancelled, $($code),*
        ]
    };
}

const HTML: &str = "text/html; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

/// All of them, in the order of the documentation.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        method: "post",
        path: "/v1/tokens",
        id: "createToken",
        summary: "A client token for the page of one account",
        who: Who::Server(Scope::Spend),
        query: &[],
        takes: Takes::Json("TokenRequest"),
        answers: &[json(201, "TokenAnswer", "The token")],
        also: &[Code::RateLimited, Code::StoreUnavailable],
    },
    Operation {
        method: "post",
        path: "/v1/grants",
        id: "createGrant",
        summary: "Gives credits, or takes them away",
        who: Who::Server(Scope::Grant),
        query: &[],
        takes: Takes::Json("GrantRequest"),
        answers: &[json(201, "GrantAnswer", "Granted"), json(200, "GrantAnswer", "A replay")],
        also: store_and![CheckoutConflict, InsufficientCredits],
    },
    Operation {
        method: "post",
        path: "/v1/refunds",
        id: "createRefund",
        summary: "Gives back credits that an op spent",
        who: Who::Server(Scope::Grant),
        query: &[],
        takes: Takes::Json("RefundRequest"),
        answers: &[json(201, "GrantAnswer", "Given back"), json(200, "GrantAnswer", "A replay")],
        also: store_and![
            CheckoutConflict,
            UnknownOp,
            ExceedsHold,
            AlreadyReleased,
            HoldExpired,
            InsufficientCredits,
            Cancelled,
        ],
    },
    Operation {
        method: "post",
        path: "/v1/holds",
        id: "createHold",
        summary: "Sets credits aside for an op before its work starts",
        who: Who::BrowserOr(Scope::Spend),
        query: &[],
        takes: Takes::Json("HoldBody"),
        answers: &[
            json(201, "HoldAnswer", "Decided now"),
            json(200, "HoldAnswer", "Decided before, or claimed now"),
        ],
        also: hold_and![UnknownOperation, OpConflict, PriceChanged, OpTooOld],
    },
    Operation {
        method: "post",
        path: "/v1/holds/verdicts",
        id: "listVerdicts",
        summary: "What became of up to 100 ops",
        who: Who::BrowserOr(Scope::Read),
        query: &[],
        takes: Takes::Json("VerdictsRequest"),
        answers: &[json(200, "VerdictsAnswer", "One receipt for each, in the order asked")],
        also: store_and![],
    },
    Operation {
        method: "get",
        path: "/v1/holds/{op}",
        id: "getReceipt",
        summary: "What became of one op",
        who: Who::BrowserOr(Scope::Read),
        query: &["account"],
        takes: Takes::Nothing,
        answers: &[json(200, "Receipt", "Its receipt")],
        also: store_and![UnknownOp],
    },
    Operation {
        method: "post",
        path: "/v1/holds/{op}/claim",
        id: "claimHold",
        summary: "Starts the work: one run owns the hold from here on",
        who: Who::Server(Scope::Spend),
        query: &[],
        takes: Takes::Json("ClaimRequest"),
        answers: &[json(200, "HoldAnswer", "The hold is this run's")],
        also: hold_and![OpConflict],
    },
    Operation {
        method: "post",
        path: "/v1/holds/{op}/extend",
        id: "extendHold",
        summary: "Has the life of a claimed hold begin again",
        who: Who::Server(Scope::Spend),
        query: &[],
        takes: Takes::Json("ExtendRequest"),
        answers: &[json(200, "HoldAnswer", "It lives longer")],
        also: hold_and![],
    },
    Operation {
        method: "post",
        path: "/v1/holds/{op}/capture",
        id: "captureHold",
        summary: "The work is done: its credits are spent",
        who: Who::Server(Scope::Spend),
        query: &[],
        takes: Takes::Json("CaptureRequest"),
        answers: &[json(200, "Receipt", "Captured, now or before")],
        also: hold_and![ExceedsHold],
    },
    Operation {
        method: "post",
        path: "/v1/holds/{op}/release",
        id: "releaseHold",
        summary: "The work will not be done: its credits return",
        who: Who::BrowserOr(Scope::Spend),
        query: &[],
        takes: Takes::Json("ReleaseRequest"),
        answers: &[json(200, "Receipt", "Released, now or before")],
        also: hold_and![],
    },
    Operation {
        method: "get",
        path: "/v1/account",
        id: "getAccount",
        summary: "One consistent read of an account",
        who: Who::BrowserOr(Scope::Read),
        query: &["account", "since", "epoch", "wait_s"],
        takes: Takes::Nothing,
        answers: &[json(200, "Snapshot", "The snapshot")],
        also: store_and![],
    },
    Operation {
        method: "get",
        path: "/v1/account/stream",
        id: "streamAccount",
        summary: "What happens to an account, as it happens",
        who: Who::BrowserOr(Scope::Read),
        query: &["account", "since", "epoch"],
        takes: Takes::Nothing,
        answers: &[text(200, "text/event-stream", "Server-sent events, without end")],
        also: store_and![],
    },
    Operation {
        method: "get",
        path: "/v1/account/history",
        id: "listEntries",
        summary: "An account's entries, newest first",
        who: Who::BrowserOr(Scope::Read),
        query: &["account", "before", "limit"],
        takes: Takes::Nothing,
        answers: &[json(200, "HistoryPage", "One page")],
        also: store_and![],
    },
    Operation {
        method: "get",
        path: "/v1/catalog",
        id: "getCatalog",
        summary: "What is sold and what it buys",
        who: Who::AnybodyOr(Scope::Read),
        query: &["account", "currency"],
        takes: Takes::Nothing,
        answers: &[json(200, "PublicCatalog", "The catalog"), bare(304, "It is as it was")],
        also: store_and![],
    },
    Operation {
        method: "post",
        path: "/v1/quotes",
        id: "createQuote",
        summary: "What a purchase would cost",
        who: Who::BrowserOr(Scope::Read),
        query: &[],
        takes: Takes::Json("QuoteRequest"),
        answers: &[json(200, "QuoteAnswer", "The price")],
        also: store_and![UnknownPack, PromotionInvalid],
    },
    Operation {
        method: "post",
        path: "/v1/checkouts",
        id: "createCheckout",
        summary: "Begins a purchase",
        who: Who::BrowserOr(Scope::Spend),
        query: &[],
        takes: Takes::Json("CheckoutRequest"),
        answers: &[json(201, "Checkout", "Begun"), json(200, "Checkout", "A replay")],
        also: store_and![
            UnknownPack,
            PromotionInvalid,
            UrlNotAllowed,
            CheckoutConflict,
            PriceChanged,
            PaymentsNotConfigured,
            ProviderUnavailable,
        ],
    },
    Operation {
        method: "get",
        path: "/v1/checkouts/{id}",
        id: "getCheckout",
        summary: "How far a purchase is; asks the payment provider where it is not settled",
        who: Who::BrowserOr(Scope::Read),
        query: &["account"],
        takes: Takes::Nothing,
        answers: &[json(200, "Checkout", "The checkout")],
        also: store_and![UnknownCheckout, PaymentsNotConfigured],
    },
    Operation {
        method: "get",
        path: "/r/{secret}",
        id: "showReceipt",
        summary: "The receipt of a purchase, for whoever has its link",
        who: Who::Anybody,
        query: &[],
        takes: Takes::Nothing,
        answers: &[text(200, HTML, "The receipt"), text(404, HTML, "No such receipt")],
        also: store_and![],
    },
    Operation {
        method: "post",
        path: "/v1/webhooks/stripe",
        id: "receiveStripeEvent",
        summary: "What the payment provider tells; 200 once its effect is durable",
        who: Who::Anybody,
        query: &[],
        takes: Takes::Signed("StripeEvent"),
        answers: &[bare(200, "Taken, or without effect here")],
        also: store_and![PaymentsNotConfigured, ProviderUnavailable],
    },
    Operation {
        method: "get",
        path: "/test/checkout/{session}",
        id: "showTestCheckout",
        summary: "The page of test mode, where no real money moves",
        who: Who::Anybody,
        query: &["webhook_delay_ms"],
        takes: Takes::Nothing,
        answers: &[text(200, HTML, "The page"), text(404, HTML, "No such checkout")],
        also: store_and![NotFound],
    },
    Operation {
        method: "post",
        path: "/test/checkout/{session}",
        id: "chooseTestPayment",
        summary: "A button of that page",
        who: Who::Anybody,
        query: &["webhook_delay_ms"],
        takes: Takes::Form("TestChoice"),
        answers: &[
            bare(303, "Back to the shop"),
            text(200, HTML, "The page, where nothing was chosen that leads on"),
            text(404, HTML, "No such checkout"),
        ],
        also: store_and![NotFound],
    },
    Operation {
        method: "get",
        path: "/healthz",
        id: "getHealth",
        summary: "Whether the process lives",
        who: Who::Anybody,
        query: &[],
        takes: Takes::Nothing,
        answers: &[text(200, PLAIN, "It does")],
        also: &[],
    },
    Operation {
        method: "get",
        path: "/readyz",
        id: "getReadiness",
        summary: "Whether reads and commands are answered",
        who: Who::Anybody,
        query: &[],
        takes: Takes::Nothing,
        answers: &[text(200, PLAIN, "They are")],
        also: store_and![],
    },
    Operation {
        method: "get",
        path: "/metrics",
        id: "getMetrics",
        summary: "What the process measures, for Prometheus",
        who: Who::Server(Scope::Metrics),
        query: &[],
        takes: Takes::Nothing,
        answers: &[text(200, super::super::metrics::OPEN_METRICS, "The metrics")],
        also: &[Code::RateLimited],
    },
    Operation {
        method: "get",
        path: "/openapi.json",
        id: "getDocument",
        summary: "This document",
        who: Who::Anybody,
        query: &[],
        takes: Takes::Nothing,
        answers: &[json(200, "Document", "The document")],
        also: &[Code::RateLimited],
    },
    Operation {
        method: "get",
        path: "/docs",
        id: "showDocument",
        summary: "This document, for people",
        who: Who::Anybody,
        query: &[],
        takes: Takes::Nothing,
        answers: &[text(200, HTML, "The page")],
        also: &[Code::RateLimited],
    },
];
