//! Which seeds are run, and what is said of them.

use std::process::ExitCode;

use vigil_simulations::{Outcome, Stats, run, say};

const USAGE: &str = "vigil-simulations [--seeds N] [--from S] [--replay SEED] [--verbose]";

/// Seeds that failed once, each with a line why: always run first.
const REGRESSIONS: &str = include_str!("../regressions.txt");

struct Options {
    seeds: u64,
    from: u64,
    replay: Option<u64>,
    verbose: bool,
}

fn main() -> ExitCode {
    let options = match parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(why) => {
            say(&format!("{why}\nusage: {USAGE}"));
            return ExitCode::from(2);
        }
    };
    std::panic::set_hook(Box::new(|_| {}));
    let passed = match options.replay {
        Some(seed) => replay(seed, options.verbose),
        None => run_all(&options),
    };
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options { seeds: 200, from: 1, replay: None, verbose: false };
    while let Some(arg) = args.next() {
        let mut number = || {
            let value = args.next().ok_or_else(|| format!("{arg} needs a number"))?;
            value.parse::<u64>().map_err(|_| format!("`{value}` after {arg} is not a number"))
        };
        match arg.as_str() {
            "--seeds" => options.seeds = number()?,
            "--from" => options.from = number()?,
            "--replay" => options.replay = Some(number()?),
            "--verbose" => options.verbose = true,
            _ => return Err(format!("unknown argument `{arg}`")),
        }
    }
    Ok(options)
}

fn replay(seed: u64, verbose: bool) -> bool {
    let outcome = run(seed, verbose);
    let mut stats = Stats::default();
    let passed = report(&outcome, &mut stats);
    if passed {
        say(&format!("seed {seed} passes: {stats}; trace {:016x}, {} lines", outcome.trace_hash, outcome.trace_lines));
    }
    passed
}

fn run_all(options: &Options) -> bool {
    let mut sum = Stats::default();
    let kept: Vec<u64> = regressions(REGRESSIONS).collect();
    let seeds = kept.iter().copied().chain(options.from..options.from.saturating_add(options.seeds));
    for (n, seed) in seeds.enumerate() {
        let outcome = run(seed, options.verbose);
        if !report(&outcome, &mut sum) {
            return false;
        }
        if (n + 1) % 50 == 0 {
            say(&format!("{} seeds", n + 1));
        }
    }
    say(&format!("{} seeds and {} kept ones pass: {sum}", options.seeds, kept.len()));
    true
}

fn regressions(text: &str) -> impl Iterator<Item = u64> {
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines.map(|line| {
        let seed = line.split_whitespace().next().unwrap_or_default();
        seed.parse().expect("a line of regressions.txt begins with a seed")
    })
}

fn report(outcome: &Outcome, sum: &mut Stats) -> bool {
    match &outcome.result {
        Ok(stats) => {
            sum.add(stats);
            true
        }
        Err(violation) => {
            outcome.last.iter().for_each(|line| say(line));
            say(&format!("seed {} breaks a promise: {}", outcome.seed, violation.invariant));
            say(&format!("  {}", violation.what));
            say(&format!("replay: cargo xtask sim --replay {}", outcome.seed));
            false
        }
    }
}
