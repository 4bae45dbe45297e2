//! How the fake answers queries: by reading everything that it accepted.

use std::sync::Arc;

use vigil_api::{QueryAnswer, QueryFailure, QueryRequest, TailBatch};
use vigil_index::{Answer, FrameSource, Options, Posting, Row, SourceError, scan};
use vigil_model::{BlockRef, Class, EventId, Frame, FrameRef, Hash, LogId, LogNumber};
use vigil_query::{Permission, TimeRange};

use super::{Fake, LOG};

impl Fake {
    pub(super) fn answer(&self, request: QueryRequest) -> Result<QueryAnswer, QueryFailure> {
        if let Some(failure) = self.state().script.query.take() {
            return Err(failure);
        }
        let arrival = self.state().blocks.len() as u64;
        let blank = self.state().script.blank.then(Answer::default);
        let scripted = self.state().script.answers.pop_front().or(blank);
        let answer = match scripted {
            Some(answer) => answer,
            None => scan(&request.question, &options(&request), &self.postings(), self)?,
        };
        let missing = self.state().others.missing.clone();
        Ok(QueryAnswer { answer, frontier: Hash([3; 32]), arrival, missing })
    }

    /// The event, the blocks before and after it read as one log.
    pub(super) fn neighbours(
        &self,
        id: EventId,
        before: usize,
        after: usize,
        permission: &Permission,
    ) -> Option<Vec<Row>> {
        let state = self.state();
        let mut rows: Vec<Row> = Vec::new();
        let mut at = None;
        for (seq, (class, records)) in state.blocks.iter().enumerate().filter(|(_, (class, _))| *class == id.class) {
            for (offset, record) in records.iter().enumerate() {
                let found = EventId { log: LOG, seq: seq as u64, class: *class, offset: offset as u32 };
                if let Some(row) = record.and_then(|record| Row::event(found, &record, permission)) {
                    at = if found == id { Some(rows.len()) } else { at };
                    rows.push(row);
                }
            }
        }
        let at = at?;
        Some(rows[at.saturating_sub(before)..rows.len().min(at + after + 1)].to_vec())
    }

    /// At least one block, then others as long as they fit.
    pub(super) fn batches_after(&self, arrival: u64, bytes: usize) -> Vec<TailBatch> {
        let state = self.state();
        let (mut batches, mut taken, mut before) = (Vec::new(), 0, 0);
        for (seq, (class, records)) in state.blocks.iter().enumerate() {
            let seq = seq as u64;
            if seq + 1 > arrival && (taken == 0 || taken < bytes) {
                taken += records.bytes().len();
                let records = Arc::new(records.clone());
                batches.push(TailBatch { log: LOG, seq, class: *class, arrival: seq + 1, before, records });
            }
            before += records.len() as u64;
        }
        batches
    }

    fn postings(&self) -> Vec<Posting> {
        let state = self.state();
        let mut postings = Vec::new();
        for (seq, (class, records)) in state.blocks.iter().enumerate() {
            for (frame, bounds) in records.frame_bounds().into_iter().enumerate() {
                let (first, last) = records.slice(bounds.clone()).time_span().expect("frames are not empty");
                postings.push(Posting {
                    at: FrameRef { block: block(seq as u64), class: *class, frame: frame as u16 },
                    clip: TimeRange::ALL,
                    first,
                    last,
                    rows: bounds.len() as u32,
                    arrival: seq as u64 + 1,
                });
            }
        }
        postings
    }
}

fn block(seq: u64) -> BlockRef {
    BlockRef { log: LogNumber(0), seq }
}

impl FrameSource for Fake {
    fn frame(&self, at: FrameRef) -> Result<Arc<Frame>, SourceError> {
        let state = self.state();
        let (_, records) = &state.blocks[at.block.seq as usize];
        let bounds = records.frame_bounds()[usize::from(at.frame)].clone();
        Ok(Arc::new(Frame { first: bounds.start as u32, records: records.slice(bounds) }))
    }

    fn log_id(&self, _: LogNumber) -> Option<LogId> {
        Some(LOG)
    }

    fn log_number(&self, log: LogId) -> Option<LogNumber> {
        (log == LOG).then_some(LogNumber(0))
    }

    fn frame_count(&self, block: BlockRef, class: Class) -> Result<Option<u16>, SourceError> {
        let state = self.state();
        let body = state.blocks.get(block.seq as usize).filter(|(held, _)| *held == class);
        Ok(body.map(|(_, records)| records.frame_bounds().len() as u16))
    }
}

fn options(request: &QueryRequest) -> Options {
    Options {
        node: LOG.node,
        limit: request.limit,
        asked: request.asked,
        cursor: request.cursor.clone(),
        bytes_max: None,
    }
}
