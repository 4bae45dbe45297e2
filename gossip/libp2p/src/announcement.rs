//! What the shell says of an announcement that came by gossip: only good ones spread further.

use libp2p::PeerId;
use libp2p::gossipsub::{MessageAcceptance, MessageId};
use tokio::sync::mpsc;

use crate::command::Command;

/// To be given for an announcement. Without one it spreads no further from here.
pub struct Verdict {
    told: Option<(mpsc::Sender<Command>, PeerId, MessageId)>,
}

impl Verdict {
    pub(crate) fn new(commands: mpsc::Sender<Command>, source: PeerId, id: MessageId) -> Verdict {
        Verdict { told: Some((commands, source, id)) }
    }

    /// The author's signature is good and the block is news: it spreads.
    pub fn good(self) {
        self.give(MessageAcceptance::Accept);
    }

    /// It is not what it says.
    pub fn bad(self) {
        self.give(MessageAcceptance::Reject);
    }

    fn give(mut self, verdict: MessageAcceptance) {
        self.send(verdict);
    }

    /// When the driver is busy the announcement is let go: it is a hint only.
    fn send(&mut self, verdict: MessageAcceptance) {
        if let Some((commands, source, id)) = self.told.take() {
            commands.try_send(Command::Judge { source, id, verdict }).ok();
        }
    }
}

impl Drop for Verdict {
    fn drop(&mut self) {
        self.send(MessageAcceptance::Ignore);
    }
}

impl std::fmt::Debug for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Verdict")
    }
}
