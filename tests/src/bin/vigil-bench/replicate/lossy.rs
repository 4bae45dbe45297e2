//! What a pull brings over a link that is far away and loses packets: the transport's own example.

use std::process::Command;

use serde_json::Value;

use super::progress;

/// Each lane's figures; null when `VIGIL_BENCH_LOSSY` does not say where the example is.
pub(super) fn run() -> anyhow::Result<Value> {
    let Some(program) = std::env::var_os("VIGIL_BENCH_LOSSY") else {
        progress("no lossy link: `cargo xtask bench` says in VIGIL_BENCH_LOSSY where its program is");
        return Ok(Value::Null);
    };
    progress("a link of 50 ms that loses 0.1 % each way");
    let output = Command::new(program).output()?;
    anyhow::ensure!(output.status.success(), "lossy failed: {}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout)?;
    Ok(lines.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?.into())
}
