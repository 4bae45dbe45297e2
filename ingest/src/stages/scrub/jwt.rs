//! Which JSON web tokens stand in a text: `eyJ….….…`?

use crate::stages::scrub::finding::{Cut, Kind, REDACTED};

/// Bytes of a header at least; `{"alg":"none"}` has 20.
const HEADER_MIN: usize = 12;

/// The token whose `eyJ` ends at `at`. `dead` is how far other tokens were looked for in vain, so that a text of
/// nothing but `eyJ` is read once.
pub(crate) fn find(text: &[u8], at: usize, dead: &mut usize) -> Option<Cut> {
    let start = at - 3;
    if start < *dead {
        return None;
    }
    let header = part(text, start);
    let payload = after_dot(text, header);
    let found = header - start >= HEADER_MIN && payload.is_some_and(|(from, to)| is_payload(&text[from..to]));
    let Some((_, end)) = payload.filter(|_| found) else {
        *dead = header;
        return None;
    };
    Some(Cut { start, end: rest(text, end), kind: Kind::Jwt, with: REDACTED.into() })
}

/// Either JSON again, or long: a key that is encrypted.
fn is_payload(part: &[u8]) -> bool {
    part.starts_with(b"eyJ") || part.len() >= 16
}

/// Behind the signature; behind five parts where the token is encrypted.
fn rest(text: &[u8], payload_end: usize) -> usize {
    let mut end = payload_end;
    for _ in 0..3 {
        match after_dot(text, end) {
            Some((from, to)) if to > from || end == payload_end => end = to,
            _ => break,
        }
    }
    end
}

fn after_dot(text: &[u8], end: usize) -> Option<(usize, usize)> {
    (text.get(end) == Some(&b'.')).then(|| (end + 1, part(text, end + 1)))
}

/// The end of the letters of base64url that begin at `from`, padding included.
fn part(text: &[u8], from: usize) -> usize {
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_=".contains(byte);
    from + text[from..].iter().take_while(|byte| inside(byte)).count()
}
