//! The tax on a receipt is what the payment provider says, to the cent, in the mail and on the page.

use mail_parser::MessageParser;
use serde_json::{Value, json};

use crate::backend::SECRET_KEY;
use crate::receipts::{eventually, files, with_email};
use crate::stripe::Shop;

/// What is between the tags of a page or of a mail's HTML, with nothing but words left.
fn words(html: &str) -> String {
    let texts = html.split('<').filter_map(|part| part.split_once('>'));
    let texts = texts.map(|(_, text)| text.trim()).filter(|text| !text.is_empty());
    texts.collect::<Vec<_>>().join(" ")
}

/// Buys for 4 dollars where Stripe charges `total` cents, `tax` of them tax; what the text of the mail
/// says, its HTML, and the page.
async fn receipt_of(total: u64, tax: u64) -> [String; 3] {
    let shop = Shop::open().await;
    let order = with_email("c_1", "en");
    let made = shop.backend.post("/v1/checkouts", SECRET_KEY, &order).await.ok(201);
    let url = made.get("url").as_str().unwrap().to_owned();
    let session = url.rsplit('/').next().unwrap().to_owned();
    {
        let mut world = shop.fake.world();
        let session = world.sessions.get_mut(&session).unwrap();
        session["amount_total"] = json!(total);
        session["total_details"]["amount_tax"] = json!(tax);
    }
    shop.deliver(&shop.fake.tell("pay", &session)).await.ok(200);
    let file = eventually(|| files(&shop.backend).pop()).await;
    let bytes = std::fs::read(file).unwrap();
    let message = MessageParser::default().parse(&bytes).unwrap();
    let Value::String(link) = shop.look("u_1").await.ok(200).get("receipt_url").clone() else {
        panic!("a paid purchase has a receipt");
    };
    let page = reqwest::get(link).await.unwrap().text().await.unwrap();
    let (text, html) = (message.body_text(0).unwrap(), message.body_html(0).unwrap());
    [text.into_owned(), words(&html), words(&page)]
}

#[tokio::test]
async fn tax_that_was_added_stands_between_price_and_total() {
    let [text, html, page] = receipt_of(477, 77).await;
    assert!(text.contains("Price: $4.00\r\nTax: $0.77\r\nTotal: $4.77\r\n"), "{text}");
    for told in [html, page] {
        assert!(told.contains("Price $4.00 Tax $0.77 Total $4.77 Paid"), "{told}");
    }
}

#[tokio::test]
async fn tax_that_was_in_the_price_is_told_and_not_added() {
    let [text, html, page] = receipt_of(400, 64).await;
    assert!(text.contains("Price: $4.00\r\nTax: $0.64\r\nTotal: $4.00\r\n"), "{text}");
    for told in [html, page] {
        assert!(told.contains("Price $4.00 Tax $0.64 Total $4.00 Paid"), "{told}");
    }
}

#[tokio::test]
async fn where_no_tax_was_charged_none_is_told() {
    for told in receipt_of(400, 0).await {
        assert!(told.contains("$4.00"), "{told}");
        assert!(!told.contains("Tax") && !told.contains("Total"), "{told}");
    }
}
