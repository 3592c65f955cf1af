//! What a receipt says, before anybody decides how it looks.

use creditpack::catalog::{Catalog, Tax};
use creditpack::pricing::buys;
use creditpack::wire::PurchaseStatus;

use super::language::Language;
use super::words::Words;
use crate::ledger::{Charged, NewPurchase, PurchaseReceipt};

/// So many alternatives of what credits buy are named at most.
const ALTERNATIVES_MAX: usize = 3;

/// A receipt in the buyer's language.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) words: &'static Words,
    /// Who sells.
    pub(super) seller: String,
    /// What is bought, in short.
    pub(super) credits: String,
    /// What the buyer has to know first: that it was a test, or that the money went back.
    pub(super) notes: Vec<String>,
    pub(super) lines: Vec<Line>,
    /// Where the page is.
    pub(super) url: String,
}

/// One thing that a receipt tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) label: String,
    pub(super) value: String,
    /// Said more quietly behind it.
    pub(super) aside: Option<String>,
}

/// What surrounds a receipt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings<'a> {
    pub(super) seller: &'a str,
    pub(super) catalog: &'a Catalog,
    /// Whether real money moved.
    pub(super) pretended: bool,
    pub(super) url: &'a str,
}

impl Content {
    /// What the receipt says. Names are those that the catalog has now; what it has no more is
    /// called by its id.
    pub(super) fn of(receipt: &PurchaseReceipt, around: Surroundings<'_>) -> Self {
        let order = &receipt.purchase.order;
        let language = Language::of(order.locale.as_deref());
        let words = language.words;
        let pretended = around.pretended.then_some(&words.test_mode);
        let status = match receipt.purchase.status {
            PurchaseStatus::Refunded => Some(&words.refunded),
            PurchaseStatus::PartiallyRefunded => Some(&words.partially_refunded),
            PurchaseStatus::Disputed => Some(&words.disputed),
            _ => None,
        };
        let mut lines = bought(&language, order, around.catalog);
        lines.extend(paid(&language, order, receipt.charged, around.catalog));
        lines.push(Line::new(&words.paid, language.moment(receipt.paid_at_ms)));
        lines.push(Line::new(&words.purchase, order.purchase.clone()));
        Self {
            words,
            seller: around.seller.to_owned(),
            credits: language.credits(order.credits),
            notes: [status, pretended].into_iter().flatten().cloned().collect(),
            lines,
            url: around.url.to_owned(),
        }
    }

    /// The subject of its mail.
    pub(super) fn subject(&self) -> String {
        self.words.subject.replace("{seller}", &self.seller)
    }

    /// Its language, as documents declare it.
    pub(super) fn tag(&self) -> &'static str {
        &self.words.tag
    }

    /// The direction it is written in.
    pub(super) const fn direction(&self) -> &'static str {
        direction(self.words)
    }
}

/// The direction that `words` are written in.
pub(super) const fn direction(words: &Words) -> &'static str {
    if words.right_to_left { "rtl" } else { "ltr" }
}

impl Line {
    fn new(label: &str, value: String) -> Self {
        Self { label: label.to_owned(), value, aside: None }
    }

    fn aside(mut self, aside: Option<String>) -> Self {
        self.aside = aside;
        self
    }
}

/// The pack, its credits, and what they are enough for.
fn bought(language: &Language, order: &NewPurchase, catalog: &Catalog) -> Vec<Line> {
    let words = language.words;
    let pack = catalog.packs.iter().find(|pack| pack.id == order.pack);
    let label = pack.map_or(order.pack.as_str(), |pack| language.label(&pack.label));
    let times = match order.quantity {
        1 => label.to_owned(),
        quantity => format!("{label} × {}", language.number(u64::from(quantity))),
    };
    let mut lines = vec![
        Line::new(&words.pack, times),
        Line::new(&words.credits, language.number(order.credits.get())),
    ];
    let each = catalog.operations.iter().map(|it| (it.id.as_str(), it.credits));
    let enough: Vec<_> = buys(order.credits, each)
        .into_iter()
        .filter(|bought| bought.times > 0)
        .filter_map(|bought| {
            Some(language.times(catalog.operation(&bought.operation)?, bought.times))
        })
        .take(ALTERNATIVES_MAX)
        .collect();
    if !enough.is_empty() {
        lines.push(Line::new(&words.enough_for, language.either(&enough)));
    }
    lines
}

/// The price and how it came about; the total and its tax where the provider told them.
fn paid(
    language: &Language,
    order: &NewPurchase,
    charged: Option<Charged>,
    catalog: &Catalog,
) -> Vec<Line> {
    let words = language.words;
    let instead = (order.list_price != order.price).then(|| {
        let price = language.money(order.list_price);
        words.instead_of.replace("{price}", &price)
    });
    let mut lines = Vec::new();
    if let Some(code) = &order.promotion {
        lines.push(Line::new(&words.promotion, code.clone()));
    }
    let price = Line::new(&words.price, language.money(order.price)).aside(instead);
    let Some(Charged { total, tax }) = charged.filter(|charged| charged.tax.amount_minor > 0)
    else {
        let note = tax_note(language, order, catalog);
        let aside = match (price.aside.clone(), note) {
            (Some(instead), Some(note)) => Some(format!("{instead} · {note}")),
            (instead, note) => instead.or(note),
        };
        lines.push(price.aside(aside));
        return lines;
    };
    lines.push(price);
    lines.push(Line::new(&words.tax, language.money(tax)));
    lines.push(Line::new(&words.total, language.money(total)));
    lines
}

/// How the price stands to its tax, as the catalog says.
fn tax_note(language: &Language, order: &NewPurchase, catalog: &Catalog) -> Option<String> {
    let pack = catalog.packs.iter().find(|pack| pack.id == order.pack);
    let note = match pack.and_then(|pack| pack.tax).or(catalog.tax)? {
        Tax::Inclusive => &language.words.tax_inclusive,
        Tax::Exclusive => &language.words.tax_exclusive,
    };
    Some(note.clone())
}

#[cfg(test)]
pub(super) mod tests {
    use creditpack::catalog::Label;
    use creditpack::money::{Currency, Money};
    use creditpack::{AccountId, Credits};

    use super::*;
    use crate::config::{Config, DEFAULT, Environment};
    use crate::ledger::{Purchase, ReceiptSecret};

    const URL: &str = "https://credits.example/r/AAAAAAAAAAAAAAAAAAAAAA";

    fn usd(amount_minor: u64) -> Money {
        Money { amount_minor, currency: Currency::new("usd").unwrap() }
    }

    /// The receipt of fifteen credits for nine dollars, for a buyer of that locale.
    pub(in crate::receipts) fn receipt(locale: &str) -> PurchaseReceipt {
        let order = NewPurchase {
            purchase: "pur_01kbnq6v0000000000000000000".into(),
            account: AccountId::new("u_1").unwrap(),
            checkout: "c_1".into(),
            pack: "standard".into(),
            quantity: 1,
            credits: Credits::new(15).unwrap(),
            price: usd(900),
            list_price: usd(900),
            promotion: None,
            body_sha256: [0; 32],
            success_url: "https://shop.example/done".into(),
            cancel_url: "https://shop.example".into(),
            email: Some("buyer@example.com".into()),
            locale: Some(locale.into()),
            expires_at_ms: 0,
        };
        let purchase = Purchase {
            order,
            status: PurchaseStatus::Paid,
            session: None,
            url: None,
            created_at_ms: 0,
            changed_at_ms: 0,
        };
        let secret = ReceiptSecret::parse("AAAAAAAAAAAAAAAAAAAAAA").unwrap();
        PurchaseReceipt { purchase, secret, paid_at_ms: 1_800_000_000_000, charged: None }
    }

    pub(in crate::receipts) fn catalog() -> Catalog {
        let config = Config::parse("test.toml", DEFAULT, &Environment::default()).unwrap();
        let mut catalog = (*config.catalog).clone();
        catalog.operations.retain(|operation| operation.id != "draft");
        catalog.operations[1].credits = Credits::new(5).unwrap();
        catalog
    }

    pub(in crate::receipts) fn content(receipt: &PurchaseReceipt) -> Content {
        let catalog = catalog();
        let seller = "Prints & Co";
        Content::of(receipt, Surroundings { seller, catalog: &catalog, pretended: false, url: URL })
    }

    /// Asserts every line, as `label: value (aside)`.
    #[track_caller]
    fn check(receipt: &PurchaseReceipt, catalog: &Catalog, expect: &[&str]) {
        let around = Surroundings { seller: "Prints", catalog, pretended: false, url: URL };
        let lines = Content::of(receipt, around).lines;
        let lines: Vec<_> = lines
            .iter()
            .map(|Line { label, value, aside }| match aside {
                Some(aside) => format!("{label}: {value} ({aside})"),
                None => format!("{label}: {value}"),
            })
            .collect();
        let (ends, begins) = lines.split_last_chunk::<2>().unwrap();
        assert_eq!(ends, expect);
        assert!(begins[0].contains("08:00 UTC") && begins[1].contains("pur_"), "{begins:?}");
    }

    #[test]
    fn a_receipt_says_what_was_bought_for_how_much_and_what_it_is_enough_for() {
        check(
            &receipt("en"),
            &catalog(),
            &[
                "Pack: Standard",
                "Credits: 15",
                "Enough for: 15 pictures or 3 campaigns",
                "Price: $9.00",
            ],
        );
        let mut german = catalog();
        german.packs[1].label = Label::ByLocale([("de".to_owned(), "Paket M".to_owned())].into());
        check(
            &receipt("de-AT"),
            &german,
            &[
                "Paket: Paket M",
                "Credits: 15",
                "Genug für: 15 pictures oder 3 campaigns",
                "Preis: 9,00\u{a0}$",
            ],
        );
    }

    #[test]
    fn a_better_price_and_a_quantity_are_told() {
        let mut promoted = receipt("en");
        let order = &mut promoted.purchase.order;
        (order.quantity, order.list_price) = (1200, usd(1_080_000));
        order.promotion = Some("WELCOME".into());
        let mut catalog = catalog();
        catalog.tax = Some(Tax::Exclusive);
        catalog.operations.clear();
        check(
            &promoted,
            &catalog,
            &[
                "Pack: Standard × 1,200",
                "Credits: 15",
                "Promotion code: WELCOME",
                "Price: $9.00 (instead of $10,800.00 · plus tax)",
            ],
        );
    }

    #[test]
    fn tax_is_what_the_provider_says() {
        let mut taxed = receipt("en");
        taxed.charged = Some(Charged { total: usd(1071), tax: usd(171) });
        let mut catalog = catalog();
        catalog.tax = Some(Tax::Exclusive);
        catalog.operations.clear();
        catalog.packs.clear();
        let lines =
            ["Pack: standard", "Credits: 15", "Price: $9.00", "Tax: $1.71", "Total: $10.71"];
        check(&taxed, &catalog, &lines);
        // None was due: the catalog's word on it holds.
        taxed.charged = Some(Charged { total: usd(900), tax: usd(0) });
        check(&taxed, &catalog, &["Pack: standard", "Credits: 15", "Price: $9.00 (plus tax)"]);
    }

    #[test]
    fn what_became_of_the_money_is_told_first() {
        let mut refunded = receipt("en");
        refunded.purchase.status = PurchaseStatus::Refunded;
        assert_eq!(content(&refunded).notes, ["The payment was refunded."]);
        let catalog = catalog();
        let around = Surroundings { seller: "", catalog: &catalog, pretended: true, url: URL };
        let tested = Content::of(&receipt("en"), around);
        assert_eq!(tested.notes, ["This was a test: no real money moved."]);
    }
}
