//! The `OpenAPI` 3.1 document: the table of operations and the schemas, put together.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use creditpack::Code;
use creditpack::error::{Finality, explain};
use serde_json::{Map, Value, json};

use super::operations::{Answer, Gives, OPERATIONS, Operation, Takes, Who};

/// Schemas and parameters. The wire types are those of the `creditpack` crate, which knows no
/// schemas; that both say the same, the tests check on every answer that they get.
static COMPONENTS: &str = include_str!("components.json");

static DOCUMENT: LazyLock<Value> = LazyLock::new(build);

/// The document.
pub fn document() -> &'static Value {
    &DOCUMENT
}

fn build() -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for operation in OPERATIONS {
        let described = describe(operation);
        paths.entry(operation.path).or_default().insert(operation.method.to_owned(), described);
    }
    // It is part of the program, and every test reads it.
    let mut components: Value = serde_json::from_str(COMPONENTS).unwrap_or_default();
    let bearer = |about: &str| json!({ "type": "http", "scheme": "bearer", "description": about });
    components["securitySchemes"] = json!({
        "secretKey": bearer("`sk_...`, for servers only; x-scope names the scope it needs"),
        "clientToken": bearer("A JWT from POST /v1/tokens, for the page of one account"),
    });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "creditpack",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Credits by the pack. docs/protocol.md explains the whole.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "paths": paths,
        "components": components,
    })
}

fn describe(operation: &Operation) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "security": security(operation.who),
        "parameters": parameters(operation),
        "responses": responses(operation),
    });
    if let Who::AnybodyOr(scope) | Who::BrowserOr(scope) | Who::Server(scope) = operation.who {
        described["x-scope"] = json!(scope.as_str());
    }
    let body = match operation.takes {
        Takes::Nothing => return described,
        Takes::Json(schema) | Takes::Signed(schema) => ("application/json", schema),
        Takes::Form(schema) => ("application/x-www-form-urlencoded", schema),
    };
    let content = Map::from_iter([(body.0.to_owned(), json!({ "schema": reference(body.1) }))]);
    described["requestBody"] = json!({ "required": true, "content": content });
    described
}

fn security(who: Who) -> Value {
    match who {
        Who::Anybody => json!([]),
        Who::AnybodyOr(_) => json!([{}, { "clientToken": [] }, { "secretKey": [] }]),
        Who::BrowserOr(_) => json!([{ "clientToken": [] }, { "secretKey": [] }]),
        Who::Server(_) => json!([{ "secretKey": [] }]),
    }
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let in_path = operation.path.split(['{', '}']).skip(1).step_by(2);
    let signed = matches!(operation.takes, Takes::Signed(_)).then_some("stripe-signature");
    let named = in_path.chain(operation.query.iter().copied()).chain(signed);
    named.map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })).collect()
}

fn responses(operation: &Operation) -> Map<String, Value> {
    let mut responses = Map::new();
    for answer in operation.answers {
        responses.insert(answer.status.to_string(), success(answer));
    }
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in operation.refusals() {
        by_status.entry(code.status()).or_default().push(code);
    }
    for (status, codes) in by_status {
        let refused = refusal(&codes);
        // A page that is not there may be told by a page or by a problem.
        match responses.get_mut(&status.to_string()) {
            Some(there) => {
                there["content"]["application/problem+json"] =
                    refused["content"]["application/problem+json"].clone();
            }
            None => {
                responses.insert(status.to_string(), refused);
            }
        }
    }
    let fault = problem("A fault of the backend; the outcome is unknown", &["internal_error"]);
    responses.insert("500".to_owned(), fault);
    responses
}

fn success(answer: &Answer) -> Value {
    let content = match answer.gives {
        Gives::Nothing => return json!({ "description": answer.when }),
        Gives::Json(schema) => ("application/json", json!({ "schema": reference(schema) })),
        Gives::Text(kind) => (kind, json!({ "schema": { "type": "string" } })),
    };
    let content = Map::from_iter([(content.0.to_owned(), content.1)]);
    json!({ "description": answer.when, "content": content })
}

fn refusal(codes: &[Code]) -> Value {
    let words: Vec<_> = codes.iter().map(|&code| in_words(code)).collect();
    problem(&words.join("; "), &codes.iter().map(|code| code.as_str()).collect::<Vec<_>>())
}

fn in_words(code: Code) -> String {
    let finality = match code.finality() {
        Finality::Verdict => " (a verdict)",
        Finality::NoVerdict => "",
        Finality::Unknown => " (the outcome is unknown)",
    };
    format!("`{code}`: {}{finality}", explain(code))
}

fn problem(description: &str, codes: &[&str]) -> Value {
    let mut schema = reference("Problem");
    schema["properties"] = json!({ "code": { "enum": codes } });
    json!({
        "description": description,
        "content": { "application/problem+json": { "schema": schema } },
    })
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}
