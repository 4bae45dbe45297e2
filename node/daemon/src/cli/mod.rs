//! Which commands there are, and how the program ends after each.

mod args;
mod bench;
mod cluster;
mod completions;
mod config;
mod confirm;
mod discover;
mod doctor;
mod export;
mod help;
mod ingest;
mod interrupt;
mod invite;
mod join;
mod leave;
mod log_line;
mod missing;
mod output;
mod parse;
mod peers;
mod query;
mod question;
mod row;
mod scrub;
mod shell;
mod show;
mod since;
mod status;
mod sync;
mod table;
mod tail;
#[cfg(test)]
mod tests;
mod token;
pub(crate) mod up;
mod version;

use clap::{CommandFactory, FromArgMatches};

use crate::client::{Client, Url};
use crate::exit::{Exit, Failure};

use args::{Cli, Command, Global};
use output::{Look, Paint, say};

/// What every command gets.
pub(crate) struct Context {
    global: Global,
    look: Look,
}

impl Context {
    /// A client of the node that the command line, or the environment, names.
    fn client(&self) -> Result<Client, Failure> {
        let url = self.global.url(&|name| std::env::var(name).ok());
        let credentials = self.global.credentials()?;
        let plain = !url.trim().starts_with("https://") && !Url::parse(&url)?.is_local();
        if plain && credentials.token.is_some() {
            self.look
                .note(&format!("warning: the token travels unencrypted to {url}; use https:// where it can be read"));
        }
        Client::new(&url, self.global.timeout, &credentials)
    }
}

/// Reads the command line, does what it says, tells what went wrong.
pub(crate) fn main() -> Exit {
    let cli = read();
    let look = Look::detect(cli.global.color, cli.global.quiet, cli.global.json);
    log_to_stderr(&look);
    let context = Context { global: cli.global, look };
    run(&context, cli.command).unwrap_or_else(|failure| end(&context.look, &failure))
}

fn read() -> Cli {
    let matches = Cli::command().get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

fn run(context: &Context, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Up(args) => up::run(context, args),
        Command::Ingest(args) => ingest::run(context, &args),
        Command::Parse(args) => parse::run(context, &args),
        Command::Scrub(args) => scrub::run(context, args),
        Command::Query(args) => query::run(context, &args),
        Command::Tail(args) => tail::run(context, &args),
        Command::Show(args) => show::run(context, &args),
        Command::Fields(args) => discover::fields(context, &args),
        Command::Values(args) => discover::values(context, &args),
        Command::Shell(args) => shell::run(context, &args),
        Command::Export(args) => export::run(context, &args),
        Command::Status => status::run(context),
        Command::Invite(args) => invite::run(context, &args),
        Command::Join(args) => join::run(context, &args),
        Command::Peers(args) => peers::run(context, args),
        Command::Sync(args) => sync::run(context, &args),
        Command::Cluster(args) => cluster::run(context, &args),
        Command::Leave(args) => leave::run(context, &args),
        Command::Token(args) => token::run(context, args),
        Command::Doctor(args) => doctor::run(context, args),
        Command::Config(args) => config::run(context, args),
        Command::Bench(args) => bench::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Version => version::run(context),
        Command::Help(args) => help::run(&args),
    }
}

/// Says why, unless there is nothing to say, and how it ends.
fn end(look: &Look, failure: &Failure) -> Exit {
    if !failure.message.is_empty() {
        let text = failure.to_string();
        let (head, tail) = text.split_once(' ').unwrap_or((&text, ""));
        say(&format!("{} {tail}", look.paint_error(Paint::Red, head)));
    }
    failure.exit
}

/// `RUST_LOG` decides; warnings and errors without it.
fn log_to_stderr(look: &Look) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(look.color_errors);
    let _ = lines.with_writer(std::io::stderr).try_init();
}
