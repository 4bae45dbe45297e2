//! How an event that came as a JSON object is made ready as the request asks, see [`Asked`](crate::Asked).

use std::sync::Arc;

use vigil_model::Timestamp;

use super::EventWriter;
use crate::draft::Draft;
use crate::writer::Fate;
use crate::{Batch, Refusal};

impl EventWriter {
    /// One JSON object, to whose fields `then` adds its own.
    pub(crate) fn object(
        &mut self,
        bytes: &[u8],
        now: Timestamp,
        out: &mut Batch,
        then: impl FnOnce(&mut Draft<'_>) -> Result<(), Refusal>,
    ) -> Result<Fate, Refusal> {
        let read = std::str::from_utf8(bytes).map_err(|error| Refusal::InvalidUtf8(error.valid_up_to()));
        let added = read.and_then(|text| self.read(text)).and_then(|()| {
            let zone = &self.recipe.zone;
            let mut draft = Draft::new(&mut self.fields, now, zone);
            then(&mut draft).map(|()| draft.time)
        });
        let time = added.map_err(|refusal| self.refused(refusal, bytes, now))?;
        let time = self.as_asked(time, true, now)?;
        self.complete(time, now, out)
    }

    /// One JSON object that was read.
    pub(super) fn complete_object(&mut self, now: Timestamp, out: &mut Batch) -> Result<Fate, Refusal> {
        let time = self.as_asked(None, true, now)?;
        self.complete(time, now, out)
    }

    /// Does with the fields as the request asks, and answers the time. `parses`: the message is a line that nobody has
    /// read yet.
    pub(super) fn as_asked(
        &mut self,
        time: Option<Timestamp>,
        parses: bool,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, Refusal> {
        let Some(asked) = self.recipe.asked.as_ref().map(Arc::clone) else { return Ok(time) };
        let parser = if parses { self.parser.take() } else { None };
        let draft = Draft::new(&mut self.fields, now, &self.recipe.zone);
        let mut draft = Draft { time, parser, ..draft };
        let done = asked.apply(&mut draft);
        let (time, parser) = (draft.time, draft.parser.take());
        if parses {
            self.parser = parser;
        }
        done.map(|()| time).map_err(|refusal| self.refused(refusal, b"", now))
    }
}
