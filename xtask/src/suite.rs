//! Does everything hold: habits, simulations and every test of the workspace?

use std::path::Path;

use crate::args::Args;
use crate::cargo;
use crate::check;
use crate::error::Error;
use crate::sim::{self, Plan};
use crate::step::run_all;

pub(crate) const HELP: &str = "\
Runs everything that must hold before a change is shared. All steps run, also after a failure.

Usage: cargo xtask test

  every step of `cargo xtask check` except its tests
  sim      2,000 seeds of a node alone and of a cluster, under a virtual clock
  tests    cargo test --release --workspace, floors 0 to 3 included, so nothing runs twice

Tests that start real nodes find the built program in VIGIL_BIN.
";

/// Runs the whole suite.
pub(crate) fn run(args: Args) -> Result<bool, Error> {
    args.finish()?;
    let mut steps = check::quick_steps();
    steps.push(check::step("sim", "simulations, the default seeds", || sim::findings(&Plan::default())));
    steps.push(check::step("tests", "cargo test of the whole workspace", workspace_tests));
    Ok(run_all(&steps))
}

fn workspace_tests() -> Result<Vec<String>, Error> {
    let vigil = cargo::build_binary("vigil")?;
    let variables: [(&str, &Path); 1] = [("VIGIL_BIN", &vigil)];
    cargo::step(&["test", "--release", "--workspace", "--no-fail-fast"], &variables)
}
