//! How the parts of a message of GELF come together. A part is `1e 0f`, eight bytes that name the message, its number
//! and how many there are.

use std::collections::BTreeMap;
use std::net::IpAddr;

use vigil_model::Timestamp;
use vigil_model::limits::{GELF_MESSAGES_MAX, GELF_PARTS_BYTES_MAX, GELF_PARTS_MAX};

use super::Datagram;
use crate::order::Job;

const MAGIC: [u8; 2] = [0x1e, 0x0f];
const HEADER_BYTES: usize = 12;
/// How long the parts of a message may take, as Graylog has it.
const PATIENCE_NANOS: i64 = 5_000_000_000;

/// Messages of which parts came.
#[derive(Default)]
pub(super) struct Parts {
    messages: BTreeMap<(IpAddr, [u8; 8]), Gathered>,
    /// Bytes of all parts held.
    bytes: usize,
}

struct Gathered {
    since: Timestamp,
    parts: Vec<Option<Vec<u8>>>,
}

impl Gathered {
    fn bytes(&self) -> usize {
        self.parts.iter().flatten().map(Vec::len).sum()
    }
}

impl Parts {
    /// The message that this datagram is, or completes.
    pub(super) fn take(&mut self, datagram: Datagram, job: &Job) -> Option<Vec<u8>> {
        if !datagram.bytes.starts_with(&MAGIC) {
            return Some(datagram.bytes);
        }
        let now = job.now();
        let lost = self.expire(now);
        if lost > 0 {
            job.counts().turn_away(lost, "parts of a message of GELF did not come", now);
        }
        let taken = self.put(datagram.peer.ip(), &datagram.bytes, now);
        taken.unwrap_or_else(|why| {
            job.counts().turn_away(1, why, now);
            None
        })
    }

    fn put(&mut self, peer: IpAddr, bytes: &[u8], now: Timestamp) -> Result<Option<Vec<u8>>, &'static str> {
        let (header, part) = bytes.split_at_checked(HEADER_BYTES).ok_or("a part of a message of GELF has no header")?;
        let (number, count) = (usize::from(header[10]), usize::from(header[11]));
        if count > GELF_PARTS_MAX || number >= count {
            return Err("a part of a message of GELF has a number that cannot be");
        }
        let key = (peer, <[u8; 8]>::try_from(&header[2..10]).expect("the header is longer"));
        let known = self.messages.contains_key(&key);
        if self.bytes + part.len() > GELF_PARTS_BYTES_MAX || (!known && self.messages.len() >= GELF_MESSAGES_MAX) {
            return Err("too many messages of GELF are incomplete at once");
        }
        let gathered = self.messages.entry(key).or_insert_with(|| Gathered { since: now, parts: vec![None; count] });
        let place =
            gathered.parts.get_mut(number).ok_or("parts of a message of GELF disagree on how many there are")?;
        if place.is_none() {
            *place = Some(part.to_vec());
            self.bytes += part.len();
        }
        if gathered.parts.iter().any(Option::is_none) {
            return Ok(None);
        }
        let whole = self.messages.remove(&key).expect("it was just put there");
        self.bytes -= whole.bytes();
        Ok(Some(whole.parts.into_iter().flatten().flatten().collect()))
    }

    /// Lets messages go that have waited too long; answers how many.
    fn expire(&mut self, now: Timestamp) -> u64 {
        let (before, bytes) = (self.messages.len(), &mut self.bytes);
        self.messages.retain(|_, message| {
            let keep = now.0.saturating_sub(message.since.0) <= PATIENCE_NANOS;
            if !keep {
                *bytes -= message.bytes();
            }
            keep
        });
        (before - self.messages.len()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn part(id: u8, number: u8, count: u8, text: &str) -> Vec<u8> {
        [&MAGIC[..], &[id; 8], &[number, count], text.as_bytes()].concat()
    }

    #[test]
    fn parts_come_in_any_order_and_twice() {
        let mut parts = Parts::default();
        let mut put = |bytes: &[u8]| parts.put(PEER, bytes, Timestamp(0));
        assert_eq!(put(&part(1, 2, 3, "c")), Ok(None));
        assert_eq!(put(&part(2, 0, 2, "x")), Ok(None));
        assert_eq!(put(&part(1, 0, 3, "a")), Ok(None));
        assert_eq!(put(&part(1, 0, 3, "a")), Ok(None));
        assert_eq!(put(&part(1, 1, 3, "b")), Ok(Some(b"abc".to_vec())));
        assert_eq!(parts.expire(Timestamp(PATIENCE_NANOS)), 0);
        assert_eq!(parts.expire(Timestamp(PATIENCE_NANOS + 1)), 1);
        assert_eq!(parts.bytes, 0);
    }

    #[test]
    fn what_cannot_be_is_told_and_memory_is_bounded() {
        let mut parts = Parts::default();
        for wrong in [&MAGIC[..], &part(1, 3, 3, ""), &part(1, 0, 0, ""), &part(1, 0, 129, "")] {
            assert!(parts.put(PEER, wrong, Timestamp(0)).is_err());
        }
        assert_eq!(parts.put(PEER, &part(7, 0, 2, ""), Timestamp(0)), Ok(None));
        assert!(parts.put(PEER, &part(7, 2, 3, ""), Timestamp(0)).is_err(), "another count");
        for id in 0..=GELF_MESSAGES_MAX as u64 {
            let bytes = [&MAGIC[..], &id.to_be_bytes(), &[0, 2], b"x"].concat();
            let _ = parts.put(PEER, &bytes, Timestamp(0));
        }
        assert_eq!(parts.messages.len(), GELF_MESSAGES_MAX);
    }
}
