//! Which keys stand in a text that their vendor marks?

use crate::stages::scrub::finding::{Cut, Kind, REDACTED};
use crate::stages::scrub::looks::like_a_key;

/// Bytes behind a mark by which it is decided.
const DECIDED_AT: usize = 64;

/// What stands behind the mark.
#[derive(Clone, Copy)]
enum Letters {
    /// Letters and digits.
    Plain,
    /// Capitals and digits.
    Capitals,
    /// Small hexadecimal digits.
    Hex,
    /// Letters, digits, `-` and `_`.
    Url,
    /// The same and dots.
    Dotted,
}

/// A vendor's mark and what must follow.
struct Form {
    mark: &'static str,
    /// Bytes of the mark, and of what follows it, until the trigger ends.
    seen: usize,
    letters: Letters,
    least: usize,
    /// No more than `least`, and no letter in front or behind.
    exact: bool,
    /// The rest must look drawn by lot: the mark alone is too little.
    drawn: bool,
}

const fn form(mark: &'static str, seen: usize, letters: Letters, least: usize) -> Form {
    Form { mark, seen, letters, least, exact: false, drawn: false }
}

const FORMS: [Form; 24] = [
    form("AKIA", 4, Letters::Capitals, 16),
    form("ASIA", 4, Letters::Capitals, 16),
    form("ghp_", 4, Letters::Plain, 20),
    form("gho_", 4, Letters::Plain, 20),
    form("ghu_", 4, Letters::Plain, 20),
    form("ghs_", 4, Letters::Plain, 20),
    form("ghr_", 4, Letters::Plain, 20),
    form("github_pat_", 11, Letters::Url, 22),
    form("glpat-", 6, Letters::Dotted, 20),
    form("xoxb-", 3, Letters::Url, 10),
    form("xoxa-", 3, Letters::Url, 10),
    form("xoxp-", 3, Letters::Url, 10),
    form("xoxr-", 3, Letters::Url, 10),
    form("xoxs-", 3, Letters::Url, 10),
    form("xoxe.", 3, Letters::Dotted, 10),
    form("sk_live_", 3, Letters::Plain, 16),
    form("rk_live_", 3, Letters::Plain, 16),
    form("sk_test_", 3, Letters::Plain, 16),
    form("rk_test_", 3, Letters::Plain, 16),
    Form { mark: "sk-", seen: 3, letters: Letters::Url, least: 32, exact: false, drawn: true },
    form("AIza", 4, Letters::Url, 35),
    form("npm_", 4, Letters::Plain, 36),
    Form { mark: "SG.", seen: 3, letters: Letters::Dotted, least: 50, exact: false, drawn: true },
    Form { mark: "SK", seen: 4, letters: Letters::Hex, least: 32, exact: true, drawn: false },
];

/// The key in whose mark a trigger ends at `at`.
pub(crate) fn find(text: &[u8], at: usize) -> Option<Cut> {
    FORMS.iter().find_map(|form| form.find(text, at))
}

impl Form {
    fn find(&self, text: &[u8], at: usize) -> Option<Cut> {
        let start = at.checked_sub(self.seen)?;
        let behind = text[start..].strip_prefix(self.mark.as_bytes())?;
        let body = start + self.mark.len();
        let have = |most: usize| behind.iter().take(most).take_while(|byte| self.letters.have(**byte)).count();
        let alone = |byte: Option<&u8>| !byte.is_some_and(u8::is_ascii_alphanumeric);
        let first = start.checked_sub(1).map(|before| &text[before]);
        // Decided on a part, so that work stays in proportion where nothing comes of it.
        let part = have(DECIDED_AT);
        let exact = !self.exact || (part == self.least && alone(text.get(body + part)) && alone(first));
        let drawn = !self.drawn || (alone(first) && like_a_key(&text[start..body + part]));
        let fits = part >= self.least && exact && drawn;
        fits.then(|| Cut { start, end: body + self.length(behind), kind: Kind::Token, with: REDACTED.into() })
    }

    /// How far the key goes. What is glued to it goes with it: another key may begin there, and be cut in two else.
    fn length(&self, behind: &[u8]) -> usize {
        let glued = |byte: &&u8| self.letters.have(**byte) || (!self.exact && Letters::Url.have(**byte));
        behind.iter().take_while(glued).count()
    }
}

impl Letters {
    fn have(self, byte: u8) -> bool {
        match self {
            Letters::Plain => byte.is_ascii_alphanumeric(),
            Letters::Capitals => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Letters::Hex => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            Letters::Url => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
            Letters::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'),
        }
    }
}
