//! What do the records of a control body say?
//!
//! The bytes are anyone's: a record of a kind that is not known here is passed over, one that
//! breaks the format too, and neither stops the rest. Fields that are not known are ignored. A fork
//! that its two headers do not prove is malformed, so what comes out of here was verified.

use vigil_model::{
    ClassSet, ClusterId, Epoch, Hash, LogId, NodeId, Reader, Record, Records, SignedHeader, Timestamp, Value,
};

use super::write::kind;
use super::{Adopted, ControlError, ControlRecord, Entry, Op, Profile, Role, Scope, TokenId, form};
use crate::replica::ForkProof;

/// A control body, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadControl {
    /// What is understood, by rising offset.
    pub entries: Vec<Entry>,
    /// Records of kinds that are not known here: a newer node wrote them.
    pub unknown: usize,
    /// Records that break the format.
    pub malformed: usize,
}

/// The records that are understood.
pub fn read(records: &Records) -> Vec<Entry> {
    inspect(records).entries
}

/// The records that are understood, and how many are not.
pub fn inspect(records: &Records) -> ReadControl {
    let mut body = ReadControl::default();
    for (offset, record) in records.iter().enumerate() {
        match record.ok_or(Trouble::Malformed).and_then(|record| read_record(&record)) {
            Ok(record) => body.entries.push(Entry { offset: offset as u32, record }),
            Err(Trouble::Unknown) => body.unknown += 1,
            Err(Trouble::Malformed) => body.malformed += 1,
        }
    }
    body
}

enum Trouble {
    Unknown,
    Malformed,
}

impl From<ControlError> for Trouble {
    fn from(_: ControlError) -> Trouble {
        Trouble::Malformed
    }
}

fn read_record(record: &Record<'_>) -> Result<ControlRecord, Trouble> {
    let fields = Fields(record);
    let seen = match record.get("control.seen") {
        Some(Value::Bytes(bytes)) => unpack(bytes, unpack_seen)?,
        Some(_) => return Err(Trouble::Malformed),
        None => Vec::new(),
    };
    let record = ControlRecord { seen, at: record.time(), op: read_op(&fields)? };
    form::check(&record)?;
    Ok(record)
}

fn read_op(fields: &Fields<'_, '_>) -> Result<Op, Trouble> {
    Ok(match fields.text("control.kind")? {
        kind::ADMIT => read_admit(fields)?,
        kind::REMOVE => read_remove(fields)?,
        kind::RENAME => Op::Rename { node: fields.node()?, name: fields.name()? },
        kind::ADDRESSES => Op::Addresses { addresses: fields.texts("control.addresses")? },
        kind::CREATE_TOKEN => read_token(fields)?,
        kind::REVOKE_TOKEN => Op::RevokeToken { id: fields.token()? },
        kind::FORK => read_fork(fields)?,
        _ => return Err(Trouble::Unknown),
    })
}

fn read_admit(fields: &Fields<'_, '_>) -> Result<Op, Trouble> {
    let node = fields.node()?;
    let adopted = match fields.0.get("control.adopted") {
        Some(Value::Bytes(bytes)) => unpack(bytes, |reader| unpack_adopted(reader, node))?,
        Some(_) => return Err(Trouble::Malformed),
        None => Vec::new(),
    };
    let profile = Profile::parse(fields.text("control.profile")?).ok_or(Trouble::Malformed)?;
    Ok(Op::Admit { node, name: fields.name()?, profile, adopted })
}

fn read_remove(fields: &Fields<'_, '_>) -> Result<Op, Trouble> {
    let node = fields.node()?;
    let positions = unpack(fields.bytes("control.positions")?, |reader| {
        Some((LogId { node, epoch: Epoch(reader.array()?) }, reader.varint()?))
    })?;
    Ok(Op::Remove { node, positions, reason: fields.text("control.reason")?.to_owned() })
}

fn read_token(fields: &Fields<'_, '_>) -> Result<Op, Trouble> {
    let Some(Value::Int(classes)) = fields.0.get("control.class_set") else { return Err(Trouble::Malformed) };
    let classes = ClassSet(u8::try_from(classes).map_err(|_| Trouble::Malformed)?);
    let filter = match fields.0.get("control.filter") {
        Some(value) => value.as_str().ok_or(Trouble::Malformed)?.to_owned(),
        None => String::new(),
    };
    Ok(Op::CreateToken {
        id: fields.token()?,
        hash: Hash::from_hex(fields.text("control.hash")?).ok_or(Trouble::Malformed)?,
        name: fields.name()?,
        role: Role::parse(fields.text("control.role")?).ok_or(Trouble::Malformed)?,
        scope: Scope { classes, filter },
        expires: fields.expires()?,
    })
}

fn read_fork(fields: &Fields<'_, '_>) -> Result<Op, Trouble> {
    let header = |name| SignedHeader::decode(fields.bytes(name)?).map_err(|_| Trouble::Malformed);
    let (lower, upper) = (header("control.lower")?, header("control.upper")?);
    ForkProof::new(lower.clone(), upper.clone()).map_err(|_| Trouble::Malformed)?;
    Ok(Op::Fork { lower: Box::new(lower), upper: Box::new(upper) })
}

/// The fields of a record, by their types.
struct Fields<'r, 'a>(&'r Record<'a>);

impl<'a> Fields<'_, 'a> {
    fn text(&self, name: &str) -> Result<&'a str, Trouble> {
        self.0.get(name).and_then(|value| value.as_str()).ok_or(Trouble::Malformed)
    }

    fn bytes(&self, name: &str) -> Result<&'a [u8], Trouble> {
        match self.0.get(name) {
            Some(Value::Bytes(bytes)) => Ok(bytes),
            _ => Err(Trouble::Malformed),
        }
    }

    fn texts(&self, name: &str) -> Result<Vec<String>, Trouble> {
        let Some(Value::List(list)) = self.0.get(name) else { return Err(Trouble::Malformed) };
        list.iter().map(|item| item.as_str().map(str::to_owned).ok_or(Trouble::Malformed)).collect()
    }

    fn node(&self) -> Result<NodeId, Trouble> {
        NodeId::parse(self.text("control.node")?).ok_or(Trouble::Malformed)
    }

    fn name(&self) -> Result<String, Trouble> {
        Ok(self.text("control.name")?.to_owned())
    }

    fn token(&self) -> Result<TokenId, Trouble> {
        TokenId::parse(self.text("control.token")?).ok_or(Trouble::Malformed)
    }

    /// What is no time must not become a token without an end.
    fn expires(&self) -> Result<Option<Timestamp>, Trouble> {
        match self.0.get("control.expires") {
            None => Ok(None),
            Some(Value::Time(time)) => Ok(Some(time)),
            Some(_) => Err(Trouble::Malformed),
        }
    }
}

/// Items up to the last byte; their number is checked by [`form::check`], their bytes are bounded
/// by the record's.
fn unpack<T>(bytes: &[u8], item: impl Fn(&mut Reader<'_>) -> Option<T>) -> Result<Vec<T>, Trouble> {
    let mut reader = Reader(bytes);
    let mut items = Vec::new();
    while !reader.is_empty() {
        items.push(item(&mut reader).ok_or(Trouble::Malformed)?);
    }
    Ok(items)
}

fn unpack_seen(reader: &mut Reader<'_>) -> Option<(LogId, u64)> {
    let log = LogId { node: NodeId(reader.array()?), epoch: Epoch(reader.array()?) };
    Some((log, reader.varint()?))
}

fn unpack_adopted(reader: &mut Reader<'_>, node: NodeId) -> Option<Adopted> {
    Some(Adopted {
        log: LogId { node, epoch: Epoch(reader.array()?) },
        seq: reader.varint()?,
        hash: Hash(reader.array()?),
        cluster: ClusterId(reader.array()?),
    })
}
