//! Takes the answer to a pull from the network and offers each block to the machine.
//!
//! Not more is read than there is room for: the semaphore of offered bytes is what makes a fast
//! peer wait.

use std::sync::Arc;

use crossbeam_channel::Sender;
use tokio::sync::Semaphore;
use vigil_crdt::transfer::{BlockFrame, WireBody};
use vigil_gossip::{End, Event, Fault, Link, PullId};
use vigil_gossip_libp2p::RangeReader;
use vigil_model::limits::{BODY_BYTES_MAX, OFFERED_BYTES_MAX};
use vigil_model::{ClassSet, NodeId, SignedHeader};
use vigil_node::{Offer, OfferId};

use super::message::{CoreMessage, tell};
use super::offers::Held;
use super::wire::RangeFrame;

/// One pull under way.
pub(super) struct Reading {
    pub(super) link: Link,
    pub(super) peer: NodeId,
    pub(super) pull: PullId,
    /// The first seq asked for.
    pub(super) from: u64,
    pub(super) room: Arc<Semaphore>,
    pub(super) core: Sender<CoreMessage>,
}

impl Reading {
    /// Offers block after block, then tells how it ended.
    pub(super) async fn run(self, reader: Option<RangeReader>) {
        let (next, end) = match reader {
            Some(reader) => self.read(reader).await,
            None => (self.from, End::Broken),
        };
        tell(
            &self.core,
            CoreMessage::Gossip(Box::new(Event::PullEnded { link: self.link, pull: self.pull, next, end })),
        )
        .await;
    }

    async fn read(&self, mut reader: RangeReader) -> (u64, End) {
        let mut next = self.from;
        loop {
            let bytes = match reader.next().await {
                Ok(Some(bytes)) => bytes,
                Ok(None) | Err(_) => return (next, End::Broken),
            };
            match RangeFrame::decode(&bytes) {
                Ok(RangeFrame::Block(frame)) => {
                    next = frame.seq.saturating_add(1);
                    self.offer(*frame, bytes.len()).await;
                }
                Ok(RangeFrame::End { next, end }) => return (next, end),
                Err(_) => {
                    let fault = Event::Refused { link: self.link, fault: Fault::Malformed, at: None };
                    tell(&self.core, CoreMessage::Gossip(Box::new(fault))).await;
                    return (next, End::Broken);
                }
            }
        }
    }

    async fn offer(&self, frame: BlockFrame, bytes: usize) {
        let room = self.room.clone().acquire_many_owned(permits(bytes)).await;
        let permit = room.expect("the semaphore is never closed");
        let offer = offer_of(&frame, self.link, self.peer, Some(self.pull));
        tell(&self.core, CoreMessage::Offered { offer, held: Box::new(Held { frame, permit }) }).await;
    }
}

/// Room for a frame: its bytes as they came, unpacked, and packed again.
pub(super) fn permits(bytes: usize) -> u32 {
    u32::try_from((4 * bytes).min(OFFERED_BYTES_MAX)).expect("the limit fits")
}

/// What a frame claims to be.
pub(super) fn offer_of(frame: &BlockFrame, link: Link, peer: NodeId, pull: Option<PullId>) -> Offer {
    Offer {
        id: OfferId(0),
        link,
        peer,
        pull,
        log: frame.log,
        seq: frame.seq,
        header: frame.header.as_ref().map(|header| header.hash),
        classes: frame.classes(),
        listed: listed(frame),
        bytes: raw_bytes(frame),
    }
}

/// The classes of the bodies that the block has.
fn listed(frame: &BlockFrame) -> ClassSet {
    let of = |header: &SignedHeader| header.header.bodies.iter().map(|body| body.class).collect();
    frame.header.as_ref().map_or_else(|| frame.classes(), of)
}

/// Bytes of the records in it, unencoded: as the header says, and for bodies alone about as much
/// as they take when they are packed to a quarter.
fn raw_bytes(frame: &BlockFrame) -> u32 {
    let claimed = |header: &SignedHeader, class| header.header.body(class).map_or(0, |body| body.raw_len);
    let body = |(class, body): &(vigil_model::Class, WireBody)| match &frame.header {
        Some(header) => claimed(header, *class),
        None => (4 * body.bytes()).min(BODY_BYTES_MAX) as u32,
    };
    // What is claimed is not checked yet: it may be anything.
    frame.bodies.iter().map(body).fold(0, u32::saturating_add)
}
