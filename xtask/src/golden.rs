//! What do the tests expect now, and where did that change?

use std::collections::BTreeMap;

use crate::args::Args;
use crate::cargo;
use crate::error::Error;
use crate::out::say;
use crate::tracked;

pub(crate) const HELP: &str = "\
Rewrites the expected output inside tests, then says which files changed.
Read the diff before you commit it: only commit what you can explain.

Usage: cargo xtask golden [CRATE…]

  CRATE  a package name such as vigil-query; without one, the whole workspace
";

/// Runs the tests with UPDATE_EXPECT=1.
pub(crate) fn run(mut args: Args) -> Result<bool, Error> {
    let crates = args.words()?;
    let before = texts()?;
    let mut command = cargo::cargo();
    command.args(["test", "--release", "--no-fail-fast"]).env("UPDATE_EXPECT", "1");
    match crates.as_slice() {
        [] => command.arg("--workspace"),
        _ => command.args(crates.iter().flat_map(|name| ["--package", name.as_str()])),
    };
    let ok = cargo::succeeds(&mut command)?;
    report(&changed(&before, &texts()?));
    Ok(ok)
}

fn texts() -> Result<BTreeMap<String, String>, Error> {
    Ok(tracked::text_files()?.into_iter().map(|file| (file.path, file.text)).collect())
}

fn changed<'a>(before: &BTreeMap<String, String>, after: &'a BTreeMap<String, String>) -> Vec<&'a str> {
    after.iter().filter(|(path, text)| before.get(*path) != Some(*text)).map(|(path, _)| path.as_str()).collect()
}

fn report(changed: &[&str]) {
    match changed {
        [] => say("nothing changed: the tests expect what the code does"),
        _ => say("changed; read the diff before you commit it:"),
    }
    changed.iter().for_each(|path| say(&format!("  {path}")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_and_new_files_are_named() {
        let texts = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let before: BTreeMap<String, String> = texts(&[("a", "1"), ("b", "1"), ("gone", "1")]);
        let after: BTreeMap<String, String> = texts(&[("a", "1"), ("b", "2"), ("c", "1")]);
        assert_eq!(changed(&before, &after), ["b", "c"]);
    }
}
