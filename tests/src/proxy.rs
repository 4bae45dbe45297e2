//! A UDP port in front of a node's peer port that can lose packets, or be cut.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// Bytes of the largest datagram.
const DATAGRAM: usize = 65_535;
/// How often a thread looks whether it is to end.
const LOOK: Duration = Duration::from_millis(100);

/// What happens to packets, both ways.
#[derive(Default)]
struct Weather {
    cut: AtomicBool,
    /// Of a thousand packets, so many are lost.
    loss: AtomicU32,
    passed: AtomicU64,
    bytes: AtomicU64,
    ended: AtomicBool,
    count: AtomicU64,
}

/// The port. It ends when it is dropped.
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    weather: Arc<Weather>,
}

impl Weather {
    /// Whether the next packet, of so many bytes, passes: spread evenly, the same in every run.
    fn passes(&self, length: usize) -> bool {
        let n = self.count.fetch_add(1, Ordering::Relaxed);
        let drawn = (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) % 1_000;
        let passes = !self.cut.load(Ordering::Relaxed) && drawn >= u64::from(self.loss.load(Ordering::Relaxed));
        self.passed.fetch_add(u64::from(passes), Ordering::Relaxed);
        self.bytes.fetch_add(if passes { length as u64 } else { 0 }, Ordering::Relaxed);
        passes
    }
}

impl Proxy {
    /// A port that leads to `target`.
    pub fn start(target: SocketAddr) -> Proxy {
        let front = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
        front.set_read_timeout(Some(LOOK)).expect("a socket can wait");
        let address = front.local_addr().expect("a bound socket has an address");
        let weather = Arc::new(Weather::default());
        let shared = weather.clone();
        thread::spawn(move || forward(&front, target, &shared));
        Proxy { address, weather }
    }

    /// Lets nothing through any more, or everything again.
    pub fn cut(&self, cut: bool) {
        self.weather.cut.store(cut, Ordering::Relaxed);
    }

    /// Loses so many of a thousand packets.
    pub fn lose(&self, of_a_thousand: u32) {
        self.weather.loss.store(of_a_thousand, Ordering::Relaxed);
    }

    /// Packets that passed.
    pub fn passed(&self) -> u64 {
        self.weather.passed.load(Ordering::Relaxed)
    }

    /// Bytes in these packets, both ways, without the headers of UDP and IP.
    pub fn bytes(&self) -> u64 {
        self.weather.bytes.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.weather.ended.store(true, Ordering::Relaxed);
    }
}

/// Every client gets a socket of its own towards the target, so that answers find back.
fn forward(front: &UdpSocket, target: SocketAddr, weather: &Arc<Weather>) {
    let mut back: BTreeMap<SocketAddr, Arc<UdpSocket>> = BTreeMap::new();
    let mut buffer = vec![0; DATAGRAM];
    while !weather.ended.load(Ordering::Relaxed) {
        let Ok((length, client)) = front.recv_from(&mut buffer) else { continue };
        let socket = back.entry(client).or_insert_with(|| answering(front, client, target, weather));
        if weather.passes(length) {
            // A packet that cannot be sent is a packet that was lost.
            let _ = socket.send(&buffer[..length]);
        }
    }
}

fn answering(front: &UdpSocket, client: SocketAddr, target: SocketAddr, weather: &Arc<Weather>) -> Arc<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
    socket.connect(target).expect("loopback is there");
    socket.set_read_timeout(Some(LOOK)).expect("a socket can wait");
    let socket = Arc::new(socket);
    let (reading, front) = (socket.clone(), front.try_clone().expect("a socket can be shared"));
    let weather = weather.clone();
    thread::spawn(move || {
        let mut buffer = vec![0; DATAGRAM];
        while !weather.ended.load(Ordering::Relaxed) {
            let Ok(length) = reading.recv(&mut buffer) else { continue };
            if weather.passes(length) {
                // As above.
                let _ = front.send_to(&buffer[..length], client);
            }
        }
    });
    socket
}
