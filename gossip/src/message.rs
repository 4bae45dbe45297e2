//! What two replication machines say to each other on the sync stream, and how it is written.

use serde::{Deserialize, Serialize};

/// One message.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Message {
    /// Keeps the link.
    Ping,
}

/// Why bytes are no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Not a message of this version of the protocol.
    #[error("malformed message: {0}")]
    Malformed(String),
}

impl Message {
    /// The bytes on the wire.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("a message is plain data")
    }

    /// Reads what [`Message::encode`] wrote; refuses left-over bytes.
    pub fn decode(bytes: &[u8]) -> Result<Message, WireError> {
        let malformed = |error: postcard::Error| WireError::Malformed(error.to_string());
        let (message, rest) = postcard::take_from_bytes(bytes).map_err(malformed)?;
        if rest.is_empty() { Ok(message) } else { Err(WireError::Malformed(format!("{} bytes left over", rest.len()))) }
    }
}
