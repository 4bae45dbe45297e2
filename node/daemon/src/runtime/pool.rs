//! The threads that read frames for queries: how all queries together use the processors.
//!
//! Queries that run stand in one line. A worker takes a slice of the first one, which then goes to
//! the end of the line: so a short query is done soon however long the others are. Workers have a
//! lower priority than the threads that take events in.
//!
//! Whoever puts a query waits on a thread of its own, never on a worker: no query can keep another,
//! or a part of itself, from being read.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use vigil_index::{Answer, Execution, FrameSource, Partial, Slice, Work};

use super::cpu;
use super::error::RunError;

/// How much nicer than others workers are: a third of the processor where both want it.
const NICE: i32 = 5;

/// Threads that read frames, and the line of queries that they read for.
pub(super) struct Pool {
    line: Arc<Line>,
    threads: Vec<JoinHandle<()>>,
}

/// The queries that have something left to read.
#[derive(Default)]
struct Line {
    inner: Mutex<Waiting>,
    more: Condvar,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Arc<Job>>,
    closed: bool,
}

/// One query under way.
struct Job {
    execution: Execution,
    frames: Arc<dyn FrameSource>,
    stop: Arc<AtomicBool>,
    state: Mutex<State>,
    done: Condvar,
}

struct State {
    work: Work,
    /// What was gathered, by as many workers as read at once; one that is not here is in use.
    partials: Vec<Partial>,
    /// What the slices cost that ended.
    cpu: Duration,
    panicked: bool,
}

impl Pool {
    /// Starts so many threads; none means one for each core.
    pub(super) fn start(threads: usize) -> Result<Pool, RunError> {
        let threads = if threads == 0 { std::thread::available_parallelism().map_or(1, usize::from) } else { threads };
        let mut pool = Pool { line: Arc::default(), threads: Vec::with_capacity(threads) };
        for _ in 0..threads {
            let line = pool.line.clone();
            let spawned = Builder::new().name("vigil-query".to_owned()).spawn(move || line.work());
            pool.threads.push(spawned.map_err(|error| RunError::Threads(error.to_string()))?);
        }
        Ok(pool)
    }

    /// Reads what `execution` asks for and makes the answer of it. Blocks until then; once `stop`
    /// is set the answer is what was found. The error is for people: reading panicked.
    pub(super) fn run(
        &self,
        execution: Execution,
        frames: Arc<dyn FrameSource>,
        stop: Arc<AtomicBool>,
    ) -> Result<Answer, String> {
        let state = State { work: execution.work(), partials: Vec::new(), cpu: Duration::ZERO, panicked: false };
        let job = Arc::new(Job { execution, frames, stop, state: Mutex::new(state), done: Condvar::new() });
        self.line.join(&job);
        let State { work, partials, cpu, panicked } = job.wait();
        if panicked {
            return Err("a query failed inside; the log of the node says where".to_owned());
        }
        let mut all = job.execution.evaluator.partial();
        partials.into_iter().for_each(|partial| all.merge(partial));
        let mut answer = job.execution.finish(all, work.into_cut(), &*job.frames);
        answer.stats.cpu_us += cpu.as_micros() as u64;
        Ok(answer)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.line.inner.lock().closed = true;
        self.line.more.notify_all();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of queries panicked");
            }
        }
    }
}

impl Line {
    fn join(&self, job: &Arc<Job>) {
        if job.state.lock().has_more() {
            self.inner.lock().jobs.push_back(job.clone());
            self.more.notify_all();
        }
    }

    fn work(&self) {
        cpu::be_nice(NICE);
        while let Some((job, slice, partial)) = self.next() {
            job.read(&slice, partial);
        }
    }

    /// The next slice of the query at the front; `None` when the pool is closed.
    fn next(&self) -> Option<(Arc<Job>, Slice, Partial)> {
        let mut waiting = self.inner.lock();
        loop {
            while let Some(job) = waiting.jobs.pop_front() {
                let mut state = job.state.lock();
                let taken = state.take(&job.execution);
                let more = state.has_more();
                drop(state);
                if more {
                    waiting.jobs.push_back(job.clone());
                }
                if let Some((slice, partial)) = taken {
                    return Some((job, slice, partial));
                }
            }
            if waiting.closed {
                return None;
            }
            self.more.wait(&mut waiting);
        }
    }
}

impl Job {
    /// Reads a slice; a panic there ends this query and no other.
    fn read(&self, slice: &Slice, mut partial: Partial) {
        let begun = cpu::of_this_thread();
        let stop = || self.stop.load(Ordering::Relaxed);
        let read = || self.execution.run_slice(slice, &*self.frames, &mut partial, &stop);
        let ended = catch_unwind(AssertUnwindSafe(read));
        let mut state = self.state.lock();
        state.cpu += cpu::of_this_thread().saturating_sub(begun);
        match ended {
            Ok(_) if state.panicked => {}
            Ok(end) => {
                state.work.put_back(end);
                state.partials.push(partial);
            }
            Err(_) => state.panicked = true,
        }
        if state.is_done() {
            self.done.notify_all();
        }
    }

    /// Waits until everything was read; leaves nothing behind.
    fn wait(&self) -> State {
        let mut state = self.state.lock();
        while !state.is_done() {
            self.done.wait(&mut state);
        }
        let panicked = state.panicked;
        // A worker that still reads for a query that failed finds a job with nothing to take.
        let over = State { work: Work::default(), partials: Vec::new(), cpu: Duration::ZERO, panicked };
        std::mem::replace(&mut *state, over)
    }
}

impl State {
    fn has_more(&self) -> bool {
        !self.panicked && self.work.has_more()
    }

    fn take(&mut self, execution: &Execution) -> Option<(Slice, Partial)> {
        if self.panicked {
            return None;
        }
        let slice = self.work.take(execution)?;
        Some((slice, self.partials.pop().unwrap_or_else(|| execution.evaluator.partial())))
    }

    fn is_done(&self) -> bool {
        self.panicked || self.work.is_done()
    }
}

#[cfg(test)]
mod tests;
