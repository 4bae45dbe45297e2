//! What the transport does under the virtual clock: dials members, carries frames, serves ranges.

use vigil_gossip::{Deed, End, Event as Gossip, Fault, Link, Message, Pull, PullId, ServeId};
use vigil_model::{ClassSet, LogId, NodeId};
use vigil_node::{Input, Offer, OfferId};

use crate::checkers::Verdict;
use crate::cluster::Cluster;
use crate::cluster::event::{Condition, Event, Who};
use crate::cluster::net::{ConnId, Packet, Stream};
use crate::cluster::wire::{self, Incoming};
use crate::mutants::Mutant;

impl Cluster<'_> {
    /// Looks for members without a link, and will again.
    pub(crate) fn dial(&mut self, who: Who) {
        let wait = self.random.within(self.rates.dial_ms.clone());
        if !self.has(Mutant::OneCall) {
            self.after_ms(wait, Event::Dial(who));
        }
        for site in 0..self.sites.len() {
            if let Some(peer) = self.sites[site].who().filter(|_| self.wants(who.site, site)) {
                self.call(who, peer);
            }
        }
    }

    /// Whether the transport of a site dials another: it knows it, and has no link to it.
    fn wants(&self, site: usize, other: usize) -> bool {
        let (Some(process), target) = (&self.sites[site].process, &self.sites[other]) else { return false };
        let known = self.lets_in(site, other);
        known && site != other && !process.peers.values().any(|peer| *peer == target.node)
    }

    /// Whether a site takes another for a member.
    fn lets_in(&self, site: usize, other: usize) -> bool {
        let target = &self.sites[other];
        let members = self.sites[site].process.as_ref().map(|process| &process.members);
        let known = members.is_some_and(|members| members.contains(&target.node));
        known && self.sites[site].node != target.node && self.sites[site].talks_to(other) && target.talks_to(site)
    }

    /// A connection is on its way, if the packets come through.
    pub(crate) fn call(&mut self, who: Who, peer: Who) {
        let open = self.net.passes(who.site, peer.site) && self.net.passes(peer.site, who.site);
        if open {
            let travel_us: u64 = (0..3).map(|_| self.random.within(self.net.weather.latency_us.clone())).sum();
            self.after_us(travel_us, Event::Opened(who, peer));
        }
    }

    /// The handshake is done, if both still run, want each other, and have no link yet.
    pub(crate) fn opened(&mut self, who: Who, peer: Who, double: bool) -> Verdict {
        let run = self.runs(who) && self.runs(peer);
        let open = self.net.passes(who.site, peer.site) && self.net.passes(peer.site, who.site);
        let welcome = run && self.lets_in(who.site, peer.site) && self.lets_in(peer.site, who.site);
        if !run || !open || !welcome || (!double && self.net.linked(who, peer)) {
            return Ok(());
        }
        self.stats.connections += 1;
        let (id, links) = self.net.open(who, peer);
        for (side, who) in [who, peer].into_iter().enumerate() {
            self.connected(id, side, who, links[side])?;
        }
        Ok(())
    }

    /// One end learns of a connection; an older one to the same peer is replaced by it, and said
    /// to be gone before or after.
    fn connected(&mut self, id: ConnId, side: usize, who: Who, link: Link) -> Verdict {
        let Some(other) = self.net.end(id, 1 - side).map(|end| self.sites[end.who.site].node) else { return Ok(()) };
        let Some(process) = self.process(who) else { return Ok(()) };
        let before: Vec<Link> =
            process.peers.iter().filter(|(_, peer)| **peer == other).map(|(link, _)| *link).collect();
        process.peers.insert(link, other);
        let late = self.random.chance(50);
        if !late {
            self.replaced(who, &before)?;
        }
        self.tell(who, Input::Gossip(Gossip::Connected { link, peer: other }))?;
        if late { self.replaced(who, &before) } else { Ok(()) }
    }

    fn replaced(&mut self, who: Who, links: &[Link]) -> Verdict {
        for link in links {
            if let Some((id, side)) = self.net.find(who, *link) {
                self.lost(id, side)?;
            }
        }
        Ok(())
    }

    /// One end takes the connection for dead; the other one notices in its own time.
    pub(crate) fn lost(&mut self, id: ConnId, side: usize) -> Verdict {
        let Some(end) = self.net.give_up(id, side) else { return Ok(()) };
        let wait = self.random.within(self.rates.notice_ms.clone());
        self.after_ms(wait, Event::Lost(id, 1 - side));
        let Some(process) = self.process(end.who) else { return Ok(()) };
        process.peers.remove(&end.link);
        process.pulls.retain(|(link, _), _| *link != end.link);
        process.serves.retain(|_, (link, _)| *link != end.link);
        self.tell(end.who, Input::Gossip(Gossip::Disconnected { link: end.link }))
    }

    /// Everything in flight is lost; both ends notice some time.
    pub(crate) fn break_connection(&mut self, id: ConnId) {
        self.stats.broken += 1;
        self.net.break_off(id);
        for side in 0..2 {
            let wait = self.random.within(self.rates.notice_ms.clone());
            self.after_ms(wait, Event::Lost(id, side));
        }
    }

    pub(crate) fn silent(&mut self, id: ConnId) {
        if self.net.is_silent(id) {
            self.break_connection(id);
        }
    }

    /// Bytes that a machine counted have left.
    pub(crate) fn left(&mut self, id: ConnId, side: usize, bytes: u32) -> Verdict {
        let Some(end) = self.net.end(id, side) else { return Ok(()) };
        self.tell(end.who, Input::Gossip(Gossip::Sent { link: end.link, bytes }))
    }

    pub(crate) fn arrive(&mut self, id: ConnId, side: usize, stream: Stream) -> Verdict {
        let Some((end, packet)) = self.net.arrive(id, side, stream, self.now_ns, &mut self.heap) else { return Ok(()) };
        let Some((tag, payload)) = packet.bytes.split_first() else { return Ok(()) };
        match (stream, *tag) {
            (Stream::Range(asker, number), wire::TAG_MESSAGE) if asker == side => {
                self.asked(end.who, end.link, number, payload)
            }
            (Stream::Sync, wire::TAG_MESSAGE) => self.message(end.who, end.link, payload),
            (Stream::Sync, wire::TAG_BLOCK) => self.offered(end.who, end.link, None, payload),
            (Stream::Range(_, number), wire::TAG_BLOCK) => {
                let process = self.process(end.who);
                let pull = process.and_then(|process| process.pulls.get(&(end.link, number)).copied());
                if pull.is_some() { self.offered(end.who, end.link, pull, payload) } else { Ok(()) }
            }
            (Stream::Range(_, number), wire::TAG_END) => self.pull_ended(end.who, end.link, number, payload),
            _ => self.refused_frame(end.who, end.link),
        }
    }

    fn refused_frame(&mut self, who: Who, link: Link) -> Verdict {
        self.stats.malformed += 1;
        self.tell(who, Input::Gossip(Gossip::Refused { link, fault: Fault::Malformed, at: None }))
    }

    fn message(&mut self, who: Who, link: Link, payload: &[u8]) -> Verdict {
        match Message::decode(payload) {
            Ok(message) => self.tell(who, Input::Gossip(Gossip::Message { link, message })),
            Err(_) => self.refused_frame(who, link),
        }
    }

    /// A block of a peer: the shell keeps the bytes, the machine hears of it.
    fn offered(&mut self, who: Who, link: Link, pull: Option<PullId>, payload: &[u8]) -> Verdict {
        let Ok(incoming) = Incoming::read(payload) else { return self.refused_frame(who, link) };
        let Some(process) = self.process(who) else { return Ok(()) };
        let Some(peer) = process.peers.get(&link).copied() else { return Ok(()) };
        let id = OfferId(process.next_number());
        let offer = Offer {
            id,
            link,
            peer,
            pull,
            log: incoming.log,
            seq: incoming.seq,
            header: incoming.hash(),
            classes: incoming.classes(),
            listed: incoming.listed(),
            bytes: incoming.body_bytes(),
        };
        process.offered(id, incoming);
        self.stats.offers += 1;
        self.tell(who, Input::Offered(offer))
    }

    fn asked(&mut self, who: Who, link: Link, number: u64, payload: &[u8]) -> Verdict {
        let Ok(pull) = postcard::from_bytes::<Pull>(payload) else { return self.refused_frame(who, link) };
        let Some(process) = self.process(who) else { return Ok(()) };
        let serve = ServeId(process.next_number());
        process.serves.insert(serve, (link, number));
        self.tell(who, Input::Gossip(Gossip::Asked { link, serve, pull }))
    }

    fn pull_ended(&mut self, who: Who, link: Link, number: u64, payload: &[u8]) -> Verdict {
        let Some(process) = self.process(who) else { return Ok(()) };
        let Some(pull) = process.pulls.remove(&(link, number)) else { return Ok(()) };
        let Some((next, end)) = wire::read_end(payload) else { return self.refused_frame(who, link) };
        self.tell(who, Input::Gossip(Gossip::PullEnded { link, pull, next, end }))
    }

    /// Does what the replication machine says.
    pub(crate) fn deed(&mut self, who: Who, deed: Deed) -> Verdict {
        if self.listening {
            self.overhear(who, &deed);
        }
        match deed {
            Deed::Send { link, message } => {
                let mut bytes = vec![wire::TAG_MESSAGE];
                bytes.extend(message.encode());
                let counted = bytes.len() as u32 - 1;
                self.stats.messages += 1;
                self.put(who, link, Stream::Sync, Packet { bytes, counted, last: false });
            }
            Deed::Announce { links, log, seq, eager, bytes, flood: _ } => {
                self.announce(who, &links, &log, seq, eager, bytes)
            }
            Deed::Pull { link, pull, request } => self.pull(who, link, pull, &request),
            Deed::Serve { link, serve, request } => return self.serve(who, link, serve, &request),
            Deed::Decline { serve, end } => self.finish_serve(who, serve, 0, end),
            Deed::LookUp { log, seq } => return self.look_up(who, log, seq),
            Deed::Held { peer, blocks, log, classes } => return self.held(who, peer, &log, blocks, classes),
            Deed::HangUp { link, why } => {
                say!(self, "{} hangs up on link {}: {why:?}", self.sites[who.site].name, link.0);
                if let Some((id, side)) = self.net.find(who, link) {
                    self.stats.hang_ups += 1;
                    return self.lost(id, side);
                }
            }
            // The node answers these itself: a proof is written, or the process is fenced.
            Deed::Forked { .. } | Deed::Twin { .. } => {}
        }
        Ok(())
    }

    fn announce(&mut self, who: Who, links: &[Link], log: &LogId, seq: u64, eager: ClassSet, counted: u32) {
        let Some(process) = self.process(who) else { return };
        let Some(bytes) = wire::announcement(&process.store, log, seq, eager) else {
            // A block that cannot be read is not announced; the bytes are reported as gone.
            links.iter().for_each(|link| self.put(who, *link, Stream::Sync, Packet::nothing(counted)));
            return;
        };
        self.stats.announced += links.len() as u64;
        for link in links {
            self.put(who, *link, Stream::Sync, Packet { bytes: bytes.clone(), counted, last: false });
        }
    }

    fn pull(&mut self, who: Who, link: Link, pull: PullId, request: &Pull) {
        let Some((_, side)) = self.net.find(who, link) else { return };
        let Some(process) = self.process(who) else { return };
        let number = process.next_number();
        process.pulls.insert((link, number), pull);
        self.stats.pulls += 1;
        let mut bytes = vec![wire::TAG_MESSAGE];
        bytes.extend(postcard::to_stdvec(request).expect("plain data"));
        self.put(who, link, Stream::Range(side, number), Packet { bytes, counted: 0, last: true });
    }

    fn serve(&mut self, who: Who, link: Link, serve: ServeId, request: &Pull) -> Verdict {
        let holes = self.has(Mutant::Holes);
        let Some(process) = self.process(who) else { return Ok(()) };
        let Some((_, number)) = process.serves.get(&serve).copied() else { return Ok(()) };
        let (frames, next, end) = wire::answer(&process.store, request, holes);
        let sent: u64 = frames.iter().map(|frame| frame.len() as u64).sum();
        let Some((_, side)) = self.net.find(who, link) else { return Ok(()) };
        self.stats.served += frames.len() as u64;
        for bytes in frames {
            self.put(who, link, Stream::Range(1 - side, number), Packet { bytes, counted: 0, last: false });
        }
        self.finish_serve(who, serve, next, end);
        self.tell(who, Input::Gossip(Gossip::Served { link, serve, bytes: sent }))
    }

    fn finish_serve(&mut self, who: Who, serve: ServeId, next: u64, end: End) {
        let Some((link, number)) = self.process(who).and_then(|process| process.serves.remove(&serve)) else { return };
        let Some((_, side)) = self.net.find(who, link) else { return };
        let packet = Packet { bytes: wire::end(next, end), counted: 0, last: true };
        self.put(who, link, Stream::Range(1 - side, number), packet);
    }

    fn look_up(&mut self, who: Who, log: LogId, seq: u64) -> Verdict {
        let Some(process) = self.process(who) else { return Ok(()) };
        let header = wire::stored(&process.store, &log, seq).map(Box::new);
        self.tell(who, Input::Gossip(Gossip::Found { log, seq, header }))
    }

    fn held(&mut self, who: Who, peer: NodeId, log: &LogId, blocks: u64, classes: ClassSet) -> Verdict {
        self.check_held(who, peer, log, blocks, classes)?;
        if let Some(process) = self.process(who) {
            let copies = process.copies.entry(peer).or_default();
            *copies = blocks.max(*copies);
        }
        Ok(())
    }

    /// Puts bytes on a link; a noisy sender flips a bit of a block now and then.
    fn put(&mut self, who: Who, link: Link, stream: Stream, mut packet: Packet) {
        let Some(at) = self.net.find(who, link) else { return };
        let block = packet.bytes.first() == Some(&wire::TAG_BLOCK);
        if block && self.sites[who.site].is(Condition::Noisy) && self.random.chance(30) {
            self.stats.noise += 1;
            if self.random.chance(50) {
                packet.bytes = wire::forged(&packet.bytes);
                return self.net.send(at, stream, packet, self.now_ns, &mut self.random, &mut self.heap);
            }
            let bit = self.random.below((packet.bytes.len() as u64 - 1) * 8) + 8;
            packet.bytes[(bit / 8) as usize] ^= 1 << (bit % 8);
        }
        self.net.send(at, stream, packet, self.now_ns, &mut self.random, &mut self.heap);
    }
}
