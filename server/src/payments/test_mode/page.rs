//! The hosted page of test mode. It works without scripts and says on every state what it is.

use std::collections::BTreeSet;
use std::iter;
use std::sync::LazyLock;

use creditpack::Catalog;
use creditpack::catalog::Tax;
use creditpack::wire::PurchaseStatus;
use maud::{Markup, html};
use url::{Position, Url};

use super::price::{grouped, written};
use crate::config::Origin;
use crate::ledger::{NewPurchase, Purchase, SessionStatus, TestSession};
use crate::page::{Style, Written, layout};
use crate::payments::returning;

static STYLE: LazyLock<Style> = LazyLock::new(|| Style::new(include_str!("page.css")));

/// What the buyer just tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Nothing yet.
    None,
    /// A card that was declined.
    Declined,
}

/// The page for `purchase` in its `session`, whether or not it can still be paid.
pub fn checkout(
    purchase: &Purchase,
    session: &TestSession,
    attempt: Attempt,
    catalog: &Catalog,
) -> String {
    let order = &purchase.order;
    let payable = is_payable(purchase, session);
    let pack = catalog.packs.iter().find(|pack| pack.id == order.pack);
    let label = pack.map_or(order.pack.as_str(), |pack| pack.label.plain());
    let tax = pack.and_then(|pack| pack.tax).or(catalog.tax);
    let title = if payable { "Check out" } else { "Checkout" };
    let body = html! {
        h1 { (label) @if order.quantity > 1 { " × " (order.quantity) } }
        p.credits { (grouped(order.credits.get())) " credits" }
        (price(order, tax))
        @if payable { (choices(purchase, attempt)) } @else { (ended(purchase, session)) }
    };
    written_out(title, &body)
}

fn price(order: &NewPurchase, tax: Option<Tax>) -> Markup {
    html! {
        p.price {
            @if order.list_price != order.price {
                del { span.hidden { "Instead of " } (written(order.list_price)) } " "
            }
            (written(order.price))
            @if let Some(tax) = tax { " " small { (tax_words(tax)) } }
        }
        @if let Some(code) = &order.promotion {
            p.promotion { "With the promotion " strong { (code) } }
        }
    }
}

const fn tax_words(tax: Tax) -> &'static str {
    match tax {
        Tax::Inclusive => "incl. tax",
        Tax::Exclusive => "plus tax",
    }
}

/// Whether the buyer may still choose.
pub fn is_payable(purchase: &Purchase, session: &TestSession) -> bool {
    session.status == SessionStatus::Open && purchase.status == PurchaseStatus::Open
}

/// The page for a session that does not exist.
pub fn unknown() -> String {
    let body = html! {
        h1 { "No such checkout" }
        p { "This address belongs to no checkout. Nothing was charged." }
    };
    written_out("No such checkout", &body)
}

/// The Content-Security-Policy of the page: nothing from anywhere, and forms that lead back to the
/// page or to where the buyer returns (browsers follow the redirect only if it is named).
pub fn policy(purchase: Option<&Purchase>) -> String {
    let returns =
        purchase.map(|purchase| [&purchase.order.success_url, &purchase.order.cancel_url]);
    let urls = returns.into_iter().flatten().filter_map(|text| Url::parse(text).ok());
    let origins: BTreeSet<_> = urls.map(|url| Origin::of(&url)).collect();
    let targets: Vec<_> = iter::once("'self'").chain(origins.iter().map(Origin::as_str)).collect();
    STYLE.policy(&targets.join(" "))
}

fn choices(purchase: &Purchase, attempt: Attempt) -> Markup {
    html! {
        @if attempt == Attempt::Declined {
            p.declined role="alert" {
                strong { "The card was declined." } " Nothing was charged. You can try again."
            }
        }
        // Without an action, a form goes to the page's own address, with its query.
        form method="post" {
            button.pay name="choice" value="pay" { "Pay" }
            div.others {
                button name="choice" value="pay_later" { "Pay later" }
                button name="choice" value="decline" { "Decline" }
                button name="choice" value="cancel" { "Cancel" }
            }
        }
        dl {
            dt { "Pay" } dd { "A card that works." }
            dt { "Pay later" } dd { "A method that takes some seconds to arrive." }
            dt { "Decline" } dd { "A card that is refused." }
        }
        p.return { "Afterwards you return to " strong { (host(&purchase.order.success_url)) } "." }
    }
}

fn ended(purchase: &Purchase, session: &TestSession) -> Markup {
    let order = &purchase.order;
    let lapsed = ("This checkout has lapsed. Nothing was charged.", None);
    let (words, back) = match purchase.status {
        PurchaseStatus::Paid => {
            ("This checkout is paid and its credits are yours.", Some(&order.success_url))
        }
        PurchaseStatus::Open if session.status == SessionStatus::Expired => lapsed,
        PurchaseStatus::Expired => lapsed,
        PurchaseStatus::Open | PurchaseStatus::Processing => {
            ("The payment is on its way.", Some(&order.success_url))
        }
        PurchaseStatus::Failed => ("The payment failed. Nothing was charged.", None),
        PurchaseStatus::PartiallyRefunded => ("Part of the payment was given back.", None),
        PurchaseStatus::Refunded => ("The payment was given back.", None),
        PurchaseStatus::Disputed => ("The payment is disputed.", None),
    };
    let back = back.map_or_else(|| order.cancel_url.clone(), |url| returning(url, &order.checkout));
    html! {
        p role="status" { (words) }
        p { a.back href=(back) { "Return to " (host(&back)) } }
        (returns(purchase.status))
    }
}

/// What may become of money that was paid.
fn returns(status: PurchaseStatus) -> Markup {
    let buttons: &[_] = match status {
        PurchaseStatus::Paid | PurchaseStatus::PartiallyRefunded => {
            &[("refund", "Refund"), ("refund_half", "Refund half"), ("dispute", "Dispute")]
        }
        PurchaseStatus::Disputed => &[("win_dispute", "Win the dispute")],
        _ => return html! {},
    };
    html! {
        h2 { "Pretend that the money comes back" }
        form method="post" {
            div.others {
                @for (choice, label) in buttons {
                    button name="choice" value=(choice) { (label) }
                }
            }
        }
    }
}

/// Host and port, as an address bar shows them.
fn host(url: &str) -> String {
    match Url::parse(url) {
        Ok(url) => url[Position::BeforeHost..Position::AfterPort].to_owned(),
        Err(_) => "the shop".to_owned(),
    }
}

fn written_out(title: &str, body: &Markup) -> String {
    let body = html! {
        p.mode role="note" { strong { "Test mode:" } " no real money" }
        main { (body) }
    };
    layout(&STYLE, Written::ENGLISH, &format!("{title} · test mode"), &body)
}
