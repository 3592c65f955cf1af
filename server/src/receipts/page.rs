//! A receipt as a page.

use std::sync::LazyLock;

use maud::html;

use super::content::{Content, Line, direction};
use super::words::{english, words};
use crate::page::{Style, Written, layout};

static STYLE: LazyLock<Style> = LazyLock::new(|| Style::new(include_str!("page.css")));

/// The Content-Security-Policy of these pages.
pub static POLICY: LazyLock<String> = LazyLock::new(|| STYLE.policy("'none'"));

/// The page of a receipt.
pub(super) fn receipt(content: &Content) -> String {
    let words = content.words;
    let body = html! { main {
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
    } };
    let title = format!("{} · {}", words.title, content.seller);
    let written = Written { tag: content.tag(), direction: content.direction() };
    layout(&STYLE, written, &title, &body)
}

/// The page for a link that leads to no receipt, for whoever prefers `locale`. It says nothing of
/// any.
pub(super) fn unknown(locale: Option<&str>) -> String {
    let words = locale.and_then(words).unwrap_or_else(english);
    let body = html! { main { h1 { (words.unknown_title) } p { (words.unknown) } } };
    let written = Written { tag: &words.tag, direction: direction(words) };
    layout(&STYLE, written, &words.unknown_title, &body)
}
