//! What a node answered, and what its refusals mean.

use std::time::Duration;

use serde::Deserialize;
use ureq::http::Response;
use vigil_model::limits::CLIENT_ANSWER_BYTES_MAX;

use super::NoAnswer;
use crate::exit::{Exit, Failure};

/// A whole answer.
pub(crate) struct Reply {
    /// The status of HTTP.
    pub(crate) status: u16,
    /// When the node wants to be asked again.
    pub(crate) retry_after: Option<Duration>,
    /// The bytes.
    pub(crate) body: Vec<u8>,
}

/// What a node says about a failure.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Refusal {
    /// A stable word.
    #[serde(default)]
    pub(crate) code: String,
    /// What was wrong.
    pub(crate) message: String,
    /// What to do.
    pub(crate) hint: Option<String>,
    /// The query with a mark below what was wrong.
    pub(crate) rendered: Option<String>,
}

impl Reply {
    pub(super) fn read(answer: Response<ureq::Body>) -> Result<Reply, NoAnswer> {
        let status = answer.status().as_u16();
        let seconds = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let body = answer.into_body().into_with_config().limit(CLIENT_ANSWER_BYTES_MAX as u64).read_to_vec();
        let body = body.map_err(|error| NoAnswer::of(&error))?;
        Ok(Reply { status, retry_after: seconds.map(Duration::from_secs), body })
    }

    /// What the node said about it.
    pub(crate) fn refusal(&self) -> Refusal {
        #[derive(Deserialize)]
        struct Envelope {
            error: Refusal,
        }
        let plain = || {
            let text: String = String::from_utf8_lossy(&self.body).chars().take(200).collect();
            Refusal { message: format!("the node answers {} {}", self.status, text.trim()), ..Refusal::default() }
        };
        serde_json::from_slice(&self.body).map_or_else(|_| plain(), |Envelope { error }| error)
    }

    /// A failure of an answer that is none.
    pub(crate) fn refused(&self) -> Failure {
        let Refusal { code, message, hint, rendered } = self.refusal();
        let exit = Exit::of_refusal(self.status, &code);
        match rendered {
            Some(rendered) => Failure::new(exit, rendered),
            None => Failure { exit, code, message, hint: hint.filter(|hint| !hint.is_empty()) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_without_json_is_still_told() {
        let reply = Reply { status: 502, retry_after: None, body: b"bad gateway".to_vec() };
        assert_eq!(reply.refused().to_string(), "error: the node answers 502 bad gateway");
    }

    #[test]
    fn a_query_that_does_not_parse_is_a_wrong_command_line() {
        let refused = |code: &str| {
            let body = format!(r#"{{"error":{{"code":"{code}","message":"m","rendered":"error: m"}}}}"#);
            Reply { status: 400, retry_after: None, body: body.into_bytes() }.refused()
        };
        let failure = refused("query_parse");
        assert_eq!((failure.exit, failure.message.as_str()), (Exit::Usage, "error: m"));
        assert_eq!(refused("bad_parameter").exit, Exit::Usage);
        assert_eq!(refused("query").exit, Exit::No);
    }

    #[test]
    fn a_refusal_is_told_with_its_code_and_what_to_do() {
        let body = br#"{"error":{"code":"ticket_used","message":"the ticket was used by site-b","hint":"make another: vigil invite"}}"#;
        let failure = Reply { status: 409, retry_after: None, body: body.to_vec() }.refused();
        assert_eq!(failure.exit, Exit::No);
        let text = "error[ticket_used]: the ticket was used by site-b\nhint: make another: vigil invite";
        assert_eq!(failure.to_string(), text);
    }
}
