//! How a query would be run, told in words and lines.

use vigil_query::{PermittedQuery, Pipe, TimeRange};

use crate::Prune;
use crate::plan::{Head, Plan, RowsHead};

/// How a query would be run; nothing of it is run. Texts are for people, filters and pipes in VQL.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Explain {
    /// Earliest event time that can answer; `None` is open.
    pub from: Option<String>,
    /// First event time that can no longer; `None` is open.
    pub to: Option<String>,
    /// The filter that decides on each event, what is permitted included, and each `where` that directly follows.
    pub filter: String,
    /// What the terms of a frame must meet for it to be read.
    pub prune: String,
    /// Pipes that run for each event as it is read.
    pub steps: Vec<String>,
    /// What these feed.
    pub head: String,
    /// Pipes that run in memory over what comes out.
    pub rest: Vec<String>,
    /// Whether rows come newest first and reading ends with the page.
    pub streams: bool,
    /// Queries inside, in pipes, that are asked first; those in filters stand in `filter`.
    pub asks_first: Vec<String>,
}

/// Says how a question would be run. Queries inside of it are shown, not asked.
pub fn explain(question: &PermittedQuery) -> Explain {
    let plan = Plan::of(question.query());
    let inner = question.query().pipes.iter().filter_map(crate::resolve::inner);
    let (from, to) = ends(&plan.time);
    Explain {
        from,
        to,
        filter: plan.filter.to_string(),
        prune: shown(&Prune::of(&plan.filter)),
        steps: texts(&plan.steps),
        head: head(&plan.head),
        rest: texts(&plan.rest),
        streams: plan.is_stream(),
        asks_first: inner.map(ToString::to_string).collect(),
    }
}

impl Explain {
    /// One line for each thing that is done, in its order.
    pub fn lines(&self) -> Vec<String> {
        let open = |end: &Option<String>| end.clone().unwrap_or_else(|| "…".to_owned());
        let mut lines: Vec<String> = self.asks_first.iter().map(|query| format!("first   ({query})")).collect();
        lines.push(format!("time    {} to {}", open(&self.from), open(&self.to)));
        lines.push(format!("frames  {}", self.prune));
        lines.push(format!("filter  {}", self.filter));
        lines.extend(self.steps.iter().map(|step| format!("each    {step}")));
        lines.push(format!("head    {}", self.head));
        lines.extend(self.rest.iter().map(|pipe| format!("then    {pipe}")));
        lines.push(format!("reads   {}", if self.streams { "until the page is full" } else { "all of these frames" }));
        lines
    }
}

fn ends(time: &TimeRange) -> (Option<String>, Option<String>) {
    let from = (time.from != TimeRange::ALL.from).then(|| time.from.to_string());
    let to = (time.to != TimeRange::ALL.to).then(|| time.to.to_string());
    (from, to)
}

fn texts(pipes: &[Pipe]) -> Vec<String> {
    pipes.iter().map(ToString::to_string).collect()
}

fn head(head: &Head) -> String {
    match head {
        Head::Gather(pipe) => pipe.to_string(),
        Head::Rows(rows) => rows_head(rows),
    }
}

fn rows_head(rows: &RowsHead) -> String {
    let mut parts = Vec::new();
    if rows.sort.is_empty() {
        parts.push("newest first".to_owned());
    } else {
        parts.push(Pipe::Sort(rows.sort.clone()).to_string());
    }
    if rows.window.skip > 0 {
        parts.push(Pipe::Offset(rows.window.skip).to_string());
    }
    parts.extend(rows.window.take.map(|take| Pipe::Limit(take).to_string()));
    parts.extend(texts(&rows.shape));
    parts.join(" | ")
}

/// A prune as people read it: terms as text where they are text, else as hexadecimal.
fn shown(prune: &Prune) -> String {
    match prune {
        Prune::All => "all".to_owned(),
        Prune::Nothing => "none".to_owned(),
        Prune::Term(term) => term_text(term),
        Prune::Prefix(prefix) => format!("{}*", term_text(prefix)),
        Prune::Inside { piece, at_end: true } => format!("*{}", term_text(piece)),
        Prune::Inside { piece, at_end: false } => format!("*{}*", term_text(piece)),
        Prune::And(parts) => joined(parts, " AND "),
        Prune::Or(parts) => joined(parts, " OR "),
    }
}

fn joined(parts: &[Prune], between: &str) -> String {
    format!("({})", parts.iter().map(shown).collect::<Vec<_>>().join(between))
}

fn term_text(term: &[u8]) -> String {
    match std::str::from_utf8(term) {
        Ok(text) if !text.is_empty() && !text.chars().any(char::is_control) => format!("`{text}`"),
        _ => format!("#{}", data_encoding::HEXLOWER.encode(term)),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use vigil_model::{Class, Timestamp};
    use vigil_query::{Permission, Query, parse};

    use super::*;

    fn explained(query: Query) -> String {
        let question = Permission::everything().allow(query, Class::Logs).expect("everything is permitted");
        explain(&question).lines().join("\n")
    }

    #[test]
    fn a_plan_is_told_line_by_line() {
        let text = "refused | where conn* | delete a | where n:>5 | fields b | limit 3 | offset 1 | where c:d";
        let query = parse(text, Timestamp(0)).expect("a query");
        expect![[r#"
            time    … to …
            frames  (`refused` AND (`conn`* OR #f90b74))
            filter  refused AND conn*
            each    delete a
            each    where n:>5
            head    newest first | offset 1 | limit 2 | fields b
            then    where c:d
            reads   all of these frames"#]]
        .assert_eq(&explained(query));
        let query = parse("* | rename a as b | stats by (b) count() | sort by (b)", Timestamp(0)).expect("a query");
        expect![[r#"
            time    … to …
            frames  all
            filter  *
            each    rename a as b
            head    stats count() by b
            then    sort by b
            reads   all of these frames"#]]
        .assert_eq(&explained(query));
        let query = parse("error | union (x | limit 1)", Timestamp(0)).expect("a query");
        expect![[r#"
            first   (x | limit 1)
            time    … to …
            frames  `error`
            filter  error
            head    newest first
            then    union (x | limit 1)
            reads   all of these frames"#]]
        .assert_eq(&explained(query));
    }
}
