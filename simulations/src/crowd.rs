//! What the clients do: begin, send, repeat, resume, give up.

use vigil_crdt::LogStore;
use vigil_model::{Class, Hash};
use vigil_node::{Idempotent, Input, Mode, Refusal, Submission, SubmissionId};

use crate::checkers::{Verdict, ensure};
use crate::client::{Attempt, Flight, Kind, Request};
use crate::events::Event;
use crate::material;
use crate::world::{MS, World};

/// Submissions of one attempt that may be without an answer.
const WINDOW: u32 = 3;

impl World<'_> {
    /// The client acts after so many microseconds, or when it was to act before that.
    pub(crate) fn call(&mut self, client: usize, micros: u64) {
        let it = &mut self.clients[client];
        let at_ns = (self.now_ns + micros * 1_000).max(it.pause_ns);
        if it.next_ns.is_none_or(|next_ns| at_ns < next_ns) {
            it.next_ns = Some(at_ns);
            self.heap.set(at_ns, Event::Client(client));
        }
    }

    pub(crate) fn client_acts(&mut self, client: usize) -> Verdict {
        if self.clients[client].next_ns != Some(self.now_ns) {
            return Ok(());
        }
        self.clients[client].next_ns = None;
        if self.now_ns < self.clients[client].pause_ns {
            self.call(client, 0);
            return Ok(());
        }
        if self.process.is_none() {
            let wait = self.random.within(20..60);
            self.call(client, wait * 1_000);
            return Ok(());
        }
        match self.clients[client].request {
            None => {
                self.take_up(client);
                Ok(())
            }
            Some(request) if self.requests[request].done || self.requests[request].abandoned => {
                self.finish(client);
                Ok(())
            }
            Some(request) if self.clients[client].kind == Kind::Keyed => self.act_keyed(client, request),
            Some(request) => self.act_plain(client, request),
        }
    }

    /// Draws the next request; in the calm one more, and then rests.
    fn take_up(&mut self, client: usize) {
        if self.calm && self.clients[client].calm_done > 0 {
            return;
        }
        let kind = self.clients[client].kind;
        let twin = if kind == Kind::Keyed { self.unfinished_keyed() } else { None };
        let request = match twin.filter(|_| self.random.chance(30)) {
            Some(request) => request,
            None => self.new_request(kind),
        };
        self.clients[client].begin(request, &self.requests[request]);
        self.call(client, 1);
    }

    fn unfinished_keyed(&self) -> Option<usize> {
        self.requests.iter().rposition(|request| request.key.is_some() && !request.done && !request.abandoned)
    }

    fn new_request(&mut self, kind: Kind) -> usize {
        let size = match kind {
            Kind::Trickle => self.random.within(1..4),
            Kind::Burst => self.random.within(50..400),
            Kind::Keyed => self.random.within(1..120),
        };
        let numbers = self.numbers..self.numbers + size;
        self.numbers += size;
        let key = (kind == Kind::Keyed).then(|| (Hash(self.random.bytes()), Hash(self.random.bytes())));
        let class = self.random.pick(&[Class::Logs, Class::Logs, Class::Logs, Class::Audit, Class::Traces]);
        let seal_now = self.random.chance(if kind == Kind::Trickle { 50 } else { 5 });
        self.requests.push(Request { numbers, class, seal_now, key, done: false, abandoned: false, forgotten: false });
        self.requests.len() - 1
    }

    /// Its request is at its end, whoever brought it there.
    fn finish(&mut self, client: usize) {
        let calm = u32::from(self.calm);
        let it = &mut self.clients[client];
        it.request = None;
        it.attempt = None;
        it.calm_done += calm;
        let pause = match it.kind {
            Kind::Trickle => self.random.within(1..80),
            Kind::Burst => self.random.within(50..600),
            Kind::Keyed => self.random.within(1..150),
        };
        self.call(client, pause * 1_000);
    }

    /// Sends what is left of a request without a key; a burst sends all of it at once.
    fn act_plain(&mut self, client: usize, request: usize) -> Verdict {
        // What is refused on the way comes back to the list, for later.
        let mut todo = std::mem::take(&mut self.clients[client].todo);
        while let Some(mut range) = todo.pop_front() {
            let numbers = range.start..range.start + self.chunk(range.end - range.start);
            range.start = numbers.end;
            if !range.is_empty() {
                todo.push_front(range);
            }
            let class = self.requests[request].class;
            self.submit(Flight { client, request, attempt: None, numbers, class, bytes: 0, probe: false }, None)?;
            if self.clients[client].kind != Kind::Burst {
                break;
            }
        }
        let more = !todo.is_empty();
        self.clients[client].todo.extend(todo);
        if more {
            self.call(client, 500);
        }
        Ok(())
    }

    /// How many of the records that are left go into one submission.
    fn chunk(&mut self, left: u64) -> u64 {
        let limits = &self.plan.config.limits;
        let most = left.min(limits.block_records as u64).min((limits.body_bytes / material::RECORD_BYTES) as u64);
        1 + self.random.below(most.max(1))
    }

    fn act_keyed(&mut self, client: usize, request: usize) -> Verdict {
        let Some(attempt) = &self.clients[client].attempt else { return self.look_up(client, request) };
        let (id, next, outstanding) = (attempt.id, attempt.next, attempt.outstanding);
        let len = self.requests[request].len();
        if next == len || outstanding >= WINDOW {
            return Ok(());
        }
        let count = self.chunk(len - next);
        let it = &self.requests[request];
        let (key, body) = it.key.expect("a keyed request has a key");
        let resumed = self.clients[client].attempt.as_ref().and_then(|attempt| attempt.resumed.clone());
        let idempotent = Idempotent { key, body, from: next, last: next + count == len, resumed };
        let numbers = it.numbers.start + next..it.numbers.start + next + count;
        let class = it.class;
        if let Some(attempt) = &mut self.clients[client].attempt {
            attempt.next += count;
            attempt.outstanding += 1;
        }
        let wait = self.random.within(10..3_000);
        self.call(client, wait);
        self.submit(
            Flight { client, request, attempt: Some(id), numbers, class, bytes: 0, probe: false },
            Some(idempotent),
        )
    }

    /// Asks the store what it remembers, as the shell does when a keyed request begins.
    fn look_up(&mut self, client: usize, request: usize) -> Verdict {
        let (key, body) = self.requests[request].key.expect("a keyed request has a key");
        let row = match self.alive().store.idempotency(&key) {
            Ok(row) => row,
            Err(error) => {
                ensure(self.stats.flips > 0, "a receipt can be read", || error.to_string())?;
                self.requests[request].abandoned = true;
                self.call(client, 1);
                return Ok(());
            }
        };
        if let Some(row) = &row {
            ensure(row.body == body, "a row is of its request", || format!("{row:?}"))?;
            if row.complete {
                self.requests[request].done = true;
                self.call(client, 1);
                return Ok(());
            }
            self.stats.resumed += u64::from(row.records > 0);
            if self.random.chance(10) {
                self.probe(client, request)?;
            }
        }
        self.attempts += 1;
        let next = row.as_ref().map_or(0, |row| row.records);
        let alone = !self.answers.carries(request) && self.carriers(request) == 1;
        let alone_from = alone.then_some(self.requests[request].numbers.start + next);
        let attempt = Attempt { id: self.attempts, next, resumed: row, outstanding: 0, alone_from };
        self.clients[client].attempt = Some(attempt);
        let wait = self.random.within(1..50);
        self.call(client, wait * 1_000);
        Ok(())
    }

    /// How many clients bring this request forward.
    fn carriers(&self, request: usize) -> usize {
        self.clients.iter().filter(|client| client.request == Some(request)).count()
    }

    /// Sends another body under a key that is taken.
    fn probe(&mut self, client: usize, request: usize) -> Verdict {
        let (key, _) = self.requests[request].key.expect("a keyed request has a key");
        let resumed = self.alive().store.idempotency(&key).ok().flatten();
        let idempotent = Idempotent { key, body: Hash(self.random.bytes()), from: 0, last: true, resumed };
        let numbers = self.numbers..self.numbers + 1;
        self.numbers += 1;
        let class = Class::Logs;
        self.submit(Flight { client, request, attempt: None, numbers, class, bytes: 0, probe: true }, Some(idempotent))
    }

    fn submit(&mut self, mut flight: Flight, idempotent: Option<Idempotent>) -> Verdict {
        if self.process.is_none() {
            return Ok(());
        }
        self.submissions += 1;
        let id = SubmissionId(self.submissions);
        let records = material::records(flight.numbers.clone());
        flight.bytes = records.bytes().len() as u32;
        let submission = Submission {
            id,
            class: flight.class,
            records: records.len() as u32,
            bytes: flight.bytes,
            seal_now: self.requests[flight.request].seal_now,
            idempotent,
        };
        self.alive().hold(id, flight.class, records);
        self.answers.sent(id, flight);
        let takes = self.alive().node.status().mode == Mode::Ok;
        self.deliver(Input::Submitted(submission))?;
        ensure(takes || !self.answers.is_waiting(id), "a node without room takes nothing", || format!("{id:?}"))
    }

    pub(crate) fn client_acknowledged(&mut self, flight: &Flight) {
        let last = flight.numbers.end == self.requests[flight.request].numbers.end;
        let it = &mut self.clients[flight.client];
        if it.request != Some(flight.request) {
            self.requests[flight.request].done |= flight.attempt.is_some() && last;
            return;
        }
        match (flight.attempt, &mut it.attempt) {
            (None, _) => {
                it.unsettled -= flight.numbers.end - flight.numbers.start;
                self.requests[flight.request].done |= it.unsettled == 0;
            }
            (Some(id), Some(attempt)) if attempt.id == id => attempt.outstanding -= 1,
            (Some(_), _) => {}
        }
        self.requests[flight.request].done |= flight.attempt.is_some() && last;
        self.call(flight.client, 20);
    }

    /// Waits and tries again: the rest of a keyed request, or exactly what was refused.
    pub(crate) fn client_refused(&mut self, flight: &Flight, refusal: &Refusal) -> Verdict {
        self.check_alone(flight, refusal)?;
        let it = &mut self.clients[flight.client];
        if flight.probe || it.request != Some(flight.request) {
            return Ok(());
        }
        match flight.attempt {
            None => it.todo.push_back(flight.numbers.clone()),
            Some(id) if it.attempt.as_ref().is_some_and(|attempt| attempt.id == id) => it.attempt = None,
            Some(_) => return Ok(()),
        }
        let wait = match refusal {
            Refusal::Busy { retry_after_ms, .. } => *retry_after_ms,
            Refusal::NoSpace(_) | Refusal::Store(_) | Refusal::Stopping | Refusal::Fenced(_) | Refusal::KeyReused => {
                250
            }
        };
        let wait = wait + self.random.below(20);
        self.clients[flight.client].pause_ns = self.now_ns + wait * MS;
        self.call(flight.client, wait * 1_000);
        Ok(())
    }

    /// A retry that nobody competes with is never told that another one is under way.
    fn check_alone(&self, flight: &Flight, refusal: &Refusal) -> Verdict {
        let attempt = self.clients[flight.client].attempt.as_ref();
        let attempt = attempt.filter(|attempt| Some(attempt.id) == flight.attempt);
        let first = attempt.is_some_and(|attempt| attempt.alone_from == Some(flight.numbers.start));
        let alone = first && self.carriers(flight.request) == 1 && !self.requests[flight.request].done;
        let under_way = matches!(refusal, Refusal::Busy { reason, .. } if reason.contains("under way"));
        ensure(!(alone && under_way), "a lone retry goes on where the store says", || format!("{flight:?}"))
    }

    /// The process died: of a request without a key, some clients repeat what is in doubt, others
    /// let it be; a keyed one is taken up again.
    pub(crate) fn clients_orphaned(&mut self, lost: &[Flight]) {
        for flight in lost.iter().filter(|flight| !flight.probe) {
            let repeat = self.random.chance(50);
            let it = &mut self.clients[flight.client];
            if it.request != Some(flight.request) {
                continue;
            }
            if flight.attempt.is_none() && repeat {
                it.todo.push_back(flight.numbers.clone());
            } else if flight.attempt.is_none() {
                it.unsettled -= flight.numbers.end - flight.numbers.start;
                self.requests[flight.request].done |= it.unsettled == 0;
            }
            self.call(flight.client, 30 * 1_000);
        }
        for client in 0..self.clients.len() {
            if self.clients[client].kind == Kind::Keyed && self.clients[client].attempt.take().is_some() {
                self.call(client, 30 * 1_000);
            }
        }
    }
}
