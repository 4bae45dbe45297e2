//! What the transport tells, handed on: messages and blocks to the machine, knocks to the door.

use std::sync::Arc;

use crossbeam_channel::Sender;
use tokio::sync::{Semaphore, mpsc};
use vigil_crdt::transfer::BlockFrame;
use vigil_gossip::{Event, Fault, Link, Pull};
use vigil_gossip_libp2p::{Serving, TransportEvent};

use super::join::Door;
use super::link_board::LinkBoard;
use super::message::{CoreMessage, tell};
use super::offers::Held;
use super::pulls::{offer_of, permits};
use super::wire::SyncFrame;

/// Who is told what.
pub(super) struct Links {
    pub(super) core: Sender<CoreMessage>,
    pub(super) board: Arc<LinkBoard>,
    pub(super) room: Arc<Semaphore>,
    pub(super) door: Arc<Door>,
}

impl Links {
    /// Hands on until the transport ends.
    pub(super) async fn follow(self, mut events: mpsc::Receiver<TransportEvent>) {
        while let Some(event) = events.recv().await {
            self.take(event).await;
        }
    }

    async fn take(&self, event: TransportEvent) {
        match event {
            TransportEvent::Connected(info) => {
                let (link, peer) = (info.link, info.peer);
                self.board.connected(info);
                self.gossip(Event::Connected { link, peer }).await;
            }
            TransportEvent::Disconnected { link, goodbye, why } => {
                self.board.disconnected(link, goodbye, &why);
                self.gossip(Event::Disconnected { link }).await;
            }
            TransportEvent::Frame { link, tag, bytes } => self.frame(link, tag, &bytes).await,
            TransportEvent::Sent { link, bytes } => self.gossip(Event::Sent { link, bytes }).await,
            TransportEvent::Asked(serving) => self.asked(serving).await,
            TransportEvent::Knock { peer, address, request, answer } => {
                let door = self.door.clone();
                tokio::spawn(async move {
                    if let Some(bytes) = door.answer(peer, address, &request).await {
                        // Who knocked may have gone away.
                        let _ = answer.send(bytes);
                    }
                });
            }
            TransportEvent::Announcement { link, bytes, verdict } => {
                self.flooded(link, &bytes).await;
                verdict.good();
            }
            TransportEvent::RoundTrip { link, micros } => self.board.round_trip(link, micros),
            TransportEvent::DialFailed { peer, failures } => self.board.dial_failed(peer, &failures),
            TransportEvent::Listening { address, bulk } => {
                if !bulk {
                    tracing::warn!(%address, "the port after the peer port is taken: no bulk lane for lossy links");
                }
            }
        }
    }

    async fn gossip(&self, event: Event) {
        tell(&self.core, CoreMessage::Gossip(Box::new(event))).await;
    }

    async fn frame(&self, link: Link, tag: u8, bytes: &[u8]) {
        match SyncFrame::decode(tag, bytes) {
            Ok(SyncFrame::Message(message)) => self.gossip(Event::Message { link, message }).await,
            Ok(SyncFrame::Announcement(frame)) => self.announcement(link, *frame, bytes.len()).await,
            Err(error) => {
                tracing::debug!(%error, "a peer sent what cannot be read");
                self.gossip(Event::Refused { link, fault: Fault::Malformed, at: None }).await;
            }
        }
    }

    /// An announcement is a hint: without room for it, it is let go and pulled later.
    async fn announcement(&self, link: Link, frame: BlockFrame, bytes: usize) {
        let Some(peer) = self.board.peer(link) else { return };
        let Ok(permit) = self.room.clone().try_acquire_many_owned(permits(bytes)) else { return };
        let offer = offer_of(&frame, link, peer, None);
        tell(&self.core, CoreMessage::Offered { offer, held: Box::new(Held { frame, permit }) }).await;
    }

    /// A header that came through the flood. It is checked like any other, and spreads meanwhile: it
    /// is at most 2 KiB, signed by its author, and dropped by whoever has it.
    async fn flooded(&self, link: Link, bytes: &[u8]) {
        if let Ok(frame) = BlockFrame::decode(bytes) {
            self.announcement(link, frame, bytes.len()).await;
        }
    }

    async fn asked(&self, serving: Serving) {
        match postcard::from_bytes::<Pull>(serving.request()) {
            Ok(pull) => tell(&self.core, CoreMessage::Asked { pull, serving: Box::new(serving) }).await,
            Err(_) => self.gossip(Event::Refused { link: serving.link(), fault: Fault::Malformed, at: None }).await,
        }
    }
}
