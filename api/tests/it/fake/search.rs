//! How the fake answers queries: by reading everything that it accepted.

use std::sync::Arc;

use vigil_api::{QueryAnswer, QueryFailure, QueryRequest};
use vigil_index::{FrameSource, Options, Posting, SourceError, scan};
use vigil_model::{BlockRef, Class, Frame, FrameRef, Hash, LogId, LogNumber};
use vigil_query::TimeRange;

use super::{Fake, LOG};

impl Fake {
    pub(super) fn answer(&self, request: QueryRequest) -> Result<QueryAnswer, QueryFailure> {
        if let Some(failure) = self.state().script.query.take() {
            return Err(failure);
        }
        let postings: Vec<Posting> = self.postings();
        let arrival = self.state().blocks.len() as u64;
        let answer = scan(&request.question, &options(&request), &postings, self)?;
        let missing = self.state().others.missing.clone();
        Ok(QueryAnswer { answer, frontier: Hash([3; 32]), arrival, missing })
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
