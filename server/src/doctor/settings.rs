//! What the config says, and what of it will not do where buyers are.

use creditpack::advice::{Severity, advise};
use url::Url;

use super::Finding;
use crate::config::{Config, Origin, PaymentsMode, Problem};

const CONFIG: &str = "config";
const ENVIRONMENT: &str = "environment";
const PUBLIC_URL: &str = "public_url";
const ORIGINS: &str = "allowed_origins";
const PROXIES: &str = "trusted_proxies";
const CONNECTIONS: &str = "connections_max";

/// Files besides connections: the database, the log, receipts, what libraries have open.
const OTHER_FILES: u64 = 256;

pub(super) fn problem(Problem { place, line, rule, remedy }: Problem) -> Finding {
    let line = line.map_or_else(String::new, |line| format!(":{line}"));
    Finding::error(CONFIG, format!("{place}{line}: {rule}"), remedy)
}

pub(super) fn without_effect(Problem { place, rule, remedy, .. }: Problem) -> Finding {
    Finding::warning(ENVIRONMENT, format!("{place} {rule}"), remedy)
}

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let is_live = config.payments == Some(PaymentsMode::Live);
    let mut found = vec![catalog(config), public_url(config.public_url.as_ref(), is_live)];
    found.extend(origins(config, is_live));
    found.extend(proxies(config));
    found.push(connections(config));
    found
}

fn catalog(config: &Config) -> Finding {
    let advice = advise(&config.catalog);
    let worst = advice.iter().filter(|advice| advice.severity != Severity::Hint).count();
    if config.catalog.packs.is_empty() {
        let remedy = "add packs under [catalog]; see docs/catalog.md";
        return Finding::warning(CONFIG, "it can be used, but sells nothing", remedy);
    }
    if worst > 0 {
        let words = format!("it can be used; {worst} things in its catalog will confuse buyers");
        return Finding::warning(CONFIG, words, "read `creditpackd catalog check FILE`");
    }
    Finding::fine(CONFIG, "it can be used")
}

fn public_url(url: Option<&Url>, is_live: bool) -> Finding {
    match url {
        None if is_live => Finding::error(
            PUBLIC_URL,
            "it is not set: buyers are led to the address that this listens on",
            "set it to the address that buyers reach, such as https://credits.example.com",
        ),
        None => {
            Finding::fine(PUBLIC_URL, "it is not set: the address that this listens on is used")
        }
        Some(url) if url.scheme() == "http" && !is_local(url) => {
            let words =
                format!("{url} is not encrypted: tokens and receipts can be read on the way");
            Finding::error(PUBLIC_URL, words, "put TLS in front, and write https://")
        }
        Some(url) if is_live && is_local(url) => {
            let words = format!("{url} is this machine's own: no buyer reaches it");
            Finding::error(PUBLIC_URL, words, "set it to the address that buyers reach")
        }
        Some(url) => Finding::fine(PUBLIC_URL, url.as_str()),
    }
}

fn is_local(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

fn origins(config: &Config, is_live: bool) -> Vec<Finding> {
    if config.allowed_origins.is_empty() {
        let words = "there are none: no page may call, and no buyer may be sent back";
        return vec![Finding::error(ORIGINS, words, "list the sites of your product")];
    }
    let mut found = Vec::new();
    for origin in &config.allowed_origins {
        let url = Url::parse(origin.as_str()).ok();
        let (local, plain) =
            url.map_or((false, false), |url| (is_local(&url), url.scheme() == "http"));
        let text = origin.as_str();
        if plain && !local {
            let words =
                format!("{text} is not encrypted: whoever is in between can call as its buyers");
            found.push(Finding::warning(ORIGINS, words, "serve the site over https://"));
        } else if local && is_live {
            let words = format!("{text} is on a developer's machine, and payments are live");
            found.push(Finding::warning(ORIGINS, words, "remove it"));
        }
    }
    if found.is_empty() {
        let texts: Vec<_> = config.allowed_origins.iter().map(Origin::as_str).collect();
        found.push(Finding::fine(ORIGINS, texts.join(", ")));
    }
    found
}

/// TLS is somebody else's, so whoever has it stands in front.
fn proxies(config: &Config) -> Option<Finding> {
    let encrypted = config.public_url.as_ref().is_some_and(|url| url.scheme() == "https");
    (encrypted && config.limits.trusted_proxies.is_empty()).then(|| {
        Finding::warning(
            PROXIES,
            "there are none, but public_url is https: everybody behind the proxy counts as one",
            "list the proxy's address, and have it set X-Forwarded-For",
        )
    })
}

fn connections(config: &Config) -> Finding {
    let max = u64::try_from(config.limits.connections_max).unwrap_or(u64::MAX);
    let hard = rlimit::Resource::NOFILE.get().map_or(u64::MAX, |(_, hard)| hard);
    if hard < max.saturating_add(OTHER_FILES) {
        let words = format!("{max} connections need more open files than the {hard} allowed");
        return Finding::warning(
            CONNECTIONS,
            words,
            "raise the limit (LimitNOFILE of the unit, ulimit -n), or lower connections_max",
        );
    }
    Finding::fine(CONNECTIONS, format!("{max} connections fit into {hard} open files"))
}
