//! `vigil config`: checks, shows and writes settings.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::Context;
use super::args::{ConfigFlag, template};
use super::output::{Look, Paint, stdout};
use super::table::{Cell, Table};
use crate::config::{Layers, Loaded, Problem, Severity, commented_file, load, origin_rows};
use crate::exit::{Exit, Failure};

/// Which of them.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  vigil config init > vigil.yaml\n  vigil config check vigil.yaml\n  vigil config show --origin\n",
    help_template = template()
)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Report everything that is wrong, each with file, line and column
    Check {
        /// The file; without one, those that a node would read
        file: Option<PathBuf>,
        /// Fail on warnings too
        #[arg(long)]
        deny_warnings: bool,
        #[command(flatten)]
        flag: ConfigFlag,
    },
    /// Print the settings in force
    Show {
        /// And where each came from
        #[arg(long)]
        origin: bool,
        #[command(flatten)]
        flag: ConfigFlag,
    },
    /// Print a commented file with every default
    Init,
}

/// Does it.
pub(crate) fn run(context: &Context, args: ConfigArgs) -> Result<Exit, Failure> {
    match args.action {
        Action::Check { file, deny_warnings, flag } => check(&context.look, file.or(flag.config), deny_warnings),
        Action::Show { origin, flag } => show(&context.look, flag.config, origin),
        Action::Init => init(),
    }
}

fn check(look: &Look, file: Option<PathBuf>, deny_warnings: bool) -> Result<Exit, Failure> {
    let loaded = load(&Layers::of_process(file, Vec::new()));
    let bad = loaded.has_errors() || (deny_warnings && !loaded.problems.is_empty());
    let mut out = stdout();
    if look.json {
        let problems: Vec<_> = loaded.problems.iter().map(Problem::json).collect();
        writeln!(out, "{}", json!({"ok": !bad, "files": files(&loaded), "problems": problems}))?;
    } else {
        loaded.problems.iter().try_for_each(|problem| writeln!(out, "{}", drawn(problem, look)))?;
    }
    out.flush()?;
    look.note(&verdict(&loaded));
    Ok(if bad { Exit::Config } else { Exit::Ok })
}

fn files(loaded: &Loaded) -> Vec<String> {
    loaded.files.iter().map(|file| file.display().to_string()).collect()
}

fn drawn(problem: &Problem, look: &Look) -> String {
    let paint = if problem.severity == Severity::Error { Paint::Red } else { Paint::Yellow };
    let severity = look.paint(paint, &problem.severity.to_string());
    format!("{}: {severity}: {}", problem.origin, problem.message)
}

fn verdict(loaded: &Loaded) -> String {
    let count = |severity| match loaded.problems.iter().filter(|problem| problem.severity == severity).count() {
        1 => format!("1 {severity}"),
        n => format!("{n} {severity}s"),
    };
    let read = if loaded.files.is_empty() { "no settings file".to_owned() } else { files(loaded).join(", ") };
    format!("{read}: {}, {}", count(Severity::Error), count(Severity::Warning))
}

fn show(look: &Look, file: Option<PathBuf>, origin: bool) -> Result<Exit, Failure> {
    let loaded = load(&Layers::of_process(file, Vec::new()));
    report(&loaded)?;
    let rows = origin_rows(&loaded);
    let mut out = stdout();
    if look.json {
        let list: Vec<_> =
            rows.iter().map(|[path, value, from]| json!({"setting": path, "value": value, "origin": from})).collect();
        writeln!(out, "{}", json!(list))?;
    } else {
        out.write_all(table(&rows, origin).render(&look.uncut()).0.as_bytes())?;
    }
    out.flush()?;
    Ok(Exit::Ok)
}

fn table(rows: &[[String; 3]], origin: bool) -> Table {
    let head = ["setting", "value", "origin"];
    let columns = if origin { 3 } else { 2 };
    let mut table = Table::new(head.into_iter().take(columns));
    for row in rows {
        let paints = [Paint::Cyan, Paint::Plain, Paint::Dim];
        let cells = row.iter().zip(paints).take(columns);
        table.push(cells.map(|(text, paint)| Cell::text(text).paint(paint)).collect());
    }
    table
}

fn init() -> Result<Exit, Failure> {
    let sources = Layers::of_process(Some(PathBuf::new()), Vec::new());
    let mut out = stdout();
    out.write_all(commented_file(&sources.variables).as_bytes())?;
    out.flush()?;
    Ok(Exit::Ok)
}

/// Warnings go to stderr; errors end the command with all of them.
pub(super) fn report(loaded: &Loaded) -> Result<(), Failure> {
    let lines: Vec<String> = loaded.problems.iter().map(Problem::to_string).collect();
    if loaded.has_errors() {
        let message = format!("the configuration is wrong\n{}", lines.join("\n"));
        return Err(Failure::new(Exit::Config, message));
    }
    lines.iter().for_each(|line| super::output::say(line));
    Ok(())
}
