//! How far the index is behind what is durable.

/// The index reports now and then; in between, whatever became durable counts as behind.
#[derive(Debug, Default)]
pub(crate) struct IndexLag {
    arrival: u64,
    bytes: u64,
}

impl IndexLag {
    pub(crate) fn durable(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    pub(crate) fn reported(&mut self, arrival: u64, bytes: u64) {
        self.arrival = self.arrival.max(arrival);
        self.bytes = bytes;
    }

    pub(crate) fn arrival(&self) -> u64 {
        self.arrival
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }
}
