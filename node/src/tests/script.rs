//! Scripts for the machine: one input a line with its time, and the effects that came out.
//!
//! `@MS submit ID CLASS RECORDS [BYTES] [now] [key K from N [last] [body B] [resumed N]]`,
//! `hashed T`, `written T`, `persisted T`, `full T`, `io T`, `indexed ARRIVAL LAG`,
//! `space ok|no`, `wake`, `stop`; `status` and `deadline` print without an input.

use std::collections::BTreeMap;
use std::fmt::Write;

use vigil_crdt::{IdempotencyRow, Recovered};
use vigil_model::{BodyDigest, Class, ClusterId, Epoch, Hash, LogId, NodeId, Timestamp};

use crate::{
    Config, Effect, Effects, Idempotent, Identity, Input, Node, Submission, SubmissionId, Ticket, WriteFailure,
};

const LOG: LogId = LogId { node: NodeId([1; 32]), epoch: Epoch([9; 16]) };

/// Runs a script on a fresh node; what comes out, readable like minutes.
pub(crate) fn play(config: Config, script: &str) -> String {
    play_on(config, &Recovered::default(), script)
}

/// As [`play`], on a node that finds something in its store.
pub(crate) fn play_on(config: Config, durable: &Recovered, script: &str) -> String {
    let identity = Identity { cluster: ClusterId([2; 32]), log: LOG, founder: None, instance: 1 };
    let node = Node::recover(config, durable, Vec::new(), identity, Timestamp::from_millis(0));
    let mut stage = Stage {
        node,
        submissions: BTreeMap::new(),
        tickets: BTreeMap::new(),
        seqs: BTreeMap::new(),
        out: String::new(),
    };
    script.lines().map(str::trim).filter(|line| !line.is_empty()).for_each(|line| stage.step(line));
    stage.out
}

struct Stage {
    node: Node,
    submissions: BTreeMap<SubmissionId, (Class, u32, u32)>,
    tickets: BTreeMap<Ticket, Vec<BodyDigest>>,
    seqs: BTreeMap<Hash, String>,
    out: String,
}

impl Stage {
    fn step(&mut self, line: &str) {
        writeln!(self.out, "{line}").expect("memory");
        let (time, rest) = line.strip_prefix('@').and_then(|line| line.split_once(' ')).expect("@MS command");
        let words: Vec<&str> = rest.split_whitespace().collect();
        match words[0] {
            "status" => self.status(),
            "deadline" => self.deadline(),
            _ => self.feed(Timestamp::from_millis(time.parse().expect("ms")), &words),
        }
    }

    fn feed(&mut self, now: Timestamp, words: &[&str]) {
        let input = self.input(words);
        let mut effects = Effects::new();
        self.node.handle(input, now, &mut effects);
        effects.iter().for_each(|effect| self.note(effect));
    }

    fn status(&mut self) {
        let it = self.node.status();
        let counts = (it.accepted.submissions, it.acknowledged.submissions, it.pending.submissions, it.pending_bytes);
        let (accepted, acknowledged, pending, bytes) = counts;
        let refused: Vec<_> = it.refused.by_reason().into_iter().filter(|(_, count)| count.submissions > 0).collect();
        let refused: Vec<_> = refused.iter().map(|(reason, count)| format!("{reason} {}", count.submissions)).collect();
        writeln!(
            self.out,
            "    {}; accepted {accepted}, acknowledged {acknowledged}, refused [{}], pending {pending} of {bytes} bytes; in flight {}, unsynced {}, durable {}, next seq {}",
            it.mode, refused.join(", "), it.blocks_in_flight, it.blocks_unsynced, it.durable_arrival, it.next_seq
        )
        .expect("memory");
    }

    fn deadline(&mut self) {
        match self.node.wake_at() {
            Some((at, why)) => writeln!(self.out, "    wake at {} ms to {why}", at.millis()),
            None => writeln!(self.out, "    never wake"),
        }
        .expect("memory");
    }

    fn input(&mut self, words: &[&str]) -> Input {
        let number = |at: usize| words[at].parse::<u64>().expect("a number");
        let ticket = || Ticket(number(1));
        match words[0] {
            "submit" => Input::Submitted(self.submission(words)),
            "hashed" => {
                Input::Hashed { ticket: ticket(), bodies: self.tickets[&ticket()].clone(), control: Vec::new() }
            }
            "written" => Input::Written { ticket: ticket() },
            "persisted" => Input::Persisted { ticket: ticket() },
            "full" => Input::PersistFailed { ticket: ticket(), failure: WriteFailure::Full("0 bytes free".to_owned()) },
            "io" => Input::PersistFailed { ticket: ticket(), failure: WriteFailure::Io("bad sector".to_owned()) },
            "indexed" => Input::Indexed { arrival: number(1), lag_bytes: number(2) },
            "space" if words[1] == "ok" => Input::SpaceChecked { room: Ok(()) },
            "space" => Input::SpaceChecked { room: Err("max_disk is reached".to_owned()) },
            "wake" => Input::Wake,
            "stop" => Input::Stop,
            other => panic!("no such command: {other}"),
        }
    }

    fn submission(&mut self, words: &[&str]) -> Submission {
        let id = SubmissionId(words[1].parse().expect("an id"));
        let class = words[2].parse().expect("a class");
        let records = words[3].parse().expect("records");
        let bytes = words.get(4).and_then(|word| word.parse().ok()).unwrap_or(records * 100);
        self.submissions.insert(id, (class, records, bytes));
        let seal_now = words.contains(&"now");
        Submission { id, class, records, bytes, seal_now, idempotent: idempotent(words) }
    }

    /// What a worker would answer, made up but for the sums.
    fn digests(&self, parts: &[SubmissionId]) -> Vec<BodyDigest> {
        let mut sums: BTreeMap<Class, (u32, u32)> = BTreeMap::new();
        for part in parts {
            let (class, records, bytes) = self.submissions[part];
            let sum = sums.entry(class).or_default();
            *sum = (sum.0 + records, sum.1 + bytes);
        }
        let digest = |(class, (count, raw_len))| BodyDigest {
            class,
            count,
            raw_len,
            root: Hash::of("test root", &[class.number(), count as u8]),
            first: Timestamp(0),
            last: Timestamp(0),
        };
        sums.into_iter().map(digest).collect()
    }

    fn note(&mut self, effect: &Effect) {
        let text = match effect {
            Effect::Hash { ticket, parts } => {
                self.tickets.insert(*ticket, self.digests(parts));
                let parts: Vec<_> = parts.iter().map(|part| part.0.to_string()).collect();
                format!("hash {} of {}", ticket.0, parts.join(" "))
            }
            Effect::Persist { ticket, arrival, header, idempotency } => {
                let before = self.seqs.get(&header.previous).map_or("nothing", |seq| seq).to_owned();
                self.seqs.insert(header.hash(), format!("seq {}", header.seq));
                let rows: String = idempotency.iter().map(|(key, row)| show_row(key, row)).collect();
                let epoch = header
                    .previous_epoch
                    .map_or(String::new(), |epoch| format!(", epoch before ends at {}", epoch.seq));
                format!("persist {} as seq {} after {before}, arrival {arrival}{epoch}{rows}", ticket.0, header.seq)
            }
            Effect::Withdraw { from } => format!("withdraw from {}", from.0),
            Effect::Acknowledge(it) => {
                let placed = &it.placed;
                let end = placed.first + placed.count;
                format!("acknowledge {}: seq {} {} {}..{end}", it.submission.0, placed.seq, placed.class, placed.first)
            }
            Effect::Refuse { submission, refusal } => format!("refuse {}: {refusal}", submission.0),
            Effect::Follow { arrival } => format!("follow {arrival}"),
            Effect::CheckSpace => "check space".to_owned(),
            Effect::ExpireIdempotency { before } => format!("expire receipts before {} ms", before.millis()),
            Effect::Stopped => "stopped".to_owned(),
            other => format!("{other:?}"),
        };
        writeln!(self.out, "    {text}").expect("memory");
    }
}

fn show_row(key: &Hash, row: &IdempotencyRow) -> String {
    let end = if row.complete { ", complete" } else { "" };
    format!(", row of key {}: {} records in {} runs{end}", key.0[0], row.records, row.blocks.len())
}

/// What stands after a word, as a small number.
fn after(words: &[&str], word: &str) -> Option<u64> {
    let at = words.iter().position(|found| *found == word)?;
    words.get(at + 1)?.parse().ok()
}

fn idempotent(words: &[&str]) -> Option<Idempotent> {
    let key = Hash([after(words, "key")? as u8; 32]);
    let body = Hash([after(words, "body").unwrap_or(1) as u8; 32]);
    let row = |records| IdempotencyRow {
        body: Hash([1; 32]),
        at: Timestamp(0),
        records,
        complete: words.contains(&"complete"),
        blocks: Vec::new(),
        log: LogId::default(),
    };
    let resumed = after(words, "resumed").map(row);
    let from = after(words, "from").expect("a keyed part says from where");
    Some(Idempotent { key, body, from, last: words.contains(&"last"), resumed })
}
