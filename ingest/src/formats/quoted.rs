//! Where a text in quotes ends.

/// The place of the quote that closes what begins behind an opening one; a backslash takes the next byte along.
pub(super) fn end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// What stands in the quotes that `text` begins with, and what follows them.
pub(super) fn split(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('"')?;
    let end = end(inner)?;
    Some((&inner[..end], &inner[end + 1..]))
}
