//! What the sender said of its bytes: format, source, where time and message are.

/// How a body is cut into events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// By the first bytes: JSON objects, an array of them, or else plain lines.
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
}

impl Format {
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

/// How one body is to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipe {
    /// How it is cut into events.
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
