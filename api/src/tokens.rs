//! `/v1/tokens`: who may talk to the nodes of this cluster, and what each may do.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use vigil_crdt::control::{Role, Scope};
use vigil_model::limits::{NAME_BYTES_MAX, TOKEN_FILTER_BYTES_MAX};
use vigil_model::{Class, ClassSet, Timestamp};
use vigil_query::Permission;

use crate::access;
use crate::app::App;
use crate::audit::Act;
use crate::failure::Failure;
use crate::params::Params;
use crate::{ClusterFailure, TokenRequest, TokenStatus, act, reply};

/// The most that an expiry may be away.
const EXPIRY_SECONDS_MAX: u64 = 100 * 366 * 86_400;

/// What `GET /v1/tokens` answers.
#[derive(Serialize)]
struct Tokens {
    tokens: Vec<TokenStatus>,
}

/// A [`TokenRequest`], read and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenOrder {
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// To what it is limited.
    pub scope: Scope,
    /// Until when.
    pub expires: Option<Timestamp>,
}

/// `GET /v1/tokens`
pub(crate) async fn list(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    Params::of_uri(request.uri()).finish(&[])?;
    let shown = |token: TokenStatus| TokenStatus { secret: None, ..token };
    let tokens = app.backend.tokens().into_iter().map(shown).collect();
    Ok(reply::json(StatusCode::OK, &Tokens { tokens }))
}

/// `POST /v1/tokens`
pub(crate) async fn create(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let (act, by) = (Act::of("token.create", &request), access::of(&request).clone());
    let wanted: TokenRequest = act::body(&app, request).await?;
    let act = act.with("token.name", &wanted.name).with("token.role", &wanted.role);
    let act = act.with("token.filter", &wanted.filter);
    let made = match check(&app, &wanted) {
        Ok(()) => app.backend.create_token(wanted, by).await.map_err(Failure::Cluster),
        Err(failure) => Err(failure),
    };
    Ok(reply::json(StatusCode::OK, &act.end(&app, made).await?))
}

/// `DELETE /v1/tokens/{token}`
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    Path(token): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let act = Act::of("token.revoke", &request).with("token.name", &token);
    let revoked = match keeps_an_admin(&app.backend.tokens(), &token) {
        Ok(()) => app.backend.revoke_token(token, access::of(&request).clone()).await.map_err(Failure::Cluster),
        Err(failure) => Err(failure),
    };
    Ok(reply::json(StatusCode::OK, &act.end(&app, revoked).await?))
}

fn check(app: &App, wanted: &TokenRequest) -> Result<(), Failure> {
    let order = wanted.read(app.backend.now())?;
    if order.role != Role::Admin && !app.backend.has_tokens() {
        let message = "the first token must be an admin's: from then on everything needs a token".to_owned();
        let hint = "`vigil token create NAME --role admin`, keep its secret, and then make this one with it".to_owned();
        return Err(refused("first_token", message, hint));
    }
    // The audit knows who acted by this name.
    let taken = |token: &TokenStatus| token.name == order.name && token.state == "good";
    if app.backend.tokens().iter().any(taken) {
        let message = format!("there is a good token called `{}`", order.name);
        return Err(refused("name_taken", message, "choose another name, or revoke it first".to_owned()));
    }
    Ok(())
}

/// Without a good token of an admin nobody could ever make one again.
fn keeps_an_admin(tokens: &[TokenStatus], revoked: &str) -> Result<(), Failure> {
    let is_admin = |token: &&TokenStatus| token.role == Role::Admin.name() && token.state == "good";
    let named = |token: &TokenStatus| token.id == revoked || token.name == revoked;
    let mut admins = tokens.iter().filter(is_admin);
    let any = tokens.iter().filter(is_admin).any(named);
    if !any || admins.any(|token| !named(token)) {
        return Ok(());
    }
    let message = format!("`{revoked}` is the last good token of an admin");
    let hint = "make another first: `vigil token create NAME --role admin`".to_owned();
    Err(refused("last_admin", message, hint))
}

fn refused(code: &str, message: String, hint: String) -> Failure {
    ClusterFailure { code: code.to_owned(), status: 409, message, hint }.into()
}

impl TokenRequest {
    /// Reads and checks what is asked for; `now` is what its time counts from.
    pub fn read(&self, now: Timestamp) -> Result<TokenOrder, ClusterFailure> {
        let role =
            Role::parse(&self.role).ok_or_else(|| wrong("role", format!("`{}` is no role", self.role), ROLES))?;
        let order = TokenOrder { name: self.name()?, role, scope: self.scope(now)?, expires: self.expires(now)? };
        if role == Role::Admin && order.scope != Scope::default() {
            let hint = "leave classes and filter out, or make it an operator";
            return Err(wrong("scope", "an admin can make any token, so a scope would not limit it".to_owned(), hint));
        }
        Ok(order)
    }

    fn name(&self) -> Result<String, ClusterFailure> {
        // The rule of every name in the control log.
        let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        match (1..=NAME_BYTES_MAX).contains(&self.name.len()) && self.name.bytes().all(good) {
            true => Ok(self.name.clone()),
            false => Err(wrong(
                "name",
                format!("`{}` is no name", self.name),
                "1 to 63 ASCII letters, digits, `-`, `_` or `.`",
            )),
        }
    }

    fn scope(&self, now: Timestamp) -> Result<Scope, ClusterFailure> {
        let classes = match &self.classes {
            None => Scope::default().classes,
            Some(names) => classes(names)?,
        };
        let filter = self.filter.trim().to_owned();
        if filter.len() > TOKEN_FILTER_BYTES_MAX {
            let message = format!("the filter has {} bytes, at most {TOKEN_FILTER_BYTES_MAX}", filter.len());
            return Err(wrong("filter", message, "shorten it"));
        }
        Permission::new(classes, &filter, now).map_err(|error| {
            wrong("filter", error.render(&filter), "a filter is the part of a query before the first `|`")
        })?;
        Ok(Scope { classes, filter })
    }

    fn expires(&self, now: Timestamp) -> Result<Option<Timestamp>, ClusterFailure> {
        let Some(seconds) = self.for_s else { return Ok(None) };
        let nanos = i64::try_from(seconds).ok().and_then(|seconds| seconds.checked_mul(1_000_000_000));
        let until = nanos.and_then(|nanos| now.0.checked_add(nanos));
        match until.filter(|_| (1..=EXPIRY_SECONDS_MAX).contains(&seconds)) {
            Some(until) => Ok(Some(Timestamp(until))),
            None => {
                Err(wrong("for_s", format!("{seconds} s is no time to live"), "from 1 s to 100 years, or leave it out"))
            }
        }
    }
}

const ROLES: &str = "reader, writer, operator or admin";

fn classes(names: &[String]) -> Result<ClassSet, ClusterFailure> {
    let read =
        |name: &String| name.parse::<Class>().map_err(|error| wrong("classes", format!("`{name}`: {error}"), CLASSES));
    let classes = names.iter().map(read).collect::<Result<ClassSet, _>>()?;
    if classes.is_empty() { Err(wrong("classes", "none is named".to_owned(), CLASSES)) } else { Ok(classes) }
}

const CLASSES: &str = "control, audit, findings, logs, metrics or traces; leave it out for all but control";

fn wrong(what: &str, message: String, hint: &str) -> ClusterFailure {
    ClusterFailure { code: format!("bad_{what}"), status: 400, message, hint: hint.to_owned() }
}
