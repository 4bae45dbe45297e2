//! The thread that writes: takes what the machine gives it in order, in groups, and after a
//! failure drops everything until it is told what was withdrawn.

use std::collections::VecDeque;

use vigil_crdt::{IdempotencyKey, IdempotencyRow};
use vigil_model::Header;
use vigil_node::Ticket;

/// Something to write, named by its ticket.
pub(crate) trait Ticketed {
    /// The name.
    fn ticket(&self) -> Ticket;
}

impl Ticketed for Job {
    fn ticket(&self) -> Ticket {
        self.ticket
    }
}

/// A block of this node to write.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) ticket: Ticket,
    pub(crate) arrival: u64,
    pub(crate) header: Header,
    pub(crate) idempotency: Vec<(IdempotencyKey, IdempotencyRow)>,
}

#[derive(Debug)]
enum Order<J> {
    Write(Box<J>),
    Withdraw,
}

/// What the writer is doing.
#[derive(Debug)]
pub(crate) struct Writer<J> {
    queue: VecDeque<Order<J>>,
    /// After a failure, until the withdrawal.
    failed: bool,
    /// The group on its way to the disk.
    pub(crate) group: Vec<J>,
    /// Whether it waits for the disk.
    pub(crate) busy: bool,
    /// The last ticket written; with `sync: interval` the timer syncs up to it.
    pub(crate) written: Option<Ticket>,
    pub(crate) synced: Option<Ticket>,
}

impl<J> Default for Writer<J> {
    fn default() -> Writer<J> {
        Writer { queue: VecDeque::new(), failed: false, group: Vec::new(), busy: false, written: None, synced: None }
    }
}

impl<J: Ticketed> Writer<J> {
    pub(crate) fn write(&mut self, job: J) {
        self.queue.push_back(Order::Write(Box::new(job)));
    }

    pub(crate) fn withdraw(&mut self) {
        self.queue.push_back(Order::Withdraw);
    }

    /// Takes the next group of at most `size` blocks, if it is idle and there is one.
    pub(crate) fn take_group(&mut self, size: u64) -> bool {
        if self.busy {
            return false;
        }
        while let Some(order) = self.queue.pop_front() {
            match order {
                Order::Withdraw if self.group.is_empty() => self.failed = false,
                Order::Withdraw => {
                    self.queue.push_front(Order::Withdraw);
                    break;
                }
                Order::Write(_) if self.failed => {}
                Order::Write(job) => self.group.push(*job),
            }
            if self.group.len() as u64 == size {
                break;
            }
        }
        self.busy = !self.group.is_empty();
        self.busy
    }

    /// Goes on after a failure as if nothing had happened: a deliberate bug.
    pub(crate) fn forget_failure(&mut self) {
        self.failed = false;
    }

    /// The group could not be written.
    pub(crate) fn fail(&mut self) -> Ticket {
        let first = self.group.first().expect("a group holds at least one block").ticket();
        self.group.clear();
        self.busy = false;
        self.failed = true;
        first
    }
}
