//! How bytes travel between simulated processes: connections that open, delay, stall and break.
//!
//! As over QUIC, a connection carries streams. Bytes of one stream arrive in order or not at all;
//! streams overtake each other. A cut direction stalls what is under way; when it lasts, the
//! connection breaks, everything in flight is lost, and each end notices in its own time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

use vigil_gossip::Link;

use crate::cluster::event::{Event, Who};
use crate::heap::Heap;
use crate::random::Random;

/// Nanoseconds until a stalled arrival is looked at again.
const STALLED_NS: u64 = 20_000_000;

/// Names a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ConnId(pub(crate) u64);

/// A stream of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stream {
    /// Messages and announcements.
    Sync,
    /// One pull and its answer: who asked, and its number.
    Range(usize, u64),
}

/// What one write to a stream carries.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    pub(crate) bytes: Vec<u8>,
    /// What the sender counted for it, to be reported when it has left.
    pub(crate) counted: u32,
    /// The last of its stream.
    pub(crate) last: bool,
}

impl Packet {
    /// Nothing to read, but something was counted for it.
    pub(crate) fn nothing(counted: u32) -> Packet {
        Packet { bytes: Vec::new(), counted, last: false }
    }
}

/// One end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    pub(crate) who: Who,
    pub(crate) link: Link,
    /// Whether this end still believes in it.
    pub(crate) open: bool,
}

#[derive(Debug)]
struct Connection {
    ends: [End; 2],
    /// In flight, by sending side and stream.
    queues: BTreeMap<(usize, Stream), VecDeque<Packet>>,
    broken: bool,
}

/// How the cables are.
#[derive(Clone, Debug)]
pub(crate) struct Weather {
    pub(crate) latency_us: Range<u64>,
    pub(crate) bytes_per_ms: u64,
    /// Until both ends take a silent connection for dead.
    pub(crate) timeout_ms: Range<u64>,
}

/// All cables and connections.
#[derive(Debug)]
pub(crate) struct Net {
    pub(crate) weather: Weather,
    /// Directions in which nothing passes.
    cut: BTreeSet<(usize, usize)>,
    connections: BTreeMap<ConnId, Connection>,
    /// When a direction of a cable is free again.
    free_ns: BTreeMap<(usize, usize), u64>,
    links: u64,
    /// Bytes that left, by direction.
    pub(crate) sent: BTreeMap<(usize, usize), u64>,
}

impl Net {
    pub(crate) fn new(weather: Weather) -> Net {
        Net {
            weather,
            cut: BTreeSet::new(),
            connections: BTreeMap::new(),
            free_ns: BTreeMap::new(),
            links: 0,
            sent: BTreeMap::new(),
        }
    }

    /// Whether bytes pass in this direction.
    pub(crate) fn passes(&self, from: usize, to: usize) -> bool {
        !self.cut.contains(&(from, to))
    }

    /// Nothing passes in this direction from now on; connections that need it may time out.
    pub(crate) fn cut(&mut self, from: usize, to: usize, now_ns: u64, random: &mut Random, heap: &mut Heap<Event>) {
        self.cut.insert((from, to));
        for (id, connection) in &self.connections {
            if connection.joins(from, to) {
                let wait = random.within(self.weather.timeout_ms.clone()) * 1_000_000;
                heap.set(now_ns + wait, Event::Silent(*id));
            }
        }
    }

    /// Everything passes.
    pub(crate) fn heal(&mut self) {
        self.cut.clear();
    }

    /// Opens a connection; answers its two links.
    pub(crate) fn open(&mut self, a: Who, b: Who) -> (ConnId, [Link; 2]) {
        self.links += 2;
        let id = ConnId(self.links);
        let links = [Link(self.links - 1), Link(self.links)];
        let ends = [End { who: a, link: links[0], open: true }, End { who: b, link: links[1], open: true }];
        self.connections.insert(id, Connection { ends, queues: BTreeMap::new(), broken: false });
        (id, links)
    }

    /// An end of a connection, while that end believes in it.
    pub(crate) fn end(&self, id: ConnId, side: usize) -> Option<End> {
        self.connections.get(&id).map(|connection| connection.ends[side]).filter(|end| end.open)
    }

    /// Puts bytes on a stream. They leave when the cable is free, and arrive later, if ever.
    pub(crate) fn send(
        &mut self,
        (id, side): (ConnId, usize),
        stream: Stream,
        packet: Packet,
        now_ns: u64,
        random: &mut Random,
        heap: &mut Heap<Event>,
    ) {
        let Some(connection) = self.connections.get_mut(&id).filter(|it| !it.broken) else { return };
        let cable = (connection.ends[side].who.site, connection.ends[1 - side].who.site);
        let bytes = packet.bytes.len() as u64;
        let busy_ns = bytes * 1_000_000 / self.weather.bytes_per_ms.max(1);
        let free_ns = self.free_ns.entry(cable).or_default();
        *free_ns = (*free_ns).max(now_ns) + busy_ns;
        *self.sent.entry(cable).or_default() += bytes;
        let left_ns = *free_ns;
        if packet.counted > 0 {
            heap.set(left_ns, Event::Left(id, side, packet.counted));
        }
        connection.queues.entry((side, stream)).or_default().push_back(packet);
        let travel_ns = random.within(self.weather.latency_us.clone()) * 1_000;
        heap.set(left_ns + travel_ns, Event::Arrive(id, side, stream));
    }

    /// What arrives now from `side`: the next packet of the stream, and the end that it reaches.
    pub(crate) fn arrive(
        &mut self,
        id: ConnId,
        side: usize,
        stream: Stream,
        now_ns: u64,
        heap: &mut Heap<Event>,
    ) -> Option<(End, Packet)> {
        let connection = self.connections.get_mut(&id).filter(|it| !it.broken)?;
        let cable = (connection.ends[side].who.site, connection.ends[1 - side].who.site);
        if self.cut.contains(&cable) {
            heap.set(now_ns + STALLED_NS, Event::Arrive(id, side, stream));
            return None;
        }
        let queue = connection.queues.get_mut(&(side, stream))?;
        let packet = queue.pop_front()?;
        if queue.is_empty() && packet.last {
            connection.queues.remove(&(side, stream));
        }
        let end = connection.ends[1 - side];
        end.open.then_some((end, packet))
    }

    /// Whether a connection has been silent because a direction of it is cut.
    pub(crate) fn is_silent(&self, id: ConnId) -> bool {
        self.connections.get(&id).is_some_and(|it| {
            let [a, b] = it.ends.map(|end| end.who.site);
            let passes = self.passes(a, b) && self.passes(b, a);
            !it.broken && !passes
        })
    }

    /// Everything in flight is lost. The ends notice when they are told.
    pub(crate) fn break_off(&mut self, id: ConnId) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.broken = true;
            connection.queues.clear();
        }
    }

    /// This end takes the connection for dead; answers it, if it was alive to it.
    pub(crate) fn give_up(&mut self, id: ConnId, side: usize) -> Option<End> {
        let connection = self.connections.get_mut(&id)?;
        let end = connection.ends[side];
        connection.ends[side].open = false;
        connection.broken = true;
        connection.queues.clear();
        if connection.ends.iter().all(|end| !end.open) {
            self.connections.remove(&id);
        }
        end.open.then_some(end)
    }

    /// The connections of a process that it still believes in, with its side.
    pub(crate) fn of(&self, who: Who) -> Vec<(ConnId, usize)> {
        let sides = |(id, it): (&ConnId, &Connection)| {
            let side = it.ends.iter().position(|end| end.who == who && end.open)?;
            Some((*id, side))
        };
        self.connections.iter().filter_map(sides).collect()
    }

    /// All connections that work.
    pub(crate) fn alive(&self) -> Vec<ConnId> {
        self.connections.iter().filter(|(_, it)| !it.broken).map(|(id, _)| *id).collect()
    }

    /// The side and connection of a link.
    pub(crate) fn find(&self, who: Who, link: Link) -> Option<(ConnId, usize)> {
        let id = ConnId(link.0 + link.0 % 2);
        let connection = self.connections.get(&id)?;
        let side = connection.ends.iter().position(|end| end.link == link && end.who == who && end.open)?;
        Some((id, side))
    }

    /// Whether these two processes have a connection that both believe in.
    pub(crate) fn linked(&self, a: Who, b: Who) -> bool {
        self.connections.values().any(|it| {
            let whos = it.ends.map(|end| end.who);
            !it.broken && (whos == [a, b] || whos == [b, a]) && it.ends.iter().all(|end| end.open)
        })
    }
}

impl Connection {
    fn joins(&self, a: usize, b: usize) -> bool {
        let sites = self.ends.map(|end| end.who.site);
        !self.broken && (sites == [a, b] || sites == [b, a])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Who = Who { site: 0, process: 1 };
    const B: Who = Who { site: 1, process: 1 };

    fn net() -> (Net, Random, Heap<Event>) {
        let weather = Weather { latency_us: 100..10_000, bytes_per_ms: 1_000, timeout_ms: 100..200 };
        (Net::new(weather), Random::new(1), Heap::default())
    }

    fn packet(byte: u8) -> Packet {
        Packet { bytes: vec![byte; 100], counted: 0, last: false }
    }

    /// Runs until nothing happens; answers what arrived, by stream.
    fn run(net: &mut Net, heap: &mut Heap<Event>) -> Vec<(Stream, u8)> {
        let mut arrived = Vec::new();
        while let Some((now_ns, event)) = heap.next() {
            if now_ns > 1_000_000_000 {
                break;
            }
            if let Event::Arrive(id, side, stream) = event {
                let got = net.arrive(id, side, stream, now_ns, heap);
                arrived.extend(got.map(|(_, packet)| (stream, packet.bytes[0])));
            }
        }
        arrived
    }

    #[test]
    fn a_stream_keeps_its_order_and_streams_overtake() {
        let (mut net, mut random, mut heap) = net();
        let (id, _) = net.open(A, B);
        let streams = [Stream::Sync, Stream::Range(0, 1)];
        for n in 0..50 {
            streams.iter().for_each(|stream| net.send((id, 0), *stream, packet(n), 0, &mut random, &mut heap));
        }
        let arrived = run(&mut net, &mut heap);
        for stream in streams {
            let of: Vec<u8> = arrived.iter().filter(|(on, _)| *on == stream).map(|(_, byte)| *byte).collect();
            assert_eq!(of, (0..50).collect::<Vec<_>>());
        }
        assert!(arrived.windows(2).any(|pair| pair[0].1 > pair[1].1), "one stream overtakes the other");
    }

    #[test]
    fn a_cut_stalls_one_direction_and_a_break_loses_everything() {
        let (mut net, mut random, mut heap) = net();
        let (id, links) = net.open(A, B);
        net.cut(0, 1, 0, &mut random, &mut heap);
        net.send((id, 0), Stream::Sync, packet(1), 0, &mut random, &mut heap);
        net.send((id, 1), Stream::Sync, packet(2), 0, &mut random, &mut heap);
        assert_eq!(run(&mut net, &mut heap), [(Stream::Sync, 2)]);
        assert!(net.is_silent(id) && net.linked(A, B));
        net.break_off(id);
        net.heal();
        heap.set(0, Event::Arrive(id, 0, Stream::Sync));
        assert_eq!(run(&mut net, &mut heap), []);
        assert_eq!(net.find(A, links[0]), Some((id, 0)), "nobody has noticed");
        assert!(net.give_up(id, 0).is_some() && net.give_up(id, 0).is_none());
        assert!(net.give_up(id, 1).is_some() && net.find(B, links[1]).is_none());
    }
}
