//! What an indicator is: an address or network, a domain, a hash, a URL; told by its form.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::networks::{Network, address};

/// Longer texts are no indicators.
const INDICATOR_BYTES_MAX: usize = 4_096;
/// Longer names are no domains.
const DOMAIN_BYTES_MAX: usize = 253;
/// Hexadecimal digits of MD5, SHA-1, SHA-256, SHA-512.
const HASH_DIGITS: [usize; 4] = [32, 40, 64, 128];

/// What indicators there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Ip,
    Domain,
    Hash,
    Url,
}

impl Kind {
    pub(super) fn read(text: &str) -> Result<Option<Kind>, String> {
        Ok(Some(match text {
            "auto" => return Ok(None),
            "ip" => Kind::Ip,
            "domain" => Kind::Domain,
            "hash" => Kind::Hash,
            "url" => Kind::Url,
            _ => return Err(format!("`{text}` is none of auto, ip, domain, hash, url")),
        }))
    }
}

/// An indicator in the one form in which it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Indicator {
    /// An address, or all of a network.
    Network(Network),
    /// In small letters; it stands for everything below it.
    Domain(String),
    /// In small letters.
    Hash(String),
    /// Scheme and host in small letters.
    Url(String),
}

impl Indicator {
    /// The indicator that a text of a list is; `None` where it is none, or none of the kind that the list has.
    pub(super) fn read(text: &str, kind: Option<Kind>) -> Option<Indicator> {
        let text = refanged(text.trim());
        let is = |wanted| kind.is_none_or(|kind| kind == wanted);
        let network = || Network::read(&text).filter(|_| is(Kind::Ip)).map(Indicator::Network);
        let hash = || hash(&text).filter(|_| is(Kind::Hash)).map(Indicator::Hash);
        let url = || url(&text).filter(|_| is(Kind::Url)).map(Indicator::Url);
        let domain = || domain(text.strip_prefix("*.").unwrap_or(&text)).filter(|_| is(Kind::Domain));
        network().or_else(hash).or_else(url).or_else(|| domain().map(Indicator::Domain))
    }
}

/// As [`Indicator`], of a text in an event.
pub(super) enum Seen {
    Address(IpAddr),
    Domain(String),
    Hash(String),
    /// A URL and its host.
    Url(String, Option<Box<Seen>>),
}

impl Seen {
    pub(super) fn read(text: &str) -> Option<Seen> {
        if let Some(address) = address(text) {
            return Some(Seen::Address(address));
        }
        let text = text.trim_ascii();
        if let Some(hash) = hash(text) {
            return Some(Seen::Hash(hash));
        }
        if let Some(url) = url(text) {
            let host = host(&url).and_then(Seen::of_host).map(Box::new);
            return Some(Seen::Url(url, host));
        }
        domain(text).map(Seen::Domain)
    }

    fn of_host(host: &str) -> Option<Seen> {
        address(host.trim_matches(['[', ']'])).map(Seen::Address).or_else(|| domain(host).map(Seen::Domain))
    }

    /// What ECS calls it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Seen::Address(IpAddr::V4(_)) => "ipv4-addr",
            Seen::Address(IpAddr::V6(_)) => "ipv6-addr",
            Seen::Domain(_) => "domain-name",
            Seen::Hash(_) => "file",
            Seen::Url(..) => "url",
        }
    }
}

/// Undoes what makes indicators safe to click on: `hxxp://bad[.]example`.
fn refanged(text: &str) -> Cow<'_, str> {
    let harmless = !text.contains('[') && !text.contains('(') && !text.starts_with("hxxp");
    if harmless || Network::read(text).is_some() {
        return Cow::Borrowed(text);
    }
    let text = text.replace("[.]", ".").replace("(.)", ".").replace("[:]", ":");
    Cow::Owned(match text.strip_prefix("hxxp") {
        Some(rest) => format!("http{rest}"),
        None => text,
    })
}

fn hash(text: &str) -> Option<String> {
    let digits = HASH_DIGITS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.then(|| text.to_ascii_lowercase())
}

/// With the name of at least one label below the highest: a list that says `com` means something else.
fn domain(text: &str) -> Option<String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' || byte >= 0x80;
    let fits = text.len() <= DOMAIN_BYTES_MAX && text.contains('.');
    let labels = || text.split('.').all(|label| !label.is_empty() && label.bytes().all(letter));
    let named = || text.rsplit('.').next().is_some_and(|top| top.bytes().any(|byte| !byte.is_ascii_digit()));
    (fits && labels() && named()).then(|| text.to_lowercase())
}

/// Scheme and host in small letters, without a fragment and without a lone slash at the end.
fn url(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let schemed =
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    if !schemed || text.len() > INDICATOR_BYTES_MAX || rest.bytes().any(|byte| byte.is_ascii_whitespace()) {
        return None;
    }
    let rest = rest.split('#').next().unwrap_or_default();
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let path = if path == "/" { "" } else { path };
    (!host.is_empty()).then(|| format!("{}://{}{path}", scheme.to_ascii_lowercase(), host.to_lowercase()))
}

/// The host of a URL as [`url`] makes it, without user and port.
fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let rest = rest.split(['/', '?']).next()?;
    let rest = rest.rsplit('@').next()?;
    if rest.starts_with('[') {
        return rest.split_inclusive(']').next();
    }
    rest.split(':').next()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{Indicator, Kind, Seen};

    #[test]
    fn forms() {
        let told: String = [
            "10.0.0.0/8",
            "Bad.Example.",
            "*.bad.example",
            "hxxps://Bad[.]example:8080/A?b#c",
            "http://bad.example/",
            "1.2.3[.]4",
            "D41D8CD98F00B204E9800998ECF8427E",
            "com",
            "1.2.3.400",
            "two words",
            "://x",
        ]
        .iter()
        .map(|text| format!("{text}: {:?}\n", Indicator::read(text, None)))
        .collect();
        expect![[r#"
            10.0.0.0/8: Some(Network(Network { length: 104, bits: 281470849515520 }))
            Bad.Example.: Some(Domain("bad.example"))
            *.bad.example: Some(Domain("bad.example"))
            hxxps://Bad[.]example:8080/A?b#c: Some(Url("https://bad.example:8080/A?b"))
            http://bad.example/: Some(Url("http://bad.example"))
            1.2.3[.]4: Some(Network(Network { length: 128, bits: 281470698652420 }))
            D41D8CD98F00B204E9800998ECF8427E: Some(Hash("d41d8cd98f00b204e9800998ecf8427e"))
            com: None
            1.2.3.400: None
            two words: None
            ://x: None
        "#]]
        .assert_eq(&told);
        assert_eq!(Indicator::read("bad.example", Some(Kind::Ip)), None);
    }

    #[test]
    fn hosts_of_urls_are_seen() {
        for (url, host) in [
            ("http://u:p@bad.example:80/x", "domain-name"),
            ("ftp://[2001:db8::1]:21", "ipv6-addr"),
            ("https://1.2.3.4?x", "ipv4-addr"),
        ] {
            let Some(Seen::Url(_, Some(seen))) = Seen::read(url) else { panic!("{url}") };
            assert_eq!(seen.name(), host, "{url}");
        }
    }
}
