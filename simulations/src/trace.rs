//! What happened, in short lines: hashed as a whole, the last ones kept.

use std::collections::VecDeque;
use std::fmt::{self, Write};

/// Lines kept for the report of a failure.
const KEPT: usize = 30;

/// The story of one seed.
#[derive(Debug)]
pub(crate) struct Trace {
    hash: u64,
    lines: u64,
    last: VecDeque<String>,
    aloud: bool,
}

impl Trace {
    /// With `aloud`, every line is printed too.
    pub(crate) fn new(aloud: bool) -> Trace {
        Trace { hash: 0xcbf2_9ce4_8422_2325, lines: 0, last: VecDeque::with_capacity(KEPT), aloud }
    }

    pub(crate) fn line(&mut self, at_ns: u64, text: fmt::Arguments<'_>) {
        let mut line = if self.last.len() == KEPT { self.last.pop_front() } else { None }.unwrap_or_default();
        line.clear();
        write!(line, "{:>10.3} ms  {text}", at_ns as f64 / 1e6).expect("text is written to memory");
        for byte in line.bytes().chain([b'\n']) {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if self.aloud {
            crate::say(&line);
        }
        self.lines += 1;
        self.last.push_back(line);
    }

    /// Equal where every line was equal.
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    pub(crate) fn lines(&self) -> u64 {
        self.lines
    }

    pub(crate) fn last(&self) -> Vec<String> {
        self.last.iter().cloned().collect()
    }
}
