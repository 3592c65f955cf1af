//! What every page for people has: its head, its colours, and a policy that lets nothing else in.
//! Pages work without scripts and fetch nothing.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

/// Colours and type, the same on all of them.
const BASE: &str = include_str!("page.css");

/// The style of one kind of page.
#[derive(Debug)]
pub struct Style {
    text: String,
    sha256: String,
}

impl Style {
    /// The common base, and what is this kind's `own`.
    pub fn new(own: &str) -> Self {
        let text = format!("{BASE}{own}");
        let sha256 = BASE64_STANDARD.encode(Sha256::digest(&text));
        Self { text, sha256 }
    }

    /// The Content-Security-Policy of such a page: this style and nothing else from anywhere, and
    /// forms that lead to `forms`.
    pub fn policy(&self, forms: &str) -> String {
        format!(
            "default-src 'none'; style-src 'sha256-{}'; form-action {forms}; base-uri 'none'; \
             frame-ancestors 'none'",
            self.sha256
        )
    }
}

/// In which language a page is written.
#[derive(Clone, Copy, Debug)]
pub struct Written<'a> {
    /// As documents declare it.
    pub tag: &'a str,
    /// `ltr` or `rtl`.
    pub direction: &'static str,
}

impl Written<'static> {
    /// In English.
    pub const ENGLISH: Self = Self { tag: "en", direction: "ltr" };
}

/// The whole page. No search engine lists it, and no link on it tells where it was.
pub fn layout(style: &Style, written: Written<'_>, title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang=(written.tag) dir=(written.direction) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(&style.text)) }
            }
            body { (body) }
        }
    };
    page.into_string()
}
