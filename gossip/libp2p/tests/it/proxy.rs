//! A bad network in user space: UDP datagrams to a node and its bulk lane, delayed and lost.

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// Datagrams under way in one direction: 100 MB/s for 100 ms.
const QUEUE: usize = 8_192;

/// How bad it is.
#[derive(Clone, Copy)]
pub(crate) struct Badness {
    /// One way.
    pub(crate) delay: Duration,
    /// Datagrams lost of a million.
    pub(crate) lost_per_million: u32,
}

/// Forwards datagrams until it is dropped.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    stopped: Arc<AtomicBool>,
    cut: Arc<AtomicBool>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

struct Late {
    due: Instant,
    from: Arc<UdpSocket>,
    to: Option<SocketAddr>,
    bytes: Vec<u8>,
}

#[derive(Clone)]
struct Way {
    badness: Badness,
    dice: Arc<AtomicU32>,
    stopped: Arc<AtomicBool>,
    cut: Arc<AtomicBool>,
    queue: mpsc::SyncSender<Late>,
}

impl Proxy {
    /// Two neighbouring ports that lead to `target` and the port after it.
    pub(crate) fn start(target: SocketAddr, badness: Badness) -> Proxy {
        let (stopped, cut) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (first, second) = neighbours();
        let address = first.local_addr().expect("bound");
        for (number, socket) in [first, second].into_iter().enumerate() {
            let target = SocketAddr::new(target.ip(), target.port() + number as u16);
            let way = |seed| Way {
                badness,
                dice: Arc::new(AtomicU32::new(seed)),
                stopped: stopped.clone(),
                cut: cut.clone(),
                queue: deliverer(),
            };
            let (there, back) = (way(1), way(2));
            thread::spawn(move || forward(socket, target, &there, &back));
        }
        Proxy { address, stopped, cut }
    }

    /// Loses everything from now on, or nothing any more.
    #[allow(dead_code, reason = "the bench does not cut")]
    pub(crate) fn cut(&self, cut: bool) {
        self.cut.store(cut, Ordering::Relaxed);
    }
}

impl Way {
    fn send(&self, from: &Arc<UdpSocket>, to: Option<SocketAddr>, bytes: &[u8]) {
        let next = |dice: u32| Some(dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        let dice = self.dice.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).expect("always some");
        let lost = ((u64::from(dice) * 1_000_000) >> 32) < u64::from(self.badness.lost_per_million);
        if !lost && !self.cut.load(Ordering::Relaxed) {
            let due = Instant::now() + self.badness.delay;
            // A queue that is full loses what comes, as a router does.
            self.queue.try_send(Late { due, from: from.clone(), to, bytes: bytes.to_vec() }).ok();
        }
    }
}

/// The delay is the same for all, so the first in is the first out.
fn deliverer() -> mpsc::SyncSender<Late> {
    let (sender, queue) = mpsc::sync_channel::<Late>(QUEUE);
    thread::spawn(move || {
        for late in queue {
            thread::sleep(late.due.saturating_duration_since(Instant::now()));
            match late.to {
                Some(to) => late.from.send_to(&late.bytes, to).ok(),
                None => late.from.send(&late.bytes).ok(),
            };
        }
    });
    sender
}

fn forward(socket: UdpSocket, target: SocketAddr, there: &Way, back: &Way) {
    let socket = Arc::new(socket);
    let mut clients: HashMap<SocketAddr, Arc<UdpSocket>> = HashMap::new();
    let mut buffer = vec![0; 65_536];
    while !there.stopped.load(Ordering::Relaxed) {
        let Ok((length, client)) = socket.recv_from(&mut buffer) else { continue };
        let upstream = clients.entry(client).or_insert_with(|| {
            let upstream = Arc::new(bound("127.0.0.1:0".parse().expect("an address")).expect("a socket"));
            upstream.connect(target).expect("an address");
            let (reading, socket, back) = (upstream.clone(), socket.clone(), back.clone());
            thread::spawn(move || answer(&reading, &socket, client, &back));
            upstream
        });
        there.send(upstream, None, &buffer[..length]);
    }
}

fn answer(upstream: &UdpSocket, socket: &Arc<UdpSocket>, client: SocketAddr, back: &Way) {
    let mut buffer = vec![0; 65_536];
    while !back.stopped.load(Ordering::Relaxed) {
        if let Ok(length) = upstream.recv(&mut buffer) {
            back.send(socket, Some(client), &buffer[..length]);
        }
    }
}

fn bound(address: SocketAddr) -> std::io::Result<UdpSocket> {
    let socket = UdpSocket::bind(address)?;
    socket.set_read_timeout(Some(Duration::from_millis(200)))?;
    let buffers = socket2::SockRef::from(&socket);
    buffers.set_recv_buffer_size(4 * 1024 * 1024)?;
    buffers.set_send_buffer_size(4 * 1024 * 1024)?;
    Ok(socket)
}

fn neighbours() -> (UdpSocket, UdpSocket) {
    loop {
        let first = bound("127.0.0.1:0".parse().expect("an address")).expect("a free port");
        let mut next = first.local_addr().expect("bound");
        let Some(port) = next.port().checked_add(1) else { continue };
        next.set_port(port);
        if let Ok(second) = bound(next) {
            return (first, second);
        }
    }
}
