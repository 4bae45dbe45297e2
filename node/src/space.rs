//! Whether the disk takes writes, and when to look again.

use crate::clock::Elapsed;
use crate::effect::Refusal;
use crate::input::WriteFailure;

/// Milliseconds between two looks while nothing is taken.
const LOOK_CLOSED_MS: u64 = 500;
/// Milliseconds between two looks while data flows.
const LOOK_OPEN_MS: u64 = 1_000;
/// Bytes accepted after which the disk is looked at sooner.
const LOOK_BYTES: u64 = 64 << 20;

/// Whether the disk takes writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    Open,
    NoSpace(String),
    Broken(String),
}

/// Watches the disk: one question at a time, none while nothing flows.
#[derive(Debug)]
pub(crate) struct Space {
    room: Room,
    looked: Elapsed,
    accepted: u64,
    asked: bool,
    /// The answer under way was asked for before the last failure: it does not count.
    stale: bool,
    /// Why the store failed, until it has written something since: room alone proves nothing.
    unproven: Option<String>,
}

impl Space {
    pub(crate) fn new() -> Space {
        Space { room: Room::Open, looked: Elapsed::default(), accepted: 0, asked: false, stale: false, unproven: None }
    }

    pub(crate) fn room(&self) -> &Room {
        &self.room
    }

    /// Why nothing is taken now, if so.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        match &self.room {
            Room::Open => None,
            Room::NoSpace(why) => Some(Refusal::NoSpace(why.clone())),
            Room::Broken(why) => Some(Refusal::Store(why.clone())),
        }
    }

    pub(crate) fn accepted(&mut self, bytes: u32) {
        self.accepted += u64::from(bytes);
    }

    /// When the disk is to be looked at next.
    pub(crate) fn due_at(&self) -> Option<Elapsed> {
        if self.asked {
            return None;
        }
        match self.room {
            Room::Open if self.accepted == 0 => None,
            Room::Open if self.accepted >= LOOK_BYTES => Some(self.looked),
            Room::Open => Some(self.looked.plus_millis(LOOK_OPEN_MS)),
            Room::NoSpace(_) | Room::Broken(_) => Some(self.looked.plus_millis(LOOK_CLOSED_MS)),
        }
    }

    pub(crate) fn ask(&mut self, now: Elapsed) {
        assert!(!self.asked, "one question at a time");
        self.asked = true;
        self.looked = now;
        self.accepted = 0;
    }

    pub(crate) fn answered(&mut self, room: Result<(), String>, now: Elapsed) {
        let counts = self.asked && !self.stale;
        self.asked = false;
        self.stale = false;
        self.looked = now;
        if counts {
            self.room = match room {
                Ok(()) => Room::Open,
                Err(why) => Room::NoSpace(why),
            };
        }
    }

    /// A write failed: nothing is taken until a look that began after now says otherwise.
    pub(crate) fn failed(&mut self, failure: WriteFailure, now: Elapsed) {
        self.stale = self.asked;
        self.looked = now;
        self.room = match failure {
            WriteFailure::Full(why) => Room::NoSpace(why),
            WriteFailure::Io(why) => {
                self.unproven = Some(why.clone());
                Room::Broken(why)
            }
        };
    }

    /// The store wrote something.
    pub(crate) fn proven(&mut self) {
        self.unproven = None;
    }

    /// Why the store failed, while it has not written anything since.
    pub(crate) fn unproven(&self) -> Option<&str> {
        self.unproven.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_node_does_not_look() {
        let mut space = Space::new();
        assert_eq!(space.due_at(), None);
        space.accepted(1);
        assert_eq!(space.due_at(), Some(Elapsed(1_000_000_000)));
        space.accepted(64 << 20);
        assert_eq!(space.due_at(), Some(Elapsed(0)));
    }

    #[test]
    fn room_does_not_prove_that_a_broken_store_writes_again() {
        let mut space = Space::new();
        space.failed(WriteFailure::Io("input/output error".to_owned()), Elapsed(1));
        space.ask(Elapsed(2));
        space.answered(Ok(()), Elapsed(3));
        assert_eq!(space.refusal(), None, "the next write is the probe");
        assert_eq!(space.unproven(), Some("input/output error"), "and until then nobody is told that all is well");
        space.proven();
        assert_eq!(space.unproven(), None);
    }

    #[test]
    fn an_answer_from_before_the_failure_does_not_open() {
        let mut space = Space::new();
        space.ask(Elapsed(1));
        space.failed(WriteFailure::Full("0 bytes free".to_owned()), Elapsed(2));
        space.answered(Ok(()), Elapsed(3));
        assert_eq!(space.refusal(), Some(Refusal::NoSpace("0 bytes free".to_owned())));
        assert_eq!(space.due_at(), Some(Elapsed(500_000_003)));
        space.ask(Elapsed(500_000_003));
        space.answered(Ok(()), Elapsed(500_000_004));
        assert_eq!(space.refusal(), None);
    }
}
