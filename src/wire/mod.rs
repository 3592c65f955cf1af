//! Every body that crosses the network, shared by the backend and the browser.
//!
//! Readers ignore unknown fields, so that either side can be newer.

mod account;
mod purchase;
mod spend;

pub use account::{
    Bye, ByeReason, Heartbeat, HistoryPage, HoldLine, Incoming, IncomingList, PurchaseStatus,
    Reset, ResetReason, Snapshot, Stamped,
};
pub use purchase::{
    Checkout, CheckoutRequest, Expected, GrantAnswer, GrantRequest, OperationLine, PackLine,
    PublicCatalog, QuoteAnswer, QuoteRequest, TokenAnswer, TokenRequest,
};
pub use spend::{
    CaptureRequest, ClaimRequest, ExtendRequest, HoldAnswer, HoldBody, OpState, Problem, Receipt,
    ReceiptVerdict, RefundRequest, ReleaseRequest, VerdictsAnswer, VerdictsRequest,
};
