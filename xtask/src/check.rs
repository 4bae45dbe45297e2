//! Does the workspace keep its habits?

mod floors;
mod headers;
mod pure;
mod scan;
mod supply;

use crate::args::Args;
use crate::cargo;
use crate::error::Error;
use crate::step::{Step, run_all};
use crate::tracked;
use crate::workspace::Workspace;

pub(crate) const HELP: &str = "\
Verifies the habits of the workspace. All steps run, also after a failure.

Usage: cargo xtask check [STEP…]

  fmt      rustfmt would change nothing
  headers  every .rs file begins with `//!`: the one question it answers
  scan     no IO, clock, randomness or unordered map on floors 0 to 3; nowhere an unbounded channel,
           an unfinished macro, an ignored test or the path of somebody's home
  floors   imports point downward; no engine below floor 4; each engine in one crate
  supply   licences, banned crates and sources of dependencies, as deny.toml states them
  clippy   no warning in any target
  tests    tests of floors 0 to 3

Without STEP, all of them. `cargo xtask check floors scan` runs two.
An unordered map on floors 0 to 3 needs `// lookup only: why` on its line or the line above.
A line of sample data that looks like a home path carries `sample data` in a comment.
";

/// Runs the named steps, or all.
pub(crate) fn run(mut args: Args) -> Result<bool, Error> {
    let names = args.words()?;
    let steps: Vec<Step<'_>> = quick_steps().into_iter().chain([pure_tests()]).collect();
    for name in &names {
        if !steps.iter().any(|step| step.name == name) {
            let known: Vec<&str> = steps.iter().map(|step| step.name).collect();
            return Err(args.usage(format!("there is no step `{name}`; the steps are {}", known.join(", "))));
        }
    }
    let wanted = |step: &Step<'_>| names.is_empty() || names.iter().any(|name| name == step.name);
    Ok(run_all(&steps.into_iter().filter(wanted).collect::<Vec<_>>()))
}

/// Everything except tests, cheapest first.
pub(crate) fn quick_steps() -> Vec<Step<'static>> {
    const CLIPPY: [&str; 7] = ["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"];
    vec![
        step("fmt", "cargo fmt --all --check", || cargo::step(&["fmt", "--all", "--check"], &[])),
        step("headers", "every .rs file begins with its question", || Ok(headers::findings(&tracked::text_files()?))),
        step("scan", "banned words in sources", || {
            let workspace = Workspace::read()?;
            Ok(scan::findings(&tracked::text_files()?, &workspace))
        }),
        step("floors", "imports point downward, engines stay above", || Ok(floors::findings(&Workspace::read()?))),
        step("supply", "licences, bans and sources by deny.toml", || supply::findings(&Workspace::read()?)),
        step("clippy", "cargo clippy, every target, warnings are errors", || cargo::step(&CLIPPY, &[])),
    ]
}

fn pure_tests() -> Step<'static> {
    step("tests", "cargo test of floors 0 to 3", || {
        let workspace = Workspace::read()?;
        let pure = workspace.members.iter().filter(|member| member.is_pure());
        let selected: Vec<&str> = pure.flat_map(|member| ["--package", member.name.as_str()]).collect();
        cargo::step(&[&["test", "--release", "--no-fail-fast"], selected.as_slice()].concat(), &[])
    })
}

/// A step from a name, a sentence and a deed.
pub(crate) fn step<'a>(
    name: &'static str,
    about: &'a str,
    run: impl Fn() -> Result<Vec<String>, Error> + 'a,
) -> Step<'a> {
    Step { name, about, run: Box::new(run) }
}
