//! `<Event …>…</Event>` one after another, as `wevtutil`, Windows Event Forwarding and forwarders write events of Windows.
//!
//! An event ends with `</Event>`, wherever its lines end. A declaration, comments and the `<Events>` around a list of
//! events are stepped over. What stands in front of an event, or is no XML, is kept as plain text with a `parse_error`.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::Flattener;
use crate::carry::Carry;
use crate::draft::{Draft, Mismatch};
use crate::formats::{Framing, LineParser, Sink, check_length};

const END: &[u8] = b"</Event>";

/// Cuts a stream into events; holds at most one unfinished one.
#[derive(Default)]
pub(in crate::formats) struct Events {
    carry: Carry,
    /// The last bytes that came, fewer than [`END`] has: it may be cut anywhere.
    tail: Vec<u8>,
    /// Ends of line in front of what is held, and in it.
    lines_before: u64,
    lines_held: u64,
}

impl Events {
    fn end(&mut self, tail: &[u8], sink: &mut Sink<'_>) {
        match self.carry.complete(tail) {
            Ok(piece) => {
                let start = begin(piece);
                let number = self.lines_before + count(&piece[..start]) + 1;
                let event = piece[start..].trim_ascii_end();
                if !event.is_empty() {
                    sink.line(number, event);
                }
            }
            Err(refusal) => sink.reject(self.lines_before + 1, &refusal),
        }
        self.lines_before += self.lines_held + count(tail);
        self.lines_held = 0;
        self.carry.clear();
        self.tail.clear();
    }

    /// Whether the event ends with the byte before `end`.
    fn ends(&self, bytes: &[u8], end: usize) -> bool {
        let here = &bytes[end.saturating_sub(END.len())..end];
        here == END
            || (here.len() < END.len() && END.ends_with(here) && self.tail.ends_with(&END[..END.len() - here.len()]))
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.lines_held += count(bytes);
        self.carry.keep(bytes);
        self.tail.extend_from_slice(&bytes[bytes.len().saturating_sub(END.len())..]);
        let spare = self.tail.len().saturating_sub(END.len());
        self.tail.drain(..spare);
    }
}

impl Framing for Events {
    fn feed(&mut self, bytes: &[u8], sink: &mut Sink<'_>) {
        let mut rest = bytes;
        let mut from = 0;
        while let Some(at) = memchr::memchr(b'>', &rest[from..]) {
            let end = from + at + 1;
            if self.ends(rest, end) {
                self.end(&rest[..end], sink);
                (rest, from) = (&rest[end..], 0);
            } else {
                from = end;
            }
        }
        self.keep(rest);
    }

    fn finish(&mut self, sink: &mut Sink<'_>) {
        if !self.carry.is_empty() {
            self.end(&[], sink);
        }
    }
}

fn count(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// Where the event begins, behind what may stand in front of it.
fn begin(piece: &[u8]) -> usize {
    let mut rest = piece;
    loop {
        rest = rest.strip_prefix(b"\xef\xbb\xbf").unwrap_or(rest).trim_ascii_start();
        let end: &[u8] = match rest {
            [b'<', b'?', ..] => b"?>",
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            _ if rest.starts_with(b"<Events") || rest.starts_with(b"</Events") => b">",
            _ => return piece.len() - rest.len(),
        };
        match memchr::memmem::find(rest, end) {
            Some(at) => rest = &rest[at + end.len()..],
            None => return piece.len() - rest.len(),
        }
    }
}

/// Reads one event.
#[derive(Default)]
pub(in crate::formats) struct WindowsXml {
    flattener: Flattener,
}

impl LineParser for WindowsXml {
    fn parse(&mut self, line: &str, draft: &mut Draft<'_>) -> Result<(), Mismatch> {
        check_length(line.len())?;
        if !line.trim_ascii_start().starts_with("<Event") {
            return Err("no `<Event`".into());
        }
        self.flattener.clear();
        let mut reader = Reader::from_str(line);
        loop {
            let event = reader.read_event().map_err(|error| Mismatch::Form(error.to_string()))?;
            if matches!(event, Event::Eof) {
                break;
            }
            take(&mut self.flattener, event, draft)?;
        }
        if self.flattener.is_closed() { Ok(()) } else { Err("the event does not end".into()) }
    }
}

fn take(flattener: &mut Flattener, event: Event<'_>, draft: &mut Draft<'_>) -> Result<(), Mismatch> {
    match event {
        Event::Start(start) => open(flattener, &start, draft),
        Event::Empty(start) => {
            open(flattener, &start, draft)?;
            flattener.close(draft).map_err(unfit)
        }
        Event::End(_) => flattener.close(draft).map_err(unfit),
        Event::Text(text) => {
            let text = text.xml_content().map_err(form)?;
            if flattener.is_closed() && !text.trim_ascii().is_empty() {
                return Err("text outside of the event".into());
            }
            flattener.text(&text);
            Ok(())
        }
        Event::CData(text) => {
            flattener.text(&text.xml_content().map_err(form)?);
            Ok(())
        }
        Event::GeneralRef(reference) => refer(flattener, &reference),
        Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Eof => Ok(()),
        Event::DocType(_) => Err("a document type has no place in an event".into()),
    }
}

fn open(flattener: &mut Flattener, start: &BytesStart<'_>, draft: &mut Draft<'_>) -> Result<(), Mismatch> {
    flattener.open(local(start.local_name().into_inner())?).map_err(unfit)?;
    for attribute in start.attributes() {
        let attribute = attribute.map_err(form)?;
        let value = attribute.unescape_value().map_err(form)?;
        flattener.attribute(local(attribute.key.into_inner())?, &value, draft).map_err(unfit)?;
    }
    Ok(())
}

/// `&lt;` or `&#10;`; what is neither stays as it is.
fn refer(flattener: &mut Flattener, reference: &BytesRef<'_>) -> Result<(), Mismatch> {
    let name = reference.decode().map_err(form)?;
    match (reference.resolve_char_ref(), resolve_predefined_entity(&name)) {
        (Ok(Some(letter)), _) => flattener.text(letter.encode_utf8(&mut [0; 4])),
        (_, Some(text)) => flattener.text(text),
        _ => [("&"), &name, ";"].iter().for_each(|part| flattener.text(part)),
    }
    Ok(())
}

fn local(name: &[u8]) -> Result<&str, Mismatch> {
    std::str::from_utf8(name).map_err(form)
}

fn form(error: impl std::fmt::Display) -> Mismatch {
    Mismatch::Form(error.to_string())
}

/// What no record can hold as fields, it can hold as text.
fn unfit(refusal: crate::Refusal) -> Mismatch {
    Mismatch::Form(refusal.to_string())
}
