//! Does the machine keep its promises under any schedule of faults that a seed draws?

use std::process::Command;

use crate::args::Args;
use crate::cargo;
use crate::error::Error;
use crate::out::say;

pub(crate) const HELP: &str = "\
Runs nodes under a virtual clock, on disks that fail, with a network that fails.

Usage: cargo xtask sim [--seeds N] [--from S] [--world W]
       cargo xtask sim --replay SEED [--world W] [--verbose]
       cargo xtask sim stories [--bless] [NAME...]
       cargo xtask sim mutants [--seeds N]
       cargo xtask sim scale [--bless] [NAME...]

  --seeds N      how many seeds (2000); of the mutants, how many each may survive at most
  --from S       the first of them (0)
  --world W      `alone`: one node; `cluster`: several; both when absent
  --replay SEED  only this one
  --verbose      tells a replay step by step
  stories        plays simulations/scripts and compares what happens with what is written
  mutants        breaks the shell on purpose: each bug must be caught
  scale          clusters of 50, 300 and 1,000 replication machines against the baseline
  --bless        writes what happens now into the stories, or into the baseline
";

/// The program that simulates, a binary of the crate of the same name.
const PROGRAM: &str = "vigil-simulations";

/// Seeds of each world that must pass before a change is shared.
const SEEDS: u64 = 2_000;

/// The words for the simulator.
pub(crate) struct Plan(Vec<String>);

impl Default for Plan {
    fn default() -> Plan {
        Plan(vec!["seeds".to_owned(), "--seeds".to_owned(), SEEDS.to_string()])
    }
}

/// Runs what the command line asks for.
pub(crate) fn run(args: Args) -> Result<bool, Error> {
    let findings = findings(&parse(args)?)?;
    findings.iter().for_each(|finding| say(finding));
    Ok(findings.is_empty())
}

fn parse(mut args: Args) -> Result<Plan, Error> {
    let count: Option<u64> = args.number("--seeds")?;
    let from: Option<u64> = args.number("--from")?;
    let replay: Option<u64> = args.number("--replay")?;
    let world = args.value("--world")?;
    let flags = [args.flag("--verbose").then_some("--verbose"), args.flag("--bless").then_some("--bless")];
    let names = args.words()?;
    if replay.is_some() && (count.is_some() || from.is_some() || !names.is_empty()) {
        return Err(args.usage("--replay stands alone".to_owned()));
    }
    let verb = names.first().cloned().unwrap_or_else(|| "seeds".to_owned());
    if !["seeds", "stories", "mutants", "scale"].contains(&verb.as_str()) {
        return Err(args.usage(format!("`{verb}` is not expected here")));
    }
    let mut words = match replay {
        Some(seed) => vec!["replay".to_owned(), seed.to_string()],
        None => vec![verb.to_owned()],
    };
    words.extend(names.into_iter().skip(1));
    let count = count.or((replay.is_none() && verb == "seeds").then_some(SEEDS));
    let options =
        [("--seeds", count.map(|n| n.to_string())), ("--from", from.map(|n| n.to_string())), ("--world", world)];
    for (name, value) in options {
        words.extend(value.into_iter().flat_map(|value| [name.to_owned(), value]));
    }
    words.extend(flags.into_iter().flatten().map(str::to_owned));
    Ok(Plan(words))
}

/// Builds the simulator and runs it; the program itself says how to replay what failed.
pub(crate) fn findings(plan: &Plan) -> Result<Vec<String>, Error> {
    let program = cargo::build_binary(PROGRAM)?;
    let ok = cargo::succeeds(Command::new(program).args(&plan.0))?;
    Ok(if ok { Vec::new() } else { vec!["a simulation failed; what it says above tells how to replay it".to_owned()] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Result<String, Error> {
        let args = Args::new("sim", line.split_whitespace().map(str::to_owned).collect());
        parse(args).map(|plan| plan.0.join(" "))
    }

    #[test]
    fn seeds_have_defaults_and_a_replay_stands_alone() {
        assert_eq!(words("").expect("fine"), "seeds --seeds 2000");
        assert_eq!(Plan::default().0.join(" "), "seeds --seeds 2000");
        assert_eq!(words("--from 7 --seeds=3").expect("fine"), "seeds --seeds 3 --from 7");
        assert_eq!(words("--replay 41").expect("fine"), "replay 41");
        assert_eq!(
            words("--verbose --replay 41 --world cluster").expect("fine"),
            "replay 41 --world cluster --verbose"
        );
        assert!(words("--replay 41 --seeds 2").is_err());
        assert!(words("41").is_err());
    }

    #[test]
    fn stories_mutants_and_scenarios_are_named() {
        assert_eq!(words("stories --bless crash").expect("fine"), "stories crash --bless");
        assert_eq!(words("mutants").expect("fine"), "mutants");
        assert_eq!(words("scale fifty").expect("fine"), "scale fifty");
    }
}
