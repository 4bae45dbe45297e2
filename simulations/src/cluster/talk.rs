//! Short lines for what goes into machines and comes out of them.

use std::fmt;

use vigil_gossip::{Deed, Event as Gossip};
use vigil_model::LogId;
use vigil_node::{Effect, Input};

use crate::cluster::Cluster;
use crate::cluster::event::Who;

impl Cluster<'_> {
    pub(crate) fn trace_input(&mut self, who: Who, input: &Input) {
        let name = &self.sites[who.site].name;
        self.trace.line(self.now_ns, format_args!("{name} < {}", Short(input)));
    }

    pub(crate) fn trace_effect(&mut self, who: Who, effect: &Effect) {
        let name = &self.sites[who.site].name;
        self.trace.line(self.now_ns, format_args!("{name} > {}", Short(effect)));
    }
}

/// One line for an input or an effect.
struct Short<'a, T>(&'a T);

/// The first digits of a log's names.
struct Log<'a>(&'a LogId);

impl fmt::Display for Log<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (node, epoch) = (&self.0.node.0, &self.0.epoch.0);
        write!(f, "{:02x}{:02x}.{:02x}{:02x}", node[0], node[1], epoch[0], epoch[1])
    }
}

impl fmt::Display for Short<'_, Input> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Input::Submitted(it) => write!(f, "submitted {} {} {}r {}b", it.id.0, it.class, it.records, it.bytes),
            Input::Hashed { ticket, bodies, control } => {
                write!(f, "hashed {} {} bodies {} control", ticket.0, bodies.len(), control.len())
            }
            Input::Offered(it) => {
                let what = if it.header.is_some() { "block" } else { "fill" };
                write!(f, "offered {} {what} {} seq {} {:?}", it.id.0, Log(&it.log), it.seq, it.classes)?;
                it.pull.map_or(Ok(()), |pull| write!(f, " of pull {}", pull.0))
            }
            Input::Checked { ticket, outcome } => match outcome {
                Ok(_) => write!(f, "checked {}", ticket.0),
                Err(fault) => write!(f, "checked {}: {fault:?}", ticket.0),
            },
            Input::Gossip(Gossip::Found { log, seq, header }) => {
                write!(f, "found {} seq {seq}: {}", Log(log), header.is_some())
            }
            Input::Gossip(event) => write!(f, "{event:?}"),
            other => write!(f, "{other:?}"),
        }
    }
}

impl fmt::Display for Short<'_, Effect> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Effect::Hash { ticket, parts } => write!(f, "hash {} of {} submissions", ticket.0, parts.len()),
            Effect::Persist { ticket, arrival, header, .. } => {
                write!(f, "persist {} arrival {arrival} seq {}", ticket.0, header.seq)
            }
            Effect::Store { ticket, arrival, log, seq, fill } => {
                let what = if *fill { "fill" } else { "store" };
                write!(f, "{what} {} arrival {arrival} {} seq {seq}", ticket.0, Log(log))
            }
            Effect::Acknowledge(it) => {
                let placed = &it.placed;
                write!(f, "acknowledge {} seq {} {}+{}", it.submission.0, placed.seq, placed.first, placed.count)
            }
            Effect::Refuse { submission, refusal } => write!(f, "refuse {}: {refusal}", submission.0),
            Effect::Author(_) => f.write_str("author"),
            Effect::Gossip(deed) => Short(deed).fmt(f),
            other => write!(f, "{other:?}"),
        }
    }
}

impl fmt::Display for Short<'_, Deed> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Deed::Announce { links, log, seq, eager, .. } => {
                write!(f, "announce {} seq {seq} {eager:?} to {} links", Log(log), links.len())
            }
            Deed::Pull { link, pull, request: it } => {
                let (from, until, part) = (it.from, it.until, it.part);
                write!(f, "pull {} from link {}: {} {from}..{until} {part:?}", pull.0, link.0, Log(&it.log))?;
                write!(f, " {:?} {}b", it.classes, it.bytes)
            }
            Deed::Serve { link, serve, request: it } => {
                write!(f, "serve {} on link {}: {} {}..{}", serve.0, link.0, Log(&it.log), it.from, it.until)
            }
            Deed::Forked { link, ours, .. } => {
                write!(f, "forked {} seq {} by link {}", Log(&ours.header.log), ours.header.seq, link.0)
            }
            other => write!(f, "{other:?}"),
        }
    }
}
