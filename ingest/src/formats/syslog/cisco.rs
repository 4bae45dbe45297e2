//! What Cisco's devices say in front of a message that no standard knows: numbers, and `%ASA-6-302013:`.

use crate::Refusal;
use crate::draft::Draft;

/// Numbers in front of the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counters<'a> {
    /// How many messages the device has sent: `29: `.
    count: Option<&'a str>,
    /// Its sequence number, behind the other: `000123: `.
    sequence: Option<&'a str>,
}

impl Counters<'_> {
    pub(super) fn put(self, draft: &mut Draft<'_>) -> Result<(), Refusal> {
        self.count.map_or(Ok(()), |count| draft.text("cisco.message_count", count))?;
        self.sequence.map_or(Ok(()), |sequence| draft.text("event.sequence", sequence))
    }
}

/// The numbers in front of a time, each with a colon, and what follows. NX-OS leaves only the colon.
pub(super) fn counters(text: &str) -> (Counters<'_>, &str) {
    if let Some(rest) = text.strip_prefix(": ") {
        return (Counters::default(), rest);
    }
    let (count, rest) = counter(text);
    let (sequence, rest) = if count.is_some() { counter(rest) } else { (None, rest) };
    (Counters { count, sequence }, rest)
}

fn counter(text: &str) -> (Option<&str>, &str) {
    let digits = text.bytes().take(20).take_while(u8::is_ascii_digit).count();
    match text[digits..].strip_prefix(": ") {
        Some(rest) if digits > 0 => (Some(&text[..digits]), rest),
        _ => (None, text),
    }
}

/// `%ASA-6-302013: `
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mnemonic<'a> {
    facility: &'a str,
    /// 0 to 7.
    pub(super) severity: u8,
    code: &'a str,
}

impl<'a> Mnemonic<'a> {
    /// At the beginning of a message.
    pub(super) fn of(message: &'a str) -> Option<Mnemonic<'a>> {
        let inner = message.strip_prefix('%')?;
        let end = memchr::memchr2(b':', b' ', inner.as_bytes())?;
        let (rest, code) = inner[..end].rsplit_once('-')?;
        let (facility, severity) = rest.rsplit_once('-')?;
        let [severity @ b'0'..=b'7'] = severity.as_bytes() else { return None };
        let is_name = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        };
        let whole = inner.as_bytes()[end] == b':' && is_name(facility) && is_name(code);
        whole.then_some(Mnemonic { facility, severity: severity - b'0', code })
    }

    pub(super) fn put(self, draft: &mut Draft<'_>) -> Result<(), Refusal> {
        draft.text("cisco.facility", self.facility)?;
        draft.text("event.code", self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mnemonics() {
        let of = |text| Mnemonic::of(text).map(|found: Mnemonic<'_>| (found.facility, found.severity, found.code));
        assert_eq!(of("%ASA-6-302013: Built"), Some(("ASA", 6, "302013")));
        assert_eq!(of("%FW-SUB-3-X_Y: z"), Some(("FW-SUB", 3, "X_Y")));
        for text in ["%ASA-9-1: x", "%ASA-6-1 x: y", "%%: x", "%-6-1: ", "ASA-6-1: x", "%a-1-2"] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_in_front_of_the_time() {
        let some = |count, sequence| Counters { count, sequence };
        assert_eq!(counters("29: 000123: *Mar"), (some(Some("29"), Some("000123")), "*Mar"));
        assert_eq!(counters("29: Mar"), (some(Some("29"), None), "Mar"));
        assert_eq!(counters(": 2026 Aug"), (some(None, None), "2026 Aug"));
        assert_eq!(counters("2026-08: x"), (some(None, None), "2026-08: x"));
    }
}
