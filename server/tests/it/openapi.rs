//! The `OpenAPI` document: it says of every answer what is so, and nothing is served beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use creditpackd::http::openapi::document;
use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};

use crate::backend::{Answer, Backend};
use crate::sources::sources;

/// The document as strictly as it can be meant: objects have the fields that it names.
static STRICT: LazyLock<Value> = LazyLock::new(|| {
    let mut strict = document().clone();
    for schema in strict["components"]["schemas"].as_object_mut().unwrap().values_mut() {
        forbid_others(schema);
    }
    strict
});

/// A validator for each schema that is named by its place in the document.
static VALIDATORS: LazyLock<BTreeMap<String, Validator>> = LazyLock::new(|| {
    let mut found = BTreeMap::new();
    for (path, methods) in object(&STRICT["paths"]) {
        for (method, operation) in object(methods) {
            let body = object(&operation["requestBody"]["content"]);
            for (kind, content) in body {
                found.insert(format!("{method} {path} {kind}"), validator(&content["schema"]));
            }
            for (status, response) in object(&operation["responses"]) {
                for (kind, content) in object(&response["content"]) {
                    let place = format!("{method} {path} {status} {kind}");
                    found.insert(place, validator(&content["schema"]));
                }
            }
        }
    }
    found
});

fn forbid_others(schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else { return };
    if fields.contains_key("properties") && !fields.contains_key("additionalProperties") {
        fields.insert("additionalProperties".into(), json!(false));
    }
    for value in fields.values_mut() {
        forbid_others(value);
    }
}

/// A validator that finds the schemas that `schema` refers to.
pub(crate) fn validator(schema: &Value) -> Validator {
    let mut whole = schema.clone();
    whole["components"] = STRICT["components"].clone();
    jsonschema::draft202012::new(&whole).unwrap()
}

pub(crate) fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// The template of an address that the document has, if it has one.
pub(crate) fn template(path: &str) -> Option<&'static str> {
    let path = path.split('?').next().unwrap();
    let fits = |template: &str| {
        let (mut ours, mut theirs) = (template.split('/'), path.split('/'));
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return true,
                (Some(name), Some(any)) if name.starts_with('{') && !any.is_empty() => {}
                (Some(ours), Some(theirs)) if ours == theirs => {}
                _ => return false,
            }
        }
    };
    let mut fitting: Vec<_> =
        object(&document()["paths"]).map(|(path, _)| path.as_str()).filter(|it| fits(it)).collect();
    fitting.sort_by_key(|it| it.matches('{').count());
    fitting.first().copied()
}

/// Asserts that an answer is one that the document describes. What is not served, it need not.
#[track_caller]
pub(crate) fn check(method: &Method, path: &str, answer: &Answer) {
    let method = method.as_str().to_lowercase();
    let Some(template) = template(path) else { return };
    let operation = &document()["paths"][template][&method];
    if operation.is_null() {
        assert!(matches!(answer.status, 405 | 200 | 429), "{method} {path}: {answer:?}");
        return;
    }
    let told = format!("{method} {template} {}", answer.status);
    let response = &operation["responses"][answer.status.to_string()];
    assert!(!response.is_null(), "{told} is not documented: {answer:?}");
    let Some(contents) = response["content"].as_object() else {
        assert_eq!(answer.text, "", "{told} has no body");
        return;
    };
    let kind = answer.header("content-type");
    assert!(contents.contains_key(kind), "{told} is no {kind}: {answer:?}");
    if kind.ends_with("json") {
        let errors: Vec<_> = VALIDATORS[&format!("{told} {kind}")]
            .iter_errors(&answer.json())
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{told}: {errors:#?}\n{answer:?}");
    }
}

/// Every route in the sources of `http`: its methods and its address.
fn routes() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for (path, text) in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http")) {
        // A file's own tests stand at its end.
        let text = text.split("\n#[cfg(test)]").next().unwrap();
        for route in text.split(".route(").skip(1) {
            let mut parts = route.trim_start().splitn(3, '"');
            assert_eq!(parts.next(), Some(""), "{}: an address in words", path.display());
            let (address, methods) = (parts.next().unwrap(), parts.next().unwrap());
            let methods = methods.split([';', '\n']).next().unwrap();
            for method in ["get", "post", "put", "patch", "delete"] {
                let served = [format!(" {method}("), format!(".{method}(")];
                if served.iter().any(|call| methods.contains(call)) {
                    found.insert((method.to_owned(), address.to_owned()));
                }
            }
        }
    }
    found
}

#[test]
fn every_route_is_documented_and_nothing_else_is() {
    let served = routes();
    let mut documented = BTreeSet::new();
    for (path, methods) in object(&document()["paths"]) {
        documented.extend(object(methods).map(|(method, _)| (method.clone(), path.clone())));
    }
    assert_eq!(served, documented);
    assert!(served.len() > 20, "{served:?}");
}

#[tokio::test]
async fn the_document_is_whole_and_served_as_json_and_as_a_page() {
    let backend = Backend::start().await;
    let answer = backend.get("/openapi.json", "").await.ok(200);
    assert_eq!(&answer.json(), document());
    assert_eq!(document()["openapi"], "3.1.0");
    // Every reference leads somewhere, every schema is used, every id is unique.
    let text = answer.text;
    let mut ids = BTreeSet::new();
    for (path, methods) in object(&document()["paths"]) {
        for (method, operation) in object(methods) {
            assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{method} {path}");
        }
    }
    for kind in ["schemas", "parameters"] {
        for (name, _) in object(&document()["components"][kind]) {
            assert!(text.contains(&format!("#/components/{kind}/{name}\"")), "{name} is not used");
        }
    }
    for part in text.split("\"#/components/").skip(1) {
        let (kind, name) = part.split('"').next().unwrap().split_once('/').unwrap();
        assert!(!document()["components"][kind][name].is_null(), "there is no {kind}/{name}");
    }
    assert_eq!(VALIDATORS.len() > 60, !STRICT.is_null());
    let page = backend.get("/docs", "").await.ok(200).text;
    for (path, _) in object(&document()["paths"]) {
        assert!(page.contains(&format!("<code>{path}</code>")), "{path}");
    }
    assert!(!page.contains("http://") && !page.contains("<script"), "nothing from elsewhere");
}

/// A call of the protocol's page: method, address, body, status, answer.
struct Example {
    method: Method,
    path: String,
    body: Option<Value>,
    status: String,
    answer: Value,
}

/// Every call that the protocol's page shows with a JSON answer.
fn examples(page: &str) -> Vec<Example> {
    let mut found = Vec::new();
    for call in page.split("$ curl -").skip(1) {
        let call = call.split("\n$ ").next().unwrap().split("```").next().unwrap();
        let Some((asked, answered)) = call.split_once("\nHTTP/1.1 ") else { continue };
        let Some((head, body)) = answered.split_once("\n\n") else { continue };
        let (Ok(answer), Some((_, address))) =
            (serde_json::from_str(body), asked.split_once("$URL"))
        else {
            continue;
        };
        let op = "019aa1b2-4c00-7d3e-9f10-5a6b7c8d9e01";
        let plain = |text: &str| text.replace("$OP2", op).replace("$OP", op).replace('\'', "");
        let path = address.split([' ', '"', '\n']).next().unwrap();
        let body = asked.split_once("-d '").map(|(_, body)| {
            let body = plain(body.trim_end()).replace("$NOW", "1");
            serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}"))
        });
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let status = head[..3].to_owned();
        found.push(Example { method, path: plain(path), body, status, answer });
    }
    found
}

#[test]
fn the_examples_of_the_protocol_are_as_the_document_says() {
    let examples = examples(include_str!("../../../docs/protocol.md"));
    assert!(examples.len() >= 15, "{}", examples.len());
    for Example { method, path, body, status, answer } in examples {
        let method = method.as_str().to_lowercase();
        let place = format!("{method} {}", template(&path).unwrap());
        let kind =
            if status.starts_with('4') { "application/problem+json" } else { "application/json" };
        let fits = |place: &str, value: &Value| {
            let errors: Vec<_> =
                VALIDATORS[place].iter_errors(value).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{place} {errors:?}\n{value:#}");
        };
        fits(&format!("{place} {status} {kind}"), &answer);
        if let Some(body) = body {
            fits(&format!("{place} application/json"), &body);
        }
    }
}
