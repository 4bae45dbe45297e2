//! `vigil help`: a command's long help, or the table of exit codes.

use std::io::Write;

use clap::{Args, CommandFactory};

use super::args::{Cli, template};
use super::output::stdout;
use crate::exit::{Exit, Failure};

/// What help is wanted on.
#[derive(Debug, Args)]
#[command(before_help = "Examples:\n  vigil help query\n  vigil help exit-codes\n", help_template = template())]
pub(crate) struct HelpArgs {
    /// A command, or exit-codes
    topic: Vec<String>,
}

/// Prints it.
pub(crate) fn run(args: &HelpArgs) -> Result<Exit, Failure> {
    let text = match args.topic.as_slice() {
        [topic] if topic == "exit-codes" => exit_codes(),
        topic => command_help(topic)?,
    };
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(Exit::Ok)
}

fn command_help(topic: &[String]) -> Result<String, Failure> {
    let mut command = Cli::command();
    command.build();
    let mut at = &mut command;
    for name in topic {
        let unknown = || {
            Failure::new(Exit::Usage, format!("there is no help on `{name}`")).hint("`vigil help` lists the commands")
        };
        at = at.find_subcommand_mut(name).ok_or_else(unknown)?;
    }
    Ok(at.render_help().to_string())
}

/// The table of exit codes.
pub(crate) fn exit_codes() -> String {
    let line = |exit: &Exit| format!("{:>4}  {}\n", exit.code(), exit.meaning());
    format!("Exit codes:\n{}", Exit::ALL.iter().map(line).collect::<String>())
}
