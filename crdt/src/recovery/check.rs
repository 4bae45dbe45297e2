//! Is a block, or a fill, as it was written?

use vigil_model::{BlockRef, SignedHeader};

use super::{Recovery, io};
use crate::body;
use crate::engine::{Engine, EngineError, Table};
use crate::error::BlockError;
use crate::frames::PackedBody;
use crate::rows;
use crate::store::{BlockEntry, StoreError};

/// What is found where a block should be.
pub(super) enum Found {
    Sound,
    Torn(String),
    /// The engine cannot read it: no torn write, and named on every read.
    Unreadable,
}

impl<E: Engine> Recovery<'_, E> {
    pub(super) fn check_arrival(&self, arrival: u64) -> Result<Found, StoreError> {
        let checked = match self.entry(arrival) {
            Ok(Some(entry)) => self.check_entry(&entry),
            Ok(None) => return Ok(Found::Torn("nothing tells which block it is".to_owned())),
            Err(error) => Err(error),
        };
        match checked {
            Ok(None) => Ok(Found::Sound),
            Ok(Some(why)) => Ok(Found::Torn(why)),
            Err(error) if error.damaged => Ok(Found::Unreadable),
            Err(error) => Err(io(error)),
        }
    }

    /// What is wrong: with the header's bytes, signature and link when it came here, and with the
    /// bodies that came here.
    fn check_entry(&self, entry: &BlockEntry) -> Result<Option<String>, EngineError> {
        match self.header(entry.block)? {
            Ok(row) if entry.fill => self.check_bodies(entry, Some(&row.signed)),
            Ok(row) => match self.check_header(entry.block, &row.signed)? {
                Some(why) => Ok(Some(format!("header: {why}"))),
                None => self.check_bodies(entry, Some(&row.signed)),
            },
            // A damaged header says nothing of the bodies that came after it.
            Err(_) if entry.fill => self.check_bodies(entry, None),
            Err(why) => Ok(Some(format!("header: {why}"))),
        }
    }

    fn check_header(&self, block: BlockRef, signed: &SignedHeader) -> Result<Option<String>, EngineError> {
        if let Err(error) = signed.verify() {
            return Ok(Some(error.to_string()));
        }
        let Some(before) = block.seq.checked_sub(1) else { return Ok(None) };
        // A damaged header before says nothing of this one.
        let before = self.header(BlockRef { seq: before, ..block })?;
        let broken = before.is_ok_and(|before| before.signed.hash != signed.header.previous);
        Ok(broken.then(|| "it does not name the header before".to_owned()))
    }

    fn check_bodies(&self, entry: &BlockEntry, signed: Option<&SignedHeader>) -> Result<Option<String>, EngineError> {
        let key = rows::block_key(entry.block);
        for class in entry.classes().iter() {
            let check = |bytes: &[u8]| {
                let packed = PackedBody::parse(bytes)?;
                let records = packed.records(self.codec)?;
                let Some(signed) = signed else { return Ok(()) };
                let claimed = signed.header.body(class);
                let claimed = claimed.ok_or_else(|| BlockError::damaged("the header lists no such body"))?;
                body::verify(claimed, &records, &packed.seed)
            };
            match self.engine.read(Table::Body(class), &key, check)? {
                Some(Ok(())) => {}
                Some(Err(error)) => return Ok(Some(format!("{class}: {error}"))),
                None => return Ok(Some(format!("{class}: it is missing"))),
            }
        }
        Ok(None)
    }
}
