//! Which password stands in an address: `scheme://user:password@host`?

use crate::stages::scrub::finding::{Cut, Kind, REDACTED};
use crate::stages::scrub::looks::like_a_key;

/// The password behind the `://` that ends at `at`; without a user's name a key alone.
///
/// A password may hold `:` and `@`; a `/`, `?` or `#` ends it, as it does in addresses.
pub(crate) fn find(text: &[u8], at: usize) -> Option<Cut> {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || byte.is_ascii_control() || b"/?#\"'<>`\\".contains(byte);
    let authority = text[at..].split(ends).next().unwrap_or_default();
    let user_end = authority.iter().rposition(|byte| *byte == b'@')?;
    let user = &authority[..user_end];
    let start = match user.iter().position(|byte| *byte == b':') {
        Some(colon) => colon + 1,
        None if like_a_key(user) => 0,
        None => return None,
    };
    (start < user_end).then(|| Cut { start: at + start, end: at + user_end, kind: Kind::Url, with: REDACTED.into() })
}
