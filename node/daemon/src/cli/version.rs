//! `vigil version`: which program this is.

use std::io::Write;

use super::Context;
use super::output::stdout;
use crate::exit::{Exit, Failure};

/// Prints it.
pub(crate) fn run(context: &Context) -> Result<Exit, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    let mut out = stdout();
    if context.look.json {
        let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
        writeln!(out, "{}", serde_json::json!({"name": "vigil", "version": version, "os": os, "arch": arch}))?;
    } else {
        writeln!(out, "vigil {version}")?;
    }
    out.flush()?;
    Ok(Exit::Ok)
}
