//! How an input is cut into batches: whole lines, some megabytes, and not later than need be.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crossbeam_channel::Sender;
use vigil_ingest::{Decision, Format};
use vigil_model::limits::LINE_BYTES_MAX;

use super::decoded::{Decoded, Decoding, is_decoded};
use super::elements::{Element, Elements};
use super::source::{Chunk, Chunks, Input};
use super::{Reading, Reject};
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
    /// Events were read here: their time and message are found.
    pub(crate) decoded: bool,
    /// What content decided on the format; with the first batch of an input.
    pub(crate) decision: Option<Decision>,
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
pub(super) fn make_all(input: Input, reading: &Reading, give: Give<'_>) {
    let name = input.name.clone();
    let failed = |error: std::io::Error| Failure::new(Exit::No, format!("cannot read {name}: {error}"));
    let mut maker =
        Maker { before: input.before, position: Arc::clone(&input.position), ..Maker::new(&name, reading.size, give) };
    let mut chunks = input.into_chunks();
    if let Err(error) = maker.all(&mut chunks, reading) {
        let _ = give.send(Err(failed(error)));
    }
}

/// Bytes decoded at once.
const PIECE_BYTES: usize = 64 * 1024;

/// Reads until content has decided; answers the bytes that took.
fn sample(chunks: &mut Chunks, decoding: &mut Decoding) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while decoding.decision().is_none() {
        match chunks.next(Some(LINGER))? {
            Chunk::Bytes(bytes) => {
                bytes.chunks(PIECE_BYTES).for_each(|piece| decoding.feed(piece));
                head.extend_from_slice(&bytes);
            }
            Chunk::Idle => decoding.idle(),
            Chunk::End => decoding.settle(),
        }
    }
    Ok(head)
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

/// How what is sent as it is is cut, if that is not given: JSON objects a line, JSON otherwise, or plain lines. A line
/// such as `[12:00] started` is plain: an array begins with an object.
fn detected(format: Format, head: &[u8]) -> Format {
    match format {
        Format::Detect => {}
        Format::JsonArray | Format::JsonObjects => return Format::Json,
        format => return format,
    }
    let begun = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let first_line = begun.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii();
    match begun.first() {
        Some(b'[') if matches!(begun[1..].trim_ascii_start().first(), Some(b'{' | b']')) => Format::Json,
        // The object goes on in the next line.
        Some(b'{') if first_line.len() == 1 || first_line.ends_with(b",") => Format::Json,
        Some(b'{') => Format::Ndjson,
        _ => Format::Lines,
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

    /// The whole input.
    fn all(&mut self, chunks: &mut Chunks, reading: &Reading) -> std::io::Result<()> {
        if is_decoded(reading.format) {
            return self.decode(Decoding::new(reading), chunks);
        }
        if reading.format != Format::Detect {
            let head = head(chunks)?;
            return self.as_it_is(reading.format, head, chunks);
        }
        let mut decoding = Decoding::new(reading);
        let head = sample(chunks, &mut decoding)?;
        let decision = decoding.decision().cloned();
        if decision.as_ref().is_some_and(|decision| is_decoded(decision.format)) {
            self.batch.decision = decision;
            return self.decode(decoding, chunks);
        }
        let format = detected(reading.format, &head);
        self.batch.decision = decision.map(|decision| Decision { format, ..decision });
        self.as_it_is(format, head, chunks)
    }

    fn as_it_is(&mut self, format: Format, head: Vec<u8>, chunks: &mut Chunks) -> std::io::Result<()> {
        match detected(format, &head) {
            Format::Json => self.elements(head, chunks),
            format => self.lines(format, head, chunks),
        }
    }

    /// Hands the batch over and begins the next.
    fn give(&mut self) {
        let next = Batch {
            decoded: self.batch.decoded,
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
        if !batch.bytes.is_empty() || !batch.rejects.is_empty() || batch.decision.is_some() {
            self.gone = self.give.send(Ok(batch)).is_err();
        }
    }

    fn reject(&mut self, line: u64) {
        let reason = format!("longer than {LINE_BYTES_MAX} bytes");
        let file = self.batch.file.clone();
        self.batch.rejects.push(Reject { file, line, reason });
    }

    /// Lines are handed on as they are.
    fn lines(&mut self, format: Format, head: Vec<u8>, chunks: &mut Chunks) -> std::io::Result<()> {
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
    fn elements(&mut self, head: Vec<u8>, chunks: &mut Chunks) -> std::io::Result<()> {
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

    /// What the node is not told of is decoded here, one event a line.
    fn decode(&mut self, mut decoding: Decoding, chunks: &mut Chunks) -> std::io::Result<()> {
        self.batch.content_type = "application/x-ndjson";
        self.batch.lines = Lines::Each(Vec::new());
        self.batch.decoded = true;
        self.take_decoded(decoding.take());
        while !self.gone {
            match chunks.next(Some(LINGER))? {
                Chunk::Bytes(bytes) => {
                    for piece in bytes.chunks(PIECE_BYTES) {
                        decoding.feed(piece);
                        self.take_decoded(decoding.take());
                    }
                }
                Chunk::Idle => {
                    decoding.idle();
                    self.take_decoded(decoding.take());
                    self.give();
                }
                Chunk::End => break,
            }
        }
        self.take_decoded(decoding.finish());
        self.give();
        Ok(())
    }

    fn take_decoded(&mut self, decoded: Decoded) {
        let file = self.batch.file.clone();
        for (line, reason) in decoded.rejects {
            self.batch.rejects.push(Reject { file: file.clone(), line, reason });
        }
        for (line, bytes) in decoded.events {
            self.take_element(Element { line, bytes: Some(bytes) });
        }
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

#[cfg(test)]
mod tests;
