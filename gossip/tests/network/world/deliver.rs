//! What the network and the disks do: deeds are performed, parcels arrive, blocks become durable.

use vigil_gossip::{Config, Deed, End, Event, Fault, Link, Message, Part, Pull, PullId, ServeId};
use vigil_model::{ClassSet, Hash, LogId, NodeId};

use super::{Due, LOGS, Lie, Machine, Parcel, World, epoch, node};
use crate::store::{Block, block, bytes, classes};

impl World {
    pub(super) fn perform(&mut self, at: usize, deed: Deed) {
        match deed {
            Deed::Send { link, message } => {
                let size = message.size();
                assert_eq!(Message::decode(&message.encode()).as_ref(), Ok(&message), "what is sent is understood");
                self.traffic.messages += 1;
                self.traffic.message_bytes += u64::from(size);
                self.post(at, link, Parcel::Message(message), size);
            }
            Deed::Announce { links, log, seq, eager, bytes: counted, flood: _ } => {
                let block = self.machines[at].store.get(&log, seq).expect("announced blocks are durable").clone();
                for link in links {
                    self.traffic.announced_bytes += u64::from(bytes(&block, eager));
                    self.post(at, link, Parcel::Announced(block.clone(), eager), counted);
                }
            }
            Deed::Pull { link, pull, request } => {
                self.first_pull.get_or_insert(self.now);
                self.traffic.pulls += 1;
                self.post(at, link, Parcel::Asked(pull, request), 0);
            }
            Deed::Serve { link, serve, request } => self.serve(at, link, serve, &request),
            Deed::Decline { serve, end } => {
                let (link, pull) = self.machines[at].serving.remove(&serve).expect("asked before");
                self.post(at, link, Parcel::Ended(pull, 0, end), 0);
            }
            Deed::LookUp { log, seq } => self.after(1, Due::Found { at, log, seq }),
            Deed::Forked { ours, theirs, .. } => {
                assert_eq!((ours.header.log, ours.header.seq), (theirs.header.log, theirs.header.seq));
                assert_ne!(ours.hash, theirs.hash);
                let (log, seq) = (ours.header.log, ours.header.seq);
                self.machines[at].forks.push((log, seq));
                if self.spread_forks {
                    self.after(2 * self.latency, Due::Frozen { log, seq });
                }
            }
            Deed::Held { peer, blocks, log, .. } => {
                let before = self.machines[at].copies.insert((peer, log), blocks);
                assert!(before.unwrap_or(0) < blocks, "copies rise");
            }
            Deed::Twin { .. } => self.machines[at].twins += 1,
            Deed::HangUp { link, why } => {
                self.machines[at].hung_up.push(why);
                self.after(0, Due::Closed { at, link });
                if let Some((to, other)) = self.machines[at].links.get(&link).copied() {
                    self.after(self.latency, Due::Closed { at: to, link: other });
                }
            }
        }
    }

    fn serve(&mut self, at: usize, link: Link, serve: ServeId, request: &Pull) {
        let Some((_, pull)) = self.machines[at].serving.get(&serve).copied() else { return };
        if let Some(lie) = self.machines[at].lie {
            return self.lie(at, link, pull, request, lie);
        }
        let (mut sent, mut next, mut end) = (0, request.from, End::Done);
        while next < request.until {
            let Some(block) = self.machines[at].store.get(&request.log, next).cloned() else {
                end = End::NotHeld;
                break;
            };
            let held = &self.machines[at].store.0[&request.log].bodies;
            let came = request.classes.iter().filter(|class| held.contains(&(*class, next))).collect();
            sent += bytes(&block, came);
            self.post(at, link, Parcel::Piece(block, came, request.part), 0);
            next += 1;
            if sent >= request.bytes && next < request.until {
                end = End::Credit;
                break;
            }
        }
        self.traffic.pulled_bytes += u64::from(sent);
        self.post(at, link, Parcel::Ended(pull, next, end), 0);
        self.after(1, Due::Served { at, link, serve });
    }

    fn lie(&mut self, at: usize, link: Link, pull: PullId, request: &Pull, lie: Lie) {
        if lie == Lie::Garbage && request.part == Part::Blocks {
            let made = block(request.log, request.from, Hash::of("nothing", &[]), LOGS, 10, 666);
            self.post(at, link, Parcel::Piece(made, LOGS, Part::Blocks), 0);
        }
        if lie != Lie::Silent {
            self.post(at, link, Parcel::Ended(pull, request.from, End::NotHeld), 0);
        }
    }

    /// A process dies, with what was on its way to its disk, and starts again in a new epoch.
    pub(crate) fn restart(&mut self, at: usize) {
        self.isolate(at);
        self.due.retain(|_, due| !due.is_of(at));
        let (me, interest) = (self.machines[at].me, self.machines[at].interest.clone());
        self.links += 1;
        let log = LogId { node: me, epoch: epoch(self.links + 10) };
        let config = Config { interest, ..Config::new(self.links, log) };
        let before = std::mem::replace(&mut self.machines[at], Machine::new(config, self.now));
        self.machines[at].store = before.store;
        self.machines[at].previous = Some(before.log);
        let authors = (0..self.machines.len()).map(node).collect();
        self.tell(at, Event::Authors(authors));
        let views: Vec<_> = self.machines[at].store.0.iter().map(|(log, model)| (*log, model.view())).collect();
        for (log, view) in views {
            self.tell(at, Event::Log { log, view, newest_bytes: 0, from: None });
        }
    }

    pub(crate) fn isolate(&mut self, at: usize) {
        let others: Vec<usize> = self.machines[at].links.values().map(|(other, _)| *other).collect();
        others.into_iter().for_each(|other| self.cut(at, other));
    }

    pub(super) fn happen(&mut self, due: Due) {
        match due {
            Due::Arrives { to, link, parcel } if self.machines[to].links.contains_key(&link) => {
                self.arrive(to, link, parcel);
            }
            Due::Arrives { .. } => {}
            Due::Left { at, link, bytes } => self.tell(at, Event::Sent { link, bytes }),
            Due::Durable { at, block, came, from, fill } => self.durable(at, &block, came, from, fill),
            Due::Found { at, log, seq } => {
                let header = self.machines[at].store.get(&log, seq).map(|block| Box::new((**block).clone()));
                self.tell(at, Event::Found { log, seq, header });
            }
            Due::Served { at, link, serve } => {
                self.machines[at].serving.remove(&serve);
                self.tell(at, Event::Served { link, serve, bytes: 0 });
            }
            Due::Closed { at, link } => self.close(at, link),
            Due::Frozen { log, seq } => self.freeze(log, seq),
        }
    }

    fn arrive(&mut self, to: usize, link: Link, parcel: Parcel) {
        match parcel {
            Parcel::Message(message) => self.tell(to, Event::Message { link, message }),
            Parcel::Asked(pull, request) => {
                self.serves += 1;
                let serve = ServeId(self.serves);
                self.machines[to].serving.insert(serve, (link, pull));
                self.tell(to, Event::Asked { link, serve, pull: request });
            }
            Parcel::Ended(pull, next, end) => self.tell(to, Event::PullEnded { link, pull, next, end }),
            Parcel::Announced(block, came) => {
                let follows = self.machines[to].interest.follows(&self.machines[to].me, &block.header.log.node);
                let whole = classes(&block).common(follows).without(came).is_empty();
                let taken = whole && self.machines[to].next(&block);
                let (log, seq, hash) = (block.header.log, block.header.seq, block.hash);
                self.tell(to, Event::Announced { link, log, seq, hash, taken });
                if taken {
                    self.commit(to, link, block, came, Part::Blocks);
                }
            }
            Parcel::Piece(block, came, part) => self.commit(to, link, block, came, part),
        }
    }

    /// What a node does with a block that came: checks it and writes it.
    fn commit(&mut self, at: usize, link: Link, block: Block, came: ClassSet, part: Part) {
        let from = self.machines[self.machines[at].links[&link].0].me;
        let (log, seq) = (block.header.log, block.header.seq);
        if part == Part::Bodies {
            return self.write_down(at, block, came, from, true);
        }
        let machine = &mut self.machines[at];
        if machine.next(&block) {
            machine.arriving.insert(log, (seq + 1, block.hash));
            return self.write_down(at, block, came, from, false);
        }
        let (blocks, _) = machine.reached(&log);
        machine.duplicates += 1;
        if seq == blocks {
            self.tell(at, Event::Refused { link, fault: Fault::Chain, at: Some((log, seq)) });
        }
    }

    fn write_down(&mut self, at: usize, block: Block, came: ClassSet, from: NodeId, fill: bool) {
        let done = (self.now + self.disk).max(self.machines[at].disk_busy);
        self.machines[at].disk_busy = done;
        self.after(done - self.now, Due::Durable { at, block, came, from, fill });
    }

    fn durable(&mut self, at: usize, block: &Block, came: ClassSet, from: NodeId, fill: bool) {
        let log = block.header.log;
        let model = self.machines[at].store.0.entry(log).or_default();
        match fill {
            true => model.fill(block, came),
            false => model.push(block, came),
        }
        let view = model.view();
        let done = model.blocks.len() as u64;
        if self.machines[at].arriving.get(&log).is_some_and(|(blocks, _)| *blocks <= done) {
            self.machines[at].arriving.remove(&log);
        }
        let newest_bytes = bytes(block, came);
        self.tell(at, Event::Log { log, view, newest_bytes, from: Some(from) });
        if !self.ends.is_empty() {
            self.close_logs(at, log.node);
        }
    }
}
