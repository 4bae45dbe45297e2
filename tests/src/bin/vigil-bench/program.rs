//! Benches that run inside the program, through its hidden `bench` command.

use serde_json::Value;
use vigil_tests::run;

/// Durable signed append without index.
pub(crate) fn append() -> anyhow::Result<Value> {
    inside("append")
}

/// The index alone.
pub(crate) fn index() -> anyhow::Result<Value> {
    inside("index")
}

/// Formats, scrubbing, stages.
pub(crate) fn parse() -> anyhow::Result<Value> {
    inside("parse")
}

fn inside(name: &str) -> anyhow::Result<Value> {
    let output = run(&["bench", name]);
    let printed = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "vigil bench {name} failed: {printed}");
    Ok(serde_json::from_slice(&output.stdout)?)
}
