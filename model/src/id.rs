//! Who and which: nodes, clusters, logs, classes and events, and how their names are written.
//!
//! Keys and epochs are written in lower-case base32 without padding: one word for a double
//! click, no letter case to lose, never a leading dash.

use std::fmt;
use std::str::FromStr;

use data_encoding::Encoding;
use serde::{Deserialize, Serialize};

/// A text that is not the name it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not an event id; `part` says which of its five parts is wrong.
    #[error("`{text}` is not an event id: {part} (expected node.epoch.seq.class.offset)")]
    Event {
        /// What was given.
        text: String,
        /// Which part is wrong.
        part: &'static str,
    },
    /// Not a class.
    #[error("`{0}` is not a class; the classes are control, audit, findings, logs, metrics, traces")]
    Class(String),
}

/// Lower-case base32 without padding.
pub(crate) fn base32() -> Encoding {
    let mut specification = data_encoding::Specification::new();
    specification.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    specification.encoding().expect("a constant alphabet of 32 distinct symbols")
}

macro_rules! bytes_id {
    ($(#[$doc:meta])* $name:ident, $size:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        pub struct $name(pub [u8; $size]);

        impl $name {
            /// Reads the base32 form.
            pub fn parse(text: &str) -> Option<$name> {
                let bytes = base32().decode(text.as_bytes()).ok()?;
                Some($name(bytes.try_into().ok()?))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&base32().encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}…", &self.to_string()[..8])
            }
        }
    };
}

bytes_id!(
    /// A node: its Ed25519 public key.
    NodeId, 32
);
bytes_id!(
    /// A cluster.
    ClusterId, 32
);
bytes_id!(
    /// One run of a node's process: 16 random bytes.
    Epoch, 16
);

/// The append-only chain of one node in one epoch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize)]
pub struct LogId {
    /// Who writes it.
    pub node: NodeId,
    /// In which run.
    pub epoch: Epoch,
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.node, self.epoch)
    }
}

/// What kind of records a body holds; decides who replicates it and for how long.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[repr(u8)]
pub enum Class {
    /// Membership, access, settings, holds, erasures, proofs.
    Control = 0,
    /// What users and the node itself did.
    Audit = 1,
    /// What detection concluded.
    Findings = 2,
    /// Log events.
    Logs = 3,
    /// Metric samples.
    Metrics = 4,
    /// Spans.
    Traces = 5,
}

impl Class {
    /// Every class, in the order of their numbers.
    pub const ALL: [Class; 6] =
        [Class::Control, Class::Audit, Class::Findings, Class::Logs, Class::Metrics, Class::Traces];

    /// The class with this number.
    pub fn from_number(number: u8) -> Option<Class> {
        Class::ALL.get(usize::from(number)).copied()
    }

    /// The number that stands in headers and keys.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The name, as written in ids and queries.
    pub fn name(self) -> &'static str {
        match self {
            Class::Control => "control",
            Class::Audit => "audit",
            Class::Findings => "findings",
            Class::Logs => "logs",
            Class::Metrics => "metrics",
            Class::Traces => "traces",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Class {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Class, IdError> {
        Class::ALL.into_iter().find(|c| c.name() == text).ok_or_else(|| IdError::Class(text.to_owned()))
    }
}

/// One event, named alike on every node: `node.epoch.seq.class.offset`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EventId {
    /// The log that holds it.
    pub log: LogId,
    /// The block, counted from 0.
    pub seq: u64,
    /// The body within the block.
    pub class: Class,
    /// The record within the body, counted from 0.
    pub offset: u32,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}.{}", self.log, self.seq, self.class, self.offset)
    }
}

impl FromStr for EventId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<EventId, IdError> {
        let wrong = |part| IdError::Event { text: text.to_owned(), part };
        let mut parts = text.split('.');
        let mut next = |part| parts.next().ok_or_else(|| wrong(part));
        let node = NodeId::parse(next("there is no node")?).ok_or_else(|| wrong("the node is not a key"))?;
        let epoch = Epoch::parse(next("there is no epoch")?).ok_or_else(|| wrong("the epoch is not 26 letters"))?;
        let seq = next("there is no seq")?.parse().map_err(|_| wrong("the seq is not a number"))?;
        let class = next("there is no class")?.parse().map_err(|_| wrong("the class is unknown"))?;
        let offset = next("there is no offset")?.parse().map_err(|_| wrong("the offset is not a number"))?;
        if parts.next().is_some() {
            return Err(wrong("there is something after the offset"));
        }
        Ok(EventId { log: LogId { node, epoch }, seq, class, offset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_ids_are_read_as_written() {
        let id = EventId {
            log: LogId { node: NodeId([7; 32]), epoch: Epoch([9; 16]) },
            seq: 42,
            class: Class::Logs,
            offset: 1023,
        };
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn a_broken_event_id_says_which_part() {
        let id = EventId { log: LogId::default(), seq: 0, class: Class::Audit, offset: 0 }.to_string();
        let error = |text: &str| text.parse::<EventId>().expect_err(text).to_string();
        assert!(error("").contains("the node is not a key"));
        assert!(error(&id.replace("audit", "noise")).contains("the class is unknown"));
        assert!(error(&format!("{id}.1")).contains("after the offset"));
    }

    #[test]
    fn classes_are_numbered_by_position() {
        for (number, class) in Class::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(class.number()), number);
            assert_eq!(class.name().parse(), Ok(class));
        }
        assert_eq!(Class::from_number(6), None);
    }
}
