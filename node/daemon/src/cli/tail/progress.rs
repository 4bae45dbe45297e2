//! How far a tail has come: which rows may be shown, and where the next connection goes on.
//!
//! The node says behind the rows of a block where a tail can go on. Rows are held until it has said so: those of a
//! block that was cut are not shown, and come again whole. So nothing is missing and nothing is there twice.

use serde::Deserialize;

/// Bytes of rows that wait for a cursor. A block has far fewer; what is more is shown at once, and would come twice
/// were the connection to end just then.
const HELD_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What was read of a tail, and where it goes on.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Behind the last row that may be shown.
    cursor: Option<String>,
    /// Where it begins while there is no cursor; `None` is with what comes.
    since: Option<String>,
    /// Lines of rows since the cursor, each with its end.
    held: Vec<u8>,
}

/// What is to be said now.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// Lines of rows, each with its end.
    pub(super) rows: Vec<u8>,
    /// Events that went by behind these rows and are not shown.
    pub(super) skipped: u64,
}

impl Progress {
    /// Before the first row, which is of that time if one is given.
    pub(super) fn since(since: Option<String>) -> Progress {
        Progress { since, ..Progress::default() }
    }

    /// Where the next connection begins, as a parameter of the request.
    pub(super) fn parameter(&self) -> Option<(&'static str, String)> {
        let since = || self.since.clone().map(|since| ("since", since));
        self.cursor.clone().map(|cursor| ("cursor", cursor)).or_else(since)
    }

    /// Reads a line, without its end. Answers what may be shown now.
    pub(super) fn read(&mut self, line: &[u8]) -> Said {
        let Some(note) = note(line) else { return Said { rows: self.hold(line), skipped: 0 } };
        self.cursor = note.cursor.or(self.cursor.take());
        Said { rows: std::mem::take(&mut self.held), skipped: note.skipped }
    }

    fn hold(&mut self, line: &[u8]) -> Vec<u8> {
        if !line.is_empty() {
            self.held.extend_from_slice(line);
            self.held.push(b'\n');
        }
        if self.held.len() > HELD_BYTES_MAX { std::mem::take(&mut self.held) } else { Vec::new() }
    }

    /// The connection ended: rows behind the cursor come again.
    pub(super) fn cut(&mut self) {
        self.held.clear();
    }

    /// The node cannot go on from the cursor: the next connection begins with what comes.
    pub(super) fn forget(&mut self) {
        *self = Progress::default();
    }
}

/// What the node says of the tail itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    #[serde(rename = "_skipped", default)]
    skipped: u64,
    #[serde(rename = "_cursor", default)]
    cursor: Option<String>,
}

fn note(line: &[u8]) -> Option<Note> {
    let begins = line.starts_with(b"{\"_skipped\":") || line.starts_with(b"{\"_cursor\":");
    begins.then(|| serde_json::from_slice(line).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(rows: &str, skipped: u64) -> Said {
        Said { rows: rows.as_bytes().to_vec(), skipped }
    }

    #[test]
    fn rows_wait_for_a_place_to_go_on_from() {
        let mut progress = Progress::since(Some("5m".to_owned()));
        assert_eq!(progress.parameter(), Some(("since", "5m".to_owned())));
        assert_eq!(progress.read(b"{\"n\":1}"), Said::default());
        assert_eq!(progress.read(b""), Said::default());
        assert_eq!(progress.read(b"{\"n\":2}"), Said::default());
        assert_eq!(progress.read(br#"{"_cursor":"x.1"}"#), said("{\"n\":1}\n{\"n\":2}\n", 0));
        assert_eq!(progress.parameter(), Some(("cursor", "x.1".to_owned())));
        progress.read(b"{\"n\":3}");
        progress.cut();
        assert_eq!(progress.read(br#"{"_cursor":"x.2"}"#), said("", 0), "what was cut comes again");
        assert_eq!(progress.read(br#"{"_skipped":12,"_cursor":"x.2"}"#), said("", 12));
        progress.forget();
        assert_eq!(progress.parameter(), None);
    }

    #[test]
    fn only_a_line_of_the_node_itself_is_no_row() {
        for row in [r#"{"_skipped":12,"_id":"x"}"#, r#"{"message":"_skipped"}"#, r#"{"_cursor":1}"#] {
            let mut progress = Progress::default();
            assert_eq!(progress.read(row.as_bytes()), Said::default());
            assert_eq!(progress.read(br#"{"_cursor":"x"}"#), said(&format!("{row}\n"), 0));
        }
    }

    #[test]
    fn what_is_held_has_a_maximum() {
        let (mut progress, row) = (Progress::default(), vec![b' '; HELD_BYTES_MAX / 2]);
        assert_eq!(progress.read(&row).rows.len(), 0);
        assert_eq!(progress.read(&row).rows.len(), 2 * (row.len() + 1));
        assert_eq!(progress.read(&row).rows.len(), 0);
    }
}
