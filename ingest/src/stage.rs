//! What one step between parsing and the log may do to an event.

use std::sync::Arc;

use vigil_model::limits::{FIELD_NAME_BYTES_MAX, RECORD_BYTES_MAX, RECORD_FIELDS_MAX};
use vigil_model::tree::{Fault, Node};
use vigil_model::{RecordBuilder, Timestamp, Value};

/// Bytes of a field beside its name and text: their lengths, the tag, or a number.
const FIELD_OVERHEAD_MAX: usize = 16;

/// An event on its way through the stages. Each name stands once in `fields`.
pub struct Event<'a> {
    /// Its fields, without the time.
    pub fields: &'a mut RecordBuilder,
    /// Its time.
    pub time: Timestamp,
    /// The time is that of arrival.
    pub time_assumed: bool,
    /// When it arrived.
    pub now: Timestamp,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on.
    Keep,
    /// It ends here, counted.
    Drop,
}

/// An event that a stage says by itself: how many it dropped, say.
#[derive(Debug, Default)]
pub struct Summary {
    /// Names and texts or numbers.
    pub fields: Vec<(String, SummaryValue)>,
}

/// A value in a [`Summary`].
#[derive(Clone, Debug, PartialEq)]
pub enum SummaryValue {
    /// A text.
    Text(String),
    /// A number.
    Number(i64),
}

/// One step. It is shared by everything that a source brings in at once, so what it remembers lies behind a lock.
pub trait Stage: Send + Sync {
    /// Changes the event, or ends it.
    fn apply(&self, event: &mut Event<'_>) -> Verdict;

    /// Whether what it does to an event depends on those before. Such a stage is passed over by a request with an
    /// idempotency key: told twice, it must become the same events.
    fn remembers(&self) -> bool {
        false
    }

    /// Whether it takes secrets out: a pipeline without such a stage gets the usual one.
    fn scrubs(&self) -> bool {
        false
    }

    /// Hands on what is due to be said by now; everything when `last`.
    fn summaries(&self, _now: Timestamp, _last: bool, _each: &mut dyn FnMut(Summary)) {}
}

/// Files that settings name. The shell reads them; the pure part never touches a disk.
pub trait Files {
    /// All bytes of a file, or why not.
    fn read(&self, path: &str) -> Result<Arc<Vec<u8>>, String>;
}

/// Names of addresses. The shell asks the network behind it; here nobody waits.
pub trait Resolver: Send + Sync {
    /// The name that is known by now. `None` when there is none, or none yet: then it is being asked for.
    fn name(&self, address: std::net::IpAddr) -> Option<Arc<str>>;
}

/// What a stage is made with.
pub struct Making<'m> {
    /// Files by the paths in the settings.
    pub files: &'m dyn Files,
    /// Names of addresses.
    pub resolver: Arc<dyn Resolver>,
    /// Facts about this machine, as fields: `host.name`, `host.os.type`, `host.architecture` and the like.
    pub host: Vec<(String, String)>,
    /// What was wrong.
    pub faults: Vec<Fault>,
}

/// A kind of stage: a file in `stages`, and a line in [`crate::stages::KINDS`].
pub(crate) struct Kind {
    /// How settings name it.
    pub(crate) name: &'static str,
    /// Makes one from its options, which are `Nothing` where only the name is written. `None` after a fault.
    pub(crate) make: fn(&Node, &mut Making<'_>) -> Option<Box<dyn Stage>>,
}

/// No files.
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, path: &str) -> Result<Arc<Vec<u8>>, String> {
        Err(format!("`{path}` cannot be read here"))
    }
}

/// Knows no names.
pub struct NoNames;

impl Resolver for NoNames {
    fn name(&self, _: std::net::IpAddr) -> Option<Arc<str>> {
        None
    }
}

impl Making<'_> {
    /// With neither files nor names nor facts: for stages that need none.
    pub fn bare() -> Making<'static> {
        Making { files: &NoFiles, resolver: Arc::new(NoNames), host: Vec::new(), faults: Vec::new() }
    }
}

impl Event<'_> {
    /// The text of a field; `None` where it is missing or no text.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.fields.get(name)? {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Adds a field unless the event has it, or would be too large with it: what is known besides must not cost the
    /// event itself. Answers whether it did.
    pub fn add(&mut self, name: &str, value: Value<'_>) -> bool {
        let adds = !self.fields.contains(name) && self.has_room(name, &value);
        if adds {
            self.fields.push(name, value);
        }
        adds
    }

    /// Puts a field in, unless the event would be too large with it. What stood under the name gets an underscore
    /// behind its name, or as many as it takes.
    pub fn put(&mut self, name: &str, value: Value<'_>) {
        if self.has_room(name, &value) {
            self.make_room(name);
            self.fields.push(name, value);
        }
    }

    /// Frees a name: what stands under it gets an underscore behind its name, or as many as it takes.
    pub(crate) fn make_room(&mut self, name: &str) {
        if !self.fields.contains(name) {
            return;
        }
        let free = self.free_name(name);
        self.fields.copy(name, &free);
        self.fields.remove(name);
    }

    /// The name with as many underscores behind it as it takes to be free.
    pub(crate) fn free_name(&self, name: &str) -> String {
        let mut free = name.to_owned();
        while self.fields.contains(&free) {
            free.push('_');
        }
        free
    }

    /// Whether the event with this field more is one that a record can hold.
    pub(crate) fn has_room(&self, name: &str, value: &Value<'_>) -> bool {
        let bytes = match value {
            Value::Str(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::List(list) => list.encoded().len(),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Time(_) => 0,
        };
        name.len() <= FIELD_NAME_BYTES_MAX
            && self.fields.len() < RECORD_FIELDS_MAX
            && self.fields.bytes_bound() + name.len() + bytes + FIELD_OVERHEAD_MAX <= RECORD_BYTES_MAX
    }
}

impl vigil_query::Fields for Event<'_> {
    fn event_time(&self) -> Option<Timestamp> {
        Some(self.time)
    }

    fn value(&self, name: &str) -> Option<Value<'_>> {
        self.fields.get(name)
    }

    fn some(&self, holds: &mut dyn FnMut(&Value<'_>) -> bool) -> bool {
        self.fields.iter().any(|(_, value)| holds(&value))
    }
}
