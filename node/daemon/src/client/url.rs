//! Where a node is, in any of the ways people write it, and the addresses of what it offers.

use ureq::http::Uri;

use crate::exit::{Exit, Failure};

/// `http://HOST:PORT` or `https://HOST:PORT`, perhaps with a path; no slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url(String);

impl Url {
    /// Reads `127.0.0.1:8080`, `http://node:8080/`, `https://node`.
    pub(crate) fn parse(text: &str) -> Result<Url, Failure> {
        let text = text.trim().trim_end_matches('/');
        let (scheme, rest) = match text.split_once("://") {
            Some(("https", rest)) => ("https", rest),
            Some(("http", rest)) => ("http", rest),
            Some(_) => return Err(wrong(text)),
            None => ("http", text),
        };
        let reachable = rest.replacen("0.0.0.0:", "127.0.0.1:", 1).replacen("[::]:", "[::1]:", 1);
        let url = format!("{scheme}://{reachable}");
        let host = url.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
        if host.is_empty() || rest.ends_with(':') || rest.contains(char::is_whitespace) {
            Err(wrong(text))
        } else {
            Ok(Url(url))
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }

    /// Whether it names this machine.
    pub(crate) fn is_local(&self) -> bool {
        let host = self.0.split_once("://").map_or("", |(_, host)| host);
        ["127.", "localhost", "[::1]"].iter().any(|local| host.starts_with(local))
    }

    /// The address of `path`, whose segments are already escaped, with query parameters.
    pub(super) fn with(&self, path: &str, query: &[(&str, String)]) -> Uri {
        let pairs: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", segment(value))).collect();
        let mark = if pairs.is_empty() { "" } else { "?" };
        let text = format!("{}{path}{mark}{}", self.0, pairs.join("&"));
        text.parse().expect("a checked address and escaped text make an address")
    }
}

fn wrong(text: &str) -> Failure {
    Failure::new(Exit::Usage, format!("`{text}` is not an address such as http://127.0.0.1:8080"))
}

/// `text` escaped for one segment of a path, or one value of a query.
pub(crate) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_people_write_them() {
        let url = |text| Url::parse(text).map(|url| url.0).map_err(|failure| failure.exit);
        assert_eq!(url("127.0.0.1:8080").as_deref(), Ok("http://127.0.0.1:8080"));
        assert_eq!(url("http://node:1/").as_deref(), Ok("http://node:1"));
        assert_eq!(url("0.0.0.0:9").as_deref(), Ok("http://127.0.0.1:9"));
        assert_eq!(url("https://a/b/").as_deref(), Ok("https://a/b"));
        for wrong in ["ftp://a", "", "http://", "a b", "http://a b", "://x"] {
            assert_eq!(url(wrong), Err(Exit::Usage), "{wrong}");
        }
    }

    #[test]
    fn what_is_put_in_cannot_leave_its_place() {
        let url = Url::parse("node:1").expect("an address");
        let name = segment("../a b?c#d/ü%");
        assert_eq!(name, "..%2Fa%20b%3Fc%23d%2F%C3%BC%25");
        let uri = url.with(&format!("/v1/peers/{name}/lag"), &[("q", "a&b=c +".into())]);
        assert_eq!(uri.to_string(), "http://node:1/v1/peers/..%2Fa%20b%3Fc%23d%2F%C3%BC%25/lag?q=a%26b%3Dc%20%2B");
    }

    #[test]
    fn this_machine() {
        let local = |text| Url::parse(text).expect(text).is_local();
        assert!(local("localhost:1") && local("https://127.0.0.1:1") && local("[::1]:1"));
        assert!(!local("site-a:1"));
    }
}
