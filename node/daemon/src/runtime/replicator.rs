//! Performs what the replication machine says: never waits, never fails.

use std::collections::BTreeMap;
use std::sync::Arc;

use crossbeam_channel::Sender;
use tokio::sync::Semaphore;
use vigil_crdt::LogStore;
use vigil_crdt::control::Control;
use vigil_crdt::transfer::{BlockFrame, WireBody};
use vigil_gossip::{Deed, Event, Link, Pull, PullId, ServeId};
use vigil_gossip_libp2p::{Serving, Transport};
use vigil_model::{BlockRef, ClassSet, LogId, SignedHeader};

use super::copies::Copies;
use super::link_board::LinkBoard;
use super::members::Members;
use super::message::CoreMessage;
use super::pulls::Reading;
use super::serve::{self, Answer};
use super::wire;

/// Bodies up to this many bytes are announced unpacked: the transport compresses small frames with
/// a dictionary, which packs them better.
const PLAIN_BYTES_MAX: u32 = 4 * 1024;

/// The machine's hands on the network.
pub(super) struct Replicator {
    pub(super) transport: Transport,
    pub(super) runtime: tokio::runtime::Handle,
    pub(super) store: Arc<dyn LogStore>,
    pub(super) core: Sender<CoreMessage>,
    pub(super) board: Arc<LinkBoard>,
    pub(super) copies: Arc<Copies>,
    pub(super) members: Arc<Members>,
    pub(super) room: Arc<Semaphore>,
    /// Pulls of peers that the machine has not decided about.
    pub(super) asked: BTreeMap<ServeId, Box<Serving>>,
    pub(super) last_serve: u64,
}

impl Replicator {
    /// Does one deed. Answers what is known at once.
    pub(super) fn perform(&mut self, deed: Deed) -> Option<Event> {
        match deed {
            Deed::Send { link, message } => self.send(link, wire::MESSAGE, &message.encode(), None),
            Deed::Announce { links, log, seq, eager, bytes, flood } => {
                self.announce(&links, log, seq, eager, bytes);
                if flood {
                    self.flood(log, seq);
                }
            }
            Deed::Pull { link, pull, request } => self.pull(link, pull, &request),
            Deed::Serve { link, serve, request } => self.serve(link, serve, request),
            Deed::Decline { serve, end } => self.decline(serve, end),
            Deed::LookUp { log, seq } => {
                return Some(Event::Found { log, seq, header: self.header(log, seq).map(Box::new) });
            }
            Deed::Held { peer, blocks, log, classes } => self.copies.held(peer, log, blocks, classes),
            Deed::HangUp { link, why } => self.transport.hang_up(link, why),
            // The node itself acts on these.
            Deed::Forked { .. } | Deed::Twin { .. } => {}
        }
        None
    }

    /// Membership changed: who may connect, and where everyone is.
    pub(super) fn control_changed(&self, control: &Control) {
        self.members.update(control);
        self.transport.set_members(self.members.contacts());
    }

    /// A peer opened a stream to pull a range; the machine decides.
    pub(super) fn asked(&mut self, pull: Pull, serving: Box<Serving>) -> Event {
        self.last_serve += 1;
        let (link, serve) = (serving.link(), ServeId(self.last_serve));
        self.asked.insert(serve, serving);
        Event::Asked { link, serve, pull }
    }

    /// `counted` is what the machine counted, where that is not the length.
    fn send(&self, link: Link, tag: u8, bytes: &[u8], counted: Option<u32>) {
        let counted = counted.unwrap_or(u32::try_from(bytes.len()).expect("a message is below its limit"));
        // A link that is gone is told by its own event.
        self.transport.send(link, tag, bytes, counted);
    }

    fn announce(&self, links: &[Link], log: LogId, seq: u64, eager: ClassSet, counted: u32) {
        let Some(frame) = self.announcement(log, seq, eager) else {
            return tracing::warn!(%log, seq, "a block cannot be announced: it is not readable");
        };
        let bytes = frame.encode();
        links.iter().for_each(|link| self.send(*link, wire::BLOCK, &bytes, Some(counted)));
    }

    /// Publishes a header to everyone; a hint, so that it is no loss when it cannot be.
    fn flood(&self, log: LogId, seq: u64) {
        let header = self.announcement(log, seq, ClassSet::NONE);
        for frame in header.iter() {
            self.transport.publish(frame.encode());
        }
    }

    fn announcement(&self, log: LogId, seq: u64, eager: ClassSet) -> Option<BlockFrame> {
        let header = self.header(log, seq)?;
        let at = BlockRef { log: self.store.log_number(&log)?, seq };
        let mut bodies = Vec::new();
        for digest in header.header.bodies.iter().filter(|body| eager.has(body.class)) {
            let body = if digest.raw_len <= PLAIN_BYTES_MAX {
                let (seed, records) = self.store.body(at, digest.class).ok()??;
                WireBody::Plain { seed, records }
            } else {
                WireBody::Packed(self.store.packed(at, digest.class).ok()??.0)
            };
            bodies.push((digest.class, body));
        }
        Some(BlockFrame::block(header, bodies))
    }

    fn header(&self, log: LogId, seq: u64) -> Option<SignedHeader> {
        let log = self.store.log_number(&log)?;
        self.store.header(BlockRef { log, seq }).ok().flatten()
    }

    fn pull(&self, link: Link, pull: PullId, request: &Pull) {
        let Some(peer) = self.board.peer(link) else { return };
        let bytes = postcard::to_stdvec(request).expect("a pull is plain data");
        let (room, core, transport) = (self.room.clone(), self.core.clone(), self.transport.clone());
        let reading = Reading { link, peer, pull, from: request.from, room, core };
        self.runtime.spawn(async move {
            let reader = transport.pull(link, &bytes).await;
            reading.run(reader.ok()).await;
        });
    }

    fn serve(&mut self, link: Link, serve: ServeId, request: Pull) {
        let Some(serving) = self.asked.remove(&serve) else { return };
        let answer = Answer { link, serve, request, store: self.store.clone(), core: self.core.clone() };
        self.runtime.spawn(answer.send(*serving));
    }

    fn decline(&mut self, serve: ServeId, end: vigil_gossip::End) {
        let Some(serving) = self.asked.remove(&serve) else { return };
        self.runtime.spawn(async move { serve::finish(*serving, &wire::end(0, end)).await });
    }
}
