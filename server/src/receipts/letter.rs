//! A receipt as a mail: HTML that old mail programs lay out too, and plain text. Nothing in it is
//! fetched from anywhere, and nothing tells whether it was opened.

use std::fmt::Write as _;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::content::{Content, Line};

/// Dark colours, for programs that know of them; all else stands at the elements, because some
/// programs drop this.
const STYLE: &str = "\
@media (prefers-color-scheme: dark) {
body, .ground { background: #171614 !important; color: #f1eee8 !important; }
.card { background: #22211e !important; border-color: #3b3833 !important; }
.line { border-color: #3b3833 !important; }
.quiet { color: #b0aaa0 !important; }
.note { background: #4d3b06 !important; color: #ffe6a3 !important; }
.button { background: #8fd0bb !important; color: #0e2019 !important; }
}";

const FONT: &str = "font-family: system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif";

/// The receipt as HTML.
pub(super) fn html(content: &Content) -> String {
    let words = content.words;
    let ground = format!(
        "margin: 0; padding: 0; background: #f4f3ef; color: #1d1c1a; line-height: 1.5; {FONT}"
    );
    let page = html! {
        (DOCTYPE)
        html lang=(content.tag()) dir=(content.direction()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="supported-color-schemes" content="light dark";
                title { (content.subject()) }
                style { (PreEscaped(STYLE)) }
            }
            body style=(ground) {
                table.ground role="presentation" width="100%" cellpadding="0" cellspacing="0"
                    border="0" style="background: #f4f3ef" {
                    tr { td align="center" style="padding: 24px 12px" { (card(content)) } }
                    tr {
                        td.quiet align="center"
                            style="padding: 0 12px 24px; color: #5f5b54; font-size: 13px" {
                            (words.once)
                        }
                    }
                }
            }
        }
    };
    page.into_string()
}

fn card(content: &Content) -> Markup {
    let words = content.words;
    let card = "width: 100%; max-width: 520px; background: #ffffff; border: 1px solid #dedad1; \
        border-radius: 12px; text-align: start";
    html! {
        table.card role="presentation" cellpadding="0" cellspacing="0" border="0" style=(card) {
            tr {
                td style="padding: 24px 24px 0" {
                    p.quiet style="margin: 0; color: #5f5b54; font-size: 14px" { (content.seller) }
                    h1 style="margin: 4px 0 8px; font-size: 24px; line-height: 1.3" {
                        (words.title) " · " bdi { (content.credits) }
                    }
                    p style="margin: 0 0 16px; font-size: 16px" { (words.thanks) }
                    @for note in &content.notes { (noted(note)) }
                }
            }
            tr { td style="padding: 0 24px" { (lines(&content.lines)) } }
            tr { td style="padding: 20px 24px 24px" { (button(content)) } }
        }
    }
}

fn noted(note: &str) -> Markup {
    let style = "margin: 0 0 16px; padding: 8px 12px; border-radius: 8px; background: #ffe08a; \
        color: #4a3500; font-size: 14px";
    html! { p.note style=(style) { strong { (note) } } }
}

fn lines(lines: &[Line]) -> Markup {
    let line = "padding: 10px 0; border-top: 1px solid #dedad1; font-size: 15px; \
        vertical-align: top; text-align: start";
    html! {
        table width="100%" cellpadding="0" cellspacing="0" border="0" {
            @for Line { label, value, aside } in lines {
                tr {
                    th.line.quiet scope="row" style={
                        (line) "; color: #5f5b54; font-weight: normal; padding-inline-end: 16px"
                    } { (label) }
                    td.line style={ (line) "; overflow-wrap: anywhere" } {
                        bdi { (value) }
                        @if let Some(aside) = aside {
                            br;
                            span.quiet style="color: #5f5b54; font-size: 13px" { (aside) }
                        }
                    }
                }
            }
        }
    }
}

fn button(content: &Content) -> Markup {
    let style = "display: inline-block; padding: 12px 20px; border-radius: 8px; \
        background: #2f5d50; color: #ffffff; font-size: 16px; text-decoration: none";
    html! { a.button href=(content.url) style=(style) { (content.words.open) } }
}

/// The receipt as plain text.
pub(super) fn text(content: &Content) -> String {
    let words = content.words;
    let mut text = format!("{}\n{}\n\n{}\n", content.seller, heading(content), words.thanks);
    for note in &content.notes {
        // Writing to a string does not fail.
        let _ = write!(text, "\n{note}\n");
    }
    text.push('\n');
    for Line { label, value, aside } in &content.lines {
        let aside = aside.as_ref().map(|aside| format!(" ({aside})")).unwrap_or_default();
        let _ = writeln!(text, "{label}: {value}{aside}");
    }
    let _ = write!(text, "\n{}:\n{}\n\n{}\n", words.open, content.url, words.once);
    text
}

fn heading(content: &Content) -> String {
    format!("{} · {}", content.words.title, content.credits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receipts::content::tests::{content, receipt};
    use crate::receipts::words::tests::tags;

    #[test]
    fn text_tells_everything_that_html_does() {
        for tag in tags() {
            let content = content(&receipt(tag));
            let (html, text) = (html(&content), text(&content));
            for Line { label, value, .. } in &content.lines {
                assert!(html.contains(label.as_str()) && text.contains(label.as_str()), "{tag}");
                assert!(html.contains(value.as_str()) && text.contains(value.as_str()), "{tag}");
            }
            assert!(text.contains(&content.url), "{tag}");
        }
    }

    #[test]
    fn html_fetches_nothing_and_escapes_what_others_wrote() {
        let html = html(&content(&receipt("ar")));
        assert!(html.contains("lang=\"ar\" dir=\"rtl\""));
        assert!(html.contains("Prints &amp; Co"));
        for fetching in ["<img", "src=", "url(", "@import", "<link", "<script"] {
            assert!(!html.contains(fetching), "{fetching}");
        }
        assert_eq!(html.matches("http").count(), 1, "the link to the page alone");
    }
}
