//! Which numbers of cards stand in a text? Of a number four digits stay: `****-****-****-1234`.
//!
//! A card's number has a beginning and a length that some network gives out, and its last digit checks the others
//! (Luhn). Written in groups it has those of cards, with one kind of separator. Times, counters and ids that pass all
//! that are one in hundreds of those with as many digits.

use crate::stages::scrub::finding::{Cut, Kind, beside_taken_out};

/// Least and most digits.
const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;
/// Digits in groups.
const GROUPINGS: [&[usize]; 4] = [&[4, 4, 4, 4, 3], &[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4]];

/// First digits from and to, and how many digits such a number may have.
const NETWORKS: [(u32, u32, &[usize]); 20] = [
    (2221, 2720, &[16]),
    (3000, 3059, &[14, 16]),
    (3095, 3095, &[14, 16]),
    (3400, 3499, &[15]),
    (3528, 3589, &[16, 17, 18, 19]),
    (3600, 3699, &[14, 16]),
    (3700, 3799, &[15]),
    (3800, 3999, &[14, 16]),
    // Visa may have 19 digits, too, and hardly ever has: ids of 64 bits have as many.
    (4000, 4999, &[13, 16]),
    (5018, 5018, &[13, 14, 15, 16, 17, 18, 19]),
    (5020, 5020, &[13, 14, 15, 16, 17, 18, 19]),
    (5038, 5038, &[13, 14, 15, 16, 17, 18, 19]),
    (5100, 5599, &[16]),
    (5893, 5893, &[13, 14, 15, 16, 17, 18, 19]),
    (6011, 6011, &[16, 17, 18, 19]),
    (6200, 6299, &[16, 17, 18, 19]),
    (6304, 6304, &[13, 14, 15, 16, 17, 18, 19]),
    (6440, 6599, &[16, 17, 18, 19]),
    (6759, 6763, &[13, 14, 15, 16, 17, 18, 19]),
    (8171, 8171, &[16, 17, 18, 19]),
];

/// The number without separators whose twelfth digit or a later one ends at `at`. `dead` is how far digits were looked
/// at in vain; nothing before `floor` belongs to it.
pub(crate) fn digits(text: &[u8], at: usize, floor: usize, dead: &mut usize) -> Option<Cut> {
    if at <= *dead {
        return None;
    }
    let before = text[floor..at].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let start = at - before;
    let end = at + text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    *dead = end;
    let fits =
        DIGITS.contains(&(end - start)) && begins(text, start) && ends(text, end) && is_number(&text[start..end]);
    if fits { cut(text, start, end) } else { None }
}

/// The number in groups of which the second has its fourth digit before `at`.
pub(crate) fn groups(text: &[u8], at: usize) -> Option<Cut> {
    let start = at.checked_sub(9)?;
    if !begins(text, start) {
        return None;
    }
    GROUPINGS.iter().find_map(|grouping| {
        let end = grouped(text, start, grouping)?;
        let digits: Vec<u8> = text[start..end].iter().copied().filter(u8::is_ascii_digit).collect();
        if ends(text, end) && is_number(&digits) { cut(text, start, end) } else { None }
    })
}

/// A whole number that is a card's.
pub(crate) fn whole(number: i64) -> Option<String> {
    let digits = number.to_string();
    (DIGITS.contains(&digits.len()) && is_number(digits.as_bytes())).then(|| masked(digits.as_bytes()))
}

/// Where digits in these groups end, with the separator that the first two have.
fn grouped(text: &[u8], start: usize, grouping: &[usize]) -> Option<usize> {
    let separator = *text.get(start + grouping[0])?;
    let mut at = start;
    for (n, len) in grouping.iter().enumerate() {
        if n > 0 {
            at += usize::from(*text.get(at)? == separator);
        }
        let all = text.get(at..at + len)?.iter().all(u8::is_ascii_digit);
        at += len;
        let ends = text.get(at).is_none_or(|byte| !byte.is_ascii_digit());
        if !all || !ends {
            return None;
        }
    }
    Some(at)
}

/// Whether no letter or digit stands before it, directly or with joints between. Behind a hyphen it is
/// negative, or the end of a number that was masked.
fn begins(text: &[u8], start: usize) -> bool {
    let is_joint = |byte: u8| matches!(byte, b'.' | b'_' | b'-');
    let joints = text[..start].iter().rev().take(3).take_while(|byte| is_joint(**byte)).count();
    let before = start.checked_sub(joints + 1).map(|at| text[at]);
    let negative = start > 0 && text[start - 1] == b'-';
    !negative && !before.is_some_and(|byte| byte.is_ascii_alphanumeric() || (joints > 0 && is_joint(byte)))
}

/// Whether no letter or digit stands behind it, directly or with a joint between.
fn ends(text: &[u8], end: usize) -> bool {
    let letter = |at: usize| text.get(at).is_some_and(u8::is_ascii_alphanumeric);
    let joint = text.get(end).is_some_and(|byte| b"._-".contains(byte));
    !(letter(end) || (joint && letter(end + 1)))
}

fn is_number(digits: &[u8]) -> bool {
    let first = digits[..4].iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
    let known = NETWORKS.iter().any(|(from, to, lens)| (*from..=*to).contains(&first) && lens.contains(&digits.len()));
    known && luhn(digits) && digits.iter().any(|digit| *digit != digits[0])
}

fn luhn(digits: &[u8]) -> bool {
    let sum = digits.iter().rev().enumerate().fold(0, |sum, (n, digit)| {
        let digit = u32::from(digit - b'0') << (n % 2);
        sum + if digit > 9 { digit - 9 } else { digit }
    });
    sum % 10 == 0
}

fn cut(text: &[u8], start: usize, end: usize) -> Option<Cut> {
    (!beside_taken_out(text, start, end)).then(|| Cut {
        start,
        end,
        kind: Kind::Card,
        with: masked(&text[start..end]).into(),
    })
}

fn masked(number: &[u8]) -> String {
    let last = &number[number.len() - 4..];
    let last: String = last.iter().map(|byte| if byte.is_ascii_digit() { char::from(*byte) } else { '*' }).collect();
    format!("****-****-****-{last}")
}
