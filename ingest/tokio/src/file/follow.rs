//! How one open file is read on.

use std::fs::File;
use std::io;
use std::time::{Duration, Instant};

use vigil_ingest::{Format, Recipe};
use vigil_model::limits::CONTINUATION_MILLISECONDS;

use super::input::{self, Input, Next};
use super::mark::{FileId, HEAD_BYTES, Mark, Print, bytes};
use super::positions::Positions;
use super::reading::Reading;
use crate::gather::Gatherer;
use crate::order::Job;

/// The field that says where an event was read.
const PATH: &str = "log.file.path";
/// Bytes at the beginning in which lines that describe the others are looked for.
const PREAMBLE_BYTES: usize = 8 * 1024;
/// How long a file of a format that is read as a whole is silent until it counts as whole.
const WHOLE_AFTER: Duration = Duration::from_secs(5);

/// A file that is read.
pub(super) struct Follow {
    pub(super) id: FileId,
    path: String,
    file: File,
    input: Input,
    reading: Reading,
    /// What the positions say of it.
    kept: Option<u64>,
    heard: Instant,
    /// Lines wait that silence may end.
    continues: bool,
    /// It is found by the globs.
    pub(super) found: bool,
    /// It is packed, and was read to its end.
    done: bool,
    /// It could not be read on.
    failed: bool,
}

/// By what a file that is opened is judged.
pub(super) struct Finding<'f> {
    pub(super) path: &'f str,
    /// Begin at the end, if it was never seen.
    pub(super) from_end: bool,
    /// It was not there at the scan before.
    pub(super) first: bool,
    /// Whether a file is there.
    pub(super) there: &'f dyn Fn(FileId) -> bool,
}

impl Follow {
    /// Opens a file where reading it goes on. `None` where it is too early to say: rotation copies a file first, and
    /// truncates it then.
    pub(super) fn open(
        finding: &Finding<'_>,
        positions: &mut Positions,
        job: &Job,
        gather: &mut Gatherer,
    ) -> io::Result<Option<Follow>> {
        let file = File::open(finding.path)?;
        let id = FileId::of(&file.metadata()?);
        let known = positions.get(id).map(|mark| mark.is_of(&file)).transpose()?;
        if known == Some(false) {
            positions.truncated(id);
        }
        let at = match positions.get(id) {
            Some(mark) => mark.at,
            None if finding.from_end && known.is_none() && !input::is_packed(finding.path) => file.metadata()?.len(),
            None => match copied(&file, finding, positions)? {
                None => return Ok(None),
                Some(at) => at,
            },
        };
        let input = Input::open(&file, finding.path, at)?;
        let mut reading = Reading::new(recipe(job, finding.path), at);
        if at > 0 {
            reading.prepare(&preamble(&file, job.source().recipe.format)?, gather);
        }
        let (path, heard) = (finding.path.to_owned(), Instant::now());
        let kept = known.filter(|known| *known).map(|_| at);
        Ok(Some(Follow {
            id,
            path,
            file,
            input,
            reading,
            kept,
            heard,
            continues: true,
            found: true,
            done: false,
            failed: false,
        }))
    }

    /// Reads a piece; answers whether there was one.
    pub(super) fn step(&mut self, job: &Job, gather: &mut Gatherer, positions: &mut Positions) -> io::Result<bool> {
        if self.done || self.failed {
            return Ok(false);
        }
        match self.input.next(&self.file, self.reading.fed())? {
            Next::Bytes(bytes) => {
                (self.heard, self.continues) = (Instant::now(), true);
                self.reading.feed(&bytes, gather, job.counts());
                return Ok(true);
            }
            Next::Nothing => self.silent(job, gather),
            Next::End => {
                self.finish(job, gather);
                self.done = true;
            }
            Next::Truncated => {
                self.finish(job, gather);
                positions.truncated(self.id);
                self.reading = Reading::new(recipe(job, &self.path), 0);
                self.kept = None;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn silent(&mut self, job: &Job, gather: &mut Gatherer) {
        if self.continues && self.heard.elapsed() >= Duration::from_millis(CONTINUATION_MILLISECONDS) {
            self.continues = false;
            self.reading.idle(gather);
        }
        if self.reading.is_whole() && self.heard.elapsed() >= WHOLE_AFTER {
            self.finish(job, gather);
        }
    }

    /// Nothing more comes: what is unfinished is an event.
    pub(super) fn finish(&mut self, job: &Job, gather: &mut Gatherer) {
        self.reading.finish(recipe(job, &self.path), gather);
    }

    /// Goes over to other settings.
    pub(super) fn follow(&mut self, job: &Job, gather: &mut Gatherer) {
        self.reading.follow(recipe(job, &self.path), gather);
    }

    /// No more is read now, but later: lines that wait for others become an event.
    pub(super) fn rest(&mut self, gather: &mut Gatherer) {
        if self.continues {
            self.reading.idle(gather);
        }
    }

    /// Whether something was read that is no event yet.
    pub(super) fn has_rest(&self) -> bool {
        self.reading.safe() < self.reading.fed()
    }

    /// It cannot be read: nothing more is expected of it, until it is found anew.
    pub(super) fn give_up(&mut self) {
        self.failed = true;
    }

    /// How long nothing came.
    pub(super) fn silence(&self) -> Duration {
        self.heard.elapsed()
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Whether it was read to an end, or cannot be read.
    pub(super) fn is_over(&self) -> bool {
        self.done || self.failed
    }

    /// All events handed on are kept: remembers it.
    pub(super) fn keep(&mut self, now: i64, positions: &mut Positions) -> io::Result<()> {
        let at = self.reading.safe();
        let done_before = positions.get(self.id).is_some_and(|mark| mark.done);
        if self.kept == Some(at) && done_before == self.done {
            return Ok(());
        }
        let packed = self.input.is_packed();
        let tail = if packed { Vec::new() } else { input::tail(&self.file, at)? };
        let (head, tail) = (Print::of(&bytes(&self.file, 0, HEAD_BYTES)?), Print::of(&tail));
        let (id, path) = (self.id, self.path.clone());
        positions.put(Mark { id, path, at, packed, done: self.done, head, tail, seen: now });
        self.kept = Some(at);
        Ok(())
    }
}

/// Where a file that was never read goes on: behind what was read of the one that it is a copy of. `None` where that one
/// is still whole, and was so at one scan only.
fn copied(file: &File, finding: &Finding<'_>, positions: &Positions) -> io::Result<Option<u64>> {
    let head = input::head(file, finding.path)?;
    for mark in positions.originals(&head, finding.there) {
        if input::is_copy(file, finding.path, &mark)? {
            return Ok(Some(mark.at));
        }
    }
    Ok((!finding.first || !positions.resembles(&head)).then_some(0))
}

/// The lines at the beginning that say what the others mean.
fn preamble(file: &File, format: Format) -> io::Result<Vec<u8>> {
    // Where content decides, these lines decide again that it is W3C.
    if !matches!(format, Format::W3c | Format::Detect) {
        return Ok(Vec::new());
    }
    let head = bytes(file, 0, PREAMBLE_BYTES)?;
    let lines = head.split_inclusive(|byte| *byte == b'\n');
    Ok(lines.take_while(|line| line.starts_with(b"#") && line.ends_with(b"\n")).flatten().copied().collect())
}

fn recipe(job: &Job, path: &str) -> Recipe {
    job.recipe(Some((PATH, path.to_owned())))
}
