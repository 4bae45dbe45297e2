//! `collapse`: what changes from line to line becomes a sign, so that like lines are equal.
//!
//! Read from left to right, at each place the first that fits:
//!
//! | sign | what |
//! |---|---|
//! | `<TIME>` | `2026-01-31T12:00:00.5Z`, with a space for `T`, with or without decimals and zone; a bare `2026-01-31`; a bare `12:00:00` with or without decimals |
//! | `<IP>` | four numbers of up to 3 digits with dots between; an IPv6 address of at least two colons |
//! | `<ID>` | a UUID; a word of at least 8 hexadecimal digits with both digits and letters, also behind `0x` |
//! | `<N>` | digits, with a sign where no letter or digit stands before it and with decimals; a unit that follows stays |
//!
//! A place is looked at where no letter of any script, digit or `_` stands before it; so `web7` and `utf8` stay.
//! The same text gives the same result on every node.

use std::net::Ipv6Addr;

use vigil_query::words::is_word;

use super::Step;
use super::replace::{Edited, edit};
use crate::view::View;

pub(super) struct Collapse(pub(super) Option<String>);

impl Step for Collapse {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        edit(view, self.0.as_deref(), |text| {
            let new = collapsed(text);
            if new == text { Edited::Same } else { Edited::New(new) }
        });
        true
    }
}

/// Longest text of an IPv6 address.
const IPV6_BYTES_MAX: usize = 45;
/// Least digits of an id.
const ID_BYTES_MIN: usize = 8;

fn collapsed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_word = false;
    while let Some(c) = rest.chars().next() {
        match if in_word { None } else { sign(rest) } {
            Some((sign, len)) => {
                out.push_str(sign);
                rest = &rest[len..];
                // What follows a number is its unit.
                in_word = true;
            }
            None => {
                out.push(c);
                in_word = is_word(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

/// The sign for what stands at the start, and how long that is.
fn sign(text: &str) -> Option<(&'static str, usize)> {
    let first = *text.as_bytes().first()?;
    if !first.is_ascii_hexdigit() && !matches!(first, b'-' | b'+' | b':') {
        return None;
    }
    let found = [("<TIME>", time(text)), ("<IP>", ipv4(text).or_else(|| ipv6(text))), ("<ID>", id(text))];
    let of_words = found.into_iter().find_map(|(sign, len)| Some((sign, len.filter(|len| ends(text, *len))?)));
    of_words.or_else(|| number(text).map(|len| ("<N>", len)))
}

/// Whether no word goes on behind `len` bytes.
fn ends(text: &str, len: usize) -> bool {
    !text[len..].chars().next().is_some_and(is_word)
}

/// Bytes at the start that look so: `9` is a digit, anything else itself.
fn shaped(text: &str, shape: &str) -> Option<usize> {
    let fits = |(byte, want): (u8, u8)| if want == b'9' { byte.is_ascii_digit() } else { byte == want };
    (text.len() >= shape.len() && text.bytes().zip(shape.bytes()).all(fits)).then_some(shape.len())
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn time(text: &str) -> Option<usize> {
    let Some(day) = shaped(text, "9999-99-99") else { return clock(text) };
    let behind = &text[day..];
    let joined = behind.starts_with(['T', 't', ' ']);
    let Some(clock) = behind.get(1..).filter(|_| joined).and_then(clock) else { return Some(day) };
    let end = day + 1 + clock;
    let zone = ["+99:99", "-99:99", "+9999", "-9999"].into_iter().find_map(|shape| shaped(&text[end..], shape));
    Some(end + zone.unwrap_or_else(|| usize::from(text[end..].starts_with(['Z', 'z']))))
}

fn clock(text: &str) -> Option<usize> {
    let len = shaped(text, "99:99:99")?;
    Some(len + decimals(&text[len..], &['.', ',']))
}

/// Bytes of a point and digits, 0 when there are not both.
fn decimals(text: &str, points: &[char]) -> usize {
    match text.strip_prefix(points).map(digits) {
        None | Some(0) => 0,
        Some(count) => 1 + count,
    }
}

fn ipv4(text: &str) -> Option<usize> {
    let mut at = 0;
    for part in 0..4 {
        if part > 0 {
            at += text[at..].strip_prefix('.').map(|_| 1)?;
        }
        let count = digits(&text[at..]);
        if !(1..=3).contains(&count) {
            return None;
        }
        at += count;
    }
    // A fifth part makes it a version or an object identifier.
    (decimals(&text[at..], &['.']) == 0).then_some(at)
}

fn ipv6(text: &str) -> Option<usize> {
    let is_part = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let mut len = text.bytes().take(IPV6_BYTES_MAX + 1).take_while(is_part).count();
    // A colon or full stop of the sentence may follow.
    while len > 0 {
        let part = &text[..len];
        if part.matches(':').count() >= 2 && part.parse::<Ipv6Addr>().is_ok() {
            return Some(len);
        }
        if !part.ends_with([':', '.']) {
            return None;
        }
        len -= 1;
    }
    None
}

fn id(text: &str) -> Option<usize> {
    let hex = |text: &str| text.bytes().take_while(u8::is_ascii_hexdigit).count();
    if let Some(len) = uuid(text) {
        return Some(len);
    }
    let lead = if text.starts_with("0x") || text.starts_with("0X") { 2 } else { 0 };
    let count = hex(&text[lead..]);
    let word = &text.as_bytes()[lead..lead + count];
    let mixed = word.iter().any(u8::is_ascii_digit) && word.iter().any(u8::is_ascii_alphabetic);
    (count >= ID_BYTES_MIN && (mixed || lead > 0)).then_some(lead + count)
}

fn uuid(text: &str) -> Option<usize> {
    let bytes = text.as_bytes().first_chunk::<36>()?;
    let fits = |(at, byte): (usize, &u8)| {
        if matches!(at, 8 | 13 | 18 | 23) { *byte == b'-' } else { byte.is_ascii_hexdigit() }
    };
    bytes.iter().enumerate().all(fits).then_some(bytes.len())
}

fn number(text: &str) -> Option<usize> {
    let sign = usize::from(text.starts_with(['-', '+']));
    let count = digits(&text[sign..]);
    if count == 0 {
        return None;
    }
    let end = sign + count;
    Some(end + decimals(&text[end..], &['.']))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_become_patterns() {
        let lines = [
            "took 35ms, 12.5 % of -3 at web7 utf8 a1",
            "2026-01-31T12:00:00.123Z and 2026-01-31 12:00:00,5+02:00 or 2026-01-31, 12:00:00.",
            "from 10.2.33.44:8080 to [fe80::1]:22, ::1 and 2001:db8:0:0:0:0:0:1.",
            "id 4f5a6b7c, 550e8400-e29b-41d4-a716-446655440000 0xdeadbeef deadbeef 12345678 f00",
            "version 1.2.3.4.5 or 1.2.3, 1.2.3.4x, 99999-3",
            "über4 5é ː7 <1>=2/3",
            "a:b:c ab:cd::, --5 +7",
            "",
        ];
        let out: Vec<String> = lines.into_iter().map(collapsed).collect();
        expect![[r#"
            took <N>ms, <N> % of <N> at web7 utf8 a1
            <TIME> and <TIME> or <TIME>, <TIME>.
            from <IP>:<N> to [<IP>]:<N>, <IP> and <IP>.
            id <ID>, <ID> <ID> deadbeef <N> f00
            version <N>.<N>.<N> or <N>.<N>, <N>.<N>x, <N>-<N>
            über4 <N>é ː7 <<N>>=<N>/<N>
            a:b:c <IP>, -<N> <N>
        "#]]
        .assert_eq(&out.join("\n"));
    }

    proptest! {
        #[test]
        fn lines_that_differ_in_numbers_alone_become_equal(
            words in proptest::collection::vec(("[a-zé]{1,6}", any::<u32>(), any::<u32>()), 0..8),
        ) {
            let line = |second: bool| -> String {
                words.iter().map(|(word, a, b)| format!("{word}={} ", if second { b } else { a })).collect()
            };
            prop_assert_eq!(collapsed(&line(false)), collapsed(&line(true)));
        }

        #[test]
        fn any_text_has_a_pattern(text in "\\PC{0,40}|[0-9a-f:.x T+-]{0,40}") {
            let whole = collapsed(&text);
            let digits_begin_no_word = !whole.starts_with(|c: char| c.is_ascii_digit()) && !whole.contains(" 0");
            prop_assert!(digits_begin_no_word, "{:?}", whole);
        }
    }
}
