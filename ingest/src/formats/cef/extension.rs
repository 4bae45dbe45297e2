//! Where the keys and values of a CEF extension are.

/// Places of one key and its value in the extension.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::formats) struct Pair {
    key: (u32, u32),
    value: (u32, u32),
}

/// Longer than any key of any vendor: what is longer belongs to the value.
const KEY_BYTES_MAX: usize = 128;

impl Pair {
    /// A key up to its `=`, and the value behind that up to `end`; both without space around them.
    pub(in crate::formats) fn of(whole: &str, start: usize, equals: usize, end: usize) -> Pair {
        let inner = |start: usize, end: usize| {
            let text = &whole[start..end];
            let start = start + text.len() - text.trim_ascii_start().len();
            (start as u32, (start + text.trim_ascii().len()) as u32)
        };
        Pair { key: inner(start, equals), value: inner(equals + 1, end) }
    }

    /// Lets the value go on up to `end`.
    pub(in crate::formats) fn reach(&mut self, end: usize) {
        assert!(self.value.1 as usize <= end, "a value only grows");
        self.value.1 = end as u32;
    }

    /// Its key, of the extension that it was found in.
    pub(in crate::formats) fn key<'t>(&self, whole: &'t str) -> &'t str {
        &whole[self.key.0 as usize..self.key.1 as usize]
    }

    /// Its value, still escaped.
    pub(in crate::formats) fn value<'t>(&self, whole: &'t str) -> &'t str {
        &whole[self.value.0 as usize..self.value.1 as usize]
    }
}

/// Whether the key of the `n`th pair came before.
pub(in crate::formats) fn is_repeated(whole: &str, pairs: &[Pair], n: usize) -> bool {
    let key = pairs[n].key(whole);
    pairs[..n].iter().any(|pair| pair.key(whole) == key)
}

/// Finds all pairs, in their order; answers the text in front of the first.
pub(in crate::formats) fn pairs<'t>(whole: &'t str, found: &mut Vec<Pair>) -> &'t str {
    found.clear();
    let bytes = whole.as_bytes();
    let mut front = bytes.len();
    let mut value_start = 0;
    for equals in memchr::memchr_iter(b'=', bytes) {
        let Some(key) = key_before(&bytes[value_start..equals], value_start) else { continue };
        match found.last_mut() {
            Some(last) => last.value.1 = trimmed(bytes, value_start, key) as u32,
            None => front = key,
        }
        value_start = equals + 1;
        let span = |start: usize, end: usize| (start as u32, end as u32);
        found.push(Pair { key: span(key, equals), value: span(value_start, value_start) });
    }
    if let Some(last) = found.last_mut() {
        last.value.1 = trimmed(bytes, value_start, bytes.len()) as u32;
    }
    // A value may begin behind a space that separates nothing.
    for pair in found.iter_mut() {
        let value = &bytes[pair.value.0 as usize..pair.value.1 as usize];
        pair.value.0 += (value.len() - value.trim_ascii_start().len()) as u32;
    }
    whole[..front].trim_ascii()
}

/// Where the key begins that ends with these bytes, which start at `start`; `None` where they end with no key. The
/// first key may stand at the very start; every other has a space in front.
fn key_before(bytes: &[u8], start: usize) -> Option<usize> {
    let length = bytes.iter().rev().take_while(|byte| is_key_byte(**byte)).count();
    let (before, key) = bytes.split_at(bytes.len() - length);
    let behind_space = before.last().map_or(start == 0, |byte| byte.is_ascii_whitespace());
    let plausible = key.first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_');
    (behind_space && plausible && length <= KEY_BYTES_MAX).then_some(start + before.len())
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'[' | b']' | b'-')
}

/// `end` without the space in front of it.
fn trimmed(bytes: &[u8], start: usize, end: usize) -> usize {
    start + bytes[start..end].trim_ascii_end().len()
}

/// A value without its escapes; `escapes` is false where there are none anywhere. Backslashes in front of anything else
/// are the vendor's own.
pub(super) fn unescape<'a>(value: &'a str, escapes: bool, scratch: &'a mut String) -> &'a str {
    if !escapes || memchr::memchr(b'\\', value.as_bytes()).is_none() {
        return value;
    }
    scratch.clear();
    let mut rest = value;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        scratch.push_str(&rest[..at]);
        let plain = match rest.as_bytes().get(at + 1) {
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b'=') => '=',
            Some(b'\\') => '\\',
            Some(b'|') => '|',
            _ => {
                scratch.push('\\');
                rest = &rest[at + 1..];
                continue;
            }
        };
        scratch.push(plain);
        rest = &rest[at + 2..];
    }
    scratch.push_str(rest);
    scratch
}
