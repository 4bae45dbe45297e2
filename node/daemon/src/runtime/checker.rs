//! Is what a peer sent what it claims to be? Every byte of it is taken for hostile.

use tokio::sync::OwnedSemaphorePermit;
use vigil_crdt::transfer::{BlockFrame, WireBody};
use vigil_crdt::{LogStore, body};
use vigil_gossip::Fault;
use vigil_model::{BlockRef, Class, SignedHeader, Timestamp};
use vigil_node::{Checked, OfferId, Ticket};

use super::hasher::Prepared;

/// A peer's block to check.
pub(super) struct CheckJob {
    /// Its ticket.
    pub(super) ticket: Ticket,
    /// Its name.
    pub(super) offer: OfferId,
    /// What came.
    pub(super) frame: BlockFrame,
    /// The room that it takes in memory.
    pub(super) permit: OwnedSemaphorePermit,
}

/// What the check found: numbers for the machine, bytes for the writer.
pub(super) type Outcome = Result<(Checked, Box<Prepared>), Fault>;

/// Verifies the signature, unpacks within the limits, verifies every root.
pub(super) fn check(job: Box<CheckJob>, store: &dyn LogStore) -> Outcome {
    let CheckJob { frame, permit, .. } = *job;
    let fill = frame.header.is_none();
    let header = match &frame.header {
        Some(header) => {
            header.verify().map_err(|_| Fault::Signature)?;
            header.clone()
        }
        None => held_header(&frame, store)?,
    };
    let sealed = Timestamp::from_millis(header.header.sealed.millis() as i64);
    let mut prepared = Prepared { _permit: Some(permit), sealed, ..Prepared::default() };
    for (class, wire) in &frame.bodies {
        add_body(&mut prepared, &header, *class, wire, store)?;
    }
    let control = std::mem::take(&mut prepared.control);
    if !fill {
        prepared.header = Some(Box::new(header.clone()));
    }
    Ok((Checked { header: Box::new(header), control }, Box::new(prepared)))
}

/// Bodies alone are checked against the header that the store holds.
fn held_header(frame: &BlockFrame, store: &dyn LogStore) -> Result<SignedHeader, Fault> {
    let log = store.log_number(&frame.log).ok_or(Fault::Chain)?;
    let held = store.header(BlockRef { log, seq: frame.seq });
    held.ok().flatten().ok_or(Fault::Chain)
}

fn add_body(
    prepared: &mut Prepared,
    header: &SignedHeader,
    class: Class,
    wire: &WireBody,
    store: &dyn LogStore,
) -> Result<(), Fault> {
    let claimed = header.header.body(class).ok_or(Fault::Root)?;
    let (seed, records, encoded) = match wire {
        WireBody::Packed(bytes) => store.accept(class, bytes).map_err(|_| Fault::Malformed)?,
        WireBody::Plain { seed, records } => (*seed, records.clone(), store.encode(class, records, seed)),
    };
    body::verify(claimed, &records, &seed).map_err(|_| Fault::Root)?;
    prepared.push(class, records, encoded);
    Ok(())
}
