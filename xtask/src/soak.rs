//! Do real nodes still agree after a long partition under load, and after many crashes?

use crate::args::Args;
use crate::cargo;
use crate::error::Error;

pub(crate) const HELP: &str = "\
Runs the partition and the crashes of tests/cluster for longer than the test command does.

Usage: cargo xtask soak [--seconds N]

  --seconds N   how long the parts are apart, and a node is killed again and again [default: 600]
";

/// Runs both; the test command runs them for a minute and for a few rounds.
pub(crate) fn run(mut args: Args) -> Result<bool, Error> {
    let seconds: u64 = args.number("--seconds")?.unwrap_or(600);
    args.finish()?;
    let tests = ["partition::", "crash::nothing_acknowledged"];
    let mut command = cargo::cargo();
    command.args(["test", "--release", "--package", "vigil-tests", "--test", "cluster", "--"]).args(tests);
    command.args(["--test-threads=1", "--nocapture"]).env("VIGIL_SOAK_SECONDS", seconds.to_string());
    cargo::succeeds(&mut command)
}
