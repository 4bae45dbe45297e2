//! Can any text or bytes break a parser?

use std::process::Command;

use crate::args::Args;
use crate::cargo;
use crate::error::Error;

pub(crate) const HELP: &str = "\
Tries texts on the parsers, guided by coverage: none may panic, take long, or read back as something else.

Usage: cargo xtask fuzz [TARGET] [--seconds N]

  TARGET        a language of queries (vql, logql, json), a format of events (syslog, cef, …), scrub, or a protocol
                (loki, bulk, datadog) [default: each of them]
  --seconds N   how long each is tried [default: 60]

Needs cargo-fuzz: cargo install cargo-fuzz
";

/// Languages of queries, formats of events, the scrubber, protocols.
const TARGETS: [&str; 22] = [
    "vql",
    "logql",
    "json",
    "detect",
    "ndjson",
    "logfmt",
    "syslog",
    "cef",
    "leef",
    "access",
    "error_log",
    "w3c",
    "docker",
    "cri",
    "journal",
    "gelf",
    "windows_xml",
    "evtx",
    "scrub",
    "loki",
    "bulk",
    "datadog",
];
/// Seconds that one text may take; a parser that is linear needs a thousandth.
const TEXT_SECONDS: &str = "2";

/// Runs one target or all.
pub(crate) fn run(mut args: Args) -> Result<bool, Error> {
    let seconds: u64 = args.number("--seconds")?.unwrap_or(60);
    let chosen = match args.words()?.as_slice() {
        [] => TARGETS.to_vec(),
        [name] => TARGETS.into_iter().filter(|target| target == name).collect(),
        _ => Vec::new(),
    };
    if chosen.is_empty() {
        return Err(args.usage(format!("there are the targets {}", TARGETS.join(", "))));
    }
    for target in chosen {
        if !cargo::succeeds(&mut fuzz(target, seconds))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Without a sanitizer, which would need another compiler: the parsers have no unsafe code that it could watch.
fn fuzz(target: &str, seconds: u64) -> Command {
    let mut command = cargo::cargo();
    command.args(["fuzz", "run", "--sanitizer", "none", target, "--"]);
    command.arg(format!("-max_total_time={seconds}"));
    command.args(["-max_len=4096", &format!("-timeout={TEXT_SECONDS}"), "-print_final_stats=1"]);
    command
}
