//! Which fields are held back until the whole event is read: time, message and source may stand
//! anywhere in it.

use vigil_model::{Reader, Value};

/// A set of names, each with the last value seen under it.
#[derive(Default)]
pub(crate) struct Watch {
    names: Vec<String>,
    /// Encoded; empty where none was seen.
    held: Vec<Vec<u8>>,
    /// Bit n is set when some name has n bytes, the last bit for all longer ones.
    lengths: u64,
}

/// A name's place in the set.
pub(crate) type Slot = usize;

impl Watch {
    /// Adds a name, once.
    pub(crate) fn add(&mut self, name: &str) -> Slot {
        if let Some(slot) = self.slot(name) {
            return slot;
        }
        self.lengths |= length_bit(name);
        self.names.push(name.to_owned());
        self.held.push(Vec::new());
        self.names.len() - 1
    }

    /// The slot of a name, if it is watched.
    #[inline]
    pub(crate) fn slot(&self, name: &str) -> Option<Slot> {
        if self.lengths & length_bit(name) == 0 {
            return None;
        }
        // The first letter rules most out, and is cheaper than a comparison of all.
        let first = name.as_bytes().first();
        self.names.iter().position(|watched| watched.as_bytes().first() == first && watched == name)
    }

    /// Holds the value instead of the one before.
    pub(crate) fn hold(&mut self, slot: Slot, value: Value<'_>) {
        self.held[slot].clear();
        value.encode(&mut self.held[slot]);
    }

    /// The value held, if any.
    pub(crate) fn value(&self, slot: Slot) -> Option<Value<'_>> {
        Value::decode(&mut Reader(&self.held[slot]))
    }

    /// All names whose value is held, in the order of their slots.
    pub(crate) fn held(&self) -> impl Iterator<Item = (&str, Value<'_>)> {
        self.slots().map(|(_, held)| held)
    }

    /// As [`Watch::held`], with the slots.
    pub(crate) fn slots(&self) -> impl Iterator<Item = (Slot, (&str, Value<'_>))> {
        (0..self.names.len()).filter_map(|slot| Some((slot, (self.names[slot].as_str(), self.value(slot)?))))
    }

    /// Lets go of every value whose name does not pass.
    pub(crate) fn retain(&mut self, mut keeps: impl FnMut(&str) -> bool) {
        for (name, held) in self.names.iter().zip(&mut self.held) {
            if !held.is_empty() && !keeps(name) {
                held.clear();
            }
        }
    }

    /// The name of a slot.
    pub(crate) fn name(&self, slot: Slot) -> &str {
        &self.names[slot]
    }

    /// Lets go of one value.
    pub(crate) fn release(&mut self, slot: Slot) {
        self.held[slot].clear();
    }

    /// Lets go of all values.
    pub(crate) fn clear(&mut self) {
        self.held.iter_mut().for_each(Vec::clear);
    }
}

fn length_bit(name: &str) -> u64 {
    1 << name.len().min(63)
}
