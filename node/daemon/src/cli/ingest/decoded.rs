//! How formats that the node is not told of become JSON objects, one a line: they are read here.

use std::sync::Arc;

use parking_lot::Mutex;
use vigil_index::OwnedValue;
use vigil_ingest::{Batch, Decision, Decoder, Format, Pipeline, Recipe, Shown};
use vigil_model::{Record, Records};

use super::Reading;

/// Reads one input. Stages are the node's business.
pub(super) struct Decoding {
    decoder: Decoder,
    batch: Batch,
    /// The line of every event that was read since the last time; a piece of input bounds how many.
    lines: Arc<Mutex<Vec<u64>>>,
    /// Rejects that were handed on.
    rejected: u64,
}

/// What some bytes became.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    /// Events: the line of the input, and the event as a JSON object.
    pub(super) events: Vec<(u64, Vec<u8>)>,
    /// Lines that are no events, and why.
    pub(super) rejects: Vec<(u64, String)>,
}

/// Whether an input of this format is read here; JSON and plain lines are sent as they are.
pub(super) fn is_decoded(format: Format) -> bool {
    use Format::{Detect, Json, JsonArray, JsonObjects, Lines, Ndjson};
    !matches!(format, Detect | Json | JsonArray | JsonObjects | Lines | Ndjson)
}

impl Decoding {
    /// At the start of an input.
    pub(super) fn new(reading: &Reading) -> Decoding {
        let recipe = Recipe {
            format: reading.format,
            time_field: reading.time_field.clone(),
            message_field: reading.message_field.clone(),
            pipeline: Pipeline::none(),
            ..Recipe::default()
        };
        let mut decoder = Decoder::new(recipe);
        let lines = Arc::new(Mutex::new(Vec::new()));
        let read = Arc::clone(&lines);
        decoder.explain(Box::new(move |shown, _| {
            if let Shown::Parsed { line, .. } = shown {
                read.lock().push(line);
            }
        }));
        Decoding { decoder, batch: Batch::new(), lines, rejected: 0 }
    }

    /// What content decided.
    pub(super) fn decision(&self) -> Option<&Decision> {
        self.decoder.decision()
    }

    /// Takes the next bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.decoder.feed(bytes, crate::runtime::now(), &mut self.batch);
    }

    /// Nothing came for a while.
    pub(super) fn idle(&mut self) {
        self.decoder.idle(crate::runtime::now(), &mut self.batch);
    }

    /// Nothing more comes that could tell the format.
    pub(super) fn settle(&mut self) {
        self.decoder.settle(crate::runtime::now(), &mut self.batch);
    }

    /// What became of the bytes since the last time.
    pub(super) fn take(&mut self) -> Decoded {
        let records = self.batch.take_rest();
        let rejects = self.take_rejects();
        let mut lines = std::mem::take(&mut *self.lines.lock());
        let count = records.iter().map(Records::len).sum::<usize>();
        // An event that no record can hold was read before it was rejected.
        for (line, _) in &rejects {
            if lines.len() > count
                && let Some(at) = lines.iter().position(|read| read == line)
            {
                lines.remove(at);
            }
        }
        lines.resize(count, 0);
        let written = records.iter().flat_map(Records::iter).map(|record| written(&record.expect("made just now")));
        Decoded { events: lines.into_iter().zip(written).collect(), rejects }
    }

    /// The input is over; what is left of it.
    pub(super) fn finish(mut self) -> Decoded {
        let Decoding { decoder, batch, .. } = &mut self;
        let spare = Decoder::new(Recipe { format: Format::Lines, pipeline: Pipeline::none(), ..Recipe::default() });
        std::mem::replace(decoder, spare).finish(crate::runtime::now(), batch);
        self.take()
    }

    /// Rejects that the decoder does not name count, too.
    fn take_rejects(&mut self) -> Vec<(u64, String)> {
        let all = self.batch.rejects();
        let named = all.named().iter().map(|reject| (reject.line, reject.reason.clone()));
        let unnamed = std::iter::repeat((0, "as the lines before".to_owned()));
        let (from, to) = (self.rejected as usize, all.count() as usize);
        self.rejected = all.count();
        named.chain(unnamed).take(to).skip(from).collect()
    }
}

/// A record as a JSON object: its time, unless it is that of arrival, and its fields.
fn written(record: &Record<'_>) -> Vec<u8> {
    let mut out = vec![b'{'];
    if !record.time_assumed() {
        member("_time", &OwnedValue::Str(record.time().to_string()), &mut out);
    }
    for (name, value) in record.fields() {
        member(name, &OwnedValue::from(value), &mut out);
    }
    out.push(b'}');
    out
}

fn member(name: &str, value: &OwnedValue, out: &mut Vec<u8>) {
    if out.len() > 1 {
        out.push(b',');
    }
    OwnedValue::Str(name.to_owned()).write_json(out);
    out.push(b':');
    value.write_json(out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn decoded(format: Format, body: &[u8]) -> String {
        let mut decoding = Decoding::new(&Reading { format, ..Reading::default() });
        decoding.feed(body);
        let mut shown = String::new();
        for part in [decoding.take(), decoding.finish()] {
            for (line, event) in part.events {
                shown.push_str(&format!("{line} {}\n", String::from_utf8(event).expect("text")));
            }
            part.rejects.iter().for_each(|(line, why)| shown.push_str(&format!("{line} rejected: {why}\n")));
        }
        shown
    }

    #[test]
    fn events_are_objects_that_know_their_lines() {
        let body = "203.0.113.9 - ana [01/Aug/2026:12:00:00 +0000] \"GET /a HTTP/1.1\" 200 512\n\nsomething \"else\"\n";
        expect![[r#"
            1 {"_time":"2026-08-01T12:00:00Z","http.request.method":"GET","http.response.body.bytes":512,"http.response.status_code":200,"http.version":"1.1","message":"GET /a 200","source.ip":"203.0.113.9","url.original":"/a","url.path":"/a","user.name":"ana"}
            3 {"message":"something \"else\"","parse_error":"access: no time such as [10/Oct/2000:13:55:36 -0700]"}
        "#]].assert_eq(&decoded(Format::Access, body.as_bytes()));
    }

    #[test]
    fn what_no_record_holds_is_named_by_its_line() {
        let long = "x".repeat(vigil_model::limits::LINE_BYTES_MAX + 1);
        expect![[r#"
            1 {"a":"1","b":"2"}
            3 {"a":"3"}
            2 rejected: longer than 1048576 bytes; split the event or shorten it
        "#]]
        .assert_eq(&decoded(Format::Logfmt, format!("a=1 b=2\n{long}\na=3\n").as_bytes()));
        expect![[r#"
            1 rejected: expected a file of the Windows event log at byte 0 of the body; nothing after it was read
        "#]]
        .assert_eq(&decoded(Format::Evtx, b"text"));
    }
}
