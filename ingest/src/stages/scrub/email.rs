//! Which e-mail addresses stand in a text? A letter stays: `j***@***.***`.

use crate::stages::scrub::finding::{Cut, Kind, beside_taken_out};

const LOCAL_MAX: usize = 64;
const DOMAIN_MAX: usize = 253;

/// The address whose `@` ends at `at`; nothing before `floor` belongs to it.
pub(crate) fn find(text: &[u8], at: usize, floor: usize) -> Option<Cut> {
    let local = |byte: &u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte);
    let before = text[floor..at - 1].iter().rev().take(LOCAL_MAX).take_while(|byte| local(byte)).count();
    let start = at - 1 - before;
    let host = |byte: &u8| byte.is_ascii_alphanumeric() || b".-".contains(byte);
    let len = text[at..].iter().take(DOMAIN_MAX).take_while(|byte| host(byte)).count();
    let domain = text[at..at + len].trim_ascii_end();
    let domain = &domain[..domain.iter().rposition(u8::is_ascii_alphanumeric)? + 1];
    let last = domain.rsplit(|byte| *byte == b'.').next()?;
    let fits = before > 0 && last.len() < domain.len() && last.len() >= 2 && last[0].is_ascii_alphabetic();
    let fits = fits && !beside_taken_out(text, start, at + len);
    let with = format!("{}***@***.***", char::from(*text.get(start)?));
    fits.then(|| Cut { start, end: at + domain.len(), kind: Kind::Email, with: with.into() })
}
