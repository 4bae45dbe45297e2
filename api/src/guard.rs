//! Which requests are let through at all, and what every answer goes through.
//!
//! Until there is a token every program of this machine may do everything. It must not be every
//! web page that is open in a browser: a page can send requests here (its `Origin` gives it away)
//! or have its own name resolve to 127.0.0.1 (its `Host` does).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use axum::body::HttpBody;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, Version, header};
use axum::middleware::Next;
use axum::response::Response;
use futures::FutureExt;

use crate::access::{self, Connection, Need, Socket};
use crate::app::App;
use crate::audit::Act;
use crate::doors::Dialect;
use crate::failure::Failure;
use crate::rates::Asker;
use crate::{Access, body, doors};

/// Lets a request through or not, counts it, and turns a panic into an answer.
pub(crate) async fn guard(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let _in_flight = app.meter.begin();
    let route =
        request.extensions().get::<MatchedPath>().map_or_else(|| "other".to_owned(), |path| path.as_str().to_owned());
    let dialect = Dialect::of(&request);
    let response = match admit(&app, &route, &mut request) {
        Ok(()) => answer_closing(request, next, dialect).await,
        Err(turned) => refused(request, turned.noted(&app).await, dialect).await,
    };
    let mut response = doors::told(&route, response);
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    app.meter.answered(&route, response.status().as_u16(), began.elapsed());
    response
}

async fn refused(request: Request, failure: Failure, dialect: Dialect) -> Response {
    let (parts, body) = request.into_parts();
    body::refuse(&parts.headers, body).await;
    dialect.refusal(failure)
}

/// Says that the connection ends where a part of the body was not read: what follows on it is no
/// request. In HTTP/2 each has a stream of its own.
async fn answer_closing(request: Request, next: Next, dialect: Dialect) -> Response {
    if request.body().is_end_stream() || request.version() == Version::HTTP_2 {
        return answer(request, next, dialect).await;
    }
    let (parts, body) = request.into_parts();
    let (body, read) = body::noted(body);
    let mut response = answer(Request::from_parts(parts, body), next, dialect).await;
    if !read.load(Ordering::Relaxed) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn answer(request: Request, next: Next, dialect: Dialect) -> Response {
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) => {
            tracing::error!("a request failed in a way that it never should; the panic stands above");
            let why = "the request failed inside; the node goes on and its log says why".to_owned();
            dialect.refusal(Failure::Internal(why))
        }
    }
}

/// A request that is not let through, and what is to be written down of that.
struct Turned {
    failure: Failure,
    act: Option<Box<Act>>,
}

impl From<Failure> for Turned {
    fn from(failure: Failure) -> Turned {
        Turned { failure, act: None }
    }
}

impl Turned {
    async fn noted(self, app: &App) -> Failure {
        let Some(act) = self.act else { return self.failure };
        match act.end::<()>(app, Err(self.failure)).await {
            Err(failure) => failure,
            Ok(()) => unreachable!("it ended with a failure"),
        }
    }
}

/// Finds out who asks, and whether they may.
fn admit(app: &App, route: &str, request: &mut Request) -> Result<(), Turned> {
    check(request, app.options.loopback)?;
    let need = app.needs.need(route, request.method());
    if need == Need::Nothing {
        return Ok(());
    }
    let access = access::authenticate(app, request);
    ration(app, access.as_ref().ok(), request)?;
    match access {
        Ok(access) if need.is_met_by(access.role) => {
            request.extensions_mut().insert(access);
            Ok(())
        }
        Ok(access) => {
            let failure = Failure::Forbidden { need, name: access.name.clone(), role: access.role };
            Err(turn(app, request, Some(access), failure))
        }
        Err(failure) => Err(turn(app, request, None, failure)),
    }
}

/// Nobody may ask too often, save the programs of this machine that need no token.
fn ration(app: &App, access: Option<&Access>, request: &Request) -> Result<(), Failure> {
    let now = app.options.clock.now();
    let token = access.map(|access| access.token);
    if token == Some(None) && !app.options.open {
        return Ok(());
    }
    let limited = |who| move |wait| Failure::RateLimited { who, wait };
    app.limits.addresses.take(address(request), now).map_err(limited("this address"))?;
    match token.flatten() {
        Some(token) => app.limits.tokens.take(Asker::Token(token), now).map_err(limited("this token")),
        None => Ok(()),
    }
}

/// A refusal is written down. Who is refused again and again is turned away without.
fn turn(app: &App, request: &Request, access: Option<Access>, failure: Failure) -> Turned {
    match app.limits.refusals.take(address(request), app.options.clock.now()) {
        Ok(()) => Turned { failure, act: Some(Box::new(Act::of("access.refuse", request).by(access))) },
        Err(wait) => Failure::RateLimited { who: "this address were refused", wait }.into(),
    }
}

/// Whom a request counts for; those that came by no socket count together.
fn address(request: &Request) -> Asker {
    let connection = request.extensions().get::<Connection>();
    Asker::address(connection.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |connection| connection.remote.ip()))
}

fn check(request: &Request, loopback: bool) -> Result<(), Failure> {
    let host = host(request.uri(), request.headers());
    let loopback = request.extensions().get::<Socket>().map_or(loopback, |socket| socket.loopback);
    if loopback
        && let Some(host) = &host
        && !is_loopback(host_name(host))
    {
        return Err(Failure::Host(host.clone()));
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        check_origin(request.headers(), host.as_deref())?;
    }
    Ok(())
}

/// What reads by GET and that no browser keeps from pages of elsewhere: a WebSocket.
pub(crate) fn check_page(request: &Request) -> Result<(), Failure> {
    check_origin(request.headers(), host(request.uri(), request.headers()).as_deref())
}

/// A page may only send requests when it is of this node or of this machine.
fn check_origin(headers: &HeaderMap, host: Option<&str>) -> Result<(), Failure> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = String::from_utf8_lossy(origin.as_bytes()).into_owned();
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    let own = |authority: &str| is_loopback(host_name(authority)) || host == Some(authority);
    if authority.is_some_and(own) { Ok(()) } else { Err(Failure::Origin(origin)) }
}

/// Host and port that the request is for; only HTTP/1.0 may leave it out.
pub(crate) fn host(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let header = headers.get(header::HOST).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    uri.authority().map(|authority| authority.to_string()).or(header)
}

/// `host`, `host:port`, `[v6]:port` without the port and the brackets.
pub(crate) fn host_name(host: &str) -> &str {
    match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    }
}

pub(crate) fn is_loopback(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let address = name.parse().or_else(|_| name.parse::<Ipv4Addr>().map(IpAddr::V4));
    match address {
        Ok(IpAddr::V4(address)) => address.is_loopback(),
        Ok(IpAddr::V6(address)) => address == Ipv6Addr::LOCALHOST,
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_told_from_what_only_looks_like_it() {
        for host in
            ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "127.9.9.9", "[::1]:8080", "a.localhost", "localhost."]
        {
            assert!(is_loopback(host_name(host)), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "0.0.0.0", "10.0.0.1", ""] {
            assert!(!is_loopback(host_name(host)), "{host}");
        }
    }

    #[test]
    fn pages_of_this_node_may_send_and_others_may_not() {
        let with = |origin: &'static str| HeaderMap::from_iter([(header::ORIGIN, HeaderValue::from_static(origin))]);
        let host = Some("node.lan:8080");
        for origin in ["http://127.0.0.1:8080", "http://localhost:3000", "http://[::1]", "http://node.lan:8080"] {
            assert_eq!(check_origin(&with(origin), host), Ok(()), "{origin}");
        }
        for origin in ["https://evil.example", "null", "http://node.lan:81", "file://", ""] {
            assert_eq!(check_origin(&with(origin), host), Err(Failure::Origin(origin.to_owned())));
        }
        assert_eq!(check_origin(&HeaderMap::new(), host), Ok(()));
    }
}
