//! Which text stands between the quotes with which a text begins.

use std::borrow::Cow;

/// The quoted text that `text` begins with, escapes undone, and what is behind it. `None` where no quote begins, none
/// ends it, or an escape is none. Quotes are `"` with the escapes of JSON and Go, and the backtick without.
pub fn unquote_start(text: &str) -> Option<(Cow<'_, str>, &str)> {
    if let Some(raw) = text.strip_prefix('`') {
        return raw.split_once('`').map(|(value, after)| (Cow::Borrowed(value), after));
    }
    let inside = text.strip_prefix('"')?;
    let special = inside.find(['"', '\\'])?;
    if inside[special..].starts_with('"') {
        return Some((Cow::Borrowed(&inside[..special]), &inside[special + 1..]));
    }
    let mut out = String::from(&inside[..special]);
    let mut rest = &inside[special..];
    loop {
        let special = rest.find(['"', '\\'])?;
        out.push_str(&rest[..special]);
        let after = &rest[special + 1..];
        if rest[special..].starts_with('"') {
            return Some((Cow::Owned(out), after));
        }
        let (c, after) = escape(after)?;
        out.push(c);
        rest = after;
    }
}

/// What the escape means whose backslash was read, and what is behind it.
fn escape(text: &str) -> Option<(char, &str)> {
    let mut chars = text.chars();
    let kind = chars.next()?;
    let after = chars.as_str();
    let plain = match kind {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'a' => '\u{7}',
        'v' => '\u{b}',
        '\\' | '"' | '\'' | '/' => kind,
        'x' => return hex(after, 2).and_then(|(code, after)| Some((char::from_u32(code)?, after))),
        'u' => return code_unit(after),
        'U' => return hex(after, 8).and_then(|(code, after)| Some((char::from_u32(code)?, after))),
        _ => return None,
    };
    Some((plain, after))
}

/// The character of `\uXXXX`, or of the two of them that JSON writes for one beyond.
fn code_unit(text: &str) -> Option<(char, &str)> {
    let (first, after) = hex(text, 4)?;
    if let Some(c) = char::from_u32(first) {
        return Some((c, after));
    }
    let (second, after) = hex(after.strip_prefix("\\u")?, 4)?;
    let pair = [u16::try_from(first).ok()?, u16::try_from(second).ok()?];
    let c = char::decode_utf16(pair).next()?.ok()?;
    Some((c, after))
}

fn hex(text: &str, len: usize) -> Option<(u32, &str)> {
    let (digits, after) = text.split_at_checked(len)?;
    let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| u32::from_str_radix(digits, 16).ok()).flatten().map(|number| (number, after))
}

#[cfg(test)]
mod tests {
    use super::unquote_start;

    #[test]
    fn quoted_text_ends_at_its_quote() {
        for (text, value, after) in [
            (r#""a b" c"#, "a b", " c"),
            (r#""""#, "", ""),
            (r#""a\"b\\c\n"x"#, "a\"b\\c\n", "x"),
            (r#""\u00e9\x41\ud83d\ude00\U0001F600""#, "éA😀😀", ""),
            ("`a\\`b", "a\\", "b"),
        ] {
            let (found, rest) = unquote_start(text).expect(text);
            assert_eq!((&*found, rest), (value, after), "{text}");
        }
    }

    #[test]
    fn other_texts_are_not_quoted() {
        for text in ["", "a", "'a'", "\"a", "`a", r#""\q""#, r#""\u12"#, r#""\ud83d""#, r#""\ud83dx""#, "\"\\", "\"é\\"]
        {
            assert_eq!(unquote_start(text), None, "{text}");
        }
    }
}
