//! After the calm all members hold the same, and it is what was promised.
//!
//! Equal frontiers mean equal blocks and equal bodies, byte by byte; every log verifies; forks
//! that honest nodes could see are known to all of them; who was removed stays removed. Not
//! verified: bodies that only a lost disk or a removed member held; blocks beyond a bound.

use std::collections::{BTreeMap, BTreeSet};

use vigil_crdt::LogStore;
use vigil_crdt::chain::ChainState;
use vigil_gossip::{Bound, PeerView};
use vigil_model::{BlockRef, Class, Hash, LogId};

use crate::checkers::{Verdict, Violation, ensure};
use crate::cluster::Cluster;
use crate::cluster::process::Process;
use crate::cluster::site::{Site, Stage, Trust};

/// By log: the hash of each block that counts, with the digests of the bodies that are held.
type Holdings = BTreeMap<LogId, Vec<(Hash, Vec<(Class, Hash)>)>>;

impl Cluster<'_> {
    /// The members that must end up with everything, and run.
    fn counted(&self) -> Vec<(&Site, &Process)> {
        let sites = self.sites.iter().filter(|site| site.counts());
        sites.filter_map(|site| Some((site, site.process.as_ref()?))).collect()
    }

    /// What still differs between the members; nothing when all are in step.
    pub(crate) fn out_of_step(&self) -> Option<String> {
        let waiting = self.sites.iter().find(|site| {
            let absent = site.counts() && site.process.is_none();
            let outside = site.trust == Trust::Honest && site.stage != Stage::Member && !site.gone;
            absent || outside
        });
        if let Some(site) = waiting {
            return Some(format!("{} is not there yet: {:?}", site.name, site.stage));
        }
        let waiting = self.flights.values().filter(|flight| self.sites[flight.site].counts()).count();
        if waiting > 0 {
            return Some(format!("{waiting} submissions wait for an answer"));
        }
        let counted = self.counted();
        let frontiers: BTreeSet<Hash> = counted.iter().map(|(_, process)| process.node.frontier()).collect();
        if frontiers.len() > 1 {
            return Some(self.differences(&counted));
        }
        self.absent_bodies(&counted)
    }

    fn differences(&self, counted: &[(&Site, &Process)]) -> String {
        let mut text = String::from("the frontiers differ:");
        let heads: Vec<BTreeMap<LogId, (u64, Bound)>> = counted.iter().map(|(_, process)| heads(process)).collect();
        let logs: BTreeSet<LogId> = heads.iter().flat_map(|heads| heads.keys().copied()).collect();
        for log in logs {
            let ends: Vec<_> = heads.iter().map(|heads| heads.get(&log).copied()).collect();
            if ends.windows(2).any(|pair| pair[0] != pair[1]) {
                let author = self.sites.iter().find(|site| site.node == log.node).map_or("?", |site| &site.name);
                let named: Vec<_> = counted.iter().zip(&ends).map(|((site, _), end)| (&site.name, end)).collect();
                text.push_str(&format!("\n  {author} {:02x}{:02x}: {named:?}", log.epoch.0[0], log.epoch.0[1]));
            }
        }
        for (site, process) in counted {
            let peers: Vec<_> = process.node.peers().iter().map(|peer| self.tell_peer(peer)).collect();
            let (frontier, members) = (process.node.frontier(), process.node.status().members);
            text.push_str(&format!("\n  {}: {frontier:?} {members} members, {}", site.name, peers.join("; ")));
            process
                .node
                .views()
                .filter(|(log, view)| view.head.is_none() || !self::heads(process).contains_key(log))
                .for_each(|(log, view)| text.push_str(&format!("\n    {}: {view:?}", self.log_name(&log))));
        }
        text
    }

    fn tell_peer(&self, peer: &PeerView) -> String {
        let name = self.sites.iter().find(|site| site.node == peer.peer).map_or("?", |site| &site.name);
        let linked = if peer.link.is_some() { "linked" } else { "no link" };
        format!("{name} {linked} {:?} behind {} ahead {}", peer.progress, peer.behind.blocks, peer.ahead.blocks)
    }

    /// A body that one member holds and another one follows but lacks.
    fn absent_bodies(&self, counted: &[(&Site, &Process)]) -> Option<String> {
        let logs: BTreeSet<LogId> = counted.iter().flat_map(|(_, process)| heads(process).into_keys()).collect();
        for log in logs {
            for class in Class::ALL {
                let held: Vec<_> = counted.iter().map(|(_, process)| sequences(process, &log, class)).collect();
                let all: BTreeSet<u64> = held.iter().flatten().copied().collect();
                for ((site, _), held) in counted.iter().zip(&held) {
                    let lacks = all.iter().find(|seq| !held.contains(seq));
                    if let Some(seq) = lacks.filter(|_| site.follows(class)) {
                        return Some(format!("{} lacks {class} of {log:?} seq {seq}", site.name));
                    }
                }
            }
        }
        None
    }

    /// Everything at rest: looks at all of it.
    pub(crate) fn check_end(&mut self) -> Verdict {
        let counted = self.counted();
        let Some((first, reference)) = counted.first().copied() else { return Ok(()) };
        let expected = holdings(reference)?;
        for (site, process) in &counted {
            let members = process.node.control().members() == reference.node.control().members();
            ensure(members, "equal frontiers mean equal members", || format!("{} and {}", first.name, site.name))?;
            let found = holdings(process)?;
            check_equal((first, &expected), (site, &found))?;
            check_missing(site, process)?;
        }
        check_chains(reference)?;
        self.check_acknowledged(&counted)?;
        let forks = self.check_forks(&counted)?;
        self.stats.forks += forks;
        Ok(())
    }

    fn check_acknowledged(&self, counted: &[(&Site, &Process)]) -> Verdict {
        for known in self.promises.acknowledged.iter().filter(|known| !known.excused) {
            let (log, placed) = (known.receipt.log, known.receipt.placed);
            for (site, process) in counted {
                let bound = process.node.control().bound(&log).unwrap_or(u64::MAX);
                let honest = self.sites.iter().any(|site| site.node == log.node && site.trust == Trust::Honest);
                if (placed.seq >= bound && !honest) || !site.follows(placed.class) && site.node != log.node {
                    continue;
                }
                let held = body(process, &log, placed.seq, placed.class);
                let (first, count) = (placed.first as usize, placed.count as usize);
                let equal = held.is_some_and(|records| {
                    (first..first + count).map(|n| records.raw(n)).eq(known.records.iter_raw().map(Some))
                });
                ensure(equal, "an acknowledged record is on every member in the end", || {
                    format!("{}: {:?}", site.name, known.receipt)
                })?;
            }
        }
        Ok(())
    }

    /// Two branches on honest disks: everyone knows of it, and of the same place.
    fn check_forks(&self, counted: &[(&Site, &Process)]) -> Result<u64, Violation> {
        let mut seen: BTreeMap<(LogId, u64), BTreeSet<Hash>> = BTreeMap::new();
        for (_, process) in counted {
            for head in process.store.log_heads() {
                for seq in 0..=head.seq {
                    let header = process.store.header(BlockRef { log: head.number, seq }).ok().flatten();
                    seen.entry((head.log, seq)).or_default().extend(header.map(|header| header.hash));
                }
            }
        }
        for ((log, seq), _) in seen.iter().filter(|(_, branches)| branches.len() > 1) {
            for (site, process) in counted {
                let known = process.node.control().fork(log).is_some_and(|proof| proof.seq() <= *seq);
                ensure(known, "a fork is known to every honest member", || {
                    format!("{} does not know of {log:?} seq {seq}", site.name)
                })?;
            }
        }
        let (_, reference) = counted[0];
        let forks: Vec<_> = reference.node.control().forks().map(|proof| (proof.log(), proof.seq())).collect();
        for (log, seq) in &forks {
            let guilty = self.sites.iter().any(|site| site.node == log.node && site.trust == Trust::Equivocator);
            ensure(guilty, "an honest node is never called a forger", || format!("{log:?} seq {seq}"))?;
        }
        Ok(forks.len() as u64)
    }
}

/// How far each log counts here.
fn heads(process: &Process) -> BTreeMap<LogId, (u64, Bound)> {
    let heads = process.store.log_heads().into_iter();
    heads.map(|head| (head.log, end(process, &head.log, head.seq + 1))).collect()
}

/// How many blocks count of those that are held, and why.
fn end(process: &Process, log: &LogId, held: u64) -> (u64, Bound) {
    let control = process.node.control();
    let bound = match (control.fork(log), control.bound(log)) {
        (Some(fork), _) => Bound::Frozen(fork.seq()),
        (None, Some(blocks)) => Bound::Ended(blocks),
        (None, None) => Bound::Open,
    };
    (held.min(bound.blocks()), bound)
}

fn sequences(process: &Process, log: &LogId, class: Class) -> BTreeSet<u64> {
    let Some(number) = process.store.log_number(log) else { return BTreeSet::new() };
    let held = process.store.sequences(number, class, 0, usize::MAX).unwrap_or_default();
    let (blocks, _) = end(process, log, u64::MAX);
    held.into_iter().filter(|seq| *seq < blocks).collect()
}

fn body(process: &Process, log: &LogId, seq: u64, class: Class) -> Option<vigil_model::Records> {
    let number = process.store.log_number(log)?;
    process.store.body(BlockRef { log: number, seq }, class).ok().flatten().map(|(_, records)| records)
}

fn holdings(process: &Process) -> Result<Holdings, Violation> {
    let mut all = Holdings::new();
    for head in process.store.log_heads() {
        let (blocks, _) = end(process, &head.log, head.seq + 1);
        for seq in 0..blocks {
            let at = BlockRef { log: head.number, seq };
            let broken = |what: String| Violation { invariant: "what is held can be read", what };
            let header = process.store.header(at).map_err(|error| broken(error.to_string()))?;
            let header = header.ok_or_else(|| broken(format!("{:?} seq {seq} is not there", head.log)))?;
            let mut bodies = Vec::new();
            for class in Class::ALL {
                let body = process.store.body(at, class).map_err(|error| broken(error.to_string()))?;
                bodies.extend(body.map(|(_, records)| (class, Hash::of("vigil simulation body", records.bytes()))));
            }
            all.entry(head.log).or_default().push((header.hash, bodies));
        }
    }
    Ok(all)
}

fn check_equal((one, expected): (&Site, &Holdings), (other, found): (&Site, &Holdings)) -> Verdict {
    let equal = "equal frontiers mean equal blocks";
    let logs: BTreeSet<&LogId> = expected.keys().chain(found.keys()).collect();
    for log in logs {
        let empty = Vec::new();
        let (ours, theirs) = (expected.get(log).unwrap_or(&empty), found.get(log).unwrap_or(&empty));
        ensure(ours.len() == theirs.len(), equal, || {
            format!("{log:?}: {} of {}, {} of {}", ours.len(), one.name, theirs.len(), other.name)
        })?;
        for (seq, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
            let follows = |class: &Class| one.follows(*class) && other.follows(*class);
            let common = |bodies: &[(Class, Hash)]| -> Vec<(Class, Hash)> {
                bodies.iter().filter(|(class, _)| follows(class)).copied().collect()
            };
            let same = ours.0 == theirs.0 && common(&ours.1) == common(&theirs.1);
            ensure(same, equal, || {
                format!("{log:?} seq {seq}: {ours:?} of {}, {theirs:?} of {}", one.name, other.name)
            })?;
        }
    }
    Ok(())
}

/// What the machine tells its peers to lack is what the store lacks.
fn check_missing(site: &Site, process: &Process) -> Verdict {
    for head in process.store.log_heads() {
        let Some(view) = process.node.view(&head.log) else { continue };
        ensure(view.missing == head.missing, "the machine lacks what the store lacks", || {
            format!("{}, {:?}: {:?} and {:?}", site.name, head.log, view.missing, head.missing)
        })?;
    }
    Ok(())
}

/// Every log verifies, signatures included.
fn check_chains(process: &Process) -> Verdict {
    for head in process.store.log_heads() {
        let mut chain = ChainState::genesis(head.log);
        for seq in 0..=head.seq {
            let header = process.store.header(BlockRef { log: head.number, seq }).ok().flatten();
            let checked = header.as_ref().map(|header| chain.check(&head.cluster, header));
            let sound = matches!(checked, Some(Ok(())));
            ensure(sound, "the chain verifies", || format!("{:?} seq {seq}: {checked:?}", head.log))?;
            header.iter().for_each(|header| chain.advance(header));
        }
    }
    Ok(())
}
