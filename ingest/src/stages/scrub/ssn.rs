//! Which social security numbers of the USA stand in a text? Four digits stay: `***-**-6789`.

use crate::stages::scrub::finding::{Cut, Kind, beside_taken_out};

/// Bytes of one.
const LEN: usize = 11;

/// The number of which all but the last digit stand before `at`.
///
/// No area is 000, 666 or from 900 on; neither group nor serial number is nothing but zeros.
pub(crate) fn find(text: &[u8], at: usize) -> Option<Cut> {
    let start = at.checked_sub(LEN - 1)?;
    let number = text.get(start..start + LEN)?;
    let goes_on = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
    let before = start.checked_sub(1).map(|before| &text[before]);
    let alone = !goes_on(before) && !goes_on(text.get(start + LEN)) && before != Some(&b'.');
    let (area, group, serial) = (&number[..3], &number[4..6], &number[7..]);
    let given = area != b"000" && area != b"666" && area[0] != b'9' && group != b"00" && serial != b"0000";
    let last = std::str::from_utf8(serial).ok()?;
    let fits = alone && given && serial[3].is_ascii_digit() && !beside_taken_out(text, start, start + LEN);
    fits.then(|| Cut { start, end: start + LEN, kind: Kind::Ssn, with: format!("***-**-{last}").into() })
}
