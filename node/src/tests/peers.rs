//! Scripts for a node among peers: blocks that come in, and what the replication machine is told.
//!
//! Nodes are letters: `a` is the node itself, founder of the cluster; `b` and `c` are members when
//! the script begins, others are strangers. `make c 3 logs` lets `c` seal three blocks; `fork c 2
//! c1` begins a second branch of its log after two blocks, called `c1`. `announce 7 c/0` is offer 7
//! on link 1, `pulled 7 P c/0` the same within pull `P` that `pull P c 0 9` made. Bodies that come
//! along are named after the block; all of them when nothing is said.

use std::collections::BTreeMap;
use std::fmt::Write;

use vigil_crdt::control::{Adopted, Control, Op};
use vigil_crdt::{LogHead, Recovered};
use vigil_gossip::{Deed, End, Event, Fault, Link, Part, Pull, PullId};
use vigil_model::{BodyDigest, Class, ClassSet, Epoch, Hash, LogId, PreviousEpoch, Timestamp};

use super::author::{Author, admit, entry, node};
use crate::{
    Checked, Config, Effect, Effects, Identity, Input, Node, Offer, OfferId, Submission, SubmissionId, Ticket,
    WriteFailure,
};

/// The node `a`, in epoch 9, with these logs in its store.
fn recover(config: Config, logs: &[Author], millis: u64) -> Node {
    let heads: Vec<LogHead> = logs.iter().zip(0..).map(|(author, number)| author.head(number)).collect();
    let arrival = heads.iter().map(|head| head.seq + 1).sum();
    let durable = Recovered { heads, arrival, ..Recovered::default() };
    let blocks = logs.iter().flat_map(|author| &author.blocks);
    let control = blocks.map(|(header, entries)| (header.header.log, header.header.seq, entries.clone())).collect();
    let log = LogId { node: node('a'), epoch: Epoch([9; 16]) };
    let identity = Identity { cluster: Control::cluster_of(&node('a')), log, founder: None, instance: 1 };
    Node::recover(config, &durable, control, identity, Timestamp::from_millis(millis as i64))
}

/// Runs a script; what came out, readable like minutes.
pub(crate) fn play(config: Config, script: &str) -> String {
    let mut stage = Stage::new(config);
    script.lines().map(str::trim).filter(|line| !line.is_empty()).for_each(|line| stage.step(line));
    stage.out
}

pub(crate) struct Stage {
    config: Config,
    pub(crate) node: Node,
    pub(crate) authors: BTreeMap<String, Author>,
    /// Which block an offer brings.
    pub(crate) offers: BTreeMap<OfferId, (String, usize)>,
    pub(crate) tickets: BTreeMap<Ticket, (String, usize)>,
    pub(crate) own: BTreeMap<Ticket, Vec<SubmissionId>>,
    submissions: BTreeMap<SubmissionId, (Class, u32)>,
    millis: u64,
    pub(crate) out: String,
}

impl Stage {
    fn new(config: Config) -> Stage {
        let cluster = Control::cluster_of(&node('a'));
        let mut founding = Author::new('a', 1, cluster);
        "bc".chars()
            .for_each(|letter| founding.seal(ClassSet::one(Class::Control), 1, entry(admit(letter, Vec::new()))));
        let node = recover(config.clone(), std::slice::from_ref(&founding), 0);
        let authors = [("a".to_owned(), founding)].into_iter();
        let others = "bcde".chars().map(|letter| (letter.to_string(), Author::new(letter, 1, cluster)));
        Stage {
            config,
            node,
            authors: authors.chain(others).collect(),
            offers: BTreeMap::new(),
            tickets: BTreeMap::new(),
            own: BTreeMap::new(),
            submissions: BTreeMap::new(),
            millis: 0,
            out: String::new(),
        }
    }

    fn step(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if self.prepare(&words) {
            return;
        }
        writeln!(self.out, "{line}").expect("memory");
        match words[0] {
            "status" => self.status(),
            "deadline" => self.deadline(),
            "pull" => self.pull(&words),
            "restart" => self.restart(&words[1..]),
            "twin" => self.deed(Deed::Twin { link: Link(1) }),
            "forked" => self.forked(&words),
            _ => {
                let input = self.input(&words);
                self.feed(input);
            }
        }
    }

    /// What happens elsewhere, out of sight of the node.
    fn prepare(&mut self, words: &[&str]) -> bool {
        let number = |at: usize| words[at].parse::<usize>().expect("a number");
        match words[0] {
            "at" => self.millis = number(1) as u64,
            "make" => {
                let classes = classes(&words[3..]).unwrap_or(ClassSet::one(Class::Logs));
                let millis = after(words, "clock").unwrap_or(1_000);
                let author = self.authors.get_mut(words[1]).expect("an author");
                (0..number(2)).for_each(|_| author.seal(classes, millis, Vec::new()));
            }
            "fork" => {
                let mut branch = self.authors[words[1]].branch(number(2));
                // The clock of the branch runs later, so that its blocks differ.
                branch.seal(ClassSet::one(Class::Logs), 2_000, Vec::new());
                self.authors.insert(words[3].to_owned(), branch);
            }
            "record" => {
                let control = entry(self.op(&words[2..]));
                let author = self.authors.get_mut(words[1]).expect("an author");
                author.seal(ClassSet::one(Class::Control), 1_000, control);
            }
            "epoch" => {
                let old = &self.authors[words[1]];
                let (header, _) = old.blocks.last().expect("a block");
                let before =
                    PreviousEpoch { epoch: header.header.log.epoch, seq: header.header.seq, hash: header.hash };
                let letter = words[1].chars().next().expect("a letter");
                let mut author = Author::new(letter, number(3) as u8, old.cluster);
                author.before = Some(before);
                self.authors.insert(words[2].to_owned(), author);
            }
            "clone" => {
                let own = Author::new('a', 9, self.authors["a"].cluster);
                self.authors.insert(words[1].to_owned(), own);
                (0..number(2)).for_each(|_| {
                    let own = self.authors.get_mut(words[1]).expect("just made");
                    own.seal(ClassSet::one(Class::Logs), 1_000, Vec::new());
                });
            }
            "stranger" => {
                let letter = words[1].chars().next().expect("a letter");
                let author = Author::new(letter, 7, Control::cluster_of(&node(letter)));
                self.authors.insert(words[2].to_owned(), author);
            }
            _ => return false,
        }
        true
    }

    /// What a control record does.
    fn op(&self, words: &[&str]) -> Op {
        let letter = words[1].chars().next().expect("a letter");
        match words[0] {
            "admit" => {
                let adopt = |name: &&str| {
                    let (header, _) = self.authors[*name].blocks.last().expect("a block");
                    Adopted {
                        log: header.header.log,
                        seq: header.header.seq,
                        hash: header.hash,
                        cluster: header.header.cluster,
                    }
                };
                admit(letter, words[2..].iter().map(adopt).collect())
            }
            "remove" => {
                let blocks = words[2].parse().expect("a number");
                let positions = vec![(self.authors[words[1]].chain.log(), blocks)];
                Op::Remove { node: node(letter), positions, reason: String::new() }
            }
            "fork" => {
                let header = |word: &str| {
                    let (name, seq) = self.place(word);
                    Box::new(self.authors[&name].blocks[seq].0.clone())
                };
                Op::Fork { lower: header(words[1]), upper: header(words[2]) }
            }
            other => panic!("no such operation: {other}"),
        }
    }

    fn feed(&mut self, input: Input) {
        let mut effects = Effects::new();
        self.node.handle(input, Timestamp::from_millis(self.millis as i64), &mut effects);
        self.note_all(&effects);
    }

    fn note_all(&mut self, effects: &[Effect]) {
        for event in std::mem::take(&mut self.node.told) {
            self.note_event(&event);
        }
        effects.iter().for_each(|effect| self.note(effect));
    }

    /// The process begins anew; the store holds the founding and so much of the logs named.
    fn restart(&mut self, words: &[&str]) {
        let founding = self.authors["a"].clone();
        let held = words.chunks(2).map(|it| self.authors[it[0]].branch(it[1].parse().expect("a number")));
        let logs: Vec<Author> = [founding].into_iter().chain(held).collect();
        self.node = recover(self.config.clone(), &logs, self.millis);
        self.note_all(&[]);
    }

    /// The replication machine asks for a range.
    fn pull(&mut self, words: &[&str]) {
        let number = |at: usize| words[at].parse::<u64>().expect("a number");
        let part = if words.contains(&"bodies") { Part::Bodies } else { Part::Blocks };
        let log = self.authors[words[2]].chain.log();
        let request = Pull { log, from: number(3), until: number(4), part, classes: ClassSet::ALL, bytes: 1 << 20 };
        self.deed(Deed::Pull { link: Link(1), pull: PullId(number(1)), request });
    }

    /// The replication machine found two headers for one place.
    fn forked(&mut self, words: &[&str]) {
        let header = |at: usize| {
            let (name, seq) = self.place(words[at]);
            Box::new(self.authors[&name].blocks[seq].0.clone())
        };
        let (ours, theirs) = (header(1), header(2));
        self.deed(Deed::Forked { link: Link(1), ours, theirs });
    }

    /// Something that the replication machine does.
    fn deed(&mut self, deed: Deed) {
        let mut effects = Effects::new();
        self.node.perform(deed, &mut effects);
        self.note_all(&effects);
        self.feed(Input::Wake);
    }

    fn place(&self, word: &str) -> (String, usize) {
        let (name, seq) = word.split_once('/').expect("author/seq");
        (name.to_owned(), seq.parse().expect("a seq"))
    }

    fn offer(&mut self, words: &[&str], pull: Option<u64>, place: &str, classes_from: usize) -> Input {
        let id = OfferId(words[1].parse().expect("an id"));
        let (name, seq) = self.place(place);
        let (header, _) = &self.authors[&name].blocks[seq];
        let listed: ClassSet = header.header.bodies.iter().map(|body| body.class).collect();
        let came = classes(&words[classes_from..]).unwrap_or(listed);
        let fill = words.contains(&"fill");
        let sender = after(words, "by").map_or('b', |letter| char::from(letter as u8));
        let offer = Offer {
            id,
            link: Link(1),
            peer: node(sender),
            pull: pull.map(PullId),
            log: header.header.log,
            seq: header.header.seq,
            header: (!fill).then_some(header.hash),
            classes: came,
            listed: if fill { came } else { listed },
            bytes: after(words, "bytes").unwrap_or(100 * came.iter().count() as u64) as u32,
        };
        self.offers.insert(id, (name, seq));
        Input::Offered(offer)
    }

    fn checked(&self, words: &[&str], ticket: Ticket) -> Input {
        let (name, seq) = &self.tickets[&ticket];
        let (header, control) = self.authors[name].blocks[*seq].clone();
        let outcome = match words.get(2) {
            None => Ok(Checked { header: Box::new(header), control }),
            Some(&"signature") => Err(Fault::Signature),
            Some(&"root") => Err(Fault::Root),
            Some(other) => panic!("no such fault: {other}"),
        };
        Input::Checked { ticket, outcome }
    }

    fn input(&mut self, words: &[&str]) -> Input {
        let number = |at: usize| words[at].parse::<u64>().expect("a number");
        let log = |at: usize| self.authors[words[at]].chain.log();
        match words[0] {
            "announce" => self.offer(words, None, words[2], 3),
            "pulled" => self.offer(words, Some(number(2)), words[3], 4),
            "checked" => self.checked(words, Ticket(number(1))),
            "ended" => {
                let (link, pull, next) = (Link(1), PullId(number(1)), number(2));
                Input::Gossip(Event::PullEnded { link, pull, next, end: End::Done })
            }
            "found" => {
                let (name, seq) = self.place(words[1]);
                let (header, _) = &self.authors[&name].blocks[seq];
                let header = Some(Box::new(header.clone()));
                Input::Gossip(Event::Found { log: self.authors[&name].chain.log(), seq: seq as u64, header })
            }
            "submit" => {
                let (id, class) = (SubmissionId(number(1)), words[2].parse().expect("a class"));
                let records = number(3) as u32;
                self.submissions.insert(id, (class, records));
                let bytes = 100 * records;
                Input::Submitted(Submission {
                    id,
                    class,
                    records,
                    bytes,
                    seal_now: !words.contains(&"patient"),
                    idempotent: None,
                })
            }
            "hashed" => {
                let ticket = Ticket(number(1));
                let control = if words.len() > 2 { entry(self.op(&words[2..])) } else { Vec::new() };
                Input::Hashed { ticket, bodies: self.digests(ticket), control }
            }
            "written" => Input::Written { ticket: Ticket(number(1)) },
            "persisted" => Input::Persisted { ticket: Ticket(number(1)) },
            "full" => {
                let failure = WriteFailure::Full("0 bytes free".to_owned());
                Input::PersistFailed { ticket: Ticket(number(1)), failure }
            }
            "space" => Input::SpaceChecked { room: Ok(()) },
            "missing" => {
                let mut missing: [Vec<std::ops::Range<u64>>; 6] = Default::default();
                missing[usize::from(Class::Logs.number())] =
                    words[2..].chunks(2).map(|it| it[0].parse().expect("n")..it[1].parse().expect("n")).collect();
                Input::Missing { log: log(1), missing }
            }
            "damaged" => Input::Damaged { log: log(1), seq: number(2), class: words[3].parse().expect("a class") },
            "indexed" => Input::Indexed { arrival: 0, lag_bytes: number(1) },
            "wake" => Input::Wake,
            "stop" => Input::Stop,
            other => panic!("no such command: {other}"),
        }
    }

    fn digests(&self, ticket: Ticket) -> Vec<BodyDigest> {
        let mut sums: BTreeMap<Class, u32> = BTreeMap::new();
        for part in &self.own[&ticket] {
            let (class, records) = self.submissions[part];
            *sums.entry(class).or_default() += records;
        }
        let root = Hash::of("test root", &[9]);
        let (first, last) = (Timestamp(0), Timestamp(0));
        let digest = |(class, count)| BodyDigest { class, count, raw_len: 100 * count, root, first, last };
        sums.into_iter().map(digest).collect()
    }
}

fn after(words: &[&str], word: &str) -> Option<u64> {
    let at = words.iter().position(|found| *found == word)?;
    let next = words.get(at + 1)?;
    next.parse().ok().or(next.bytes().next().map(u64::from))
}

/// The classes named at the front of these words; nothing when there are none.
fn classes(words: &[&str]) -> Option<ClassSet> {
    if words.first() == Some(&"none") {
        return Some(ClassSet::NONE);
    }
    let named: ClassSet = words.iter().map_while(|word| word.parse::<Class>().ok()).collect();
    (!named.is_empty()).then_some(named)
}
