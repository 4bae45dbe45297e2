//! How fast is it, in the figures that the project promises?

use std::process::Command;

use crate::args::Args;
use crate::cargo;
use crate::error::Error;

pub(crate) const HELP: &str = "\
Measures a node, built as it is released.

Usage: cargo xtask bench NAME [--json FILE]
       cargo xtask bench all [--json FILE]
       cargo xtask bench --list

  NAME         one bench of the list
  all          each of them, one after another
  --json FILE  writes the figures to FILE instead of the terminal
  --list       says which there are
";

/// The program that measures, a binary of the crate vigil-tests.
const PROGRAM: &str = "vigil-bench";

/// Runs one bench, all, or lists them.
pub(crate) fn run(mut args: Args) -> Result<bool, Error> {
    let list = args.flag("--list");
    let json = args.value("--json")?;
    let names = args.words()?;
    match (list, names.as_slice()) {
        (true, []) => cargo::succeeds(Command::new(cargo::build_binary(PROGRAM)?).arg("--list")),
        (false, [name]) => measure(name, json),
        _ => Err(args.usage("give one name, `all` or `--list`".to_owned())),
    }
}

fn measure(name: &str, json: Option<String>) -> Result<bool, Error> {
    let bench = cargo::build_binary(PROGRAM)?;
    let vigil = cargo::build_binary("vigil")?;
    let mut command = Command::new(bench);
    command.arg(name).env("VIGIL_BIN", vigil);
    command.args(json.into_iter().flat_map(|file| ["--json".to_owned(), file]));
    cargo::succeeds(&mut command)
}
