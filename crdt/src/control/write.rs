//! How is a control record written, so that `class=control` queries read well?
//!
//! The fields are listed in `docs/formats/control.md`. Short facts are text; lists that only
//! machines read are packed into bytes.

use vigil_model::{ClassSet, List, LogId, RecordBuilder, Records, SignedHeader, Value, put_varint};

use super::{Adopted, ControlError, ControlRecord, Op, Profile, Role, form};

/// Appends `record` in its canonical form, with its own time as event time. Nothing is appended on
/// error.
pub fn write(record: &ControlRecord, out: &mut Records) -> Result<(), ControlError> {
    form::check(record)?;
    let mut fields = RecordBuilder::new();
    let seen = pack_seen(&record.seen);
    if !seen.is_empty() {
        fields.push("control.seen", Value::Bytes(&seen));
    }
    push_op(&mut fields, &record.op);
    fields.push("message", Value::Str(&message(&record.op)));
    out.push(&mut fields, record.at, false).map_err(|_| ControlError::Malformed("longer than a record may be"))
}

/// The names of the kinds; for ever.
pub(super) mod kind {
    pub(in crate::control) const ADMIT: &str = "member.admit";
    pub(in crate::control) const REMOVE: &str = "member.remove";
    pub(in crate::control) const RENAME: &str = "member.rename";
    pub(in crate::control) const ADDRESSES: &str = "member.addresses";
    pub(in crate::control) const CREATE_TOKEN: &str = "token.create";
    pub(in crate::control) const REVOKE_TOKEN: &str = "token.revoke";
    pub(in crate::control) const FORK: &str = "log.fork";
}

fn push_op(fields: &mut RecordBuilder, op: &Op) {
    match op {
        Op::Admit { node, name, profile, adopted } => {
            fields.push("control.kind", Value::Str(kind::ADMIT));
            fields.push("control.node", Value::Str(&node.to_string()));
            fields.push("control.name", Value::Str(name));
            fields.push("control.profile", Value::Str(profile.name()));
            if !adopted.is_empty() {
                fields.push("control.adopted", Value::Bytes(&pack_adopted(adopted)));
            }
        }
        Op::Remove { node, positions, reason } => {
            fields.push("control.kind", Value::Str(kind::REMOVE));
            fields.push("control.node", Value::Str(&node.to_string()));
            fields.push("control.reason", Value::Str(reason));
            fields.push("control.positions", Value::Bytes(&pack_positions(positions)));
        }
        Op::Rename { node, name } => {
            fields.push("control.kind", Value::Str(kind::RENAME));
            fields.push("control.node", Value::Str(&node.to_string()));
            fields.push("control.name", Value::Str(name));
        }
        Op::Addresses { addresses } => {
            fields.push("control.kind", Value::Str(kind::ADDRESSES));
            let mut items = Vec::new();
            addresses.iter().for_each(|address| Value::Str(address).encode(&mut items));
            fields.push("control.addresses", Value::List(List::from_encoded(&items)));
        }
        Op::CreateToken { id, hash, name, role, scope, expires } => {
            fields.push("control.kind", Value::Str(kind::CREATE_TOKEN));
            fields.push("control.token", Value::Str(&id.to_string()));
            fields.push("control.hash", Value::Str(&hash.to_hex()));
            fields.push("control.name", Value::Str(name));
            fields.push("control.role", Value::Str(role.name()));
            push_classes(fields, scope.classes);
            if !scope.filter.is_empty() {
                fields.push("control.filter", Value::Str(&scope.filter));
            }
            if let Some(expires) = expires {
                fields.push("control.expires", Value::Time(*expires));
            }
        }
        Op::RevokeToken { id } => {
            fields.push("control.kind", Value::Str(kind::REVOKE_TOKEN));
            fields.push("control.token", Value::Str(&id.to_string()));
        }
        Op::Fork { lower, upper } => push_fork(fields, lower, upper),
    }
}

/// Two spellings of one fork are one record: the headers stand by rising hash.
fn push_fork(fields: &mut RecordBuilder, a: &SignedHeader, b: &SignedHeader) {
    let (lower, upper) = if (a.hash, a.bytes()) <= (b.hash, b.bytes()) { (a, b) } else { (b, a) };
    fields.push("control.kind", Value::Str(kind::FORK));
    fields.push("control.log", Value::Str(&lower.header.log.to_string()));
    fields.push("control.seq", Value::Int(lower.header.seq.min(i64::MAX as u64) as i64));
    fields.push("control.lower", Value::Bytes(lower.bytes()));
    fields.push("control.upper", Value::Bytes(upper.bytes()));
}

/// The known classes by name, which people read, and all of them as a number, which machines read.
fn push_classes(fields: &mut RecordBuilder, classes: ClassSet) {
    let mut items = Vec::new();
    classes.iter().for_each(|class| Value::Str(class.name()).encode(&mut items));
    fields.push("control.classes", Value::List(List::from_encoded(&items)));
    fields.push("control.class_set", Value::Int(i64::from(classes.0)));
}

fn message(op: &Op) -> String {
    match op {
        Op::Admit { node, name, .. } => format!("{name} ({node}) becomes a member"),
        Op::Remove { node, reason, .. } if reason.is_empty() => format!("{node} is removed"),
        Op::Remove { node, reason, .. } => format!("{node} is removed: {reason}"),
        Op::Rename { node, name } => format!("{node} is called {name}"),
        Op::Addresses { addresses } => format!("reached at {}", addresses.join(", ")),
        Op::CreateToken { id, name, role, .. } => format!("token {name} ({id}) is made: {}", role.name()),
        Op::RevokeToken { id } => format!("token {id} is revoked"),
        Op::Fork { lower, .. } => format!("log {} is forked at seq {}", lower.header.log, lower.header.seq),
    }
}

impl Profile {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Full => "full",
            Profile::Edge => "edge",
        }
    }

    /// The profile with this name.
    pub fn parse(text: &str) -> Option<Profile> {
        [Profile::Full, Profile::Edge].into_iter().find(|profile| profile.name() == text)
    }
}

impl Role {
    /// All, from the weakest.
    pub const ALL: [Role; 4] = [Role::Reader, Role::Writer, Role::Operator, Role::Admin];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Role::Reader => "reader",
            Role::Writer => "writer",
            Role::Operator => "operator",
            Role::Admin => "admin",
        }
    }

    /// The role with this name.
    pub fn parse(text: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == text)
    }
}

fn pack_seen(seen: &[(LogId, u64)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(seen.len() * 51);
    for (log, blocks) in seen {
        out.extend_from_slice(&log.node.0);
        out.extend_from_slice(&log.epoch.0);
        put_varint(&mut out, *blocks);
    }
    out
}

fn pack_positions(positions: &[(LogId, u64)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(positions.len() * 19);
    for (log, blocks) in positions {
        out.extend_from_slice(&log.epoch.0);
        put_varint(&mut out, *blocks);
    }
    out
}

fn pack_adopted(adopted: &[Adopted]) -> Vec<u8> {
    let mut out = Vec::with_capacity(adopted.len() * 83);
    for adopted in adopted {
        out.extend_from_slice(&adopted.log.epoch.0);
        put_varint(&mut out, adopted.seq);
        out.extend_from_slice(&adopted.hash.0);
        out.extend_from_slice(&adopted.cluster.0);
    }
    out
}
