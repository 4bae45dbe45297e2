//! What is asked, as the commands that ask take it: query, times, class.

use clap::Args;

/// A query and the times that it is about.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Question {
    /// The query; all events without one. Several words are one query
    #[arg(value_name = "VQL")]
    pub(crate) query: Vec<String>,
    /// Events from this time on: 2026-01-31T12:00:00Z, 2026-01-31, -15m
    #[arg(long, visible_alias = "since", allow_hyphen_values = true, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// Events before this time
    #[arg(long, visible_alias = "until", allow_hyphen_values = true, value_name = "TIME")]
    pub(crate) to: Option<String>,
    /// Which records: logs, control, audit
    #[arg(long)]
    pub(crate) class: Option<String>,
}

impl Question {
    /// The query as one text.
    pub(crate) fn text(&self) -> String {
        if self.query.is_empty() { "*".to_owned() } else { self.query.join(" ") }
    }

    /// The same as parameters of a request.
    pub(crate) fn parameters(&self) -> Vec<(&'static str, String)> {
        let given = [("from", &self.from), ("to", &self.to), ("class", &self.class)];
        let given = given.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        std::iter::once(("q", self.text())).chain(given).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_not_sent() {
        assert_eq!(Question::default().parameters(), [("q", "*".to_owned())]);
        let words = Question {
            query: vec!["level:error".into(), "web".into()],
            from: Some("-1h".into()),
            ..Question::default()
        };
        assert_eq!(words.parameters(), [("q", "level:error web".to_owned()), ("from", "-1h".to_owned())]);
    }
}
