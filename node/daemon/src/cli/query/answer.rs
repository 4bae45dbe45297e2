//! What a node answers to a query.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use vigil_api::Missing;

use crate::cli::missing::sentence;
use crate::cli::row::{Row, plain};
use crate::cli::since;
use crate::client::read_json;
use crate::exit::Failure;

/// Rows, and how far they can be trusted to be all.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    /// The rows.
    pub(crate) rows: Vec<Row>,
    /// Where the next page begins.
    pub(crate) cursor: Option<String>,
    /// Whether nothing is missing.
    pub(crate) complete: bool,
    partial_reason: Option<String>,
    #[serde(default)]
    missing: Vec<Missing>,
    #[serde(default)]
    problems: Vec<Box<RawValue>>,
    #[serde(default)]
    problem_count: u64,
    explain: Option<Explain>,
    #[serde(default)]
    stats: serde_json::Map<String, Value>,
}

/// How the node finds the rows.
#[derive(Debug, Deserialize)]
struct Explain {
    /// For people, one step each.
    lines: Vec<String>,
}

impl Answer {
    /// Reads an answer.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Answer, Failure> {
        read_json(bytes)
    }

    /// Why rows may be missing, one line each; empty when none are.
    pub(crate) fn doubts(&self) -> Vec<String> {
        let now = since::now();
        let missing = self.missing.iter().map(|missing| sentence(missing, now));
        let problems = self.problems.iter().map(|why| plain(why).into_owned());
        let mut doubts: Vec<String> = self.partial_reason.iter().cloned().chain(missing).chain(problems).collect();
        let unnamed = self.problem_count.saturating_sub(self.problems.len() as u64);
        if unnamed > 0 {
            doubts.push(format!("{unnamed} more problems"));
        }
        if doubts.is_empty() && !self.complete {
            doubts.push("the node does not say why".into());
        }
        doubts.iter().map(|doubt| format!("incomplete: {doubt}")).collect()
    }

    /// Plan and cost for people, if they were asked for.
    pub(crate) fn explanation(&self) -> Option<String> {
        let mut text = self.explain.as_ref()?.lines.join("\n");
        text.push('\n');
        for (name, value) in &self.stats {
            text.push_str(&format!("{name:16} {value}\n"));
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incomplete_answer_says_why() {
        let text = r#"{"rows":[{"n":1}],"cursor":null,"complete":false,"missing":[{"node":"site-c",
            "behind_events":3,"oldest_missing":null,"last_heard":null,"reason":"offline"}],"partial_reason":"budget spent",
            "problems":["log a, seq 3: checksum"],"problem_count":3,"as_of":{},"stats":{}}"#;
        let answer = Answer::parse(text.as_bytes()).expect("an answer");
        let doubts = [
            "incomplete: budget spent",
            "incomplete: site-c: offline; 3 events missing; never heard",
            "incomplete: log a, seq 3: checksum",
            "incomplete: 2 more problems",
        ];
        assert_eq!(answer.doubts(), doubts);
        let silent = Answer::parse(br#"{"rows":[],"complete":false}"#).expect("an answer");
        assert_eq!(silent.doubts(), ["incomplete: the node does not say why"]);
        let whole = Answer::parse(br#"{"rows":[],"complete":true}"#).expect("an answer");
        assert!(whole.doubts().is_empty());
    }
}
