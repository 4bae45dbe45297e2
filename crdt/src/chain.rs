//! How a log grows by one block, for its author and for everyone who reads it.

use vigil_model::limits::{BLOCK_RECORDS_MAX, BODY_BYTES_MAX};
use vigil_model::{BodyDigest, ClusterId, Hash, Header, Hlc, LogId, PreviousEpoch, SignedHeader};

use crate::error::BlockError;
use crate::merkle::{self, Peaks};
use crate::store::LogHead;

/// The end of one log: all that is needed to append to it or to check what is appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainState {
    log: LogId,
    next_seq: u64,
    last: Hash,
    peaks: Peaks,
    sealed: Hlc,
}

impl ChainState {
    /// Before the first block.
    pub fn genesis(log: LogId) -> ChainState {
        ChainState { log, next_seq: 0, last: Hash::ZERO, peaks: Peaks::default(), sealed: Hlc::default() }
    }

    /// Where the store left off.
    pub fn resume(head: &LogHead) -> ChainState {
        assert_eq!(head.peaks.count(), head.seq + 1, "the peaks cover every header up to the head");
        ChainState::restore(head.log, head.hash, head.sealed, head.peaks.clone())
    }

    /// After as many headers as the peaks cover, of which the last has this hash and seal time.
    pub(crate) fn restore(log: LogId, last: Hash, sealed: Hlc, peaks: Peaks) -> ChainState {
        ChainState { log, next_seq: peaks.count(), last, peaks, sealed }
    }

    /// The log.
    pub fn log(&self) -> LogId {
        self.log
    }

    /// The seq of the next block.
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// Hash of the last header; zero before the first.
    pub fn last(&self) -> Hash {
        self.last
    }

    /// When the last block was sealed.
    pub fn sealed(&self) -> Hlc {
        self.sealed
    }

    /// Peaks over the hashes of all headers so far.
    pub fn peaks(&self) -> &Peaks {
        &self.peaks
    }

    /// What the author signs next. `previous_epoch` is named at seq 0 only.
    pub fn next_header(
        &self,
        cluster: ClusterId,
        sealed: Hlc,
        frontier: Hash,
        bodies: Vec<BodyDigest>,
        previous_epoch: Option<PreviousEpoch>,
    ) -> Header {
        assert!(sealed > self.sealed, "seal times of a log rise");
        assert!(previous_epoch.is_none() || self.next_seq == 0, "only the first block names an epoch before");
        Header {
            cluster,
            log: self.log,
            seq: self.next_seq,
            previous: self.last,
            tree_head: self.peaks.root(),
            sealed,
            frontier,
            bodies,
            previous_epoch,
        }
    }

    /// Whether this header is the author's next one. Changes nothing.
    pub fn check(&self, cluster: &ClusterId, signed: &SignedHeader) -> Result<(), BlockError> {
        self.check_link(signed)?;
        let header = &signed.header;
        if header.cluster != *cluster {
            return Err(self.broken(header.seq, "it belongs to another cluster"));
        }
        signed.verify().map_err(|source| BlockError::Header { log: self.log, seq: header.seq, source })
    }

    /// Whether this header links to the one before; the signature is not looked at.
    pub fn check_link(&self, signed: &SignedHeader) -> Result<(), BlockError> {
        let header = &signed.header;
        let faults = [
            (header.log != self.log, "it belongs to another log"),
            (header.seq != self.next_seq, "it is not the next block"),
            (header.previous != self.last, "it does not name the header before"),
            (header.tree_head != self.peaks.root(), "its tree head is not that of the headers before"),
            (header.sealed <= self.sealed, "its seal time does not rise"),
            (header.previous_epoch.is_some() && header.seq > 0, "it names an epoch before, but is not the first"),
            (!within_limits(header), "it claims more than a block may hold"),
        ];
        match faults.iter().find(|(wrong, _)| *wrong) {
            Some((_, why)) => Err(self.broken(header.seq, why)),
            None => Ok(()),
        }
    }

    /// Takes over a header that was made or checked here.
    pub fn advance(&mut self, signed: &SignedHeader) {
        let header = &signed.header;
        let continues = header.log == self.log && header.seq == self.next_seq && header.previous == self.last;
        assert!(continues, "a header is checked before it is taken over");
        self.push(signed.hash, header.sealed);
    }

    /// Takes over a header of which only the hash is known.
    pub fn push(&mut self, hash: Hash, sealed: Hlc) {
        self.peaks.append(merkle::leaf(&hash.0));
        self.next_seq += 1;
        self.last = hash;
        self.sealed = sealed;
    }

    fn broken(&self, seq: u64, why: &'static str) -> BlockError {
        BlockError::Chain { log: self.log, seq, why }
    }
}

/// An author never seals more; a reader makes room for no more.
fn within_limits(header: &Header) -> bool {
    let records: u64 = header.bodies.iter().map(|body| u64::from(body.count)).sum();
    records <= BLOCK_RECORDS_MAX as u64 && header.bodies.iter().all(|body| body.raw_len as usize <= BODY_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Author, CLUSTER, records};
    use vigil_model::Class;

    #[test]
    fn a_reader_follows_an_author() {
        let mut author = Author::new(1, 1);
        let mut reader = ChainState::genesis(author.log());
        for n in 0..20 {
            let block = author.seal(Class::Logs, &records(n..n + 3));
            assert_eq!(reader.check(&CLUSTER, &block.header), Ok(()));
            reader.advance(&block.header);
        }
        assert_eq!(reader, *author.chain());
    }

    #[test]
    fn every_broken_link_is_named() {
        let mut author = Author::new(1, 1);
        let genesis = ChainState::genesis(author.log());
        let blocks: Vec<_> = (0..3).map(|n| author.seal(Class::Logs, &records(n..n + 1)).header).collect();
        let mut reader = genesis.clone();
        reader.advance(&blocks[0]);
        let why = |result: Result<(), BlockError>| {
            result.expect_err("broken").to_string().replace(&author.log().to_string(), "L")
        };
        assert_eq!(why(reader.check(&CLUSTER, &blocks[2])), "log L seq 2: it is not the next block");
        assert_eq!(why(reader.check(&ClusterId([9; 32]), &blocks[1])), "log L seq 1: it belongs to another cluster");
        let changed = |change: fn(&mut Header)| {
            let mut header = blocks[1].header.clone();
            change(&mut header);
            why(reader.check(&CLUSTER, &header.sign(author.key())))
        };
        assert_eq!(changed(|h| h.previous = Hash::ZERO), "log L seq 1: it does not name the header before");
        assert_eq!(
            changed(|h| h.tree_head = Hash::ZERO),
            "log L seq 1: its tree head is not that of the headers before"
        );
        assert_eq!(changed(|h| h.sealed = Hlc(0)), "log L seq 1: its seal time does not rise");
        let greedy = "log L seq 1: it claims more than a block may hold";
        assert_eq!(changed(|h| h.bodies[0].count = BLOCK_RECORDS_MAX as u32 + 1), greedy);
        assert_eq!(changed(|h| h.bodies[0].raw_len = BODY_BYTES_MAX as u32 + 1), greedy);
        let stranger = Author::new(2, 1);
        assert!(why(ChainState::genesis(stranger.log()).check(&CLUSTER, &blocks[0])).contains("another log"));
    }

    #[test]
    fn a_forged_signature_is_refused() {
        let mut author = Author::new(1, 1);
        let genesis = ChainState::genesis(author.log());
        let mut bytes = author.seal(Class::Logs, &records(0..1)).header.bytes().to_vec();
        *bytes.last_mut().expect("not empty") ^= 1;
        let forged = SignedHeader::decode(&bytes).expect("well formed");
        assert!(matches!(genesis.check(&CLUSTER, &forged), Err(BlockError::Header { seq: 0, .. })));
    }
}
