//! Which formats there are. One file each; a new one is a file, a variant and a line here.
//!
//! A [`Framing`] cuts bytes into pieces. Most formats are one event a line: those share the framing of lines, and have a
//! [`LineParser`] that reads one.

mod access;
mod cef;
mod containers;
mod custom;
mod cut;
mod error_log;
mod front;
mod gelf;
mod journal;
mod leef;
mod lines;
mod logfmt;
mod mapping;
mod names;
mod ndjson;
mod objects;
mod quoted;
mod syslog;
mod w3c;
mod windows;

pub(crate) use logfmt::is_certain as is_logfmt;
use vigil_model::Timestamp;
use vigil_model::limits::PARSED_LINE_BYTES_MAX;

use crate::draft::{Draft, Mismatch};
use crate::event::EventWriter;
use crate::{Batch, Format, Recipe, Refusal};

/// Cuts bytes into events and hands each to the sink.
pub(crate) trait Framing: Send {
    /// Takes the next bytes of the body.
    fn feed(&mut self, bytes: &[u8], sink: &mut Sink<'_>);
    /// The body is over.
    fn finish(&mut self, sink: &mut Sink<'_>);
    /// No byte came for a while: what is complete but waits for a continuation (lines of one event) goes on.
    fn idle(&mut self, _sink: &mut Sink<'_>) {}
}

/// Reads one line.
pub(crate) trait LineParser: Send {
    /// Puts what the line says into the draft. After a mismatch the draft is thrown away, and the line is kept whole as
    /// plain text.
    fn parse(&mut self, line: &str, draft: &mut Draft<'_>) -> Result<(), Mismatch>;
}

/// A fresh framing for a format that content need not decide any more.
pub(crate) fn open(recipe: &Recipe) -> Box<dyn Framing> {
    match recipe.format {
        Format::Ndjson => Box::new(ndjson::Ndjson::new(recipe)),
        Format::JsonArray => Box::new(objects::Objects::array()),
        Format::JsonObjects => Box::new(objects::Objects::bare()),
        Format::Detect | Format::Json => unreachable!("content decided before a framing was opened"),
        Format::Docker | Format::Cri => Box::new(containers::Containers::new(recipe)),
        Format::Journal => Box::new(journal::Journal::default()),
        Format::Evtx => Box::new(windows::evtx::Evtx::default()),
        Format::WindowsXml => Box::new(windows::xml::Events::default()),
        Format::Gelf => Box::new(lines::PlainLines::with_nul(recipe)),
        // Every other format is one of lines.
        _ => Box::new(lines::PlainLines::new(recipe)),
    }
}

/// Who reads a line of the recipe's format; `None` where a line is only its message.
pub(crate) fn parser(recipe: &Recipe) -> Option<Box<dyn LineParser>> {
    match recipe.format {
        Format::Docker | Format::Cri => Some(Box::new(containers::ContainerLine::new(recipe.format))),
        Format::Gelf => Some(Box::new(gelf::Gelf)),
        Format::Syslog => Some(Box::new(syslog::Syslog::default())),
        Format::Access => Some(Box::new(access::Access)),
        Format::Cef => Some(Box::new(cef::Cef::default())),
        Format::Custom => recipe.pattern.as_ref().map(|pattern| custom::parser(pattern, recipe.time_field.as_deref())),
        Format::ErrorLog => Some(Box::new(error_log::ErrorLog)),
        Format::Leef => Some(Box::new(leef::Leef::default())),
        Format::Logfmt => Some(Box::new(logfmt::Logfmt::default())),
        Format::W3c => Some(Box::new(w3c::W3c::default())),
        Format::WindowsXml => Some(Box::new(windows::xml::WindowsXml::default())),
        _ => None,
    }
}

/// Whether a line, or the parts of it that become fields, are so long that the event might fit no record; then the line is
/// kept as plain text, of which there is one copy.
fn check_length(length: usize) -> Result<(), Mismatch> {
    if length <= PARSED_LINE_BYTES_MAX {
        return Ok(());
    }
    Err(Mismatch::Form(format!("longer than {PARSED_LINE_BYTES_MAX} bytes")))
}

/// Where events and rejects go.
pub(crate) struct Sink<'a> {
    pub(crate) writer: &'a mut EventWriter,
    pub(crate) batch: &'a mut Batch,
    pub(crate) now: Timestamp,
}

impl Sink<'_> {
    /// One event as JSON.
    pub(crate) fn json(&mut self, number: u64, bytes: &[u8]) {
        self.writer.number = number;
        if let Err(refusal) = self.writer.json(bytes, self.now, self.batch) {
            self.batch.reject(number, &refusal);
        }
    }

    /// One line that should be a JSON object.
    pub(crate) fn json_line(&mut self, number: u64, bytes: &[u8]) {
        self.writer.number = number;
        if let Err(refusal) = self.writer.json_line(bytes, self.now, self.batch) {
            self.batch.reject(number, &refusal);
        }
    }

    /// One line of the recipe's format.
    pub(crate) fn line(&mut self, number: u64, bytes: &[u8]) {
        self.writer.number = number;
        if let Err(refusal) = self.writer.line(bytes, self.now, self.batch) {
            self.batch.reject(number, &refusal);
        }
    }

    /// One event whose fields `fill` puts in.
    pub(crate) fn event(&mut self, number: u64, fill: impl FnOnce(&mut Draft<'_>) -> Result<(), Refusal>) {
        self.writer.number = number;
        if let Err(refusal) = self.writer.filled(self.now, self.batch, fill) {
            self.batch.reject(number, &refusal);
        }
    }

    /// No event.
    pub(crate) fn reject(&mut self, number: u64, refusal: &Refusal) {
        self.writer.refused(refusal.clone(), b"", self.now);
        self.batch.reject(number, refusal);
    }
}
