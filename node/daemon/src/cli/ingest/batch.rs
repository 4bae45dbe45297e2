//! How an input is cut into batches: whole lines, some megabytes, and not later than need be.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crossbeam_channel::Sender;
use vigil_model::limits::LINE_BYTES_MAX;

use super::elements::{Element, Elements};
use super::source::{Chunk, Chunks, Input};
use super::{Format, Reject};
use crate::exit::{Exit, Failure};

/// How long lines of a live input wait for company.
const LINGER: Duration = Duration::from_millis(200);
/// Bytes that decide the format of an input.
const HEAD_BYTES: usize = 64 * 1024;

/// What one request sends.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The input.
    pub(crate) file: String,
    /// Events, one a line.
    pub(crate) bytes: Vec<u8>,
    /// `Content-Type` of them.
    pub(crate) content_type: &'static str,
    /// Which line of the input each line is.
    pub(crate) lines: Lines,
    /// Bytes on disk of all inputs up to its end.
    pub(crate) read: u64,
    /// Lines that are not sent, because the node could not take them.
    pub(crate) rejects: Vec<Reject>,
}

/// Which lines of the input the lines of a batch are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Lines {
    /// One after another, from this one on.
    From(u64),
    /// These.
    Each(Vec<u64>),
}

impl Default for Lines {
    fn default() -> Lines {
        Lines::From(1)
    }
}

impl Lines {
    /// The line of the input that is line `line` of the batch, both from 1.
    pub(crate) fn of(&self, line: u64) -> u64 {
        match self {
            Lines::From(first) => first + line.saturating_sub(1),
            Lines::Each(lines) => {
                let at = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
                lines.get(at).copied().unwrap_or(line)
            }
        }
    }
}

/// Where batches go: to the thread that sends them. False once it is gone.
type Give<'a> = &'a Sender<Result<Batch, Failure>>;

/// Cuts an input into batches. What goes wrong is handed over in place of one.
pub(super) fn make_all(input: Input, format: Format, size: usize, give: Give<'_>) {
    let name = input.name.clone();
    let failed = |error: std::io::Error| Failure::new(Exit::No, format!("cannot read {name}: {error}"));
    let mut maker =
        Maker { before: input.before, position: Arc::clone(&input.position), ..Maker::new(&name, size, give) };
    let mut chunks = input.into_chunks();
    let made = head(&mut chunks).and_then(|head| match detected(format, &head) {
        Format::Json => maker.elements(head, chunks),
        format => maker.lines(format, head, chunks),
    });
    if let Err(error) = made {
        let _ = give.send(Err(failed(error)));
    }
}

/// The first bytes: enough to tell the format, as far as they came.
fn head(chunks: &mut Chunks) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while let Chunk::Bytes(bytes) = chunks.next(None)? {
        head.extend_from_slice(&bytes);
        if head.len() >= HEAD_BYTES || is_telling(head.trim_ascii_start()) {
            break;
        }
    }
    Ok(head)
}

/// Whether these bytes tell the format: JSON takes a line to tell, other text does not.
fn is_telling(begun: &[u8]) -> bool {
    match begun.split_first() {
        None => false,
        Some((b'{', rest)) => rest.contains(&b'\n'),
        Some((b'[', rest)) => !rest.trim_ascii_start().is_empty(),
        Some(_) => true,
    }
}

/// The format, if it is not given: JSON objects a line, JSON otherwise, or plain lines. A line
/// such as `[12:00] started` is plain: an array begins with an object.
fn detected(format: Format, head: &[u8]) -> Format {
    if format != Format::Auto {
        return format;
    }
    let begun = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let first_line = begun.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii();
    match begun.first() {
        Some(b'[') if matches!(begun[1..].trim_ascii_start().first(), Some(b'{' | b']')) => Format::Json,
        // The object goes on in the next line.
        Some(b'{') if first_line.len() == 1 || first_line.ends_with(b",") => Format::Json,
        Some(b'{') => Format::Ndjson,
        _ => Format::Text,
    }
}

struct Maker<'a> {
    size: usize,
    give: Give<'a>,
    batch: Batch,
    /// Bytes on disk of the inputs before this one.
    before: u64,
    /// Bytes read of this one.
    position: Arc<AtomicU64>,
    next_line: u64,
    gone: bool,
}

impl<'a> Maker<'a> {
    fn new(file: &str, size: usize, give: Give<'a>) -> Maker<'a> {
        let batch = Batch { file: file.to_owned(), ..Batch::default() };
        Maker { size, give, batch, before: 0, position: Arc::default(), next_line: 1, gone: false }
    }

    /// Hands the batch over and begins the next.
    fn give(&mut self) {
        let next = Batch {
            file: self.batch.file.clone(),
            content_type: self.batch.content_type,
            lines: match self.batch.lines {
                Lines::From(_) => Lines::From(self.next_line),
                Lines::Each(_) => Lines::Each(Vec::new()),
            },
            ..Batch::default()
        };
        let mut batch = std::mem::replace(&mut self.batch, next);
        batch.read = self.before + self.position.load(Ordering::Relaxed);
        if !batch.bytes.is_empty() || !batch.rejects.is_empty() {
            self.gone = self.give.send(Ok(batch)).is_err();
        }
    }

    fn reject(&mut self, line: u64) {
        let reason = format!("longer than {LINE_BYTES_MAX} bytes");
        let file = self.batch.file.clone();
        self.batch.rejects.push(Reject { file, line, reason });
    }

    /// Lines are handed on as they are.
    fn lines(&mut self, format: Format, head: Vec<u8>, mut chunks: Chunks) -> std::io::Result<()> {
        self.batch.content_type =
            if format == Format::Ndjson { "application/x-ndjson" } else { "text/plain; charset=utf-8" };
        let mut rest = Rest::default();
        self.take_lines(&head, &mut rest);
        while !self.gone {
            match chunks.next(Some(LINGER))? {
                Chunk::Bytes(bytes) => self.take_lines(&bytes, &mut rest),
                Chunk::Idle => self.give(),
                Chunk::End => break,
            }
        }
        if !rest.is_empty() {
            self.take_lines(b"\n", &mut rest);
        }
        self.give();
        Ok(())
    }

    /// Whole lines go into the batch; what has no end yet waits in `rest`.
    fn take_lines(&mut self, bytes: &[u8], rest: &mut Rest) {
        let Some(end) = memchr::memrchr(b'\n', bytes) else { return rest.add(bytes) };
        let (whole, open) = bytes.split_at(end + 1);
        let first = memchr::memchr(b'\n', whole).expect("a line ends here") + 1;
        let (first, others) = whole.split_at(first);
        rest.add(first);
        self.take_first(rest);
        self.take_whole(others);
        rest.add(open);
        if self.batch.bytes.len() >= self.size {
            self.give();
        }
    }

    fn take_first(&mut self, rest: &mut Rest) {
        if rest.too_long {
            // The batch before it keeps its lines in a row: it ends here.
            self.reject(self.next_line);
            self.next_line += 1;
            self.give();
        } else {
            self.batch.bytes.extend_from_slice(&rest.bytes);
            self.next_line += 1;
        }
        *rest = Rest::default();
    }

    /// Lines within one chunk are shorter than a line may be.
    fn take_whole(&mut self, lines: &[u8]) {
        let mut lines = lines;
        while !lines.is_empty() {
            let room = self.size.saturating_sub(self.batch.bytes.len()).clamp(1, lines.len());
            let end = memchr::memchr(b'\n', &lines[room - 1..]).expect("a line ends here") + room;
            self.batch.bytes.extend_from_slice(&lines[..end]);
            self.next_line += memchr::memchr_iter(b'\n', &lines[..end]).count() as u64;
            lines = &lines[end..];
            if self.batch.bytes.len() >= self.size {
                self.give();
            }
        }
    }

    /// JSON is taken apart, one element a line.
    fn elements(&mut self, head: Vec<u8>, mut chunks: Chunks) -> std::io::Result<()> {
        self.batch.content_type = "application/x-ndjson";
        self.batch.lines = Lines::Each(Vec::new());
        let mut elements = Elements::new();
        let begun = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
        elements.feed(begun, &mut |element| self.take_element(element));
        while !self.gone {
            match chunks.next(Some(LINGER))? {
                Chunk::Bytes(bytes) => elements.feed(&bytes, &mut |element| self.take_element(element)),
                Chunk::Idle => self.give(),
                Chunk::End => break,
            }
        }
        elements.finish(&mut |element| self.take_element(element));
        self.give();
        Ok(())
    }

    fn take_element(&mut self, element: Element) {
        let Element { line, bytes } = element;
        match (bytes, &mut self.batch.lines) {
            (Some(bytes), Lines::Each(lines)) => {
                lines.push(line);
                self.batch.bytes.extend_from_slice(&bytes);
                self.batch.bytes.push(b'\n');
            }
            _ => self.reject(line),
        }
        if self.batch.bytes.len() >= self.size {
            self.give();
        }
    }
}

/// A line whose end has not come yet.
#[derive(Default)]
struct Rest {
    bytes: Vec<u8>,
    too_long: bool,
}

impl Rest {
    fn add(&mut self, bytes: &[u8]) {
        if self.too_long || self.bytes.len() + bytes.len() > LINE_BYTES_MAX {
            self.too_long = true;
            self.bytes = Vec::new();
            return;
        }
        self.bytes.extend_from_slice(bytes);
    }

    fn is_empty(&self) -> bool {
        self.bytes.is_empty() && !self.too_long
    }
}

/// For tests: all batches of a text that is read in pieces.
#[cfg(test)]
fn batches(text: &[u8], format: Format, size: usize, piece: usize) -> Vec<Batch> {
    let (give_chunk, chunks) = crossbeam_channel::bounded(1 << 16);
    text.chunks(piece).for_each(|piece| give_chunk.send(Ok(piece.to_vec())).expect("room"));
    drop(give_chunk);
    let (give, take) = crossbeam_channel::bounded(1 << 16);
    let mut chunks = Chunks::Live(chunks);
    let mut maker = Maker::new("f", size, &give);
    let head = head(&mut chunks).expect("no failures here");
    let made = match detected(format, &head) {
        Format::Json => maker.elements(head, chunks),
        format => maker.lines(format, head, chunks),
    };
    made.expect("no failures here");
    drop(give);
    take.iter().map(|batch| batch.map_err(|failure| failure.message).expect("a batch")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_lost_or_moved_whatever_the_pieces() {
        let text: String = (1..=500).map(|n| format!("line {n}{}\n", "x".repeat(n % 37))).collect();
        for (size, piece) in [(1, 1), (100, 7), (64, 4_096), (1_000, 100), (1 << 20, 333), (50, 100_000)] {
            let batches = batches(text.as_bytes(), Format::Text, size, piece);
            let joined: Vec<u8> = batches.iter().flat_map(|batch| batch.bytes.clone()).collect();
            assert_eq!(joined, text.as_bytes(), "size {size}, piece {piece}");
            for batch in &batches {
                let first = String::from_utf8_lossy(&batch.bytes).split(['x', '\n', ' ']).nth(1).map(str::to_owned);
                assert_eq!(first, Some(batch.lines.of(1).to_string()), "size {size}, piece {piece}");
            }
        }
    }

    #[test]
    fn the_last_line_needs_no_end_and_too_long_lines_are_named() {
        let long = "y".repeat(LINE_BYTES_MAX + 10);
        let text = format!("a\n{long}\nb\nc");
        let batches = batches(text.as_bytes(), Format::Text, 1 << 20, 100_000);
        let rejects: Vec<u64> = batches.iter().flat_map(|batch| &batch.rejects).map(|reject| reject.line).collect();
        assert_eq!(rejects, [2]);
        let joined: Vec<u8> = batches.iter().flat_map(|batch| batch.bytes.clone()).collect();
        assert_eq!(joined, b"a\nb\nc\n");
        assert_eq!(batches.last().map(|batch| batch.lines.of(2)), Some(4));
    }

    #[test]
    fn arrays_become_lines_that_know_where_they_were() {
        let batches = batches(b"[\n{\"a\":1},\n{\"a\":\n2},\n{\"a\":3}]", Format::Auto, 12, 3);
        let lines: Vec<u64> = batches.iter().map(|batch| batch.lines.of(1)).collect();
        assert_eq!(lines, [2, 5]);
        assert_eq!(batches[0].bytes, b"{\"a\":1}\n{\"a\": 2}\n");
    }

    #[test]
    fn formats_go_by_the_first_bytes() {
        let table = [
            ("{\"a\":1}\n", Format::Ndjson),
            ("\n {\"a\":1}", Format::Ndjson),
            ("{broken\n", Format::Ndjson),
            ("{\n  \"a\": 1\n}", Format::Json),
            ("{ \"a\": 1,\n  \"b\": 2 }", Format::Json),
            ("[{\"a\":1}]", Format::Json),
            ("[\n {", Format::Json),
            ("[]", Format::Json),
            ("[12:00] started", Format::Text),
            ("[2026-01-01] {", Format::Text),
            ("plain", Format::Text),
            ("", Format::Text),
        ];
        for (head, format) in table {
            assert_eq!(detected(Format::Auto, head.as_bytes()), format, "{head:?}");
        }
        assert_eq!(detected(Format::Text, b"{}"), Format::Text);
    }
}
