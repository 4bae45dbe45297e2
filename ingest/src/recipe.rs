//! What the sender, or the source's settings, said of its bytes: format, source, where time and message are, which
//! stages follow.

use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::asked::Asked;
use crate::counts::Counts;
use crate::multiline::Multiline;
use crate::pattern::Pattern;
use crate::pipeline::Pipeline;

/// How a body is cut into events, and how each is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// By content: JSON objects, an array of them, a format of lines that the first lines have, or else plain lines.
    #[default]
    Detect,
    /// JSON, by content: an array, objects one a line, or objects spread over lines.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// One JSON array of objects.
    JsonArray,
    /// JSON objects one after another, each over as many lines as it likes.
    JsonObjects,
    /// One event a line, the line being its message.
    Lines,
    /// `key=value key="a value"`.
    Logfmt,
    /// RFC 5424 and RFC 3164 in all their kinds, with CEF and LEEF inside.
    Syslog,
    /// ArcSight's Common Event Format, with or without a header of syslog.
    Cef,
    /// QRadar's Log Event Extended Format 1.0 and 2.0, likewise.
    Leef,
    /// Access logs of Apache and nginx: common, combined, with a virtual host in front.
    Access,
    /// Error logs of Apache and nginx.
    ErrorLog,
    /// W3C extended log format, as IIS writes it: `#Fields:` says which columns there are.
    W3c,
    /// Docker's `json-file`: `{"log":…,"stream":…,"time":…}`, parts put together.
    Docker,
    /// Kubernetes' CRI: `time stream F message`, parts put together.
    Cri,
    /// systemd's journal export format.
    Journal,
    /// Graylog's extended log format, one JSON object a line or between NUL bytes.
    Gelf,
    /// Events of Windows as XML.
    WindowsXml,
    /// Files of the Windows event log.
    Evtx,
    /// A pattern of one's own.
    Custom,
}

/// Names of formats, as settings and commands say them.
const NAMES: [(&str, Format); 20] = [
    ("auto", Format::Detect),
    ("json", Format::Json),
    ("ndjson", Format::Ndjson),
    ("json-array", Format::JsonArray),
    ("json-objects", Format::JsonObjects),
    ("text", Format::Lines),
    ("logfmt", Format::Logfmt),
    ("syslog", Format::Syslog),
    ("cef", Format::Cef),
    ("leef", Format::Leef),
    ("access", Format::Access),
    ("error-log", Format::ErrorLog),
    ("w3c", Format::W3c),
    ("docker", Format::Docker),
    ("cri", Format::Cri),
    ("journal", Format::Journal),
    ("gelf", Format::Gelf),
    ("windows-xml", Format::WindowsXml),
    ("evtx", Format::Evtx),
    ("custom", Format::Custom),
];

impl Format {
    /// Its name in settings and commands.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, format)| *format == self).expect("every format has a name").0
    }

    /// The format of a name.
    pub fn of_name(name: &str) -> Option<Format> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    /// All names.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// Whether several of its lines can be one event; others say themselves where an event ends.
    pub fn joins_lines(self) -> bool {
        use Format::{Access, Cef, Cri, Custom, Detect, Docker, ErrorLog, Leef, Lines, Logfmt, Syslog};
        matches!(self, Detect | Lines | Logfmt | Syslog | Cef | Leef | Access | ErrorLog | Docker | Cri | Custom)
    }

    /// Whether each line is read by itself, so that bytes may be cut behind any of them, and one may be read alone.
    pub fn is_of_lines(self) -> bool {
        use Format::{Detect, Evtx, Journal, Json, JsonArray, JsonObjects, Ndjson, WindowsXml};
        !matches!(self, Detect | Json | Ndjson | JsonArray | JsonObjects | Journal | WindowsXml | Evtx)
    }

    /// The format that a `Content-Type` header asks for; `None` when Vigil cannot read that type.
    ///
    /// An empty text, `application/octet-stream` and what `curl -d` sends by itself say nothing
    /// about the content, so the first bytes decide.
    pub fn from_content_type(header: &str) -> Option<Format> {
        let essence = header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Some(match essence.as_str() {
            "" | "*/*" | "application/octet-stream" | "application/x-www-form-urlencoded" => Format::Detect,
            "application/json" | "text/json" => Format::Json,
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/x-jsonlines"
            | "application/stream+json" => Format::Ndjson,
            "text/plain" => Format::Lines,
            _ => return None,
        })
    }

    /// The charset that a `Content-Type` header names when it is not UTF-8 or a part of it: Vigil
    /// would lose letters of such text.
    pub fn foreign_charset(header: &str) -> Option<String> {
        let mut parameters = header.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
        let (_, charset) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
        let charset = charset.trim().trim_matches('"').to_ascii_lowercase();
        let known = ["", "utf-8", "utf8", "us-ascii", "ascii"].contains(&charset.as_str());
        (!known).then_some(charset)
    }
}

/// How one body, connection or file is to be read, and what becomes of its events.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// How it is cut into events, and how each is read.
    pub format: Format,
    /// Becomes the field `source` of every event that has none.
    pub source: Option<String>,
    /// The one field, dotted where nested, that holds the event time. JSON only.
    ///
    /// An event without it, or whose value is no time, is kept with the time of arrival and says
    /// so in `parse_error`.
    pub time_field: Option<String>,
    /// The field, dotted where nested, that becomes `message` when it holds text. JSON only.
    pub message_field: Option<String>,
    /// Fields and texts for every event that does not have the field.
    pub labels: Vec<(String, String)>,
    /// The zone of times that name none.
    pub zone: TimeZone,
    /// How lines are put together; each is an event of its own without.
    pub multiline: Option<Multiline>,
    /// Of [`Format::Custom`].
    pub pattern: Option<Arc<Pattern>>,
    /// Lines may come with their length in front, see RFC 6587.
    pub octets: bool,
    /// A line of JSON that does not read is kept as plain text with a `parse_error`. Without this it is rejected: the
    /// one who sent it is there to be told.
    pub lenient: bool,
    /// The request carries an idempotency key: told twice, it must become the same events.
    pub keyed: bool,
    /// What becomes of each event before it is kept.
    pub pipeline: Arc<Pipeline>,
    /// What counts for the source.
    pub counts: Option<Arc<Counts>>,
    /// What this one request asks for all of its events.
    pub asked: Option<Arc<Asked>>,
}

impl Default for Recipe {
    fn default() -> Recipe {
        Recipe {
            format: Format::Detect,
            source: None,
            time_field: None,
            message_field: None,
            labels: Vec::new(),
            zone: TimeZone::UTC,
            multiline: None,
            pattern: None,
            octets: false,
            lenient: false,
            keyed: false,
            pipeline: Pipeline::usual(),
            counts: None,
            asked: None,
        }
    }
}

impl Recipe {
    /// What tells two readings of one body apart: of equal texts the same events come, one for one. Settings of the
    /// source count only by its name; they do not change between a request and its repetition.
    pub fn identity(&self) -> String {
        let Recipe { format, source, time_field, message_field, asked, .. } = self;
        let asked = asked.as_ref().map_or_else(String::new, |asked| format!(" {asked:?}"));
        format!("{format:?} {source:?} {time_field:?} {message_field:?}{asked}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charsets_other_than_utf_8_are_foreign() {
        for header in ["text/plain", "text/plain; charset=UTF-8", "text/plain;charset=\"us-ascii\"; x=y", "a/b; q"] {
            assert_eq!(Format::foreign_charset(header), None, "{header}");
        }
        let foreign = Format::foreign_charset("text/plain; format=flowed; Charset=ISO-8859-1");
        assert_eq!(foreign.as_deref(), Some("iso-8859-1"));
    }

    #[test]
    fn content_types_name_formats() {
        let table = [
            ("", Some(Format::Detect)),
            ("application/x-www-form-urlencoded", Some(Format::Detect)),
            ("Application/JSON; charset=utf-8", Some(Format::Json)),
            ("application/x-ndjson", Some(Format::Ndjson)),
            ("application/stream+json", Some(Format::Ndjson)),
            ("text/plain; charset=utf-8", Some(Format::Lines)),
            ("image/png", None),
        ];
        for (header, format) in table {
            assert_eq!(Format::from_content_type(header), format, "{header}");
        }
    }
}
