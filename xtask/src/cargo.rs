//! How are cargo and the built programs run, always in the same profile?

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::error::Error;
use crate::out::say;

/// Moves to the root of the workspace, so that every path below is relative to it.
pub(crate) fn enter_workspace() -> Result<(), Error> {
    let manifest = output(cargo().args(["locate-project", "--workspace", "--message-format", "plain"]))?;
    let root = Path::new(manifest.trim()).parent().unwrap_or(Path::new("."));
    std::env::set_current_dir(root).map_err(Error::file(root))
}

/// The cargo that runs this program, or the one on PATH.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A step that runs `cargo` with `words`; its output goes to the terminal as it comes.
pub(crate) fn step(words: &[&str], variables: &[(&str, &Path)]) -> Result<Vec<String>, Error> {
    let mut command = cargo();
    command.args(words).envs(variables.iter().copied());
    Ok(if succeeds(&mut command)? { Vec::new() } else { vec![format!("`cargo {}` failed", words.join(" "))] })
}

/// Runs a command to its end on the caller's terminal.
pub(crate) fn succeeds(command: &mut Command) -> Result<bool, Error> {
    let status = command.status().map_err(|cause| Error::Start { program: program(command), cause })?;
    Ok(status.success())
}

/// Runs a command and returns what it wrote to standard output; standard error stays on the terminal.
pub(crate) fn output(command: &mut Command) -> Result<String, Error> {
    let ran =
        command.stderr(Stdio::inherit()).output().map_err(|cause| Error::Start { program: program(command), cause })?;
    if !ran.status.success() {
        return Err(Error::Failed { command: line(command) });
    }
    Ok(String::from_utf8_lossy(&ran.stdout).into_owned())
}

/// Builds one binary of the workspace and returns where it is.
///
/// The whole workspace is selected, so that features of shared dependencies resolve alike for
/// every binary and nothing heavy is compiled twice.
pub(crate) fn build_binary(name: &str) -> Result<PathBuf, Error> {
    if !declared_binaries()?.iter().any(|declared| declared == name) {
        return Err(Error::NoBinary(name.to_owned()));
    }
    build("bin", name)
}

/// Builds one example of the workspace, as [`build_binary`] does, and returns where it is.
pub(crate) fn build_example(name: &str) -> Result<PathBuf, Error> {
    build("example", name)
}

/// Builds a target of a kind, `bin` or `example`.
fn build(kind: &str, name: &str) -> Result<PathBuf, Error> {
    say(&format!("   building {name}"));
    let messages = output(
        cargo()
            .args(["build", "--release", "--workspace", &format!("--{kind}"), name])
            .arg("--message-format=json-render-diagnostics"),
    )?;
    executable(&messages, kind, name).ok_or_else(|| Error::NoBinary(name.to_owned()))
}

fn declared_binaries() -> Result<Vec<String>, Error> {
    let text = output(cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&text).map_err(|error| Error::Metadata(error.to_string()))?;
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    let targets = packages.iter().flat_map(|package| package["targets"].as_array().cloned().unwrap_or_default());
    Ok(targets
        .filter(|target| is_a("bin", target))
        .filter_map(|target| target["name"].as_str().map(str::to_owned))
        .collect())
}

fn is_a(kind: &str, target: &Value) -> bool {
    target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|known| known == kind))
}

/// Where cargo's JSON messages say that the target `name` of a kind is.
fn executable(messages: &str, kind: &str, name: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|message| serde_json::from_str::<Value>(message).ok())
        .filter(|message| message["target"]["name"] == name && is_a(kind, &message["target"]))
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
}

fn program(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

fn line(command: &Command) -> String {
    let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
    std::iter::once(program(command)).chain(words).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_is_read_from_cargos_messages() {
        let messages = r#"
{"reason":"compiler-artifact","target":{"name":"vigil","kind":["lib"]},"executable":null}
{"reason":"compiler-artifact","target":{"name":"other","kind":["bin"]},"executable":"t/other"}
{"reason":"compiler-artifact","target":{"name":"vigil","kind":["bin"]},"executable":"t/vigil"}
{"reason":"compiler-artifact","target":{"name":"lossy","kind":["example"]},"executable":"t/lossy"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(executable(messages, "bin", "vigil"), Some(PathBuf::from("t/vigil")));
        assert_eq!(executable(messages, "example", "lossy"), Some(PathBuf::from("t/lossy")));
        assert_eq!(executable(messages, "bin", "lossy"), None);
        assert_eq!(executable(messages, "bin", "absent"), None);
    }
}
