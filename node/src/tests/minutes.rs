//! What a node among peers did, readable like minutes.

use std::fmt::Write;

use vigil_crdt::control::Op;
use vigil_gossip::{Deed, Event};
use vigil_model::{Class, LogId, PreviousEpoch};

use super::peers::Stage;
use crate::{Effect, Received};

impl Stage {
    pub(crate) fn status(&mut self) {
        let it = self.node.status();
        let Received { blocks, fills, bytes, duplicates, dropped, ahead, faults } = it.received;
        writeln!(
            self.out,
            "    {}; {} members, {} forks; received {blocks} blocks {fills} fills {bytes} bytes, {duplicates} duplicates, {dropped} dropped, {ahead} ahead, faults {faults:?}; in flight {} of {} bytes; durable {}",
            it.mode, it.members, it.forks, it.received_in_flight, it.received_pending_bytes, it.durable_arrival,
        )
        .expect("memory");
    }

    pub(crate) fn deadline(&mut self) {
        let (at, why) = self.node.wake_at().expect("a deadline");
        writeln!(self.out, "    wake at {} ms to {why}", at.millis()).expect("memory");
    }

    fn name(&self, log: &LogId) -> String {
        let own = (*log == self.node.log()).then(|| "own".to_owned());
        let known = self.authors.iter().find(|(_, author)| author.chain.log() == *log).map(|(name, _)| name.clone());
        own.or(known).expect("a known log")
    }

    pub(crate) fn note(&mut self, effect: &Effect) {
        let text = match effect {
            Effect::Hash { ticket, parts } => {
                self.own.insert(*ticket, parts.clone());
                format!("hash {}", ticket.0)
            }
            Effect::Persist { ticket, arrival, header, .. } => {
                let named = |before: PreviousEpoch| format!(", epoch before ends at {}", before.seq);
                let before = header.previous_epoch.map_or(String::new(), named);
                let (seq, sealed) = (header.seq, header.sealed);
                format!("persist {} as own/{seq}, arrival {arrival}, sealed {sealed:?}{before}", ticket.0)
            }
            Effect::Check { ticket, offer } => {
                self.tickets.insert(*ticket, self.offers[offer].clone());
                format!("check {} (offer {})", ticket.0, offer.0)
            }
            Effect::Discard { offer } => format!("discard offer {}", offer.0),
            Effect::Store { ticket, arrival, log, seq, fill } => {
                let what = if *fill { "bodies of " } else { "" };
                format!("store {} as {what}{}/{seq}, arrival {arrival}", ticket.0, self.name(log))
            }
            Effect::Gossip(Deed::LookUp { log, seq }) => format!("look up {}/{seq}", self.name(log)),
            Effect::Gossip(Deed::Pull { pull, request, .. }) => {
                format!("pull {} of {} {}..{}", pull.0, self.name(&request.log), request.from, request.until)
            }
            Effect::Gossip(deed) => format!("{deed:?}"),
            Effect::Control => "control changed".to_owned(),
            Effect::Author(op) => match &**op {
                Op::Remove { .. } => "author a removal".to_owned(),
                Op::Fork { lower, .. } => {
                    format!("author fork of {}/{}", self.name(&lower.header.log), lower.header.seq)
                }
                other => format!("author {other:?}"),
            },
            Effect::Fence { why } => format!("fence: {why}"),
            Effect::Withdraw { from } => format!("withdraw from {}", from.0),
            Effect::Acknowledge(it) => format!("acknowledge {}: seq {}", it.submission.0, it.placed.seq),
            Effect::Refuse { submission, refusal } => format!("refuse {}: {refusal}", submission.0),
            Effect::Follow { arrival } => format!("follow {arrival}"),
            Effect::CheckSpace => "check space".to_owned(),
            Effect::ExpireIdempotency { .. } => return,
            Effect::Stopped => "stopped".to_owned(),
        };
        writeln!(self.out, "    {text}").expect("memory");
    }

    pub(crate) fn note_event(&mut self, event: &Event) {
        let text = match event {
            Event::Log { log, view, from, .. } => {
                let head = view.head.map_or("no head".to_owned(), |(seq, _)| format!("head {seq}"));
                let lacks: String = Class::ALL
                    .iter()
                    .filter(|class| !view.missing[usize::from(class.number())].is_empty())
                    .map(|class| format!(", missing {class} {:?}", view.missing[usize::from(class.number())]))
                    .collect();
                let closed = if view.closed { ", closed" } else { "" };
                let from = if from.is_some() { ", from a peer" } else { "" };
                format!("log {}: {head}, {:?}{lacks}{closed}{from}", self.name(log), view.bound)
            }
            Event::Authors(authors) => format!("{} authors", authors.len()),
            Event::Announced { log, seq, taken, .. } => {
                format!("announced {}/{seq}{}", self.name(log), if *taken { ", taken" } else { "" })
            }
            Event::Refused { fault, at, .. } => {
                let (log, seq) = at.expect("blocks have a place");
                format!("refused {}/{seq}: {fault:?}", self.name(&log))
            }
            Event::Withdrawn { log } => format!("withdrawn {}", self.name(log)),
            Event::PullEnded { pull, next, end, .. } => format!("pull {} ended at {next}: {end:?}", pull.0),
            Event::Room { bytes, blocks } => format!("room {bytes} in {blocks} blocks"),
            Event::Crowded { pull, .. } => format!("pull {} crowded", pull.0),
            Event::Found { .. } | Event::Wake => return,
            other => format!("{other:?}"),
        };
        writeln!(self.out, "    tell {text}").expect("memory");
    }
}
