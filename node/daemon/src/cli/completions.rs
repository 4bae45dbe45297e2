//! `vigil completions`: a script that completes commands and flags in a shell.

use std::io::Write;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::args::{Cli, template};
use super::output::stdout;
use crate::exit::{Exit, Failure};

/// Which shell.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  vigil completions bash > /etc/bash_completion.d/vigil\n  vigil completions fish > ~/.config/fish/completions/vigil.fish\n",
    help_template = template()
)]
pub(crate) struct CompletionsArgs {
    /// Shell
    shell: Shell,
}

/// Writes the script.
pub(crate) fn run(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "vigil", &mut script);
    let mut out = stdout();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Exit::Ok)
}
