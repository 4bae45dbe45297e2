//! What waits on a link to be sent, and how it ends.

use std::collections::VecDeque;
use std::sync::Mutex;

use tokio::sync::Notify;
use vigil_gossip::Goodbye;
use vigil_model::limits::{TRANSPORT_QUEUE_BYTES_MAX, WIRE_FRAME_BYTES_MAX};

use crate::lock::lock;

/// One frame that waits.
pub(crate) struct Waiting {
    pub(crate) frame: Vec<u8>,
    pub(crate) counted: u32,
}

/// How a link is to end, seen from here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ending {
    /// Tell the peer why; what waits is sent before.
    Goodbye(Goodbye),
    /// The peer does not take what is sent.
    Overflow,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    ending: Option<Ending>,
}

/// The frames that wait on one link. Filled by the shell without waiting, emptied by the link.
#[derive(Default)]
pub(crate) struct SendQueue {
    state: Mutex<State>,
    changed: Notify,
}

impl SendQueue {
    /// Puts a frame at the end; false when the link is ending or ends by this.
    pub(crate) fn push(&self, frame: Vec<u8>, counted: u32) -> bool {
        assert!(frame.len() <= WIRE_FRAME_BYTES_MAX, "the sender keeps to the limit");
        let taken = {
            let mut state = lock(&self.state);
            if state.ending.is_some() {
                return false;
            }
            let fits = state.bytes + frame.len() <= TRANSPORT_QUEUE_BYTES_MAX;
            if fits {
                state.bytes += frame.len();
                state.waiting.push_back(Waiting { frame, counted });
            } else {
                state.ending = Some(Ending::Overflow);
            }
            fits
        };
        self.changed.notify_waiters();
        taken
    }

    /// Takes what waits, up to about `bytes`, at least one frame; nothing when the link is ending
    /// and all was taken.
    pub(crate) async fn take(&self, bytes: usize) -> Option<Vec<Waiting>> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            {
                let mut state = lock(&self.state);
                let batch = state.batch(bytes);
                if !batch.is_empty() {
                    return Some(batch);
                }
                if state.ending.is_some() {
                    return None;
                }
            }
            changed.await;
        }
    }

    /// Ends the link; the first reason stays.
    pub(crate) fn end(&self, ending: Ending) {
        lock(&self.state).ending.get_or_insert(ending);
        self.changed.notify_waiters();
    }

    /// Waits until the link is to end.
    pub(crate) async fn ending(&self) -> Ending {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if let Some(ending) = lock(&self.state).ending {
                return ending;
            }
            changed.await;
        }
    }

    /// Bytes that wait.
    pub(crate) fn bytes(&self) -> usize {
        lock(&self.state).bytes
    }
}

impl State {
    fn batch(&mut self, bytes: usize) -> Vec<Waiting> {
        let mut batch = Vec::new();
        let mut taken = 0;
        while let Some(next) = self.waiting.pop_front() {
            taken += next.frame.len();
            batch.push(next);
            if taken >= bytes {
                break;
            }
        }
        self.bytes -= taken;
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_waits_is_taken_in_order_and_before_the_end() {
        let queue = SendQueue::default();
        for number in 0..3 {
            assert!(queue.push(vec![number; 10], 1));
        }
        queue.end(Ending::Goodbye(Goodbye::Stopping));
        queue.end(Ending::Overflow);
        assert!(!queue.push(vec![9], 1), "nothing enters a link that ends");
        let first = queue.take(15).await.expect("two frames reach fifteen bytes");
        let second = queue.take(15).await.expect("one is left");
        assert_eq!(first.iter().chain(&second).map(|waiting| waiting.frame[0]).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(queue.take(15).await.is_none());
        assert_eq!(queue.ending().await, Ending::Goodbye(Goodbye::Stopping));
        assert_eq!(queue.bytes(), 0);
    }

    #[tokio::test]
    async fn a_peer_that_takes_nothing_ends_the_link_at_the_limit() {
        let queue = SendQueue::default();
        let frames = TRANSPORT_QUEUE_BYTES_MAX / WIRE_FRAME_BYTES_MAX;
        for _ in 0..frames {
            assert!(queue.push(vec![0; WIRE_FRAME_BYTES_MAX], 0));
        }
        assert!(!queue.push(vec![0], 0));
        assert_eq!(queue.ending().await, Ending::Overflow);
        assert!(queue.bytes() <= TRANSPORT_QUEUE_BYTES_MAX);
    }

    #[tokio::test]
    async fn a_waiting_link_is_woken() {
        let queue = std::sync::Arc::new(SendQueue::default());
        let waiting = tokio::spawn({
            let queue = queue.clone();
            async move { queue.take(1).await.map(|batch| batch.len()) }
        });
        tokio::task::yield_now().await;
        assert!(queue.push(vec![1], 0));
        assert_eq!(waiting.await.expect("it ends"), Some(1));
    }
}
