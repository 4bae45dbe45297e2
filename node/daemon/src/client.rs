//! How commands talk to a node: HTTP with keep-alive, and what its refusals mean.

use std::io::BufReader;
use std::time::Duration;

use serde::Deserialize;
use ureq::Agent;
use ureq::http::Response;
use vigil_model::limits::CLIENT_ANSWER_BYTES_MAX;

use crate::exit::{Exit, Failure};

/// How long a connection may take to stand.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// A node's HTTP address, and one pool of connections to it.
pub(crate) struct Client {
    base: String,
    agent: Agent,
    patience: Duration,
}

/// An answer that is read while the node writes it.
pub(crate) type Stream = BufReader<ureq::BodyReader<'static>>;

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

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// Nobody is there, or the connection broke.
    Gone(String),
    /// It took longer than was allowed.
    Late,
}

impl Client {
    /// `url` may leave out `http://`; `patience` bounds each request but a stream.
    pub(crate) fn new(url: &str, patience: Duration) -> Result<Client, Failure> {
        let base = normal_url(url)?;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_connect(Some(CONNECT_PATIENCE.min(patience)))
            .user_agent(concat!("vigil/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Client { base, agent: config.into(), patience })
    }

    /// The address, without a slash at its end.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Whether the node is on this machine, as far as the address tells.
    pub(crate) fn is_local(&self) -> bool {
        let host = self.base.trim_start_matches("http://");
        ["127.", "localhost", "[::1]"].iter().any(|local| host.starts_with(local))
    }

    /// Asks and reads the whole answer, whatever its status.
    pub(crate) fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Reply, NoAnswer> {
        let request = self.agent.get(format!("{}{path}", self.base));
        let request = request.query_pairs(query.iter().map(|(name, value)| (*name, value.as_str())));
        let answer = request.config().timeout_global(Some(self.patience)).build().call();
        Reply::read(answer.map_err(|error| NoAnswer::of(&error))?)
    }

    /// Asks for an answer that must be a success; a refusal becomes a failure.
    pub(crate) fn fetch(&self, path: &str, query: &[(&str, String)]) -> Result<Vec<u8>, Failure> {
        let reply = self.get(path, query).map_err(|why| self.failure(&why))?;
        if Exit::of_status(reply.status) == Exit::Ok { Ok(reply.body) } else { Err(reply.refused()) }
    }

    /// Sends a body.
    pub(crate) fn post(
        &self,
        path: &str,
        query: &[(&str, String)],
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Reply, NoAnswer> {
        let mut request = self.agent.post(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.query_pairs(query.iter().map(|(name, value)| (*name, value.as_str())));
        let answer = request.config().timeout_global(Some(self.patience)).build().send(body);
        Reply::read(answer.map_err(|error| NoAnswer::of(&error))?)
    }

    /// Asks for an answer that is read while it is written, for as long as the node writes it.
    pub(crate) fn stream(&self, path: &str, query: &[(&str, String)]) -> Result<Stream, Stopped> {
        let request = self.agent.get(format!("{}{path}", self.base)).header("accept-encoding", "identity");
        let request = request.query_pairs(query.iter().map(|(name, value)| (*name, value.as_str())));
        let request = request.config().timeout_recv_response(Some(self.patience)).build();
        let answer = request.call().map_err(|error| Stopped::NoAnswer(NoAnswer::of(&error)))?;
        match answer.status().as_u16() {
            200 => Ok(BufReader::new(answer.into_body().into_reader())),
            _ => Err(Reply::read(answer).map_or_else(Stopped::NoAnswer, |reply| Stopped::Refused(Box::new(reply)))),
        }
    }

    /// What a person reads when no answer came.
    pub(crate) fn failure(&self, why: &NoAnswer) -> Failure {
        match why {
            NoAnswer::Gone(why) => Failure::new(Exit::Unreachable, format!("no node answers at {} ({why})", self.base))
                .hint("start one with `vigil up`, or name another with --url"),
            NoAnswer::Late => {
                let after = crate::config::units::span_round(self.patience);
                Failure::new(Exit::Partial, format!("no answer from {} within {after}", self.base))
                    .hint("give it longer with --timeout")
            }
        }
    }
}

/// Why a stream does not begin.
pub(crate) enum Stopped {
    /// No answer.
    NoAnswer(NoAnswer),
    /// An answer that is no stream.
    Refused(Box<Reply>),
}

impl Reply {
    fn read(answer: Response<ureq::Body>) -> Result<Reply, NoAnswer> {
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
        let refusal = self.refusal();
        let exit = match refusal.code.as_str() {
            "query_parse" | "bad_parameter" => Exit::Usage,
            _ => Exit::of_status(self.status),
        };
        match refusal.rendered {
            Some(rendered) => Failure::new(exit, rendered),
            None => Failure { exit, message: refusal.message, hint: refusal.hint },
        }
    }
}

impl NoAnswer {
    fn of(error: &ureq::Error) -> NoAnswer {
        match error {
            ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
                NoAnswer::Gone("no connection".into())
            }
            ureq::Error::Timeout(_) => NoAnswer::Late,
            ureq::Error::Io(error) => NoAnswer::Gone(plain_words(error)),
            other => NoAnswer::Gone(other.to_string()),
        }
    }
}

fn plain_words(error: &std::io::Error) -> String {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, UnexpectedEof};
    match error.kind() {
        ConnectionRefused => "connection refused".into(),
        BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof => "the connection broke".into(),
        _ => error.to_string(),
    }
}

/// `http://HOST:PORT`, of an address in any of the ways people write it.
fn normal_url(url: &str) -> Result<String, Failure> {
    let url = url.trim().trim_end_matches('/');
    if url.starts_with("https://") {
        let message = format!("{url}: this version speaks plain HTTP only");
        return Err(Failure::new(Exit::Usage, message).hint("write http://, or put a tunnel between"));
    }
    let rest = url.strip_prefix("http://").unwrap_or(url);
    if rest.is_empty() || rest.contains("://") || rest.contains(char::is_whitespace) {
        let message = format!("`{url}` is not an address such as http://127.0.0.1:8080");
        return Err(Failure::new(Exit::Usage, message));
    }
    let reachable = rest.replacen("0.0.0.0:", "127.0.0.1:", 1).replacen("[::]:", "[::1]:", 1);
    Ok(format!("http://{reachable}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let url = |text| normal_url(text).map_err(|failure| failure.exit);
        assert_eq!(url("127.0.0.1:8080").as_deref(), Ok("http://127.0.0.1:8080"));
        assert_eq!(url("http://node:1/").as_deref(), Ok("http://node:1"));
        assert_eq!(url("0.0.0.0:9").as_deref(), Ok("http://127.0.0.1:9"));
        assert_eq!(url("https://a"), Err(Exit::Usage));
        assert_eq!(url("ftp://a"), Err(Exit::Usage));
        assert_eq!(url(""), Err(Exit::Usage));
    }

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
    fn nobody_there_is_code_4() {
        let client = Client::new("127.0.0.1:1", Duration::from_secs(2)).expect("an address");
        let failure = client.fetch("/v1/status", &[]).expect_err("port 1 is closed");
        assert_eq!(failure.exit, Exit::Unreachable);
        assert_eq!(failure.message, "no node answers at http://127.0.0.1:1 (connection refused)");
    }
}
