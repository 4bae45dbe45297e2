//! What will happen when: the heap of a virtual clock.

use std::collections::BTreeMap;

/// Events by time; those of one moment in the order in which they were set.
#[derive(Debug)]
pub(crate) struct Heap<E> {
    events: BTreeMap<(u64, u64), E>,
    serial: u64,
}

impl<E> Default for Heap<E> {
    fn default() -> Heap<E> {
        Heap { events: BTreeMap::new(), serial: 0 }
    }
}

impl<E> Heap<E> {
    pub(crate) fn set(&mut self, at_ns: u64, event: E) {
        self.serial += 1;
        self.events.insert((at_ns, self.serial), event);
    }

    /// When the next one happens.
    pub(crate) fn next_at(&self) -> Option<u64> {
        self.events.first_key_value().map(|((at, _), _)| *at)
    }

    pub(crate) fn next(&mut self) -> Option<(u64, E)> {
        self.events.pop_first().map(|((at, _), event)| (at, event))
    }
}
