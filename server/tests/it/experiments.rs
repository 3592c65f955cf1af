//! Price experiments: who is offered what, for how long, and what is kept of it.

use creditpack::AccountId;
use creditpackd::config::{Config, DEFAULT};
use reqwest::Method;
use serde_json::{Value, json};

use crate::backend::{Answer, Backend, SECRET_KEY, config, new_data, send};
use crate::checkouts::{checkout, press};

/// Three variants: as it is, cheaper, and another pack.
const EXPERIMENT: &str = r#"
[[catalog.packs]]
id = "ten"
label = "Ten"
credits = 10
prices = { usd = 700 }
active = false

[[catalog.experiments]]
id = "price"
[[catalog.experiments.variants]]
id = "as-is"
weight = 1
[[catalog.experiments.variants]]
id = "cheaper"
weight = 1
prices = { starter = { usd = 300 } }
[[catalog.experiments.variants]]
id = "ten"
weight = 1
packs = ["ten"]
"#;

pub(crate) fn experimenting() -> String {
    format!("{DEFAULT}{EXPERIMENT}")
}

async fn backend() -> Backend {
    Backend::start_with(config(&experimenting()), new_data()).await
}

/// Stops the backend and starts it with another config.
async fn restarted(backend: Backend, text: &str) -> Backend {
    Backend::start_with(config(text), backend.stop().await).await
}

/// An account that the config's weights put into that variant, the `number`th of them.
fn account(config: &Config, variant: &str, number: usize) -> String {
    let is_in = |name: &String| {
        let assigned = config.catalog.assignments(&AccountId::new(name).unwrap(), &[]);
        assigned[0].variant == variant
    };
    (0..).map(|at| format!("u_{at}")).filter(is_in).nth(number).unwrap()
}

fn of(variant: &str) -> String {
    account(&config(&experimenting()), variant, 0)
}

async fn catalog(backend: &Backend, account: &str) -> Answer {
    backend.get("/v1/catalog", &backend.token(account).await).await.ok(200)
}

/// Packs and their prices, as they are shown.
fn packs(catalog: &Answer) -> Vec<(String, u64)> {
    let packs = catalog.get("packs");
    let line = |pack: &Value| {
        (pack["id"].as_str().unwrap().to_owned(), pack["price"]["amount_minor"].as_u64().unwrap())
    };
    packs.as_array().unwrap().iter().map(line).collect()
}

fn sold(packs: &[(&str, u64)]) -> Vec<(String, u64)> {
    packs.iter().map(|(id, price)| ((*id).to_owned(), *price)).collect()
}

/// The starter config with an experiment that would put everybody into one variant.
fn all_in(variant: &str) -> String {
    let weights = ["as-is", "cheaper", "ten"].map(|id| (id, u32::from(id == variant)));
    weights.into_iter().fold(experimenting(), |text, (id, weight)| {
        let from = format!("id = \"{id}\"\nweight = 1");
        assert!(text.contains(&from));
        text.replacen(&from, &format!("id = \"{id}\"\nweight = {weight}"), 1)
    })
}

fn ended() -> String {
    experimenting().replacen("id = \"price\"", "id = \"price\"\nactive = false", 1)
}

#[tokio::test]
async fn an_account_gets_its_own_packs_and_nobody_learns_of_others() {
    let backend = backend().await;
    let base = sold(&[("starter", 400), ("standard", 900)]);
    for (variant, expected) in [
        ("as-is", base.clone()),
        ("cheaper", sold(&[("starter", 300), ("standard", 900)])),
        ("ten", sold(&[("ten", 700)])),
    ] {
        let own = catalog(&backend, &of(variant)).await;
        assert_eq!(packs(&own), expected, "{variant}");
        assert_eq!(own.header("cache-control"), "private, no-cache");
        assert!(own.headers.get_all("vary").iter().any(|vary| vary == "authorization"));
        let path = format!("/v1/catalog?account={}", of(variant));
        let named = backend.get(&path, SECRET_KEY).await.ok(200);
        assert_eq!((named.text.as_str(), named.header("etag")), (&*own.text, own.header("etag")));
        for word in ["experiment", "variant", "cheaper", "as-is"] {
            assert!(!own.text.contains(word), "{word}: {}", own.text);
        }
        let request = backend.request(Method::GET, &path, SECRET_KEY);
        send(request.header("if-none-match", own.header("etag"))).await.ok(304);
    }
    let public = backend.get("/v1/catalog", "").await.ok(200);
    assert_eq!(
        (packs(&public), public.header("cache-control")),
        (base.clone(), "public, max-age=60")
    );
    let plain = Backend::start().await.get("/v1/catalog", "").await.ok(200);
    assert_eq!(public.text, plain.text, "the experiment does not show");
    let secret = backend.get("/v1/catalog", SECRET_KEY).await.ok(200);
    assert_eq!((packs(&secret), secret.header("cache-control")), (base, "private, no-cache"));
    let token = backend.token("u_1").await;
    backend.get("/v1/catalog?account=u_2", &token).await.refused(403, "forbidden");
}

#[tokio::test]
async fn what_another_variant_is_offered_cannot_be_bought() {
    let backend = backend().await;
    let post = async |path: &str, body: &Value| backend.post(path, SECRET_KEY, body).await;
    let quote = |account: &str, pack: &str| json!({ "account": account, "pack": pack });
    for (variant, pack) in [("as-is", "ten"), ("cheaper", "ten"), ("ten", "starter")] {
        let body = quote(&of(variant), pack);
        post("/v1/quotes", &body).await.refused(422, "unknown_pack");
        let mut body = checkout(&of(variant), "c_1");
        body["pack"] = json!(pack);
        post("/v1/checkouts", &body).await.refused(422, "unknown_pack");
    }
    let quoted = post("/v1/quotes", &quote(&of("cheaper"), "starter")).await.ok(200);
    assert_eq!(quoted.get("price")["amount_minor"], json!(300));
    let mut body = checkout(&of("as-is"), "c_1");
    body["expected"] = json!({ "amount_minor": 300, "currency": "usd", "credits": 5 });
    let changed = post("/v1/checkouts", &body).await.refused(409, "price_changed");
    assert_eq!(changed.get("price")["amount_minor"], json!(400));
    let mut body = checkout(&of("cheaper"), "c_1");
    body["expected"] = json!({ "amount_minor": 300, "currency": "usd", "credits": 5 });
    let made = post("/v1/checkouts", &body).await.ok(201);
    assert_eq!(made.get("price")["amount_minor"], json!(300));
}

#[tokio::test]
async fn a_promotion_is_off_the_price_of_the_variant() {
    let promotion = "[[catalog.promotions]]\ncode = \"TENTH\"\npercent_off = 10\n";
    let text = experimenting() + promotion;
    let backend = Backend::start_with(config(&text), new_data()).await;
    for (variant, pack, expected) in
        [("as-is", "starter", 360), ("cheaper", "starter", 270), ("ten", "ten", 630)]
    {
        let mut body = checkout(&of(variant), "c_1");
        (body["pack"], body["promotion"]) = (json!(pack), json!("tenth"));
        let made = backend.post("/v1/checkouts", SECRET_KEY, &body).await.ok(201);
        assert_eq!(made.get("price")["amount_minor"], json!(expected), "{variant}");
    }
}

#[tokio::test]
async fn an_account_that_was_served_keeps_its_variant_until_the_end() {
    let backend = backend().await;
    let (cheaper, fresh) = (of("cheaper"), account(&config(&experimenting()), "cheaper", 1));
    let served = packs(&catalog(&backend, &cheaper).await);
    assert_eq!(served, sold(&[("starter", 300), ("standard", 900)]));
    // Everybody else goes elsewhere from now on.
    let backend = restarted(backend, &all_in("ten")).await;
    assert_eq!(packs(&catalog(&backend, &fresh).await), sold(&[("ten", 700)]));
    assert_eq!(packs(&catalog(&backend, &cheaper).await), served);
    let quote = json!({ "account": cheaper, "pack": "starter" });
    let quoted = backend.post("/v1/quotes", SECRET_KEY, &quote).await.ok(200);
    assert_eq!(quoted.get("price")["amount_minor"], json!(300));
    let open = backend.post("/v1/checkouts", SECRET_KEY, &checkout(&cheaper, "c_1")).await.ok(201);
    assert_eq!(open.get("price")["amount_minor"], json!(300));
    // Once it has ended, or is gone, there is one catalog; what is open keeps its price.
    let mut backend = backend;
    for text in [ended(), DEFAULT.to_owned()] {
        backend = restarted(backend, &text).await;
        let base = sold(&[("starter", 400), ("standard", 900)]);
        assert_eq!(packs(&catalog(&backend, &cheaper).await), base);
        assert_eq!(packs(&catalog(&backend, &fresh).await), base);
        let path = format!("/v1/checkouts/c_1?account={cheaper}");
        let kept = backend.get(&path, SECRET_KEY).await.ok(200);
        assert_eq!(kept.get("price")["amount_minor"], json!(300));
    }
    // Should it run again, it goes on where it was.
    let backend = restarted(backend, &all_in("as-is")).await;
    assert_eq!(packs(&catalog(&backend, &cheaper).await), served);
}

#[tokio::test]
async fn an_account_whose_variant_is_gone_is_let_go_once() {
    let cheaper = "[[catalog.experiments.variants]]\nid = \"cheaper\"\nweight = 1\n\
        prices = { starter = { usd = 300 } }\n";
    let without = |text: String| {
        assert!(text.contains(cheaper));
        text.replacen(cheaper, "", 1)
    };
    let (before, after) = (config(&experimenting()), config(&without(experimenting())));
    let moved = |name: &String| {
        let account = AccountId::new(name).unwrap();
        before.catalog.assignments(&account, &[])[0].variant == "cheaper"
            && after.catalog.assignments(&account, &[])[0].variant == "as-is"
    };
    let account = (0..1000).map(|at| format!("u_{at}")).find(moved).unwrap();
    let backend = backend().await;
    catalog(&backend, &account).await;
    let backend = restarted(backend, &without(experimenting())).await;
    let base = sold(&[("starter", 400), ("standard", 900)]);
    assert_eq!(packs(&catalog(&backend, &account).await), base);
    // From now on it stays there.
    let all_in_ten = all_in("ten").replacen(&cheaper.replacen('1', "0", 1), "", 1);
    let backend = restarted(backend, &all_in_ten).await;
    assert_eq!(packs(&catalog(&backend, &account).await), base);
    let outcomes = creditpackd::ledger::experiment_outcomes(backend.data()).unwrap();
    let found: Vec<_> = outcomes.iter().map(|it| (it.variant.as_str(), it.exposed)).collect();
    assert_eq!(found, [("as-is", 1)]);
}

#[tokio::test]
async fn a_checkout_keeps_the_variant_of_an_account_too() {
    let backend = backend().await;
    let cheaper = of("cheaper");
    backend.post("/v1/checkouts", SECRET_KEY, &checkout(&cheaper, "c_1")).await.ok(201);
    let backend = restarted(backend, &all_in("ten")).await;
    let kept = packs(&catalog(&backend, &cheaper).await);
    assert_eq!(kept, sold(&[("starter", 300), ("standard", 900)]));
}

#[tokio::test]
async fn who_was_served_and_what_was_bought_is_written_down_by_the_end() {
    let backend = backend().await;
    let (served, asked) = (of("cheaper"), account(&config(&experimenting()), "cheaper", 1));
    for _ in 0..3 {
        catalog(&backend, &served).await;
    }
    let quote = json!({ "account": asked, "pack": "starter" });
    backend.post("/v1/quotes", SECRET_KEY, &quote).await.ok(200);
    let made = backend.post("/v1/checkouts", SECRET_KEY, &checkout(&served, "c_1")).await.ok(201);
    let page = made.get("url").as_str().unwrap().strip_prefix(&backend.url).unwrap().to_owned();
    press(&backend, &page, "pay").await.ok(303);
    backend.settled(&served, |snapshot| snapshot["settled"] == json!(5)).await;
    let data = backend.stop().await;
    let outcomes = creditpackd::ledger::experiment_outcomes(data.path()).unwrap();
    assert_eq!(outcomes.len(), 1, "a quote alone exposes nobody");
    let found = &outcomes[0];
    assert_eq!((found.experiment.as_str(), found.variant.as_str()), ("price", "cheaper"));
    assert_eq!((found.exposed, found.buyers, found.purchases, found.credits), (1, 1, 1, 5));
    assert_eq!((found.takings[0].revenue_minor, found.takings[0].squares), (300, 90_000));
}
