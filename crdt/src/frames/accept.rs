//! Is what a peer sent a body that this store could have packed itself?
//!
//! Of the many byte strings that unpack to the same records only those pass that
//! [`super::pack`] makes with this codec or with none: the cut of the frames is that of every node,
//! nothing is hidden between or behind them, and no frame is larger packed than plain.

use vigil_model::limits::{BLOCK_RECORDS_MAX, BODY_BYTES_MAX, PACKED_BODY_BYTES_MAX};
use vigil_model::{Class, Records, SaltSeed};

use super::{Codec, PLAIN_BYTES_MAX, PackedBody, RAW, Row};
use crate::error::BlockError;

/// Checks hostile bytes, limits before unpacking. The root is the caller's to compare
/// ([`crate::body::verify`]).
pub fn accept(class: Class, bytes: &[u8], codec: &dyn Codec) -> Result<(SaltSeed, Records), BlockError> {
    let refused = |why: &str| BlockError::Body { class, why: why.to_owned() };
    if bytes.len() > PACKED_BODY_BYTES_MAX {
        return Err(refused("it is longer than a body may be"));
    }
    let body = PackedBody::parse(bytes)?;
    if body.class != class {
        return Err(refused("it is of another class"));
    }
    if !within_limits(&body) {
        return Err(refused("it claims more than a body may hold"));
    }
    if !body.rows.iter().all(|row| is_canonical(row, codec)) {
        return Err(refused("a frame is not packed as frames are"));
    }
    let records = body.records(codec)?;
    let cut = records.frame_bounds();
    if !cut.iter().map(ExactSizeIterator::len).eq(body.rows.iter().map(|row| usize::from(row.records))) {
        return Err(refused("the frames are not cut as frames are"));
    }
    Ok((body.seed, records))
}

fn within_limits(body: &PackedBody<'_>) -> bool {
    let (count, raw_len) = (body.count as usize, body.raw_len as usize);
    let plain: usize = body.rows.iter().map(|row| row.plain_len as usize).sum();
    (1..=BLOCK_RECORDS_MAX).contains(&count)
        && raw_len <= BODY_BYTES_MAX
        && body.rows.len() <= count
        && plain <= raw_len + 3 * count
}

fn is_canonical(row: &Row, codec: &dyn Codec) -> bool {
    let length_fits = match row.codec {
        RAW => row.stored_len == row.plain_len,
        number => number == codec.number() && row.stored_len < row.plain_len,
    };
    length_fits && row.records > 0 && row.plain_len as usize <= PLAIN_BYTES_MAX
}
