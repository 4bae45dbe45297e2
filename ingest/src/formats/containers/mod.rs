//! What a container wrote, as Docker's `json-file` and Kubernetes' CRI keep it.
//!
//! Both cut a long line into parts. Those are put together again, for each stream on its own, up to
//! [`JOINED_BYTES_MAX`]; then lines are put together as the source's `multiline` says. The event has the time and the
//! members of its first part.
//!
//! `stream` is `stdout` or `stderr`. A line that is a JSON object gives its members as fields, as NDJSON does, and a
//! member `stream` of its own stays: the container's is then `stream_`. Any other line is the `message`. The time is the
//! container runtime's; a time that the program wrote stays a field.

mod cri;
mod docker;

use std::borrow::Cow;

use serde::de::IgnoredAny;
use vigil_model::Timestamp;
use vigil_model::limits::{CONTAINER_STREAMS_MAX, JOINED_BYTES_MAX};

use super::cut::Cutter;
use super::{Framing, LineParser, Sink};
use crate::draft::{Draft, Mismatch};
use crate::event::{INVALID_UTF8, MESSAGE, PARSE_ERROR};
use crate::join::Joiner;
use crate::multiline::Multiline;
use crate::split::Line;
use crate::{Format, Recipe, Refusal};

/// What a part of a line says besides its text.
#[derive(Clone, Debug, Default)]
struct Head {
    time: Option<Timestamp>,
    /// Further members as a JSON object; empty where there are none.
    members: String,
    /// Its bytes were no UTF-8.
    damaged: bool,
}

/// One line of the file: a line that the program wrote, or a part of one.
struct Part<'a> {
    /// Empty where it is not said.
    stream: Cow<'a, str>,
    head: Head,
    text: Cow<'a, str>,
    /// The line goes on in the next part.
    goes_on: bool,
}

/// Reads one line of the file.
type Read = for<'a> fn(&'a str) -> Result<Part<'a>, Mismatch>;

fn reader(format: Format) -> Read {
    if format == Format::Docker { docker::read } else { cri::read }
}

/// Reads lines one by one, where nobody can put parts together.
pub(super) struct ContainerLine {
    read: Read,
}

impl ContainerLine {
    pub(super) fn new(format: Format) -> ContainerLine {
        ContainerLine { read: reader(format) }
    }
}

impl LineParser for ContainerLine {
    fn parse(&mut self, line: &str, draft: &mut Draft<'_>) -> Result<(), Mismatch> {
        let part = (self.read)(line)?;
        Ok(put(draft, &part.stream, &part.head, &part.text)?)
    }
}

/// Puts parts and lines together.
pub(super) struct Containers {
    cutter: Cutter,
    streams: Streams,
}

struct Streams {
    read: Read,
    multiline: Option<Multiline>,
    /// At most [`CONTAINER_STREAMS_MAX`], in the order of their first lines.
    open: Vec<Stream>,
}

/// What one stream has begun.
struct Stream {
    name: String,
    /// A line that goes on: the number of its first part, head, text.
    begun: Option<(u64, Head, String)>,
    joiner: Option<Joiner>,
    /// Lines of this stream so far: what the joiner counts by.
    lines: u64,
    /// Number and head of the first of the lines in the joiner.
    first: (u64, Head),
}

impl Containers {
    pub(super) fn new(recipe: &Recipe) -> Containers {
        let multiline = recipe.multiline.clone();
        let streams = Streams { read: reader(recipe.format), multiline, open: Vec::new() };
        Containers { cutter: Cutter::new(recipe), streams }
    }
}

impl Framing for Containers {
    fn feed(&mut self, bytes: &[u8], sink: &mut Sink<'_>) {
        let Containers { cutter, streams } = self;
        cutter.feed(bytes, |number, line| streams.line(number, line, sink));
    }

    fn finish(&mut self, sink: &mut Sink<'_>) {
        let Containers { cutter, streams } = self;
        cutter.finish(|number, line| streams.line(number, line, sink));
        streams.flush(sink);
    }

    fn idle(&mut self, sink: &mut Sink<'_>) {
        self.streams.flush(sink);
    }
}

impl Streams {
    fn line(&mut self, number: u64, line: Line<'_>, sink: &mut Sink<'_>) {
        let line = match line {
            Ok(line) => line,
            Err(refusal) => return sink.reject(number, &refusal),
        };
        let text = String::from_utf8_lossy(line);
        match (self.read)(&text) {
            Ok(mut part) => {
                part.head.damaged = matches!(text, Cow::Owned(_));
                self.part(number, part, sink);
            }
            // The parser of lines says what is wrong with it.
            Err(_) => sink.line(number, line),
        }
    }

    fn part(&mut self, number: u64, part: Part<'_>, sink: &mut Sink<'_>) {
        let joins = self.multiline.is_some();
        let at = self.open.iter().position(|stream| stream.name == part.stream);
        let begun = at.is_some_and(|at| self.open[at].begun.is_some());
        if !(joins || begun || part.goes_on) {
            return sink.event(number, |draft| put(draft, &part.stream, &part.head, &part.text));
        }
        let at = at.unwrap_or_else(|| self.open(&part.stream, sink));
        self.open[at].part(number, part, sink);
    }

    /// Makes room for a stream; one more than can be is unheard of, and costs the oldest its wait.
    fn open(&mut self, name: &str, sink: &mut Sink<'_>) -> usize {
        if self.open.len() == CONTAINER_STREAMS_MAX {
            self.open.remove(0).flush(sink);
        }
        let joiner = self.multiline.clone().map(Joiner::new);
        self.open.push(Stream { name: name.to_owned(), begun: None, joiner, lines: 0, first: (0, Head::default()) });
        self.open.len() - 1
    }

    fn flush(&mut self, sink: &mut Sink<'_>) {
        self.open.iter_mut().for_each(|stream| stream.flush(sink));
    }
}

impl Stream {
    fn part(&mut self, number: u64, part: Part<'_>, sink: &mut Sink<'_>) {
        let full = |begun: &(u64, Head, String)| begun.2.len() + part.text.len() > JOINED_BYTES_MAX;
        if let Some((number, head, text)) = self.begun.take_if(|begun| full(begun)) {
            self.line(number, head, &text, sink);
        }
        let (number, head, text) = match self.begun.take() {
            Some((number, mut head, mut text)) => {
                text.push_str(&part.text);
                head.damaged |= part.head.damaged;
                (number, head, text)
            }
            None => (number, part.head, part.text.into_owned()),
        };
        if part.goes_on {
            self.begun = Some((number, head, text));
        } else {
            self.line(number, head, &text, sink);
        }
    }

    /// A whole line.
    fn line(&mut self, number: u64, head: Head, text: &str, sink: &mut Sink<'_>) {
        let Stream { name, joiner, lines, first, .. } = self;
        let Some(joiner) = joiner else { return sink.event(number, |draft| put(draft, name, &head, text)) };
        *lines += 1;
        // Empty lines count, as in any file; the joiner puts them where lines around them come together.
        if text.is_empty() {
            return;
        }
        let mut begins = joiner.is_empty();
        joiner.line(*lines, text.as_bytes(), |_, text| {
            begins = true;
            put_joined(name, first, text, sink);
        });
        if begins {
            *first = (number, head);
        } else {
            first.1.damaged |= head.damaged;
        }
    }

    fn flush(&mut self, sink: &mut Sink<'_>) {
        if let Some((number, head, text)) = self.begun.take() {
            self.line(number, head, &text, sink);
        }
        let Stream { name, joiner, first, .. } = self;
        joiner.iter_mut().for_each(|joiner| joiner.flush(|_, text| put_joined(name, first, text, sink)));
    }
}

fn put_joined(stream: &str, (number, head): &(u64, Head), text: &[u8], sink: &mut Sink<'_>) {
    let text = std::str::from_utf8(text).expect("lines of text, and ends of line between them, are text");
    sink.event(*number, |draft| put(draft, stream, head, text));
}

/// One event.
fn put(draft: &mut Draft<'_>, stream: &str, head: &Head, text: &str) -> Result<(), Refusal> {
    if is_object(text) {
        draft.object(text)?;
    } else {
        draft.text(MESSAGE, text)?;
    }
    if !head.members.is_empty() {
        draft.object(&head.members)?;
    }
    if head.damaged {
        draft.text(PARSE_ERROR, INVALID_UTF8)?;
    }
    draft.time = head.time.or(draft.time);
    match (stream, draft.has("stream")) {
        ("", _) => Ok(()),
        (_, true) => draft.text("stream_", stream),
        (_, false) => draft.text("stream", stream),
    }
}

/// Whether a text is a JSON object and nothing else.
fn is_object(text: &str) -> bool {
    let inner = text.trim_ascii();
    inner.starts_with('{') && inner.ends_with('}') && serde_json::from_str::<IgnoredAny>(inner).is_ok()
}
