//! How commands talk to a node: HTTP with keep-alive, and what its refusals mean.

mod reply;
mod token;
mod trust;
mod url;

use std::io::BufReader;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::Agent;
use ureq::http::Uri;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{Connector, TcpConnector};

use crate::exit::{Exit, Failure};

pub(crate) use reply::{Refusal, Reply};
pub(crate) use token::Token;
pub(crate) use trust::{Fingerprint, Trust};
pub(crate) use url::{Url, segment};

/// How long a connection may take to stand.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// A node's HTTP address, and one pool of connections to it.
pub(crate) struct Client {
    base: Url,
    agent: Agent,
    patience: Duration,
    /// The header that proves who asks.
    authorization: Option<String>,
}

/// With what requests are made.
pub(crate) struct Credentials {
    /// Who asks.
    pub(crate) token: Option<Token>,
    /// Which certificates are good.
    pub(crate) trust: Trust,
}

/// An answer that is read while the node writes it.
pub(crate) type Stream = BufReader<ureq::BodyReader<'static>>;

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// Nobody is there, or the connection broke.
    Gone(String),
    /// Somebody answers, but does not prove to be the node that was meant.
    Distrusted(rustls::Error),
    /// It took longer than was allowed.
    Late,
}

impl Client {
    /// `url` may leave out `http://`; `patience` bounds each request but a stream.
    pub(crate) fn new(url: &str, patience: Duration, credentials: &Credentials) -> Result<Client, Failure> {
        let base = Url::parse(url)?;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_connect(Some(CONNECT_PATIENCE.min(patience)))
            .user_agent(concat!("vigil/", env!("CARGO_PKG_VERSION")))
            .build();
        let plain = ().chain(TcpConnector::default());
        let agent = match base.is_https() {
            false => Agent::with_parts(config, plain, DefaultResolver::default()),
            true => {
                let tls = trust::TlsConnector(Arc::new(credentials.trust.config()?));
                Agent::with_parts(config, plain.chain(tls), DefaultResolver::default())
            }
        };
        let authorization = credentials.token.as_ref().map(Token::header);
        Ok(Client { base, agent, patience, authorization })
    }

    /// A second client of the same node, with the same pool of connections.
    pub(crate) fn again(&self) -> Client {
        Client {
            base: self.base.clone(),
            agent: self.agent.clone(),
            patience: self.patience,
            authorization: self.authorization.clone(),
        }
    }

    /// The same with more or less patience.
    #[must_use]
    pub(crate) fn patient(self, patience: Duration) -> Client {
        Client { patience, ..self }
    }

    /// The address, without a slash at its end.
    pub(crate) fn base(&self) -> &str {
        self.base.as_str()
    }

    /// Whether the node is on this machine, as far as the address tells.
    pub(crate) fn is_local(&self) -> bool {
        self.base.is_local()
    }

    /// Asks and reads the whole answer, whatever its status.
    pub(crate) fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Reply, NoAnswer> {
        self.bodyless(self.agent.get(self.uri(path, query)))
    }

    /// Asks for an answer that must be a success; a refusal becomes a failure.
    pub(crate) fn fetch(&self, path: &str, query: &[(&str, String)]) -> Result<Vec<u8>, Failure> {
        self.success(self.get(path, query))
    }

    /// As [`Client::fetch`], read as JSON.
    pub(crate) fn fetch_json<T: DeserializeOwned>(&self, path: &str, query: &[(&str, String)]) -> Result<T, Failure> {
        read_json(&self.fetch(path, query)?)
    }

    /// Takes something away; a refusal becomes a failure.
    pub(crate) fn delete(&self, path: &str, query: &[(&str, String)]) -> Result<Vec<u8>, Failure> {
        self.success(self.bodyless(self.agent.delete(self.uri(path, query))))
    }

    /// Sends JSON; a refusal becomes a failure.
    pub(crate) fn tell(&self, path: &str, query: &[(&str, String)], body: &impl Serialize) -> Result<Vec<u8>, Failure> {
        let body = serde_json::to_vec(body).expect("plain fields have a JSON form");
        self.success(self.post(path, query, &[("content-type", "application/json")], &body))
    }

    /// Sends a body.
    pub(crate) fn post(
        &self,
        path: &str,
        query: &[(&str, String)],
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Reply, NoAnswer> {
        let mut request = self.authorized(self.agent.post(self.uri(path, query)));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.config().timeout_global(Some(self.patience)).build().send(body);
        Reply::read(answer.map_err(|error| NoAnswer::of(&error))?)
    }

    /// Asks for an answer that is read while it is written, for as long as the node writes it.
    pub(crate) fn stream(&self, path: &str, query: &[(&str, String)]) -> Result<Stream, Stopped> {
        let request = self.authorized(self.agent.get(self.uri(path, query))).header("accept-encoding", "identity");
        let request = request.config().timeout_recv_response(Some(self.patience)).build();
        let answer = request.call().map_err(|error| Stopped::NoAnswer(NoAnswer::of(&error)))?;
        match answer.status().as_u16() {
            200 => Ok(BufReader::new(answer.into_body().into_reader())),
            _ => Err(Reply::read(answer).map_or_else(Stopped::NoAnswer, |reply| Stopped::Refused(Box::new(reply)))),
        }
    }

    fn uri(&self, path: &str, query: &[(&str, String)]) -> Uri {
        self.base.with(path, query)
    }

    fn authorized<B>(&self, request: ureq::RequestBuilder<B>) -> ureq::RequestBuilder<B> {
        match &self.authorization {
            Some(header) => request.header("authorization", header),
            None => request,
        }
    }

    fn bodyless(&self, request: ureq::RequestBuilder<ureq::typestate::WithoutBody>) -> Result<Reply, NoAnswer> {
        let request = self.authorized(request).config().timeout_global(Some(self.patience)).build();
        Reply::read(request.call().map_err(|error| NoAnswer::of(&error))?)
    }

    fn success(&self, reply: Result<Reply, NoAnswer>) -> Result<Vec<u8>, Failure> {
        let reply = reply.map_err(|why| self.failure(&why))?;
        if Exit::of_status(reply.status) == Exit::Ok { Ok(reply.body) } else { Err(reply.refused()) }
    }

    /// What a person reads when no answer came.
    pub(crate) fn failure(&self, why: &NoAnswer) -> Failure {
        match why {
            NoAnswer::Gone(why) => {
                Failure::new(Exit::Unreachable, format!("no node answers at {} ({why})", self.base()))
                    .hint("start one with `vigil up`, or name another with --url")
            }
            NoAnswer::Distrusted(why) => trust::failure(self.base(), why),
            NoAnswer::Late => {
                let after = crate::config::units::span_round(self.patience);
                Failure::new(Exit::Partial, format!("no answer from {} within {after}", self.base()))
                    .hint("give it longer with --timeout")
            }
        }
    }
}

impl Credentials {
    /// Nothing to prove, and the authorities of the system.
    #[cfg(test)]
    pub(crate) fn none() -> Credentials {
        Credentials { token: None, trust: Trust::System }
    }
}

/// Why a stream does not begin.
pub(crate) enum Stopped {
    /// No answer.
    NoAnswer(NoAnswer),
    /// An answer that is no stream.
    Refused(Box<Reply>),
}

impl NoAnswer {
    fn of(error: &ureq::Error) -> NoAnswer {
        match error {
            ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
                NoAnswer::Gone("no connection".into())
            }
            ureq::Error::Timeout(_) => NoAnswer::Late,
            ureq::Error::Io(error) => match trust::fault_in(error) {
                Some(fault) => NoAnswer::Distrusted(fault.clone()),
                None => NoAnswer::Gone(plain_words(error)),
            },
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

/// Reads an answer.
pub(crate) fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    let message = |error| format!("the node's answer cannot be read: {error}");
    serde_json::from_slice(bytes).map_err(|error| Failure::new(Exit::No, message(error)))
}

/// Reads a list, alone or under `key` of an object.
pub(crate) fn read_list<T: DeserializeOwned>(bytes: &[u8], key: &str) -> Result<Vec<T>, Failure> {
    let mut value: serde_json::Value = read_json(bytes)?;
    let list =
        if value.is_array() { value } else { value.get_mut(key).map(serde_json::Value::take).unwrap_or_default() };
    let message = |error| format!("the node's answer cannot be read: {error}");
    serde_json::from_value(list).map_err(|error| Failure::new(Exit::No, message(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_there_is_code_4() {
        let client = Client::new("127.0.0.1:1", Duration::from_secs(2), &Credentials::none()).expect("an address");
        let failure = client.fetch("/v1/status", &[]).expect_err("port 1 is closed");
        assert_eq!(failure.exit, Exit::Unreachable);
        assert_eq!(failure.message, "no node answers at http://127.0.0.1:1 (connection refused)");
    }
}
