//! How datagrams of GELF become messages: chunks put together, and what a message is packed with.
//!
//! A chunk begins with `1e 0f`, an identifier of eight bytes, its number and how many there are. Messages whose chunks
//! do not all come within [`GELF_WAIT_MS`] are dropped and counted, as are the oldest when too many wait.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use vigil_model::Timestamp;
use vigil_model::limits::{GELF_CHUNKS_MAX, GELF_MESSAGES_MAX, GELF_WAIT_MS, GELF_WAITING_BYTES_MAX};

const MAGIC: [u8; 2] = [0x1e, 0x0f];
const HEADER: usize = 12;

/// What a message is packed with. Unpack it with a limit before it is read as [`crate::Format::Gelf`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Nothing.
    Plain,
    /// `1f 8b`
    Gzip,
    /// `78` and a check.
    Zlib,
}

impl Packing {
    /// By the first bytes of a message.
    pub fn of(message: &[u8]) -> Packing {
        match message {
            [0x1f, 0x8b, ..] => Packing::Gzip,
            [0x78, flags, ..] if u16::from_be_bytes([0x78, *flags]).is_multiple_of(31) => Packing::Zlib,
            _ => Packing::Plain,
        }
    }
}

/// Why a chunk belongs to no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadChunk {
    /// No room for a header.
    #[error("a chunk of GELF that ends within its header")]
    Short,
    /// Number and count contradict each other, or the chunks before.
    #[error("chunk {number} of {count}: a message has 1 to {GELF_CHUNKS_MAX} chunks, and each says the same count")]
    Number {
        /// From 0.
        number: u8,
        /// How many it says there are.
        count: u8,
    },
}

/// Who sent a message, and its identifier.
type Key = (IpAddr, [u8; 8]);

/// Messages that wait for chunks: at most [`GELF_MESSAGES_MAX`] of at most [`GELF_WAITING_BYTES_MAX`] bytes.
#[derive(Debug, Default)]
pub struct Chunks {
    waiting: BTreeMap<Key, Message>,
    /// When each of them began, the oldest first.
    begun: VecDeque<(Timestamp, Key)>,
    bytes: usize,
    dropped: u64,
}

#[derive(Debug)]
struct Message {
    /// By their numbers.
    chunks: Vec<Option<Vec<u8>>>,
    missing: usize,
    bytes: usize,
}

impl Chunks {
    /// Takes a datagram; answers a message that is whole with it, packed as it was sent.
    pub fn feed<'d>(
        &mut self,
        from: IpAddr,
        datagram: &'d [u8],
        now: Timestamp,
    ) -> Result<Option<Cow<'d, [u8]>>, BadChunk> {
        self.expire(now);
        if !datagram.starts_with(&MAGIC) {
            return Ok(Some(Cow::Borrowed(datagram)));
        }
        let (header, body) = datagram.split_first_chunk::<HEADER>().ok_or(BadChunk::Short)?;
        let [_, _, id @ .., number, count] = *header;
        let bad = BadChunk::Number { number, count };
        if number >= count || usize::from(count) > GELF_CHUNKS_MAX {
            return Err(bad);
        }
        let key = (from, id);
        if !self.waiting.contains_key(&key) {
            self.begin(key, count, now);
        }
        self.add(key, number, count, body).ok_or(bad)?;
        self.keep_limits(key);
        Ok(self.take_whole(key).map(Cow::Owned))
    }

    /// How many messages were dropped for lack of chunks or room since the last call.
    pub fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }

    /// Drops what has waited too long; call it now and then where nothing comes in.
    pub fn expire(&mut self, now: Timestamp) {
        while let Some((begun, _)) = self.begun.front() {
            if now.0.saturating_sub(begun.0) <= GELF_WAIT_MS * 1_000_000 {
                break;
            }
            self.drop(0);
        }
    }

    fn begin(&mut self, key: Key, count: u8, now: Timestamp) {
        let chunks = vec![None; usize::from(count)];
        self.waiting.insert(key, Message { missing: chunks.len(), chunks, bytes: 0 });
        self.begun.push_back((now, key));
    }

    /// Keeps a chunk; one that came before is not looked at again. `None` where it says another count.
    fn add(&mut self, key: Key, number: u8, count: u8, body: &[u8]) -> Option<()> {
        let message = self.waiting.get_mut(&key).expect("the message was begun");
        if message.chunks.len() != usize::from(count) {
            return None;
        }
        let slot = message.chunks.get_mut(usize::from(number))?;
        if slot.is_none() {
            *slot = Some(body.to_vec());
            message.missing -= 1;
            message.bytes += body.len();
            self.bytes += body.len();
        }
        Some(())
    }

    /// Drops the oldest messages, never the one that a chunk just came for.
    fn keep_limits(&mut self, key: Key) {
        while self.bytes > GELF_WAITING_BYTES_MAX || self.waiting.len() > GELF_MESSAGES_MAX {
            let Some(oldest) = self.begun.iter().position(|(_, other)| *other != key) else { return };
            self.drop(oldest);
        }
    }

    /// Drops the message at this place of the line.
    fn drop(&mut self, at: usize) {
        if let Some((_, key)) = self.begun.remove(at) {
            self.remove(key);
            self.dropped += 1;
        }
    }

    fn remove(&mut self, key: Key) -> Option<Message> {
        let message = self.waiting.remove(&key)?;
        self.bytes -= message.bytes;
        Some(message)
    }

    fn take_whole(&mut self, key: Key) -> Option<Vec<u8>> {
        self.waiting.get(&key).filter(|message| message.missing == 0)?;
        let message = self.remove(key)?;
        self.begun.retain(|(_, begun)| *begun != key);
        assert_eq!(self.begun.len(), self.waiting.len(), "each message that waits is in line once");
        Some(message.chunks.into_iter().flatten().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FROM: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const START: Timestamp = Timestamp(0);

    fn chunk(id: u64, number: u8, count: u8, body: &[u8]) -> Vec<u8> {
        [&MAGIC[..], &id.to_be_bytes(), &[number, count], body].concat()
    }

    fn feed(chunks: &mut Chunks, datagram: &[u8], now: Timestamp) -> Option<Vec<u8>> {
        chunks.feed(FROM, datagram, now).expect("a chunk").map(Cow::into_owned)
    }

    #[test]
    fn packings_by_their_first_bytes() {
        assert_eq!(Packing::of(b"\x1f\x8b\x08"), Packing::Gzip);
        assert_eq!(Packing::of(b"\x78\x9c"), Packing::Zlib);
        assert_eq!(
            (Packing::of(b"xy"), Packing::of(b"{}"), Packing::of(b"")),
            (Packing::Plain, Packing::Plain, Packing::Plain)
        );
    }

    #[test]
    fn chunks_come_late_twice_and_wrong() {
        let mut chunks = Chunks::default();
        assert_eq!(feed(&mut chunks, b"{}", START), Some(b"{}".to_vec()));
        assert_eq!(feed(&mut chunks, &chunk(1, 1, 2, b"b"), START), None);
        assert_eq!(feed(&mut chunks, &chunk(1, 1, 2, b"x"), START), None);
        let others = chunk(1, 0, 2, b"o");
        let other = chunks.feed(IpAddr::V6(std::net::Ipv6Addr::LOCALHOST), &others, START);
        assert_eq!(other, Ok(None), "another sender's message");
        assert_eq!(feed(&mut chunks, &chunk(1, 0, 2, b"a"), START), Some(b"ab".to_vec()));
        for (number, count) in [(2, 2), (0, 0), (0, 129)] {
            assert_eq!(
                chunks.feed(FROM, &chunk(2, number, count, b""), START),
                Err(BadChunk::Number { number, count })
            );
        }
        assert_eq!(feed(&mut chunks, &chunk(3, 0, 3, b"a"), START), None);
        assert_eq!(chunks.feed(FROM, &chunk(3, 1, 2, b"a"), START), Err(BadChunk::Number { number: 1, count: 2 }));
        assert_eq!(chunks.feed(FROM, &MAGIC, START), Err(BadChunk::Short));
    }

    #[test]
    fn what_waits_too_long_is_dropped() {
        let mut chunks = Chunks::default();
        let late = Timestamp(GELF_WAIT_MS * 1_000_000 + 1);
        feed(&mut chunks, &chunk(1, 0, 2, b"a"), START);
        assert_eq!(feed(&mut chunks, &chunk(1, 1, 2, b"b"), late), None);
        assert_eq!((chunks.take_dropped(), chunks.take_dropped()), (1, 0));
        assert_eq!(feed(&mut chunks, &chunk(1, 0, 2, b"a"), late), Some(b"ab".to_vec()));
    }

    #[test]
    fn limits_cost_the_oldest() {
        let mut chunks = Chunks::default();
        for id in 0..=GELF_MESSAGES_MAX as u64 {
            feed(&mut chunks, &chunk(id, 0, 2, b"a"), START);
        }
        assert_eq!((chunks.take_dropped(), chunks.waiting.len()), (1, GELF_MESSAGES_MAX));
        assert_eq!(feed(&mut chunks, &chunk(1, 1, 2, b"b"), START), Some(b"ab".to_vec()));
        let large = vec![0; GELF_WAITING_BYTES_MAX / 2];
        for id in 5_000..5_004 {
            feed(&mut chunks, &chunk(id, 0, 2, &large), START);
        }
        assert!(chunks.bytes <= GELF_WAITING_BYTES_MAX && chunks.waiting.len() == 2);
    }

    proptest! {
        #[test]
        fn any_order_of_chunks_is_the_message(order in Just((0..7u8).collect::<Vec<_>>()).prop_shuffle()) {
            let mut chunks = Chunks::default();
            let whole: Vec<_> = order.iter().filter_map(|n| feed(&mut chunks, &chunk(9, *n, 7, &[*n; 3]), START)).collect();
            let expected: Vec<u8> = (0..7).flat_map(|n| [n; 3]).collect();
            prop_assert_eq!(whole, [expected]);
            prop_assert_eq!((chunks.bytes, chunks.begun.len()), (0, 0));
        }

        #[test]
        fn no_datagram_is_a_panic(datagrams in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..16), 0..20)) {
            let mut chunks = Chunks::default();
            for datagram in datagrams {
                let _ = chunks.feed(FROM, &datagram, START);
                let _ = chunks.feed(FROM, &[&MAGIC[..], &datagram].concat(), START);
            }
        }
    }
}
