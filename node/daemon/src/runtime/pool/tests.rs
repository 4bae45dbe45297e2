//! The pool: queries share it, one that fails harms no other, one that is stopped ends.

use std::sync::atomic::AtomicUsize;

use vigil_index::{MemoryLog, NoPostings, Options, Posting, SourceError, Sources};
use vigil_model::{
    BlockRef, Class, Epoch, Frame, FrameRef, LogId, LogNumber, NodeId, RecordBuilder, Records, Timestamp, Value,
};
use vigil_query::{Permission, parse};

use super::*;

/// A log of some blocks, which may have a place that nobody survives.
struct Frames {
    log: MemoryLog,
    trap: Option<FrameRef>,
    reads: AtomicUsize,
}

impl FrameSource for Frames {
    fn frame(&self, at: FrameRef) -> Result<Arc<Frame>, SourceError> {
        assert_ne!(self.trap, Some(at), "this is meant to panic");
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.log.frame(at)
    }

    fn log_id(&self, number: LogNumber) -> Option<LogId> {
        self.log.log_id(number)
    }

    fn log_number(&self, log: LogId) -> Option<LogNumber> {
        self.log.log_number(log)
    }

    fn frame_count(&self, block: BlockRef, class: Class) -> Result<Option<u16>, SourceError> {
        self.log.frame_count(block, class)
    }
}

fn world(blocks: u64) -> (Frames, Vec<Posting>) {
    let (mut log, mut postings) = (MemoryLog::default(), Vec::new());
    log.name(LogNumber(1), LogId { node: NodeId([1; 32]), epoch: Epoch([2; 16]) });
    for seq in 1..=blocks {
        let mut records = Records::new();
        let mut builder = RecordBuilder::new();
        for n in 0..500 {
            builder.clear();
            builder.push("n", Value::Int(n));
            records.push(&mut builder, Timestamp(seq as i64 * 1_000 + n), false).expect("small");
        }
        postings.extend(log.add(BlockRef { log: LogNumber(1), seq }, Class::Logs, seq, &records));
    }
    (Frames { log, trap: None, reads: AtomicUsize::new(0) }, postings)
}

fn ask(text: &str, frames: &Frames, postings: &[Posting]) -> Execution {
    let query = parse(text, Timestamp(0)).expect("a query");
    let question = Permission::everything().allow(query, Class::Logs).expect("permitted");
    let options = Options { node: NodeId([1; 32]), limit: 100, asked: Timestamp(0), cursor: None, bytes_max: None };
    Execution::new(&question, &options, Sources { index: &NoPostings, tail: postings, frames }).expect("no cursor")
}

#[test]
fn many_queries_at_once_are_answered_as_alone() {
    let (frames, postings) = world(40);
    let frames = Arc::new(frames);
    let pool = Pool::start(3).expect("threads");
    std::thread::scope(|scope| {
        for n in 0..12 {
            let (pool, frames, postings) = (&pool, &frames, &postings);
            scope.spawn(move || {
                let execution = ask(&format!("n:{n} | stats count() as c"), frames, postings);
                let answer = pool.run(execution, frames.clone(), Arc::default()).expect("no panic");
                let count = answer.rows.first().and_then(|row| row.get("c")).map(|value| format!("{value:?}"));
                assert_eq!(count, Some(format!("{:?}", vigil_index::OwnedValue::Int(40))));
                assert!(answer.complete && answer.stats.cpu_us > 0);
            });
        }
    });
}

#[test]
fn a_query_of_nothing_is_answered() {
    let (frames, _) = world(1);
    let execution = ask("*", &frames, &[]);
    let answer = Pool::start(1).expect("threads").run(execution, Arc::new(frames), Arc::default());
    assert!(answer.is_ok_and(|answer| answer.complete && answer.rows.is_empty()));
}

#[test]
fn a_query_that_panics_harms_no_other() {
    let (mut frames, postings) = world(10);
    let trap = postings[3].at;
    frames.trap = Some(trap);
    let frames = Arc::new(frames);
    let pool = Pool::start(2).expect("threads");
    for _ in 0..3 {
        let answer = pool.run(ask("n:1", &frames, &postings), frames.clone(), Arc::default());
        assert!(answer.is_err_and(|why| why.contains("failed inside")));
    }
    let others: Vec<_> = postings.iter().copied().filter(|posting| posting.at != trap).collect();
    let answer = pool.run(ask("n:499", &frames, &others), frames.clone(), Arc::default()).expect("no trap");
    assert_eq!(answer.rows.len(), 10);
}

#[test]
fn a_query_that_is_stopped_reads_no_further() {
    let (frames, postings) = world(40);
    let frames = Arc::new(frames);
    let stop = Arc::new(AtomicBool::new(true));
    let pool = Pool::start(2).expect("threads");
    let answer = pool.run(ask("n:1", &frames, &postings), frames.clone(), stop).expect("no panic");
    assert!(!answer.complete);
    assert_eq!(frames.reads.load(Ordering::Relaxed), 0);
}
