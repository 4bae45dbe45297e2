//! What a story shows: frontiers, members, forks, links, bytes, records.

use std::collections::BTreeSet;
use std::fmt::Write;

use vigil_crdt::LogStore;
use vigil_crdt::control::MemberState;
use vigil_model::{BlockRef, Class, LogId, NodeId, Record, Records, Value};

use crate::cluster::process::Process;
use crate::cluster::site::Site;
use crate::script::stage::Stage;

impl Stage<'_> {
    pub(crate) fn show(&mut self, what: &str) -> Result<(), String> {
        let lines = match what {
            "frontier" => self.frontier(),
            "members" => self.members(),
            "forks" => self.forks(),
            "links" => self.links(),
            "bytes" => self.bytes(),
            name => self.records(name)?,
        };
        self.said.extend(lines);
        Ok(())
    }

    fn running(&self) -> impl Iterator<Item = (&Site, &Process)> {
        self.cluster.sites.iter().filter_map(|site| Some((site, site.process.as_ref()?)))
    }

    /// A row for each node, a column for each log: how many blocks it holds, of which `-n` lack a
    /// body that the node follows.
    fn frontier(&self) -> Vec<String> {
        let heads = |process: &Process| process.store.log_heads();
        let logs: BTreeSet<LogId> =
            self.running().flat_map(|(_, process)| heads(process)).map(|head| head.log).collect();
        let mut logs: Vec<(String, LogId)> = logs.into_iter().map(|log| (self.cluster.log_name(&log), log)).collect();
        logs.sort();
        let mut lines = vec![row("", logs.iter().map(|(name, _)| name.clone()))];
        for (site, process) in self.running() {
            lines.push(row(&site.name, logs.iter().map(|(_, log)| entry(site, process, log))));
        }
        lines
    }

    fn members(&self) -> Vec<String> {
        let tell = |(site, process): (&Site, &Process)| {
            let control = process.node.control();
            let named = |state: fn(&MemberState) -> bool| -> Vec<String> {
                let members = control.members().values().filter(|member| state(&member.state));
                let mut names: Vec<String> = members.map(|member| self.node_name(&member.node)).collect();
                names.sort();
                names
            };
            let active = named(|state| *state == MemberState::Active).join(" ");
            let removed = named(|state| *state != MemberState::Active).join(" ");
            let removed = if removed.is_empty() { removed } else { format!(", removed: {removed}") };
            let fenced = process.fenced.as_ref().map_or(String::new(), |why| format!("; it writes no more: {why}"));
            format!("{} knows {active}{removed}{fenced}", site.name)
        };
        self.running().map(tell).collect()
    }

    fn forks(&self) -> Vec<String> {
        let tell = |(site, process): (&Site, &Process)| {
            let forks = process.node.control().forks();
            let forks: Vec<String> =
                forks.map(|fork| format!("{} forked at {}", self.cluster.log_name(&fork.log()), fork.seq())).collect();
            let forks = if forks.is_empty() { "no fork".to_owned() } else { forks.join(", ") };
            format!("{} knows {forks}", site.name)
        };
        self.running().map(tell).collect()
    }

    fn links(&self) -> Vec<String> {
        let tell = |(site, process): (&Site, &Process)| {
            let peers: BTreeSet<String> = process.peers.values().map(|peer| self.node_name(peer)).collect();
            let peers = peers.into_iter().collect::<Vec<_>>().join(" ");
            format!("{} is linked with {}", site.name, if peers.is_empty() { "nobody" } else { &peers })
        };
        self.running().map(tell).collect()
    }

    fn bytes(&self) -> Vec<String> {
        let names = |n: usize| &self.cluster.sites[n].name;
        let sent = self.cluster.net.sent.iter();
        sent.map(|((from, to), bytes)| format!("{} to {}: {bytes} bytes", names(*from), names(*to))).collect()
    }

    /// The records of clients that a node holds, by log and place.
    fn records(&self, name: &str) -> Result<Vec<String>, String> {
        let site = &self.cluster.sites[self.site(name)?];
        let process = site.process.as_ref().ok_or_else(|| format!("{name} does not run"))?;
        let mut lines = Vec::new();
        for head in process.store.log_heads() {
            for seq in 0..=head.seq {
                for class in Class::ALL.into_iter().filter(|class| *class != Class::Control) {
                    let at = BlockRef { log: head.number, seq };
                    let body = process.store.body(at, class).map_err(|error| error.to_string())?;
                    let Some((_, records)) = body else { continue };
                    let block = format!("{}.{seq} {class}", self.cluster.log_name(&head.log));
                    lines.extend(tell(&block, &records));
                }
            }
        }
        lines.sort();
        Ok(lines)
    }

    fn node_name(&self, node: &NodeId) -> String {
        let site = self.cluster.sites.iter().find(|site| site.node == *node);
        site.map_or_else(|| "?".to_owned(), |site| site.name.clone())
    }
}

fn row(name: &str, cells: impl Iterator<Item = String>) -> String {
    let mut line = format!("{name:4}");
    cells.for_each(|cell| write!(line, "{cell:>12}").expect("text is written to memory"));
    line.trim_end().to_owned()
}

fn entry(site: &Site, process: &Process, log: &LogId) -> String {
    let Some(head) = process.store.log_head(log) else {
        return "-".to_owned();
    };
    let control = process.node.control();
    let follows = Class::ALL.into_iter().filter(|class| site.follows(*class));
    let lacking: u64 =
        follows.flat_map(|class| &head.missing[usize::from(class.number())]).map(|range| range.end - range.start).sum();
    let held = head.seq + 1;
    match (control.fork(log), control.bound(log)) {
        (Some(fork), _) => format!("{held} fork@{}", fork.seq()),
        (None, Some(blocks)) => format!("{held} end@{blocks}"),
        (None, None) if lacking > 0 => format!("{held} -{lacking}"),
        (None, None) => held.to_string(),
    }
}

/// Records with a message one by one, the others by their number.
fn tell(block: &str, records: &Records) -> Vec<String> {
    let text = |record: Record<'_>| match record.get("message") {
        Some(Value::Str(text)) => Some(format!("{block} \"{text}\"")),
        _ => None,
    };
    let mut lines: Vec<String> = records.iter().flatten().filter_map(text).collect();
    if lines.len() < records.len() {
        lines.push(format!("{block} {} records", records.len() - lines.len()));
    }
    lines
}
