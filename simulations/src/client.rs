//! Who hands records in, and what they do with a refusal, a crash or a doubt.

use std::collections::VecDeque;
use std::ops::Range;

use vigil_crdt::{IdempotencyKey, IdempotencyRow};
use vigil_model::{Class, Hash};

/// How a client behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A few records now and then, often with `seal_now`.
    Trickle,
    /// Much at once.
    Burst,
    /// Requests under an idempotency key, repeated until they are complete; two clients may send
    /// the same request at the same time.
    Keyed,
}

/// What one request is to achieve. A keyed one may be carried by several clients.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) numbers: Range<u64>,
    pub(crate) class: Class,
    pub(crate) seal_now: bool,
    /// Present with an idempotency key.
    pub(crate) key: Option<(IdempotencyKey, Hash)>,
    pub(crate) done: bool,
    /// Given up because its row was damaged by a flipped bit.
    pub(crate) abandoned: bool,
    /// A crash tore its row over an earlier one: a retry may store records again.
    pub(crate) forgotten: bool,
}

impl Request {
    pub(crate) fn len(&self) -> u64 {
        self.numbers.end - self.numbers.start
    }
}

/// One try to bring a keyed request to its end.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) id: u64,
    /// Records sent or known to be durable.
    pub(crate) next: u64,
    pub(crate) resumed: Option<IdempotencyRow>,
    pub(crate) outstanding: u32,
    /// The number of its first record, if nothing else of the request was under way when it began.
    pub(crate) alone_from: Option<u64>,
}

/// A client.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) kind: Kind,
    pub(crate) request: Option<usize>,
    pub(crate) attempt: Option<Attempt>,
    /// Of a request without a key: what is still to be sent, and how many are not yet settled.
    pub(crate) todo: VecDeque<Range<u64>>,
    pub(crate) unsettled: u64,
    /// When it acts next, and until when it was asked to wait.
    pub(crate) next_ns: Option<u64>,
    pub(crate) pause_ns: u64,
    /// Requests brought to their end since the calm began.
    pub(crate) calm_done: u32,
}

impl Client {
    pub(crate) fn new(kind: Kind) -> Client {
        Client {
            kind,
            request: None,
            attempt: None,
            todo: VecDeque::new(),
            unsettled: 0,
            next_ns: None,
            pause_ns: 0,
            calm_done: 0,
        }
    }

    pub(crate) fn begin(&mut self, index: usize, request: &Request) {
        self.request = Some(index);
        self.attempt = None;
        self.todo = VecDeque::from([request.numbers.clone()]);
        self.unsettled = request.len();
    }
}

/// A submission on its way.
#[derive(Clone, Debug)]
pub(crate) struct Flight {
    pub(crate) client: usize,
    pub(crate) request: usize,
    /// Of which attempt, with an idempotency key.
    pub(crate) attempt: Option<u64>,
    pub(crate) numbers: Range<u64>,
    pub(crate) class: Class,
    pub(crate) bytes: u32,
    /// Sent under a key that belongs to another body: it must be refused.
    pub(crate) probe: bool,
}
