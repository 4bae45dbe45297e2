//! Short lines for what goes into machines and comes out of them.

use std::fmt;

use vigil_gossip::{Deed, Event as Gossip, Message};
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

impl Cluster<'_> {
    /// What a node says to another, for who listens.
    pub(crate) fn overhear(&mut self, who: Who, deed: &Deed) {
        let (links, words) = match deed {
            Deed::Send { link, message } => (vec![*link], self.tell_message(message)),
            Deed::Announce { links, log, seq, eager, .. } => {
                let bodies = if eager.is_empty() { "its header" } else { "the whole block" };
                (links.clone(), format!("announces {}.{seq}, {bodies}", self.log_name(log)))
            }
            Deed::Pull { link, request: it, .. } => {
                (vec![*link], format!("asks for {}.{} to {}", self.log_name(&it.log), it.from, it.until - 1))
            }
            Deed::Serve { link, request: it, .. } => {
                (vec![*link], format!("sends {}.{} to {}", self.log_name(&it.log), it.from, it.until - 1))
            }
            _ => return,
        };
        let Some(process) = &self.sites[who.site].process else { return };
        let peer = |link| self.sites.iter().find(|site| process.peers.get(&link) == Some(&site.node));
        let to: Vec<&str> = links.into_iter().filter_map(peer).map(|site| site.name.as_str()).collect();
        let millis = self.now_ns as f64 / 1e6;
        let line = format!("{millis:>9.1} ms  {} to {}: {words}", self.sites[who.site].name, to.join(" "));
        self.heard.push(line);
    }

    fn tell_message(&self, message: &Message) -> String {
        let bytes = message.size();
        match message {
            Message::Hello(hello) => format!("greets, writes {}, {bytes} bytes", self.log_name(&hello.log)),
            Message::Same => "nothing changed, 1 byte".to_owned(),
            Message::Digest(_) => format!("digest of its frontier, {bytes} bytes"),
            Message::Frontier(_) => format!("what changed in its frontier, {bytes} bytes"),
            Message::Who(_) => format!("which logs are these, {bytes} bytes"),
            Message::Unfold(_) => format!("tell these closed logs one by one, {bytes} bytes"),
            Message::Resend => "tell your whole frontier".to_owned(),
            Message::Probe { log, seq } => format!("which hash has {}.{seq}", self.log_name(log)),
            Message::Probed { log, seq, .. } => format!("the hash of {}.{seq}", self.log_name(log)),
            Message::Show { log, seq } => format!("show the header of {}.{seq}", self.log_name(log)),
            Message::Shown { log, seq, .. } => format!("the header of {}.{seq}", self.log_name(log)),
            Message::Twin { log } => format!("somebody else uses your key, and writes {}", self.log_name(log)),
        }
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
