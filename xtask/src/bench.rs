//! How fast is it, in the figures that the project promises?

use std::process::Command;

use crate::args::Args;
use crate::cargo;
use crate::error::Error;

pub(crate) const HELP: &str = "\
Measures a node, built as it is released.

Usage: cargo xtask bench NAME [--json FILE] [--data FILE] [--events N] [--victorialogs URL]
       cargo xtask bench all [--json FILE]
       cargo xtask bench --list

  NAME         one bench of the list
  all          each of them, one after another
  --json FILE  writes the figures to FILE instead of the terminal
  --list       says which there are
  --data FILE  `search`: NDJSON events to ask about instead of made ones
  --events N   `search`: how many short events are made, 1000000 if not given; a tenth as many wide ones are added
  --victorialogs URL
               `search`: an empty VictoriaLogs, given the same events and asked the same in the same run

`search` takes about two minutes and says, for every kind of question, what it takes warm, cold (the first time after a
start) and in processor time, beside what is promised and what VictoriaLogs 1.26 took on two quiet cores; then what a
question takes while events come in.

`replicate` takes about three minutes of two cores and says, of real nodes on loopback:

  join      an empty peer joins a node of 1 M events of 300 bytes: seconds until the first is found,
            until all are stored, and indexed; processor time of both nodes
  cost      the receiver's processor time for a million events, when it receives 10 k, 100 k and 1 M
  wire      bytes of UDP, both ways, for a byte of raw JSON; and on an idle link in a second
  live      three nodes, 10,000 events/s in total: acknowledged on one until found on another
  lossy     what a pull brings over 50 ms and 0.1 % loss, by the example `lossy` of the transport

Figures of a machine that does something else as well are good for processor time, not for seconds.
";

/// The program that measures, a binary of the crate vigil-tests.
const PROGRAM: &str = "vigil-bench";

/// The benches that need the transport's example, a program of its own.
const WITH_LOSSY: [&str; 2] = ["replicate", "all"];

/// Runs one bench, all, or lists them.
pub(crate) fn run(mut args: Args) -> Result<bool, Error> {
    let list = args.flag("--list");
    let json = args.value("--json")?;
    let search = [
        ("VIGIL_BENCH_DATA", args.value("--data")?),
        ("VIGIL_BENCH_EVENTS", args.value("--events")?),
        ("VIGIL_BENCH_VICTORIALOGS", args.value("--victorialogs")?),
    ];
    let names = args.words()?;
    match (list, names.as_slice()) {
        (true, []) => cargo::succeeds(Command::new(cargo::build_binary(PROGRAM)?).arg("--list")),
        (false, [name]) => measure(name, json, search),
        _ => Err(args.usage("give one name, `all` or `--list`".to_owned())),
    }
}

/// Names of environment variables and what they are set to, if anything.
type Settings = [(&'static str, Option<String>); 3];

fn measure(name: &str, json: Option<String>, settings: Settings) -> Result<bool, Error> {
    let bench = cargo::build_binary(PROGRAM)?;
    let vigil = cargo::build_binary("vigil")?;
    let mut command = Command::new(bench);
    command.arg(name).env("VIGIL_BIN", vigil);
    command.envs(settings.into_iter().filter_map(|(name, value)| Some((name, value?))));
    if WITH_LOSSY.contains(&name) {
        command.env("VIGIL_BENCH_LOSSY", cargo::build_example("lossy")?);
    }
    command.args(json.into_iter().flat_map(|file| ["--json".to_owned(), file]));
    cargo::succeeds(&mut command)
}
