//! What a shell puts on the wire and takes from it: blocks as frames, and what a worker makes of
//! a frame of a stranger.

use vigil_crdt::control::{self, Entry};
use vigil_crdt::transfer::{BlockFrame, FrameError, WireBody};
use vigil_crdt::{EncodedBody, LogStore, StoreError, body};
use vigil_gossip::{End, Fault, Part, Pull};
use vigil_model::{BlockRef, Class, ClassSet, Hash, LogId, SaltSeed, SignedHeader};

use crate::mutants::Mutant;

/// First byte of a frame: the end of an answer.
pub(crate) const TAG_END: u8 = 0;
/// First byte of a frame: a message of the replication machine.
pub(crate) const TAG_MESSAGE: u8 = 1;
/// First byte of a frame: a block.
pub(crate) const TAG_BLOCK: u8 = 2;

fn fault(error: &FrameError) -> Fault {
    match error {
        FrameError::Oversized(_) => Fault::Oversized,
        FrameError::Version(_) | FrameError::Malformed(_) | FrameError::Header(_) => Fault::Malformed,
    }
}

/// A block as a peer sent it; nothing is looked at but its own words.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) log: LogId,
    pub(crate) seq: u64,
    header: Option<SignedHeader>,
    bodies: Vec<(Class, WireBody)>,
}

impl Incoming {
    /// Reads a frame.
    pub(crate) fn read(bytes: &[u8]) -> Result<Incoming, Fault> {
        let frame = BlockFrame::decode(bytes).map_err(|error| fault(&error))?;
        Ok(Incoming { log: frame.log, seq: frame.seq, header: frame.header, bodies: frame.bodies })
    }

    /// Hash of the header, if there is one.
    pub(crate) fn hash(&self) -> Option<Hash> {
        self.header.as_ref().map(|signed| signed.hash)
    }

    /// The classes of the bodies.
    pub(crate) fn classes(&self) -> ClassSet {
        self.bodies.iter().map(|(class, _)| *class).collect()
    }

    /// The classes that the header lists; of a fill, those that came.
    pub(crate) fn listed(&self) -> ClassSet {
        let listed = |signed: &SignedHeader| signed.header.bodies.iter().map(|digest| digest.class).collect();
        self.header.as_ref().map_or(self.classes(), listed)
    }

    /// Bytes of the bodies, unencoded, as the header claims; of a fill, as they lie here.
    pub(crate) fn body_bytes(&self) -> u32 {
        let claimed = |class: &Class| self.header.as_ref()?.header.body(*class).map(|digest| digest.raw_len);
        self.bodies.iter().map(|(class, body)| claimed(class).unwrap_or_else(|| size(body))).sum()
    }
}

fn size(body: &WireBody) -> u32 {
    match body {
        WireBody::Packed(bytes) => bytes.len() as u32,
        WireBody::Plain { records, .. } => records.bytes().len() as u32,
    }
}

/// What a worker finds: the header, the bodies fit for the store, the control records.
pub(crate) type Found = (SignedHeader, Vec<(Class, EncodedBody)>, Vec<Entry>);

/// Verifies what a peer sent: the signature, the roots, the limits.
pub(crate) fn check(store: &impl LogStore, incoming: &Incoming, mutant: Option<Mutant>) -> Result<Found, Fault> {
    let header = match &incoming.header {
        Some(signed) => {
            let verified = signed.verify().map_err(|_| Fault::Signature);
            verified.or_else(|fault| if mutant == Some(Mutant::AnyHeader) { Ok(()) } else { Err(fault) })?;
            signed.clone()
        }
        None => stored(store, &incoming.log, incoming.seq).ok_or(Fault::Replay)?,
    };
    let mut bodies = Vec::new();
    let mut entries = Vec::new();
    for (class, wire) in &incoming.bodies {
        let claimed = header.header.body(*class).ok_or(Fault::Root)?;
        let (seed, records, packed) = match wire {
            WireBody::Packed(bytes) => store.accept(*class, bytes).map_err(|_| Fault::Malformed)?,
            WireBody::Plain { seed, records } => (*seed, records.clone(), store.encode(*class, records, seed)),
        };
        let verified = body::verify(claimed, &records, &seed).map_err(|_| Fault::Root);
        verified.or_else(|fault| if mutant == Some(Mutant::AnyBody) { Ok(()) } else { Err(fault) })?;
        if *class == Class::Control {
            entries = control::read(&records);
        }
        bodies.push((*class, packed));
    }
    Ok((header, bodies, entries))
}

/// A header of the store; nothing when it is not there or cannot be read.
pub(crate) fn stored(store: &impl LogStore, log: &LogId, seq: u64) -> Option<SignedHeader> {
    let number = store.log_number(log)?;
    store.header(BlockRef { log: number, seq }).ok().flatten()
}

/// A block for the wire, with those bodies of `classes` that are held.
fn frame(store: &impl LogStore, log: &LogId, seq: u64, classes: ClassSet, header: bool) -> Option<(Vec<u8>, usize)> {
    let signed = stored(store, log, seq)?;
    let number = store.log_number(log)?;
    let listed = signed.header.bodies.iter().map(|digest| digest.class).filter(|class| classes.has(*class));
    let held = |class| Some((class, store.packed(BlockRef { log: number, seq }, class).ok().flatten()?));
    let bodies: Vec<_> = listed.clone().filter_map(held).collect();
    let lacking = listed.count() - bodies.len();
    if !header && bodies.is_empty() {
        return Some((Vec::new(), lacking));
    }
    let bodies = bodies.into_iter().map(|(class, packed)| (class, WireBody::Packed(packed.0))).collect();
    let block = if header { BlockFrame::block(signed, bodies) } else { BlockFrame::fill(*log, seq, bodies) };
    let mut bytes = vec![TAG_BLOCK];
    bytes.extend(block.encode());
    Some((bytes, lacking))
}

/// The frame with other records in place of its first body: well formed, and a lie.
pub(crate) fn forged(frame: &[u8]) -> Vec<u8> {
    let Ok(mut block) = BlockFrame::decode(&frame[1..]) else { return frame.to_vec() };
    if let Some((_, body)) = block.bodies.first_mut() {
        *body = WireBody::Plain { seed: SaltSeed([0; 32]), records: crate::material::records(0..2) };
    }
    let mut bytes = vec![TAG_BLOCK];
    bytes.extend(block.encode());
    bytes
}

/// An announcement: the header, and eagerly these bodies.
pub(crate) fn announcement(store: &impl LogStore, log: &LogId, seq: u64, eager: ClassSet) -> Option<Vec<u8>> {
    frame(store, log, seq, eager, true).map(|(bytes, _)| bytes)
}

/// The answer to a pull: frames, the seq after the last that was sent, and why it ends there.
pub(crate) fn answer(store: &impl LogStore, pull: &Pull, holes: bool) -> (Vec<Vec<u8>>, u64, End) {
    let mut frames = Vec::new();
    let mut credit = u64::from(pull.bytes);
    for seq in pull.from..pull.until {
        let header = pull.part == Part::Blocks;
        let Some((bytes, lacking)) = frame(store, &pull.log, seq, pull.classes, header) else {
            return (frames, seq, End::NotHeld);
        };
        if !header && lacking > 0 {
            return (frames, seq, End::NotHeld);
        }
        if bytes.is_empty() {
            // The block has no body of these classes.
            continue;
        }
        credit = credit.saturating_sub(bytes.len() as u64);
        if !(holes && seq % 3 == 2) {
            frames.push(bytes);
        }
        if credit == 0 && seq + 1 < pull.until {
            return (frames, seq + 1, End::Credit);
        }
    }
    (frames, pull.until, End::Done)
}

/// Every control record of a store, by log and block.
pub(crate) fn control_records(store: &impl LogStore) -> Result<Vec<(LogId, u64, Vec<Entry>)>, StoreError> {
    let mut all = Vec::new();
    for head in store.log_heads() {
        for seq in store.sequences(head.number, Class::Control, 0, usize::MAX)? {
            let body = store.body(BlockRef { log: head.number, seq }, Class::Control)?;
            all.extend(body.map(|(_, records)| (head.log, seq, control::read(&records))));
        }
    }
    Ok(all)
}

/// The frame that ends an answer.
pub(crate) fn end(next: u64, end: End) -> Vec<u8> {
    let mut bytes = vec![TAG_END];
    bytes.extend(postcard::to_stdvec(&(next, end)).expect("plain data"));
    bytes
}

/// Reads what [`end`] wrote.
pub(crate) fn read_end(bytes: &[u8]) -> Option<(u64, End)> {
    postcard::from_bytes(bytes).ok()
}
