//! What is asked of Stripe for a purchase: the parameters of `POST /v1/checkout/sessions`.

use creditpack::catalog::{Catalog, Tax};
use creditpack::error::Error;

use crate::ledger::Purchase;
use crate::payments::returning;

/// The languages of Stripe's page, from the vendor's own types.
const LOCALES: [&str; 41] = [
    "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr", "fr-CA",
    "hi-IN", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt",
    "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
];

/// The form that makes a session for `purchase`. It depends on what is stored, and on the catalog
/// for nothing but words and taxes.
///
/// Sold is one thing at the whole price: a promoted price need not divide by the quantity.
///
/// # Errors
///
/// [`Error::Invalid`] if Stripe cannot charge that very amount.
pub(super) fn form(
    purchase: &Purchase,
    instance: &str,
    catalog: &Catalog,
    automatic_tax: bool,
) -> Result<Vec<(String, String)>, Error> {
    let order = &purchase.order;
    let amount = order.price.provider_amount()?;
    let mut form = Form::default();
    form.add("mode", "payment");
    form.add("ui_mode", "hosted_page");
    form.add("line_items[0][quantity]", "1");
    let price = |field: &str| format!("line_items[0][price_data]{field}");
    form.add(&price("[currency]"), order.price.currency.as_str());
    form.add(&price("[unit_amount]"), &amount.to_string());
    form.add(&price("[product_data][name]"), &name(purchase, catalog));
    if automatic_tax {
        form.add("automatic_tax[enabled]", "true");
        let pack = catalog.packs.iter().find(|pack| pack.id == order.pack);
        if let Some(tax) = pack.and_then(|pack| pack.tax).or(catalog.tax) {
            form.add(&price("[tax_behavior]"), behavior(tax));
        }
    }
    form.add("client_reference_id", order.account.as_str());
    if let Some(email) = &order.email {
        form.add("customer_email", email);
    }
    form.add("locale", order.locale.as_deref().and_then(locale).unwrap_or("auto"));
    form.add("success_url", &returning(&order.success_url, &order.checkout));
    form.add("cancel_url", &order.cancel_url);
    form.add("expires_at", &(order.expires_at_ms / 1000).to_string());
    for within in ["metadata", "payment_intent_data[metadata]"] {
        for (key, value) in written(purchase, instance) {
            form.add(&format!("{within}[{key}]"), &value);
        }
    }
    Ok(form.0)
}

#[derive(Default)]
struct Form(Vec<(String, String)>);

impl Form {
    fn add(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }
}

/// Everything by which the purchase is found again, or rebuilt where it was lost.
fn written(purchase: &Purchase, instance: &str) -> [(&'static str, String); 8] {
    let order = &purchase.order;
    [
        ("instance", instance.to_owned()),
        ("purchase", order.purchase.clone()),
        ("account", order.account.to_string()),
        ("checkout", order.checkout.clone()),
        ("pack", order.pack.clone()),
        ("quantity", order.quantity.to_string()),
        ("credits", order.credits.to_string()),
        ("request", hex::encode(order.body_sha256)),
    ]
}

fn name(purchase: &Purchase, catalog: &Catalog) -> String {
    let order = &purchase.order;
    let pack = catalog.packs.iter().find(|pack| pack.id == order.pack);
    let label = pack.map_or(order.pack.as_str(), |pack| {
        let language = order.locale.as_deref().unwrap_or("en");
        pack.label.in_language(language)
    });
    if order.quantity == 1 { label.to_owned() } else { format!("{label} × {}", order.quantity) }
}

const fn behavior(tax: Tax) -> &'static str {
    match tax {
        Tax::Inclusive => "inclusive",
        Tax::Exclusive => "exclusive",
    }
}

/// Stripe's language for a tag: the same, or else that of its language alone.
fn locale(tag: &str) -> Option<&'static str> {
    let find = |tag: &str| LOCALES.into_iter().find(|locale| locale.eq_ignore_ascii_case(tag));
    // Norwegian is written in one of two ways, Hindi for one country only.
    let language = match tag.split('-').next().unwrap_or_default() {
        "no" => "nb",
        "hi" => "hi-IN",
        other => other,
    };
    find(tag).or_else(|| find(language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_the_nearest_that_stripe_has() {
        for (tag, expect) in [
            ("de-CH", Some("de")),
            ("pt-br", Some("pt-BR")),
            ("zh-Hant-TW", Some("zh")),
            ("no", Some("nb")),
            ("hi", Some("hi-IN")),
            ("he", None),
            ("", None),
        ] {
            assert_eq!(locale(tag), expect, "{tag}");
        }
    }
}
