//! `vigil shell`: asks again and again, with history, completion and a pager.

mod command;
mod complete;
mod pager;

use std::path::PathBuf;

use clap::Args;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Config, Editor};

use super::Context;
use super::args::template;
use super::output::{Paint, say};
use super::query::{Format, Pages, Printer};
use super::question::Question;
use crate::client::Client;
use crate::exit::{Exit, Failure};
use command::Command;
use complete::Completer;

/// Lines of history that are kept.
const HISTORY_LINES: usize = 1_000;
/// Rows of an answer unless `\limit` says otherwise.
const ROWS: usize = 100;
const PROMPT: &str = "vigil> ";

/// How it begins.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  vigil shell\n  vigil shell --from -1h\n  echo 'level:error | stats count()' | vigil shell\n",
    after_help = command::HELP,
    help_template = template()
)]
pub(crate) struct ShellArgs {
    /// Events from this time on, until `\from` says otherwise
    #[arg(long, visible_alias = "since", allow_hyphen_values = true, value_name = "TIME")]
    from: Option<String>,
    /// Which records: logs, control, audit
    #[arg(long)]
    class: Option<String>,
}

/// Reads lines until the last, and does what each says.
pub(crate) fn run(context: &Context, args: &ShellArgs) -> Result<Exit, Failure> {
    let client = context.client()?;
    let question = Question { from: args.from.clone(), class: args.class.clone(), ..Question::default() };
    let mut shell = Shell { context, client: &client, question, limit: ROWS, format: None, explain: false };
    // Whoever cannot be reached is told of at once, not after the first question was typed.
    client
        .fetch("/v1/status", &[])
        .or_else(|failure| if failure.exit == Exit::Unreachable { Err(failure) } else { Ok(Vec::new()) })?;
    let mut editor = editor(&client)?;
    let history = history_file();
    if let Some(file) = &history {
        // The first shell has no history.
        let _ = editor.load_history(file);
    }
    let exit = shell.read(&mut editor);
    if let Some(file) = &history {
        save(&mut editor, file);
    }
    exit
}

type Lines = Editor<Completer, FileHistory>;

fn editor(client: &Client) -> Result<Lines, Failure> {
    let config = Config::builder().max_history_size(HISTORY_LINES).and_then(|config| config.history_ignore_dups(true));
    let config = config.map_err(|error| broken(&error))?.auto_add_history(true).build();
    let mut editor = Editor::with_config(config).map_err(|error| broken(&error))?;
    editor.set_helper(Some(Completer::of(client)));
    Ok(editor)
}

/// `$XDG_STATE_HOME/vigil/history`, else `~/.local/state/vigil/history`.
fn history_file() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("vigil").join("history"))
}

/// A history that cannot be kept is no reason to fail, but one to say so.
fn save(editor: &mut Lines, file: &std::path::Path) {
    let made = file.parent().map_or(Ok(()), std::fs::create_dir_all);
    if let Err(error) = made.map_err(ReadlineError::from).and_then(|()| editor.save_history(file)) {
        say(&format!("the history cannot be kept in {}: {error}", file.display()));
    }
}

fn broken(error: &ReadlineError) -> Failure {
    Failure::new(Exit::No, format!("no line can be read: {error}"))
}

struct Shell<'a> {
    context: &'a Context,
    client: &'a Client,
    question: Question,
    limit: usize,
    format: Option<Format>,
    explain: bool,
}

impl Shell<'_> {
    /// Lines until the last. A wrong one is told of, and the next is read.
    fn read(&mut self, editor: &mut Lines) -> Result<Exit, Failure> {
        loop {
            match editor.readline(PROMPT) {
                Ok(line) => match self.line(line.trim()) {
                    Ok(true) => {}
                    Ok(false) => return Ok(Exit::Ok),
                    Err(failure) => say(&failure.to_string()),
                },
                Err(ReadlineError::Interrupted) => self.context.look.note("(Ctrl-D or \\q ends)"),
                Err(ReadlineError::Eof) => return Ok(Exit::Ok),
                Err(error) => return Err(broken(&error)),
            }
        }
    }

    /// Does one line; `false` ends.
    fn line(&mut self, line: &str) -> Result<bool, Failure> {
        match Command::read(line)? {
            Command::Nothing => {}
            Command::Quit => return Ok(false),
            Command::Help => say(command::HELP.trim_end()),
            Command::From(time) => self.question.from = time,
            Command::To(time) => self.question.to = time,
            Command::Limit(limit) => self.limit = limit,
            Command::Output(format) => self.format = format,
            Command::Explain => {
                self.explain = !self.explain;
                self.context.look.note(if self.explain { "plans are shown" } else { "plans are not shown" });
            }
            Command::Fields => self.ask("* | field_names")?,
            Command::Values(field) => self.ask(&format!("* | field_values {field} limit {}", self.limit))?,
            Command::Query(text) => self.ask(&text)?,
        }
        Ok(true)
    }

    fn ask(&self, text: &str) -> Result<(), Failure> {
        let question = Question { query: vec![text.to_owned()], ..self.question.clone() };
        let mut pages = Pages::new(self.client, &question, self.limit, None).explained(self.explain);
        let mut printer = Printer { look: self.context.look, format: self.format, ids: false, csv: None };
        let mut shown = Vec::new();
        let mut notes = Vec::new();
        let mut rows = 0;
        while let Some(answer) = pages.next()? {
            notes.extend(printer.page(&answer.rows, &mut shown)?);
            notes.extend(answer.doubts());
            notes.extend(answer.explanation());
            rows += answer.rows.len();
        }
        pager::show(&shown, &self.context.look)?;
        let look = &self.context.look;
        notes.iter().for_each(|note| say(&look.paint_error(Paint::Yellow, note.trim_end())));
        look.note(&format!("({rows} rows)"));
        Ok(())
    }
}
