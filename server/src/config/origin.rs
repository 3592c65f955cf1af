//! Web origins: scheme, host and port.

use url::Url;

/// The origin of a site, as a browser writes it: `https://shop.example.com`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin(String);

/// Why a text is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be http:// or https:// and a host, with nothing after the port")]
pub struct OriginError;

impl Origin {
    /// The origin that `text` writes.
    ///
    /// # Errors
    ///
    /// [`OriginError`] if it is another scheme's, or has a path, a query or a user.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let url = Url::parse(text).map_err(|_| OriginError)?;
        if !is_base(&url) || url.path() != "/" {
            return Err(OriginError);
        }
        Ok(Self::of(&url))
    }

    /// The origin that `url` is on.
    pub fn of(url: &Url) -> Self {
        Self(url.origin().ascii_serialization())
    }

    /// The origin as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether `url` is a plain web address that others can be built on.
pub(super) fn is_base(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_read_as_browsers_write_them() {
        for (text, origin) in [
            ("http://localhost:3000", "http://localhost:3000"),
            ("https://Shop.Example.com:443/", "https://shop.example.com"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(Origin::parse(text).unwrap().as_str(), origin);
        }
        for bad in ["", "*", "localhost", "ftp://a.b", "https://a.b/c", "https://u@a.b", "null"] {
            assert_eq!(Origin::parse(bad), Err(OriginError), "{bad}");
        }
    }
}
