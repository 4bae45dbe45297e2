//! The frames of the sync and range streams: a tag, then what it announces.

use vigil_crdt::transfer::BlockFrame;
use vigil_gossip::{End, Message, WireError};

/// `tag ‖ gossip message`.
pub(super) const MESSAGE: u8 = 1;
/// `tag ‖ block`: on the sync stream an announcement, on a range stream what was asked for.
pub(super) const BLOCK: u8 = 2;
/// `tag ‖ next seq ‖ why`: the last frame of a range stream.
const END: u8 = 0;

/// A frame of the sync stream.
pub(super) enum SyncFrame {
    /// A message for the machine.
    Message(Message),
    /// A new block.
    Announcement(Box<BlockFrame>),
}

/// A frame of a range stream.
pub(super) enum RangeFrame {
    /// A block, or bodies of one.
    Block(Box<BlockFrame>),
    /// The answer is over.
    End {
        /// The first seq that was not sent.
        next: u64,
        /// Why.
        end: End,
    },
}

fn malformed(why: impl ToString) -> WireError {
    WireError::Malformed(why.to_string())
}

impl SyncFrame {
    /// Reads a frame; a tag that is not known is refused.
    pub(super) fn decode(tag: u8, bytes: &[u8]) -> Result<SyncFrame, WireError> {
        match tag {
            MESSAGE => Message::decode(bytes).map(SyncFrame::Message),
            BLOCK => BlockFrame::decode(bytes).map(Box::new).map(SyncFrame::Announcement).map_err(malformed),
            tag => Err(malformed(format!("frame tag {tag} is not known"))),
        }
    }
}

impl RangeFrame {
    /// Reads a frame.
    pub(super) fn decode(frame: &[u8]) -> Result<RangeFrame, WireError> {
        match frame.split_first() {
            Some((&BLOCK, rest)) => BlockFrame::decode(rest).map(Box::new).map(RangeFrame::Block).map_err(malformed),
            Some((&END, rest)) => {
                let (next, end) = postcard::from_bytes(rest).map_err(malformed)?;
                Ok(RangeFrame::End { next, end })
            }
            Some((tag, _)) => Err(malformed(format!("frame tag {tag} is not known"))),
            None => Err(malformed("an empty frame")),
        }
    }
}

/// A block as a frame of a range stream.
pub(super) fn block(frame: &BlockFrame) -> Vec<u8> {
    let mut bytes = vec![BLOCK];
    bytes.extend_from_slice(&frame.encode());
    bytes
}

/// The last frame of a range stream.
pub(super) fn end(next: u64, end: End) -> Vec<u8> {
    let mut bytes = vec![END];
    bytes.extend(postcard::to_stdvec(&(next, end)).expect("two numbers"));
    bytes
}
