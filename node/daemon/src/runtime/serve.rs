//! Answers a peer's pull from the store: block by block, rising, within its byte credit.

use std::sync::Arc;

use crossbeam_channel::Sender;
use tokio::sync::mpsc;
use vigil_crdt::transfer::{BlockFrame, WireBody};
use vigil_crdt::{LogStore, StoreError};
use vigil_gossip::{End, Event, Link, Part, Pull, ServeId};
use vigil_gossip_libp2p::Serving;
use vigil_model::{BlockRef, ClassSet, LogNumber};

use super::message::{CoreMessage, tell};
use super::wire;

/// Frames read ahead of the network; each holds at most a block.
const READ_AHEAD: usize = 4;

/// One answer.
pub(super) struct Answer {
    pub(super) link: Link,
    pub(super) serve: ServeId,
    pub(super) request: Pull,
    pub(super) store: Arc<dyn LogStore>,
    pub(super) core: Sender<CoreMessage>,
}

impl Answer {
    /// Sends everything asked for that is held, then how it ended.
    pub(super) async fn send(self, mut serving: Serving) {
        let (frames, mut read) = mpsc::channel(READ_AHEAD);
        let (store, request) = (self.store.clone(), self.request.clone());
        let reading = tokio::task::spawn_blocking(move || Range { store: &*store, request: &request }.read(&frames));
        let mut bytes = 0;
        while let Some(frame) = next(&mut read, &mut serving).await {
            bytes += frame.len() as u64;
            if serving.send(&frame).await.is_err() {
                break;
            }
        }
        drop(read);
        // The reader ends when nobody takes its frames; its panic leaves the answer without an end.
        if let Ok(last) = reading.await {
            finish(serving, &last).await;
        }
        tell(&self.core, CoreMessage::Gossip(Box::new(Event::Served { link: self.link, serve: self.serve, bytes })))
            .await;
    }
}

/// The next frame; what was gathered is sent before waiting for it.
async fn next(read: &mut mpsc::Receiver<Vec<u8>>, serving: &mut Serving) -> Option<Vec<u8>> {
    if let Ok(frame) = read.try_recv() {
        return Some(frame);
    }
    // A peer that has gone is noticed by the next send.
    let _ = serving.flush().await;
    read.recv().await
}

/// Sends the last frame. A peer that has gone needs none.
pub(super) async fn finish(mut serving: Serving, last: &[u8]) {
    if serving.send(last).await.is_ok() {
        let _ = serving.finish().await;
    }
}

/// What one seq has to give.
enum Read {
    /// A frame.
    Frame(Box<BlockFrame>),
    /// Nothing: the block has no such body.
    Nothing,
    /// Nothing now: it should have, and it is not here.
    NotHeld,
}

/// What is read from the store.
struct Range<'a> {
    store: &'a dyn LogStore,
    request: &'a Pull,
}

impl Range<'_> {
    /// Reads frame after frame; answers the last one, which says where it ended.
    fn read(&self, frames: &mpsc::Sender<Vec<u8>>) -> Vec<u8> {
        let (mut next, mut credit) = (self.request.from, u64::from(self.request.bytes));
        let Some(number) = self.store.log_number(&self.request.log) else { return wire::end(next, End::NotHeld) };
        while next < self.request.until {
            let frame = match self.frame(number, next) {
                Ok(Read::Frame(frame)) => frame,
                Ok(Read::Nothing) => {
                    next += 1;
                    continue;
                }
                Ok(Read::NotHeld) => return wire::end(next, End::NotHeld),
                Err(error) => {
                    tracing::warn!(%error, "a block cannot be sent to a peer");
                    return wire::end(next, End::NotHeld);
                }
            };
            let bytes = wire::block(&frame);
            let length = bytes.len() as u64;
            if frames.blocking_send(bytes).is_err() {
                return wire::end(next, End::Broken);
            }
            next += 1;
            credit = credit.saturating_sub(length);
            if credit == 0 && next < self.request.until {
                return wire::end(next, End::Credit);
            }
        }
        wire::end(next, End::Done)
    }

    /// The block, or bodies, of one seq.
    fn frame(&self, log: LogNumber, seq: u64) -> Result<Read, StoreError> {
        let at = BlockRef { log, seq };
        let Some(header) = self.store.header(at)? else { return Ok(Read::NotHeld) };
        let listed: ClassSet = header.header.bodies.iter().map(|body| body.class).collect();
        let wanted = listed.common(self.request.classes);
        let mut bodies = Vec::new();
        for class in wanted.iter() {
            // A damaged body is left out: the peer finds it elsewhere.
            if let Ok(Some(body)) = self.store.packed(at, class) {
                bodies.push((class, WireBody::Packed(body.0)));
            }
        }
        let fill = self.request.part == Part::Bodies;
        if fill && wanted.is_empty() {
            return Ok(Read::Nothing);
        }
        if fill && bodies.len() < wanted.iter().count() {
            return Ok(Read::NotHeld);
        }
        Ok(Read::Frame(Box::new(match fill {
            true => BlockFrame::fill(self.request.log, seq, bodies),
            false => BlockFrame::block(header, bodies),
        })))
    }
}
