//! `2016-10-06T00:17:09.669794202Z stdout F The content`: what Kubernetes' runtimes write.

use std::borrow::Cow;

use jiff::tz::TimeZone;
use vigil_model::Value;

use super::{Head, Part};
use crate::draft::Mismatch;
use crate::time;

/// Reads one line of a file.
pub(super) fn read(line: &str) -> Result<Part<'_>, Mismatch> {
    let parts = line.split_once(' ').and_then(|(time, rest)| Some((time, rest.split_once(' ')?)));
    let (time, (stream, rest)) = parts.ok_or("no time and stream in front")?;
    let (tags, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let time = time::read(Value::Str(time), false, &TimeZone::UTC).ok_or("no time in front")?;
    if !matches!(stream, "stdout" | "stderr") {
        return Err("no stream behind the time".into());
    }
    // Tags are separated by colons; only the first is defined.
    let goes_on = match tags.split(':').next() {
        Some("P") => true,
        Some("F") => false,
        _ => return Err("neither F nor P behind the stream".into()),
    };
    let head = Head { time: Some(time), ..Head::default() };
    Ok(Part { stream: Cow::Borrowed(stream), head, text: Cow::Borrowed(text), goes_on })
}
