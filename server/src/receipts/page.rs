//! A receipt as a page. It works without scripts and fetches nothing.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::content::{Content, Line, direction};
use super::words::{english, words};

const STYLE: &str = include_str!("page.css");

/// The Content-Security-Policy of these pages: their own style, and nothing else from anywhere.
pub static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'none'; base-uri 'none'; \
         frame-ancestors 'none'"
    )
});

/// The page of a receipt.
pub(super) fn receipt(content: &Content) -> String {
    let words = content.words;
    let body = html! {
        p.seller { (content.seller) }
        h1 { (words.title) " · " bdi { (content.credits) } }
        @for note in &content.notes { p.note role="note" { (note) } }
        dl {
            @for Line { label, value, aside } in &content.lines {
                div {
                    dt { (label) }
                    dd {
                        bdi { (value) }
                        @if let Some(aside) = aside { span.aside { (aside) } }
                    }
                }
            }
        }
        p.once { (words.once) }
    };
    let title = format!("{} · {}", words.title, content.seller);
    layout(content.tag(), content.direction(), &title, &body)
}

/// The page for a link that leads to no receipt, for whoever prefers `locale`. It says nothing of
/// any.
pub(super) fn unknown(locale: Option<&str>) -> String {
    let words = locale.and_then(words).unwrap_or_else(english);
    let body = html! { h1 { (words.unknown_title) } p { (words.unknown) } };
    layout(&words.tag, direction(words), &words.unknown_title, &body)
}

fn layout(tag: &str, direction: &str, title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang=(tag) dir=(direction) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (body) } }
        }
    };
    page.into_string()
}
