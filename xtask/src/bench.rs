//! How fast is it, in the figures that the project promises?

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::args::Args;
use crate::cargo;
use crate::error::Error;
use crate::out::say;

pub(crate) const HELP: &str = "\
Measures a node, built as it is released.

Usage: cargo xtask bench NAME [--json FILE]
       cargo xtask bench all [--json FILE]
       cargo xtask bench --list

  NAME         one bench of the list
  all          each of them in a process of its own, one after another
  --json FILE  writes the figures to FILE too; for `all` a list with one element for each bench
  --list       says which there are
";

/// The program that measures, a binary of the crate vigil-tests.
const PROGRAM: &str = "vigil-bench";

/// The programs that a bench needs, built.
struct Rig {
    bench: PathBuf,
    vigil: PathBuf,
}

/// Runs one bench, all, or lists them.
pub(crate) fn run(mut args: Args) -> Result<bool, Error> {
    let list = args.flag("--list");
    let json = args.value("--json")?.map(PathBuf::from);
    let names = args.words()?;
    match (list, names.as_slice()) {
        (true, []) => {
            Rig::build_bench().and_then(|bench| list_names(&bench))?.iter().for_each(|name| say(name));
            Ok(true)
        }
        (false, [name]) if name == "all" => run_all(&Rig::build()?, json.as_deref()),
        (false, [name]) => Rig::build()?.run(name, json.as_deref()),
        _ => Err(args.usage("give one name, `all` or `--list`".to_owned())),
    }
}

impl Rig {
    fn build() -> Result<Rig, Error> {
        Ok(Rig { bench: Rig::build_bench()?, vigil: cargo::build_binary("vigil")? })
    }

    fn build_bench() -> Result<PathBuf, Error> {
        cargo::build_binary(PROGRAM)
    }

    fn run(&self, name: &str, json: Option<&Path>) -> Result<bool, Error> {
        let mut command = Command::new(&self.bench);
        command.arg(name).env("VIGIL_BIN", &self.vigil);
        if let Some(file) = json {
            command.arg("--json").arg(file);
        }
        cargo::succeeds(&mut command)
    }
}

/// The lines of `--list`: a name, then perhaps words about it.
fn list_names(bench: &Path) -> Result<Vec<String>, Error> {
    let listed = cargo::output(Command::new(bench).arg("--list"))?;
    Ok(listed.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect())
}

fn run_all(rig: &Rig, json: Option<&Path>) -> Result<bool, Error> {
    let mut all_ok = true;
    let mut figures = Vec::new();
    for line in list_names(&rig.bench)? {
        let name = line.split_whitespace().next().unwrap_or_default();
        say(&format!("── {name}"));
        let part = json.map(|file| file.with_extension(format!("{name}.part")));
        all_ok &= rig.run(name, part.as_deref())?;
        figures.extend(part.as_deref().map(take_figures).transpose()?.flatten());
    }
    if let Some(file) = json {
        fs::write(file, format!("{:#}\n", Value::Array(figures))).map_err(Error::file(file))?;
    }
    Ok(all_ok)
}

/// Reads and removes what one bench wrote; a bench that failed may have written nothing.
fn take_figures(part: &Path) -> Result<Option<Value>, Error> {
    let Ok(text) = fs::read_to_string(part) else { return Ok(None) };
    fs::remove_file(part).map_err(Error::file(part))?;
    serde_json::from_str(&text).map(Some).map_err(|error| Error::File { path: part.into(), cause: error.into() })
}
