//! Does the machine keep its promises under any schedule of faults that a seed draws?

use std::process::Command;

use crate::args::Args;
use crate::cargo;
use crate::error::Error;
use crate::out::say;

pub(crate) const HELP: &str = "\
Runs the machine of a node under a virtual clock and a failing disk.

Usage: cargo xtask sim [--seeds N] [--from S]
       cargo xtask sim --replay SEED [--verbose]

  --seeds N      how many seeds (200)
  --from S       the first of them (0)
  --replay SEED  only this one
  --verbose      tells a replay step by step
";

/// The program that simulates, a binary of the crate of the same name.
const PROGRAM: &str = "vigil-simulations";

/// Which seeds to run.
pub(crate) struct Seeds {
    count: u64,
    from: u64,
    replay: Option<u64>,
    verbose: bool,
}

impl Default for Seeds {
    fn default() -> Seeds {
        Seeds { count: 200, from: 0, replay: None, verbose: false }
    }
}

impl Seeds {
    fn words(&self) -> Vec<String> {
        let mut words = match self.replay {
            Some(seed) => vec!["--replay".to_owned(), seed.to_string()],
            None => vec!["--seeds".to_owned(), self.count.to_string(), "--from".to_owned(), self.from.to_string()],
        };
        words.extend(self.verbose.then(|| "--verbose".to_owned()));
        words
    }
}

/// Runs the seeds that the command line asks for.
pub(crate) fn run(args: Args) -> Result<bool, Error> {
    let findings = findings(&parse(args)?)?;
    findings.iter().for_each(|finding| say(finding));
    Ok(findings.is_empty())
}

fn parse(mut args: Args) -> Result<Seeds, Error> {
    let default = Seeds::default();
    let count = args.number("--seeds")?;
    let from = args.number("--from")?;
    let replay = args.number("--replay")?;
    let verbose = args.flag("--verbose");
    if replay.is_some() && (count.is_some() || from.is_some()) {
        return Err(args.usage("--replay stands alone".to_owned()));
    }
    args.finish()?;
    Ok(Seeds { count: count.unwrap_or(default.count), from: from.unwrap_or(default.from), replay, verbose })
}

/// Builds the simulator and runs it; the program itself says how to replay what failed.
pub(crate) fn findings(seeds: &Seeds) -> Result<Vec<String>, Error> {
    let program = cargo::build_binary(PROGRAM)?;
    let ok = cargo::succeeds(Command::new(program).args(seeds.words()))?;
    Ok(if ok { Vec::new() } else { vec!["a seed failed; replay it with `cargo xtask sim --replay SEED`".to_owned()] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Result<String, Error> {
        let args = Args::new("sim", line.split_whitespace().map(str::to_owned).collect());
        parse(args).map(|seeds| seeds.words().join(" "))
    }

    #[test]
    fn seeds_have_defaults_and_a_replay_stands_alone() {
        assert_eq!(words("").expect("fine"), "--seeds 200 --from 0");
        assert_eq!(words("--from 7 --seeds=3").expect("fine"), "--seeds 3 --from 7");
        assert_eq!(words("--replay 41").expect("fine"), "--replay 41");
        assert_eq!(words("--verbose --replay 41").expect("fine"), "--replay 41 --verbose");
        assert!(words("--replay 41 --seeds 2").is_err());
        assert!(words("41").is_err());
    }
}
