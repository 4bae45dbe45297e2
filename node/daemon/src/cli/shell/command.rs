//! What a line of the shell says: a query, or a command that begins with a backslash.

use clap::ValueEnum;

use crate::cli::query::Format;
use crate::exit::{Exit, Failure};

/// Told by `\help`.
pub(super) const HELP: &str = "\
In the shell:
  level:error | stats count() by host   a query; Tab completes pipes, functions, fields and values
  \\from -1h, \\to TIME                   times of all queries that follow; without a time, all
  \\limit 20                             rows of an answer
  \\output table|log|ndjson|csv|logfmt   how rows are written; without a name, as fits
  \\explain                              show how rows are found, or stop to
  \\fields, \\values FIELD                which fields there are, which values
  \\help, \\q
";

/// A line, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Nothing was said.
    Nothing,
    /// Leave.
    Quit,
    /// What there is.
    Help,
    /// Events from here on.
    From(Option<String>),
    /// Events before this.
    To(Option<String>),
    /// Rows of an answer.
    Limit(usize),
    /// How rows are written.
    Output(Option<Format>),
    /// Show plans, or stop to.
    Explain,
    /// Which fields there are.
    Fields,
    /// Which values a field has.
    Values(String),
    /// VQL.
    Query(String),
}

impl Command {
    /// Reads a line.
    pub(super) fn read(line: &str) -> Result<Command, Failure> {
        let Some(command) = line.strip_prefix('\\') else {
            return Ok(match line {
                "" => Command::Nothing,
                "exit" | "quit" => Command::Quit,
                query => Command::Query(query.to_owned()),
            });
        };
        let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let rest = rest.trim();
        let given = (!rest.is_empty()).then(|| rest.to_owned());
        Ok(match name {
            "q" | "quit" | "exit" => Command::Quit,
            "help" | "h" | "?" => Command::Help,
            "from" => Command::From(given),
            "to" => Command::To(given),
            "limit" => Command::Limit(
                rest.parse()
                    .ok()
                    .filter(|limit| *limit > 0)
                    .ok_or_else(|| wrong("\\limit takes a number, as in \\limit 20"))?,
            ),
            "output" => Command::Output(given.map(|name| format(&name)).transpose()?),
            "explain" => Command::Explain,
            "fields" => Command::Fields,
            "values" => Command::Values(given.ok_or_else(|| wrong("\\values takes a field, as in \\values host"))?),
            _ => return Err(wrong(&format!("there is no command \\{name}; \\help lists them"))),
        })
    }
}

fn format(name: &str) -> Result<Format, Failure> {
    Format::from_str(name, true).map_err(|_| wrong("\\output takes table, log, ndjson, csv, tsv, logfmt or raw"))
}

fn wrong(message: &str) -> Failure {
    Failure::new(Exit::Usage, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let read = |line| Command::read(line).map_err(|failure| failure.message);
        assert_eq!(read(""), Ok(Command::Nothing));
        assert_eq!(read("level:error"), Ok(Command::Query("level:error".into())));
        assert_eq!(read("\\from -1h"), Ok(Command::From(Some("-1h".into()))));
        assert_eq!(read("\\from"), Ok(Command::From(None)));
        assert_eq!(read("\\output csv"), Ok(Command::Output(Some(Format::Csv))));
        assert_eq!(read("\\limit 0"), Err("\\limit takes a number, as in \\limit 20".into()));
        assert_eq!(read("\\nope"), Err("there is no command \\nope; \\help lists them".into()));
    }
}
