//! Which verb does a developer want, and did it succeed? The one door for automation.

mod args;
mod bench;
mod cargo;
mod check;
mod error;
mod fuzz;
mod golden;
mod out;
mod sim;
mod soak;
mod source;
mod step;
mod suite;
mod tracked;
mod workspace;

use std::process::ExitCode;

use crate::args::Args;
use crate::error::Error;

const HELP: &str = "\
The one door for developers of Vigil.

Usage: cargo xtask <verb> [options]

  check    Formatting, lints, floors, headers, bans, licences, tests of floors 0 to 3
  test     Everything: check, simulations, the tests of the whole workspace
  sim      Run the machine under a virtual clock and a failing disk, seed by seed
  bench    Measure a node against the figures that the project promises
  soak     Part real nodes under load, and kill one again and again, for ten minutes each
  fuzz     Try any text on the parsers of queries, guided by coverage
  golden   Rewrite the expected output inside tests, and say which files changed

`cargo xtask <verb> --help` explains a verb. Exit codes: 0 ok, 1 something failed, 2 usage.
";

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            out::complain(&format!("error: {error}"));
            ExitCode::from(error.exit_code())
        }
    }
}

/// What a verb does with its words.
type Act = fn(Args) -> Result<bool, Error>;

/// Runs one verb. `Ok(false)` means that it ran and found something wrong.
fn run(mut words: Vec<String>) -> Result<bool, Error> {
    if words.is_empty() || matches!(words[0].as_str(), "help" | "--help" | "-h") {
        out::say(HELP.trim_end());
        return Ok(true);
    }
    let verb = words.remove(0);
    let (help, act): (&str, Act) = match verb.as_str() {
        "check" => (check::HELP, check::run),
        "test" => (suite::HELP, suite::run),
        "sim" => (sim::HELP, sim::run),
        "bench" => (bench::HELP, bench::run),
        "soak" => (soak::HELP, soak::run),
        "fuzz" => (fuzz::HELP, fuzz::run),
        "golden" => (golden::HELP, golden::run),
        _ => return Err(Error::Usage { what: format!("there is no verb `{verb}`"), verb: String::new() }),
    };
    if words.iter().any(|word| matches!(word.as_str(), "--help" | "-h")) {
        out::say(help.trim_end());
        return Ok(true);
    }
    cargo::enter_workspace()?;
    act(Args::new(&verb, words))
}
