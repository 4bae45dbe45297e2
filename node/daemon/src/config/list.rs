//! How several values are written in one text: separated by commas, or one word that stands for all.

use super::kind::Value;

/// Reads one of `alone`, or at most `most` items that `item` accepts, none twice.
pub(super) fn read(
    text: &str,
    alone: &[&str],
    most: usize,
    item: impl Fn(&str) -> Result<String, String>,
) -> Result<Value, String> {
    if alone.contains(&text) {
        return Ok(Value::Text(text.into()));
    }
    let mut items: Vec<String> = Vec::new();
    for part in text.split(',').map(str::trim) {
        let read = if part.is_empty() { Err(format!("an item is empty; write {}", alone[0])) } else { item(part) }?;
        if items.contains(&read) {
            return Err(format!("`{part}` is there twice"));
        }
        items.push(read);
    }
    let count = items.len();
    (count <= most).then_some(Value::List(items)).ok_or_else(|| format!("{count} are more than the most, {most}"))
}

/// `HOST:PORT`. Names stay names: they are resolved each time somebody dials.
pub(super) fn address(text: &str) -> Result<String, String> {
    let wrong = || format!("`{text}` is not an address such as 10.0.0.5:7701 or site-a.example:7701");
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let good = match bare {
        Some(host) => host.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')),
    };
    let port: u16 = port.parse().map_err(|_| wrong())?;
    (good && port > 0).then(|| text.to_owned()).ok_or_else(wrong)
}

/// A node's name, or the front of its id.
pub(super) fn name(text: &str) -> Result<String, String> {
    let bad = text.len() > 64 || text.chars().any(char::is_control);
    if bad { Err("a name has at most 64 bytes and no control characters".into()) } else { Ok(text.to_owned()) }
}

/// One of these words.
pub(super) fn word(text: &str, words: &[&str]) -> Option<String> {
    words.contains(&text).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_and_not_resolved() {
        for good in ["10.0.0.5:7701", "site-a.example:1", "[::1]:65535"] {
            assert_eq!(address(good).as_deref(), Ok(good));
        }
        for wrong in ["10.0.0.5", ":7701", "a b:1", "::1:1x", "::1:1", "[x]:1", "a:0", "a:70000", "quic://a:1"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn lists() {
        let of = |text| read(text, &["all"], 2, name);
        assert_eq!(of("all"), Ok(Value::Text("all".into())));
        assert_eq!(of("a, b"), Ok(Value::List(vec!["a".into(), "b".into()])));
        assert_eq!(of(""), Err("an item is empty; write all".into()));
        assert_eq!(of("a,a"), Err("`a` is there twice".into()));
        assert_eq!(of("a,b,c"), Err("3 are more than the most, 2".into()));
    }
}
