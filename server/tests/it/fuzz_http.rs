//! Requests made up from the `OpenAPI` document, good ones and spoiled ones: no answer is a fault,
//! and none is one that the document does not describe (which every test's `send` checks).
//!
//! `CREDITPACK_FUZZ_REQUESTS` says how many, `CREDITPACK_FUZZ_SEED` which; the seed is printed.

use creditpackd::http::openapi::document;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::{Map, Value, json};

use crate::backend::{Backend, NOW_MS, SECRET_KEY, SITE, op, send};
use crate::fuzz;
use crate::openapi::object;

/// So many requests where nobody says.
const REQUESTS: usize = 1000;

/// A request that was made up.
#[derive(Clone, Debug)]
struct Made {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    body: Option<(String, String)>,
    credential: usize,
}

/// Words that lead somewhere, by the names of fields and schemas.
fn known(name: &str) -> &'static [&'static str] {
    match name {
        "Account" | "account" => &["u_1", "u_1", "u_1", "u_2", "u_9"],
        "operation" => &["image", "image", "draft", "campaign", "nothing"],
        "pack" => &["starter", "standard", "nothing"],
        "Claim" => &["run", "run", "other"],
        "Id" | "id" => &["c_1", "c_2", "g_1", "g_2"],
        "Currency" => &["usd", "usd", "USD", "eur"],
        "success_url" | "cancel_url" => &[SITE, SITE, "https://evil.example/"],
        "promotion" => &["NONE"],
        "email" => &["a@b.c", "nobody"],
        "locale" => &["de", "de-CH", "x"],
        "stripe-signature" => &["t=1,v1=00", "nonsense"],
        _ => &[],
    }
}

/// A value of the schema, called that; about one in twelve is something else.
fn value(schema: &Value, name: &str) -> BoxedStrategy<Value> {
    let good = good(schema, name);
    prop_oneof![22 => good, 1 => odd(), 1 => nearly(schema)].boxed()
}

fn good(schema: &Value, name: &str) -> BoxedStrategy<Value> {
    if let Some(named) = schema["$ref"].as_str() {
        let named = named.rsplit('/').next().unwrap();
        let schema = &document()["components"]["schemas"][named];
        return good(schema, if known(name).is_empty() { named } else { name });
    }
    if name == "Op" {
        return (0..6_u64).prop_map(|number| json!(op(number))).boxed();
    }
    if name == "created_at_ms" {
        return (0..20_u64).prop_map(|ago| json!(NOW_MS - ago * 86_400_000)).boxed();
    }
    if let Some(words) = Some(known(name)).filter(|words| !words.is_empty()) {
        return proptest::sample::select(words).prop_map(|word| json!(word)).boxed();
    }
    if let Some(words) = schema["enum"].as_array() {
        return proptest::sample::select(words.clone()).boxed();
    }
    match schema["type"].as_str() {
        Some("object") => fields(schema),
        Some("array") => proptest::collection::vec(value(&schema["items"], ""), 0..4)
            .prop_map(Value::from)
            .boxed(),
        Some("integer") => whole(schema),
        Some("boolean") => any::<bool>().prop_map(Value::from).boxed(),
        Some("string") => proptest::collection::vec(b' '..=b'~', 0..12)
            .prop_map(|text| json!(String::from_utf8(text).unwrap()))
            .boxed(),
        _ => odd().boxed(),
    }
}

fn whole(schema: &Value) -> BoxedStrategy<Value> {
    let least = schema["minimum"].as_i64().unwrap_or(0);
    let most = schema["maximum"].as_i64().unwrap_or(1 << 53);
    let near = least.max(-5)..=most.min(5).max(least);
    prop_oneof![6 => near, 1 => Just(least), 1 => Just(most), 1 => least..=most]
        .prop_map(Value::from)
        .boxed()
}

fn fields(schema: &Value) -> BoxedStrategy<Value> {
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().collect();
    let mut made: BoxedStrategy<Map<String, Value>> = Just(Map::new()).boxed();
    for (name, field) in object(&schema["properties"]) {
        let odds = if required.iter().any(|it| *it == name) { 0.98 } else { 0.5 };
        let (name, field) = (name.clone(), proptest::option::weighted(odds, value(field, name)));
        made = (made, field)
            .prop_map(move |(mut object, field)| {
                object.extend(field.map(|field| (name.clone(), field)));
                object
            })
            .boxed();
    }
    made.prop_map(Value::Object).boxed()
}

/// What fits hardly anywhere.
fn odd() -> BoxedStrategy<Value> {
    proptest::sample::select(vec![
        json!(null),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(""),
        json!("\u{0}\u{202e}𝕏"),
        json!("x".repeat(3000)),
        json!([]),
        json!({}),
        json!([[[1]]]),
        json!(true),
    ])
    .boxed()
}

/// A number just outside, where the schema has bounds.
fn nearly(schema: &Value) -> BoxedStrategy<Value> {
    let bounds = [
        schema["minimum"].as_i64().and_then(|least| least.checked_sub(1)),
        schema["maximum"].as_i64().and_then(|most| most.checked_add(1)),
    ];
    proptest::sample::select(vec![json!(bounds[0]), json!(bounds[1])]).boxed()
}

/// Every operation's requests.
fn requests() -> BoxedStrategy<Made> {
    let mut all = Vec::new();
    for (path, methods) in object(&document()["paths"]) {
        for (method, operation) in object(methods) {
            all.push(requests_of(path, method, operation));
        }
    }
    proptest::strategy::Union::new(all).boxed()
}

fn requests_of(path: &str, method: &str, operation: &Value) -> BoxedStrategy<Made> {
    let mut parameters: BoxedStrategy<Vec<(Value, Option<Value>)>> = Just(Vec::new()).boxed();
    for reference in operation["parameters"].as_array().unwrap() {
        let name = reference["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
        let parameter = document()["components"]["parameters"][name].clone();
        // Nobody waits for a long poll here.
        let value = if name == "wait_s" {
            Just(json!(0)).boxed()
        } else {
            value(&parameter["schema"], name)
        };
        let odds = if parameter["in"] == "query" { 0.6 } else { 0.99 };
        parameters = (parameters, proptest::option::weighted(odds, value))
            .prop_map(move |(mut all, value)| {
                all.push((parameter.clone(), value));
                all
            })
            .boxed();
    }
    let body = object(&operation["requestBody"]["content"]).next();
    let body = match body {
        None => Just(None).boxed(),
        Some((kind, content)) => bodies(kind, &content["schema"]),
    };
    let (method, path) = (method.to_uppercase(), path.to_owned());
    (parameters, body, 0..5_usize)
        .prop_map(move |(parameters, body, credential)| {
            let mut made = Made {
                method: method.clone(),
                path: path.clone(),
                query: vec![],
                body,
                credential,
            };
            for (parameter, value) in parameters {
                let name = parameter["name"].as_str().unwrap();
                let Some(value) = value.map(|value| plain(&value)) else { continue };
                if parameter["in"] == "path" {
                    let segment: String = url_encoded(&value);
                    made.path = made.path.replace(&format!("{{{name}}}"), &segment);
                } else if parameter["in"] == "query" {
                    made.query.push((name.to_owned(), value));
                }
            }
            made
        })
        .boxed()
}

/// Bodies as text: mostly whole, sometimes cut or of another type.
fn bodies(kind: &str, schema: &Value) -> BoxedStrategy<Option<(String, String)>> {
    let form = kind.contains("form");
    let kinds = proptest::sample::select(vec![kind.to_owned(); 30]);
    let kinds = prop_oneof![30 => kinds, 1 => Just("text/plain".to_owned())];
    (value(schema, ""), kinds, proptest::option::weighted(0.05, 0..20_usize))
        .prop_map(move |(body, kind, cut)| {
            let mut text = if form { as_form(&body) } else { body.to_string() };
            if let Some(cut) = cut {
                let at = text.char_indices().nth(cut).map_or(0, |(at, _)| at);
                text.truncate(at);
            }
            Some((kind, text))
        })
        .boxed()
}

fn as_form(body: &Value) -> String {
    let fields: Vec<_> = object(body)
        .map(|(name, value)| format!("{name}={}", url_encoded(&plain(value))))
        .collect();
    fields.join("&")
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn url_encoded(text: &str) -> String {
    let encoded: String = text
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b':' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect();
    if encoded.is_empty() { "x".to_owned() } else { encoded }
}

#[tokio::test]
async fn whatever_is_asked_the_answer_is_a_documented_one() {
    let backend = Backend::start().await;
    backend.grant("g0", "u_1", 500).await;
    let credentials = [
        String::new(),
        "nonsense".to_owned(),
        backend.token("u_1").await,
        SECRET_KEY.to_owned(),
        SECRET_KEY.to_owned(),
    ];
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&fuzz::seed().to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let count = fuzz::number("CREDITPACK_FUZZ_REQUESTS")
        .map_or(REQUESTS, |it| usize::try_from(it).unwrap());
    let requests = requests();
    let mut statuses = std::collections::BTreeMap::<u16, usize>::new();
    for _ in 0..count {
        let made = requests.new_tree(&mut runner).unwrap().current();
        let status = ask(&backend, &made, &credentials[made.credential]).await;
        assert!(status != 500, "{made:?}");
        *statuses.entry(status).or_default() += 1;
    }
    println!("{statuses:?}");
    for expect in [200, 201, 400, 401, 403, 404, 409] {
        assert!(statuses.contains_key(&expect), "made up too badly: {statuses:?}");
    }
    // What is left still adds up.
    let history = backend.get("/v1/account/history?account=u_1&limit=1", SECRET_KEY).await.ok(200);
    let (version, settled, held) = backend.balance("u_1").await;
    let newest = &history.get("entries")[0];
    assert_eq!(newest["version"], json!(version));
    assert_eq!((newest["settled"].as_i64(), newest["held"].as_u64()), (Some(settled), Some(held)));
}

async fn ask(backend: &Backend, made: &Made, credential: &str) -> u16 {
    let method = Method::from_bytes(made.method.as_bytes()).unwrap();
    let query: Vec<_> =
        made.query.iter().map(|(name, text)| format!("{name}={}", url_encoded(text))).collect();
    let path = format!("{}?{}", made.path, query.join("&"));
    let mut request = backend.request(method, &path, credential);
    if let Some((kind, text)) = &made.body {
        request = request.header("content-type", HeaderValue::from_str(kind).unwrap());
        request = request.body(text.clone());
    }
    if made.path.ends_with("/stream") {
        // It has no end where it is let in.
        return request.send().await.unwrap().status().as_u16();
    }
    send(request).await.status
}
