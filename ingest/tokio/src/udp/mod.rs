//! How datagrams become events, and what is counted when they come too fast.
//!
//! One task takes datagrams from the kernel and does nothing else; another makes events of them. Between them is a queue
//! with a maximum: what finds it full is dropped and counted, and so is what the kernel had to drop before.

mod drops;
mod messages;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use vigil_model::limits::{DATAGRAMS_WAITING_BYTES_MAX, DATAGRAMS_WAITING_MAX};

use crate::gather::Gatherer;
use crate::order::Job;
use drops::Drops;
use messages::Reading;

/// Bytes of the longest datagram.
const DATAGRAM_BYTES_MAX: usize = 65_535;
/// Datagrams taken from the kernel before others of this thread have their turn.
const TURN: usize = 256;
/// How often the kernel is asked what it dropped.
const DROPS_EVERY: Duration = Duration::from_secs(2);

struct Datagram {
    peer: SocketAddr,
    bytes: Vec<u8>,
}

/// What waits between both tasks.
struct Waiting {
    sender: mpsc::Sender<Datagram>,
    bytes: Arc<AtomicUsize>,
}

impl Waiting {
    /// Whether there was room.
    fn push(&self, peer: SocketAddr, bytes: &[u8]) -> bool {
        let before = self.bytes.fetch_add(bytes.len(), Ordering::Relaxed);
        let fits = before + bytes.len() <= DATAGRAMS_WAITING_BYTES_MAX;
        let pushed = fits && self.sender.try_send(Datagram { peer, bytes: bytes.to_vec() }).is_ok();
        if !pushed {
            self.bytes.fetch_sub(bytes.len(), Ordering::Relaxed);
        }
        pushed
    }
}

/// Listens until told to stop, then makes events of what waits.
pub(crate) async fn listen(socket: Arc<UdpSocket>, job: Job) {
    let (sender, receiver) = mpsc::channel(DATAGRAMS_WAITING_MAX);
    let bytes = Arc::new(AtomicUsize::new(0));
    let waiting = Waiting { sender, bytes: Arc::clone(&bytes) };
    tokio::join!(receive(socket, waiting, job.clone()), decode(receiver, bytes, job));
}

/// Takes datagrams from the kernel.
async fn receive(socket: Arc<UdpSocket>, waiting: Waiting, mut job: Job) {
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    let mut drops = Drops::of(&socket);
    let mut ask = Instant::now() + DROPS_EVERY;
    loop {
        tokio::select! {
            biased;
            () = job.stopping() => return,
            ready = socket.readable() => {
                let lost = ready.map_or(0, |()| drain(&socket, &mut buffer, &waiting));
                count(lost, "datagrams came faster than they could be kept", &mut job);
                tokio::task::yield_now().await;
            }
            () = sleep_until(ask) => {
                ask = Instant::now() + DROPS_EVERY;
                let lost = drops.since();
                count(lost, "the kernel dropped datagrams: raise net.core.rmem_max", &mut job);
            }
        }
    }
}

/// Takes what is there; answers how many datagrams found no room.
fn drain(socket: &UdpSocket, buffer: &mut [u8], waiting: &Waiting) -> u64 {
    let mut lost = 0;
    for _ in 0..TURN {
        match socket.try_recv_from(buffer) {
            Ok((length, peer)) => lost += u64::from(!waiting.push(peer, &buffer[..length])),
            // Nothing more is there, or a peer to which nothing was sent is not reachable: neither matters.
            Err(_) => break,
        }
    }
    lost
}

fn count(lost: u64, why: &str, job: &mut Job) {
    if lost > 0 {
        job.changed();
        job.counts().turn_away(lost, why, job.now());
    }
}

/// Makes events of datagrams, until no more can come.
async fn decode(mut receiver: mpsc::Receiver<Datagram>, bytes: Arc<AtomicUsize>, mut job: Job) {
    let mut gather = Gatherer::new(&job);
    let mut reading = Reading::new(&job);
    let mut stop = job.clone();
    let mut datagrams = Vec::with_capacity(TURN);
    loop {
        let (due, room) = (gather.due(), gather.has_room());
        let far = Instant::now() + DROPS_EVERY;
        tokio::select! {
            biased;
            () = stop.abandoned() => return,
            () = gather.settle() => {}
            count = receiver.recv_many(&mut datagrams, TURN), if room => {
                if count == 0 {
                    break;
                }
                if job.changed() {
                    reading = Reading::new(&job);
                }
                for datagram in datagrams.drain(..) {
                    bytes.fetch_sub(datagram.bytes.len(), Ordering::Relaxed);
                    reading.take(datagram, &mut gather);
                }
                gather.took();
            }
            () = sleep_until(due.unwrap_or(far)) => {
                if due.is_some() {
                    gather.hand_on();
                }
                reading.pass_time(gather.now());
            }
        }
    }
    // What is not kept was counted.
    let _ = gather.flush(&mut job).await;
}
