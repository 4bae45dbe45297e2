//! Which account numbers stand in a text? Country and check digits stay: `DE89****`.

use crate::stages::scrub::finding::{Cut, Kind, beside_taken_out};

/// Countries, and how long an account number of each is.
const COUNTRIES: &str = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24\
    FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25\
    MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23\
    ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30";

/// The number whose country, check digits and one byte more end at `at`. It may be written in groups of four.
pub(crate) fn find(text: &[u8], at: usize) -> Option<Cut> {
    let start = at.checked_sub(5)?;
    let alone = |byte: Option<&u8>| !byte.is_some_and(u8::is_ascii_alphanumeric);
    let len = length(&text[start..start + 2])?;
    if !alone(start.checked_sub(1).map(|before| &text[before])) {
        return None;
    }
    let (number, end) = letters(text, start, len)?;
    let fits = alone(text.get(end)) && remainder(&number) == 1 && !beside_taken_out(text, start, end);
    let kept = String::from_utf8_lossy(&number[..4]);
    fits.then(|| Cut { start, end, kind: Kind::Iban, with: format!("{kept}****").into() })
}

fn length(country: &[u8]) -> Option<usize> {
    let entry = COUNTRIES.as_bytes().chunks_exact(4).find(|entry| &entry[..2] == country)?;
    std::str::from_utf8(&entry[2..]).ok()?.parse().ok()
}

/// So many letters and digits, and where they end; a space may stand before every fourth.
fn letters(text: &[u8], start: usize, len: usize) -> Option<(Vec<u8>, usize)> {
    let (mut number, mut at) = (Vec::with_capacity(len), start);
    while number.len() < len {
        let group = number.len() % 4 == 0 && !number.is_empty();
        at += usize::from(group && text.get(at) == Some(&b' '));
        let letter = text.get(at).filter(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())?;
        number.push(*letter);
        at += 1;
    }
    Some((number, at))
}

/// Of the division by 97, as ISO 7064 has it: the first four letters last, each letter as 10 to 35.
fn remainder(number: &[u8]) -> u32 {
    let (first, rest) = number.split_at(4);
    rest.iter().chain(first).fold(0, |sum, letter| match letter {
        b'0'..=b'9' => (sum * 10 + u32::from(letter - b'0')) % 97,
        _ => (sum * 100 + u32::from(letter - b'A') + 10) % 97,
    })
}
