//! Which private keys stand in a text as PEM, on lines of their own or with `\n` between?

use memchr::memmem;

use crate::stages::scrub::finding::{Cut, Kind, REDACTED};

/// Bytes of what a block says it is, such as `RSA PRIVATE KEY`.
const LABEL_MAX: usize = 64;

/// The block whose `-BEG` ends at `at`. One whose end is missing was cut off: it goes to the end of the text.
pub(crate) fn find(text: &[u8], at: usize) -> Option<Cut> {
    let start = at.checked_sub(8)?;
    let label = text[start..].strip_prefix(b"-----BEGIN ")?;
    let label = &label[..label.len().min(LABEL_MAX)];
    let label = &label[..memmem::find(label, b"-----")?];
    memmem::find(label, b"PRIVATE KEY")?;
    let end = memmem::find(&text[at..], b"-----END").map_or(text.len(), |end| {
        let from = at + end + 8;
        let label = &text[from..text.len().min(from + LABEL_MAX)];
        memmem::find(label, b"-----").map_or(from, |end| from + end + 5)
    });
    Some(Cut { start, end, kind: Kind::PrivateKey, with: REDACTED.into() })
}
