//! The document as one page: no script, nothing from anywhere else.

use std::sync::LazyLock;

use maud::{Markup, html};
use serde_json::Value;

use super::document;
use crate::page::{Style, Written, layout};

static STYLE: LazyLock<Style> = LazyLock::new(|| Style::new(include_str!("page.css")));

static POLICY: LazyLock<String> = LazyLock::new(|| STYLE.policy("'none'"));

static HTML: LazyLock<String> =
    LazyLock::new(|| layout(&STYLE, Written::ENGLISH, "creditpack · HTTP API", &page(document())));

/// The Content-Security-Policy of the page.
pub(super) fn policy() -> &'static str {
    &POLICY
}

/// The page.
pub(super) fn html() -> &'static str {
    &HTML
}

/// One operation of the document.
struct Shown<'a> {
    path: &'a str,
    method: &'a str,
    operation: &'a Value,
}

fn page(document: &Value) -> Markup {
    let mut shown = Vec::new();
    for (path, methods) in entries(&document["paths"]) {
        let here = entries(methods);
        shown.extend(here.map(|(method, operation)| Shown { path, method, operation }));
    }
    html! {
        h1 { "creditpack, version " (words(&document["info"]["version"])) }
        p { "For programs: " a href="/openapi.json" { "openapi.json" } "." }
        nav aria-label="Operations" { ul {
            @for it in &shown { li { a href={ "#" (words(&it.operation["operationId"])) } {
                (it.method.to_uppercase()) " " (it.path)
            } } }
        } }
        main {
            @for it in &shown { (operation(it)) }
            @for (name, schema) in entries(&document["components"]["schemas"]) {
                section id={ "schema-" (name) } { h2 { (name) } (source(schema)) }
            }
        }
    }
}

fn operation(Shown { path, method, operation }: &Shown<'_>) -> Markup {
    let names = operation["parameters"].as_array().into_iter().flatten();
    let names: Vec<_> = names.filter_map(|it| it["$ref"].as_str()?.rsplit('/').next()).collect();
    html! {
        section id=(words(&operation["operationId"])) {
            h2 { b { (method) } " " code { (path) } }
            p { (words(&operation["summary"])) "." }
            @if let Some(scope) = operation["x-scope"].as_str() {
                p { "A secret key needs the scope " code { (scope) } "." }
            }
            @if !names.is_empty() { p { "Parameters: " code { (names.join(", ")) } } }
            @if let Some(body) = schema_of(&operation["requestBody"]) {
                p { "Body: " (link(body)) }
            }
            table {
                thead { tr { th scope="col" { "Status" } th scope="col" { "Answer" } } }
                tbody { @for (status, response) in entries(&operation["responses"]) { tr {
                    td { (status) }
                    td {
                        (words(&response["description"]))
                        @if let Some(body) = schema_of(response) { " " (link(body)) }
                    }
                } } }
            }
        }
    }
}

/// The name of the schema that the first content of a body has.
fn schema_of(body: &Value) -> Option<&str> {
    let (_, content) = entries(&body["content"]).next()?;
    content["schema"]["$ref"].as_str()?.rsplit('/').next()
}

fn link(schema: &str) -> Markup {
    html! { a href={ "#schema-" (schema) } { (schema) } }
}

fn source(schema: &Value) -> Markup {
    html! { pre tabindex="0" { (serde_json::to_string_pretty(schema).unwrap_or_default()) } }
}

fn words(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn entries(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    object.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}
