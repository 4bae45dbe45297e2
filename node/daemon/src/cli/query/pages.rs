//! How an answer is read page by page.

use serde_json::{Map, Value, json};
use vigil_model::limits::ANSWER_ROWS_MAX;

use super::answer::Answer;
use crate::cli::question::Question;
use crate::client::Client;
use crate::exit::{Exit, Failure};

/// One question, put to a node until enough rows came.
pub(crate) struct Pages<'a> {
    client: &'a Client,
    question: &'a Question,
    cursor: Option<String>,
    /// Rows that are still wanted; 0 when there are no more.
    wanted: usize,
    explain: bool,
}

impl<'a> Pages<'a> {
    /// The pages of so many rows, from `cursor` on.
    pub(crate) fn new(client: &'a Client, question: &'a Question, wanted: usize, cursor: Option<String>) -> Pages<'a> {
        Pages { client, question, cursor, wanted, explain: false }
    }

    /// The node is to say how it finds the rows, too.
    #[must_use]
    pub(crate) fn explained(self, explain: bool) -> Pages<'a> {
        Pages { explain, ..self }
    }

    /// The next page; `None` when there is none.
    pub(crate) fn next(&mut self) -> Result<Option<Answer>, Failure> {
        if self.wanted == 0 {
            return Ok(None);
        }
        let answer = Answer::parse(&self.bytes()?)?;
        self.wanted = self.wanted.saturating_sub(answer.rows.len());
        self.cursor.clone_from(&answer.cursor);
        if self.cursor.is_none() {
            self.wanted = 0;
        }
        Ok(Some(answer))
    }

    /// The next page as the node writes it.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Failure> {
        let named = self.question.parameters().into_iter();
        let mut body: Map<String, Value> = named.map(|(name, value)| (name.to_owned(), value.into())).collect();
        body.insert("limit".into(), self.wanted.min(ANSWER_ROWS_MAX).into());
        body.insert("format".into(), "json".into());
        body.insert("cursor".into(), json!(self.cursor));
        if self.explain {
            body.insert("explain".into(), true.into());
        }
        let body = Value::Object(body).to_string();
        let reply = self.client.post("/v1/query", &[], &[("content-type", "application/json")], body.as_bytes());
        let reply = reply.map_err(|why| self.client.failure(&why))?;
        if Exit::of_status(reply.status) == Exit::Ok { Ok(reply.body) } else { Err(reply.refused()) }
    }
}
