//! Who asks, and whether they may: from the connection and the `Authorization` header to an
//! [`Access`], and from its role to a yes or no.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::http::{Extensions, HeaderMap, header};
use data_encoding::{BASE64, BASE64_NOPAD};
use vigil_crdt::control::{Role, Scope};
use vigil_model::limits::CLUSTER_REQUEST_BYTES_MAX;
use vigil_model::{ClassSet, Timestamp};
use vigil_query::Permission;

use crate::app::App;
use crate::doors::{datadog, hec};
use crate::failure::Failure;
use crate::guard::{host, host_name, is_loopback};
use crate::{Access, Backend};

/// How long an answer that goes on may outlive the token that it was asked for with.
const RECHECK: Duration = Duration::from_secs(1);
/// Headers by which a request says that somebody else sent it first.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// Where a request came from: [`crate::serve`] puts it into the extensions of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The other end.
    pub remote: SocketAddr,
    /// The address of this node that it reached.
    pub local: IpAddr,
}

/// The socket that a request reached, where that is not the node's first; in the extensions of each.
#[derive(Clone, Debug)]
pub(crate) struct Socket {
    /// It is bound to loopback, see [`crate::HttpOptions::loopback`].
    pub(crate) loopback: bool,
    /// The source whose socket it is.
    pub(crate) source: Option<Arc<str>>,
}

/// What a route asks of the one who asks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Need {
    /// Nothing.
    Nothing,
    /// To ask for events.
    Read,
    /// To hand events in.
    Write,
    /// To look at the node and its peers.
    Operate,
    /// To decide about members and tokens.
    Administer,
}

impl Need {
    /// Whether someone of this role has it.
    pub(crate) fn is_met_by(self, role: Role) -> bool {
        match self {
            Need::Nothing => true,
            Need::Read => matches!(role, Role::Reader | Role::Operator | Role::Admin),
            Need::Write => matches!(role, Role::Writer | Role::Operator | Role::Admin),
            Need::Operate => matches!(role, Role::Operator | Role::Admin),
            Need::Administer => role == Role::Admin,
        }
    }

    /// The least role that has it.
    pub(crate) fn role(self) -> &'static str {
        match self {
            Need::Nothing => "none",
            Need::Read => "reader",
            Need::Write => "writer",
            Need::Operate => "operator",
            Need::Administer => "admin",
        }
    }
}

impl Connection {
    /// Whether the other end is a program of this machine.
    pub(crate) fn is_of_this_machine(&self) -> bool {
        let remote = self.remote.ip().to_canonical();
        remote.is_loopback() || remote == self.local.to_canonical()
    }
}

/// Who asks, with the token that they show or, as long as none is needed, without.
pub(crate) fn authenticate(app: &App, request: &Request) -> Result<Access, Failure> {
    if let Some(secret) = carried(request)? {
        let access = app.backend.access(&secret).or_else(|| hec::access(app, request.uri().path(), &secret));
        return access.ok_or(Failure::WrongToken);
    }
    let may = app.options.open || is_of_this_machine(request, app.options.loopback);
    match may && !app.backend.has_tokens() {
        true => Ok(local()),
        false => Err(Failure::NoToken { first: !app.backend.has_tokens() }),
    }
}

/// Whether who asked once may still ask: for answers that go on while tokens are made and revoked.
pub(crate) struct Standing {
    /// Not kept alive by an answer: a node that is gone ends it in its own way.
    backend: Weak<dyn Backend>,
    secret: Option<String>,
    access: Access,
    every: Duration,
    checked: Instant,
}

impl Standing {
    /// That of the one who sent this request.
    pub(crate) fn of(app: &App, request: &Request) -> Standing {
        Standing {
            backend: Arc::downgrade(&app.backend),
            secret: carried(request).ok().flatten(),
            access: of(request).clone(),
            every: app.options.heartbeat.min(RECHECK),
            checked: Instant::now(),
        }
    }

    /// Looked at anew now and then.
    pub(crate) fn holds(&mut self) -> bool {
        if self.checked.elapsed() < self.every {
            return true;
        }
        self.checked = Instant::now();
        let Some(backend) = self.backend.upgrade() else { return true };
        match &self.secret {
            Some(secret) => backend.access(secret).as_ref() == Some(&self.access),
            None => !backend.has_tokens(),
        }
    }
}

/// What the asker may see. A scope that this version cannot read lets nothing through.
pub(crate) fn permission(access: &Access, now: Timestamp) -> Result<Permission, Failure> {
    Permission::new(access.scope.classes, &access.scope.filter, now)
        .map_err(|error| Failure::Scope { token: access.name.clone(), why: error.to_string() })
}

/// The source that a request is for because of the socket that it reached.
pub(crate) fn source_of(extensions: &Extensions) -> Option<&str> {
    extensions.get::<Socket>()?.source.as_deref()
}

/// The [`Access`] that the guard found; handlers run only behind it.
pub(crate) fn of(request: &Request) -> &Access {
    request.extensions().get::<Access>().expect("the guard lets nobody through without")
}

fn local() -> Access {
    let scope = Scope { classes: ClassSet::ALL, filter: String::new() };
    Access { token: None, name: "local".to_owned(), role: Role::Admin, scope }
}

/// Whether a program of this machine sent the request to this machine by its address or a name
/// that always means it, and for itself. A name that is anybody's may have been made to lead here by a web page.
fn is_of_this_machine(request: &Request, loopback: bool) -> bool {
    let Some(connection) = request.extensions().get::<Connection>() else { return loopback };
    let named = host(request.uri(), request.headers()).is_none_or(|host| {
        let name = host_name(&host);
        is_loopback(name) || name.parse() == Ok(connection.local.to_canonical())
    });
    connection.is_of_this_machine() && named && !FORWARDED.iter().any(|name| request.headers().contains_key(*name))
}

/// The secret that a request carries, in whichever way.
fn carried(request: &Request) -> Result<Option<String>, Failure> {
    Ok(secret(request.headers())?.or_else(|| datadog::key(request.uri(), request.headers())))
}

/// The secret of `Authorization: Bearer SECRET`, or of `Basic` with the secret as the password.
fn secret(headers: &HeaderMap) -> Result<Option<String>, Failure> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = given.next() else { return Ok(None) };
    let text = value.to_str().ok().filter(|text| text.len() <= CLUSTER_REQUEST_BYTES_MAX);
    let words = text.and_then(|text| text.trim().split_once(' ')).filter(|_| given.next().is_none());
    let (scheme, rest) = words.ok_or(Failure::Authorization)?;
    match scheme.to_ascii_lowercase().as_str() {
        // Clients of Splunk's event collector know only their own word.
        "bearer" | "splunk" => Ok(Some(rest.trim().to_owned())),
        "basic" => password(rest.trim()).map(Some).ok_or(Failure::Authorization),
        // Of Elasticsearch: the name of a key and the key. Who has no name for it sends the secret as it is.
        "apikey" => Ok(Some(password(rest.trim()).unwrap_or_else(|| rest.trim().to_owned()))),
        _ => Err(Failure::Authorization),
    }
}

fn password(encoded: &str) -> Option<String> {
    let bytes = BASE64.decode(encoded.as_bytes()).or_else(|_| BASE64_NOPAD.decode(encoded.as_bytes())).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.split_once(':').map(|(_, password)| password.to_owned())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::HeaderValue;

    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let value = |text: &&str| (header::AUTHORIZATION, HeaderValue::from_str(text).expect("visible"));
        let mut headers = HeaderMap::new();
        for (name, value) in values.iter().map(value) {
            headers.append(name, value);
        }
        headers
    }

    #[test]
    fn a_secret_is_borne_or_is_a_password() {
        let found = |value: &str| secret(&headers(&[value]));
        assert_eq!(secret(&HeaderMap::new()), Ok(None));
        for good in ["Bearer s:1", "bearer  s:1 ", "Basic eDpzOjE=", "basic eDpzOjE", "BASIC OnM6MQ==", "Splunk s:1"] {
            assert_eq!(found(good), Ok(Some("s:1".to_owned())), "{good}");
        }
        for good in ["ApiKey eDpzOjE=", "apikey s:1"] {
            assert_eq!(found(good), Ok(Some("s:1".to_owned())), "{good}");
        }
        for wrong in ["s:1", "Bearer", "Digest x", "Basic %%", "Basic eHM=", ""] {
            assert_eq!(found(wrong), Err(Failure::Authorization), "{wrong}");
        }
        assert_eq!(secret(&headers(&["Bearer a", "Bearer b"])), Err(Failure::Authorization));
        let long = format!("Bearer {}", "x".repeat(CLUSTER_REQUEST_BYTES_MAX));
        assert_eq!(found(&long), Err(Failure::Authorization));
    }

    #[test]
    fn only_this_machine_is_this_machine() {
        let from = |remote: &str, local: &str, host: &str, proxied: bool| {
            let mut request = Request::get("/").header("host", host);
            if proxied {
                request = request.header("x-forwarded-for", "10.9.9.9");
            }
            let mut request = request.body(Body::empty()).expect("a request");
            let local = local.parse().expect("an address");
            request.extensions_mut().insert(Connection { remote: remote.parse().expect("an address"), local });
            is_of_this_machine(&request, true)
        };
        for (remote, local, host) in [
            ("127.0.0.1:5", "127.0.0.1", "localhost:8080"),
            ("[::ffff:127.0.0.1]:5", "::ffff:127.0.0.1", "127.0.0.1"),
            ("[::1]:5", "::1", "[::1]:8080"),
            ("10.0.0.5:5", "10.0.0.5", "10.0.0.5:8080"),
        ] {
            assert!(from(remote, local, host, false), "{remote} {host}");
            assert!(!from(remote, local, host, true), "behind a proxy: {remote} {host}");
            assert!(!from(remote, local, "evil.example", false), "a name that leads here");
        }
        assert!(!from("10.0.0.6:5", "10.0.0.5", "10.0.0.5:8080", false));
        assert!(!from("10.0.0.6:5", "10.0.0.5", "localhost", false));
    }
}
