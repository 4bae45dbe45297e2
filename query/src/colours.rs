//! How a text looks without the control sequences of a terminal.
//!
//! Taken away is ESC `[`, parameters (`0x30`–`0x3f`), intermediates (`0x20`–`0x2f`) and one final byte
//! (`0x40`–`0x7e`), as ECMA-48 has it. A sequence that does not end so stays.

const START: &str = "\u{1b}[";

/// The text without them; `None` where it has none.
pub fn decolorized(text: &str) -> Option<String> {
    if !text.contains(START) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(START) {
        out.push_str(&rest[..at]);
        let inside = &rest[at + START.len()..];
        match sequence(inside.as_bytes()) {
            Some(len) => rest = &inside[len..],
            None => {
                out.push_str(START);
                rest = inside;
            }
        }
    }
    out.push_str(rest);
    Some(out)
}

/// Bytes up to the final one, it included; all of them are ASCII.
fn sequence(bytes: &[u8]) -> Option<usize> {
    let parameters = bytes.iter().take_while(|byte| (0x30..=0x3f).contains(*byte)).count();
    let between = bytes[parameters..].iter().take_while(|byte| (0x20..=0x2f).contains(*byte)).count();
    let end = parameters + between;
    bytes.get(end).filter(|byte| (0x40..=0x7e).contains(*byte)).map(|_| end + 1)
}
