//! What is done to a ledger while its disk fails, step by step, each with one right outcome.

use creditpack::AccountId;
use creditpack::ledger::{Claimant, Decision, Reason, ReversalKind, ReversalState};
use creditpackd::clock::Clock;
use creditpackd::ledger::{
    CreatedPurchase, Failure, Ledger, NewGrant, OpRefund, Outcome, Paid, PurchaseEvent,
    PurchaseRequest, Reversed, Settled, ToldReversal,
};

use crate::ledger_book::{START_MS, claim_id, code, image, op, purchase_request, request};

/// One thing that is asked of a ledger, by an account's number and what names it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    /// Credits by hand, or taken away.
    Grant(u8, &'static str, i64),
    /// A hold that waits for a run of the work.
    Hold(u8, u64),
    /// A hold that is born claimed.
    Start(u8, u64),
    Claim(u8, u64),
    Extend(u8, u64),
    Capture(u8, u64),
    Release(u8, u64),
    Refund(u8, u64),
    Buy(u8),
    Pay(u8),
    TakeBack(u8),
    Sweep,
}

/// What is done before anything else is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Time passes, and then all of these are asked at once.
    Ask(u64, &'static [Act]),
    /// The ledger is closed in order and opened again.
    Reopen,
    /// Nobody asks for anything until the log was written back.
    Rest,
}

/// Accounts that the script knows.
pub(crate) const ACCOUNTS: u8 = 4;

const MINUTE_MS: u64 = 60_000;

pub(crate) const SCRIPT: &[Step] = &{
    use Act::*;
    use Step::*;
    [
        Ask(0, &[Grant(1, "g1", 5)]),
        Ask(0, &[Grant(2, "g2", 9)]),
        Ask(0, &[Grant(3, "g3", 9)]),
        Ask(0, &[Grant(4, "g4", 1)]),
        Ask(0, &[Hold(1, 1)]),
        Ask(0, &[Claim(1, 1)]),
        Ask(1000, &[Extend(1, 1)]),
        Ask(0, &[Capture(1, 1)]),
        Ask(0, &[Refund(1, 1)]),
        Ask(0, &[Release(1, 9)]),
        Ask(0, &[Hold(1, 9)]),
        Ask(0, &[Hold(1, 2)]),
        Ask(0, &[Start(2, 1), Hold(3, 1), Grant(1, "g5", 1), Hold(4, 1)]),
        Ask(0, &[Capture(2, 1), Release(3, 1), Start(1, 3), Capture(4, 1)]),
        Rest,
        Ask(0, &[Hold(4, 2)]),
        Ask(0, &[Release(1, 3)]),
        Ask(3 * MINUTE_MS, &[Sweep]),
        Ask(0, &[Buy(1)]),
        Ask(0, &[Pay(1)]),
        Ask(0, &[Grant(1, "g6", -2)]),
        Ask(0, &[TakeBack(1)]),
        Reopen,
        Ask(0, &[Start(2, 2), Start(3, 2), Refund(4, 1)]),
        Ask(0, &[Release(2, 2), Capture(3, 2), Grant(1, "g7", 3)]),
        Ask(0, &[Start(1, 4)]),
        Ask(0, &[Capture(1, 4)]),
    ]
};

/// What time it is after so many steps.
pub(crate) fn clock_after(steps: usize) -> Clock {
    let waited = SCRIPT[..steps].iter().map(|step| match step {
        Step::Ask(wait_ms, _) => *wait_ms,
        Step::Reopen | Step::Rest => 0,
    });
    Clock::standing_at(START_MS + waited.sum::<u64>())
}

pub(crate) fn account(number: u8) -> AccountId {
    AccountId::new(&format!("u_{number}")).unwrap()
}

impl Act {
    /// Whether asking again, however late, is answered like the first time.
    pub(crate) fn is_sticky(self) -> bool {
        !matches!(self, Self::Claim(..) | Self::Extend(..) | Self::Sweep)
    }

    /// Whose it is.
    pub(crate) fn account(self) -> u8 {
        match self {
            Self::Grant(who, ..)
            | Self::Hold(who, _)
            | Self::Start(who, _)
            | Self::Claim(who, _)
            | Self::Extend(who, _)
            | Self::Capture(who, _)
            | Self::Release(who, _)
            | Self::Refund(who, _) => who,
            Self::Buy(_) | Self::Pay(_) | Self::TakeBack(_) | Self::Sweep => 1,
        }
    }

    /// Asks for it; tells the part of the answer that stays.
    pub(crate) async fn ask(self, ledger: &Ledger) -> Result<String, Failure> {
        let run = || claim_id("run");
        Ok(match self {
            Self::Grant(who, id, credits) => {
                let (account, reason) = (account(who), "for a test".to_owned());
                let grant = NewGrant { id: id.into(), account, credits, reason, actor: None };
                let granted = ledger.grant(grant).await?;
                format!("{:?}", granted.map(|granted| granted.entry))
            }
            Self::Hold(who, number) => hold(ledger, who, number, Claimant::Browser).await?,
            Self::Start(who, number) => hold(ledger, who, number, Claimant::Server(run())).await?,
            Self::Claim(who, number) => {
                told(&ledger.claim(account(who), op(number), image(), run()).await?)
            }
            Self::Extend(who, number) => {
                told(&ledger.extend(account(who), op(number), run()).await?)
            }
            Self::Capture(who, number) => {
                told(&ledger.capture(account(who), op(number), None).await?)
            }
            Self::Release(who, number) => {
                told(&ledger.release(account(who), op(number), Reason::Failed).await?)
            }
            Self::Refund(who, number) => {
                let (id, account) = (format!("refund_{who}_{number}"), account(who));
                let (op, reason) = (op(number), "for a test".to_owned());
                let refund = OpRefund { id, account, op, credits: None, reason };
                let refunded = ledger.refund(refund).await?;
                format!("{:?}", refunded.map(|refunded| refunded.entry))
            }
            Self::Buy(number) => buy(ledger, number).await?,
            Self::Pay(number) => pay(ledger, number).await?,
            Self::TakeBack(number) => take_back(ledger, number).await?,
            Self::Sweep => ledger.sweep().await.map(|()| "swept".to_owned())?,
        })
    }
}

async fn hold(
    ledger: &Ledger,
    who: u8,
    number: u64,
    claimant: Claimant,
) -> Result<String, Failure> {
    let request = request(op(number), claimant, START_MS);
    Ok(told(&ledger.hold(account(who), request).await?))
}

fn told(decision: &Decision) -> String {
    let receipt = decision.record.as_ref().map(|record| {
        let receipt = record.receipt();
        (receipt.verdict, receipt.version, receipt.credits)
    });
    format!("{:?} {receipt:?}", code(decision))
}

fn purchase(number: u8) -> String {
    format!("pur_{number:03}")
}

async fn buy(ledger: &Ledger, number: u8) -> Result<String, Failure> {
    let request = PurchaseRequest { account: account(1), ..purchase_request(number.into()) };
    Ok(match ledger.create_purchase(request).await? {
        CreatedPurchase::Created(made) | CreatedPurchase::Replayed(made) => {
            format!("{:?}", made.order)
        }
        other => format!("{other:?}"),
    })
}

async fn pay(ledger: &Ledger, number: u8) -> Result<String, Failure> {
    let (event, session) = (Some(format!("evt_{number}")), format!("cs_{number}"));
    let event = PurchaseEvent { event, session, outcome: Outcome::Paid };
    let payment = Some(format!("pi_{number}"));
    let paid = Paid { payment, amount: 1200, tax: 0, currency: "usd".into() };
    Ok(match ledger.settle_payment(purchase(number), event, paid).await? {
        Settled::Changed { .. } | Settled::Unchanged(_) => "paid".to_owned(),
        other => format!("{other:?}"),
    })
}

async fn take_back(ledger: &Ledger, number: u8) -> Result<String, Failure> {
    let (kind, state) = (ReversalKind::Refund, ReversalState::InForce);
    let (id, currency) = (format!("re_{number}"), "usd".to_owned());
    let reversal = ToldReversal { id, kind, state, amount: 1200, currency };
    Ok(match ledger.reverse(purchase(number), reversal).await? {
        Reversed::Changed(_) | Reversed::Unchanged(_) => "taken back".to_owned(),
        other => format!("{other:?}"),
    })
}
