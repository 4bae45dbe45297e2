//! The fake's peers and tokens: what it was asked to do is remembered, what it answers is written
//! down before.

use std::time::Duration;

use vigil_api::{
    Access, Boxed, ClusterFailure, ClusterStatus, Invite, JoinStatus, LogEnd, LogLag, Missing, PeerStatus,
    TokenRequest, TokenStatus,
};
use vigil_crdt::control::{Role, Scope, TokenId};
use vigil_model::ClassSet;

use super::{Fake, NOW};

/// What it knows of others.
#[derive(Default)]
pub(crate) struct Others {
    /// Secrets and what they are good for.
    pub(crate) tokens: Vec<(String, Access)>,
    /// Everything it was asked to do, with the name of who asked.
    pub(crate) deeds: Vec<String>,
    /// Why it does nothing of that.
    pub(crate) failure: Option<ClusterFailure>,
    /// What others have and it has not.
    pub(crate) missing: Vec<Missing>,
    /// How many peers hold what it holds.
    pub(crate) copies: usize,
    /// Joining waits for approval.
    pub(crate) pending: bool,
}

pub(crate) fn site_d() -> Missing {
    Missing {
        node: "site-d".to_owned(),
        behind_events: Some(7),
        oldest_missing: Some("2026-01-31T09:46:00Z".to_owned()),
        last_heard: Some("2026-01-31T09:46:00Z".to_owned()),
        reason: "offline".to_owned(),
    }
}

pub(crate) fn used_ticket() -> ClusterFailure {
    ClusterFailure {
        code: "ticket_used".to_owned(),
        status: 409,
        message: "the ticket was used by site-b at 14:02".to_owned(),
        hint: "ask for another: `vigil invite`".to_owned(),
    }
}

impl Fake {
    /// A token of this role, borne by the secret of the same name.
    pub(crate) fn add_token(&self, role: Role, scope: Scope) {
        let name = role.name().to_owned();
        self.add_named(&name, role, scope);
    }

    pub(crate) fn add_named(&self, name: &str, role: Role, scope: Scope) {
        let mut state = self.state();
        let token = TokenId([state.others.tokens.len() as u8 + 1; 8]);
        state.others.tokens.push((name.to_owned(), Access { token: Some(token), name: name.to_owned(), role, scope }));
    }

    pub(crate) fn others(&self, change: impl FnOnce(&mut Others)) {
        change(&mut self.state().others);
    }

    pub(crate) fn deeds(&self) -> Vec<String> {
        self.state().others.deeds.clone()
    }

    /// Remembers a deed, or fails it as the script says.
    pub(super) fn act<T: Send + 'static>(
        &self,
        by: &Access,
        deed: String,
        done: T,
    ) -> Boxed<'static, Result<T, ClusterFailure>> {
        let mut state = self.state();
        state.others.deeds.push(format!("{}: {deed}", by.name));
        let result = state.others.failure.clone().map_or(Ok(done), Err);
        Box::pin(async move { result })
    }

    pub(super) fn create(
        &self,
        request: TokenRequest,
        by: &Access,
    ) -> Boxed<'static, Result<TokenStatus, ClusterFailure>> {
        let order = request.read(NOW).expect("checked before it comes here");
        self.add_named(&order.name, order.role, order.scope);
        let status = self.token_statuses().pop().expect("just made");
        let made = TokenStatus { secret: Some(request.name.clone()), ..status };
        self.act(by, format!("create {} {}", request.name, request.role), made)
    }

    pub(super) fn token_statuses(&self) -> Vec<TokenStatus> {
        let state = self.state();
        state.others.tokens.iter().map(|(_, access)| status(access)).collect()
    }
}

fn status(access: &Access) -> TokenStatus {
    TokenStatus {
        id: access.token.expect("a token").to_string(),
        name: access.name.clone(),
        role: access.role.name().to_owned(),
        classes: access.scope.classes.iter().map(|class| class.name().to_owned()).collect(),
        filter: access.scope.filter.clone(),
        created: NOW.to_string(),
        expires: Some(NOW.to_string()),
        last_used: None,
        state: "good".to_owned(),
        // A node that forgets to leave it out must not tell it.
        secret: Some(access.name.clone()),
    }
}

pub(super) fn peer(name: &str) -> PeerStatus {
    PeerStatus {
        node: "aaaq".to_owned(),
        name: name.to_owned(),
        state: "catching up".to_owned(),
        profile: "full".to_owned(),
        behind_events: Some(18_204),
        behind_blocks: Some(40),
        behind_exact: true,
        ahead_events: Some(0),
        ahead_blocks: Some(0),
        oldest_missing: Some(NOW.to_string()),
        last_heard: Some(NOW.to_string()),
        last_heard_ms: Some(1_000),
        rtt_ms: Some(84.5),
        addresses: vec!["10.0.0.5:7701".to_owned()],
        eta_s: Some(12),
        since: Some(NOW.to_string()),
        ..PeerStatus::default()
    }
}

pub(super) fn lag(peer: &str) -> Result<Vec<LogLag>, ClusterFailure> {
    if peer == "nobody" {
        let message = "there is no peer `nobody`".to_owned();
        let hint = "see `vigil peers`".to_owned();
        return Err(ClusterFailure { code: "unknown_peer".to_owned(), status: 404, message, hint });
    }
    Ok(vec![LogLag { author: peer.to_owned(), ours: 90, theirs: Some(130), ..LogLag::default() }])
}

pub(super) fn cluster(full: bool) -> ClusterStatus {
    let logs = if full { vec![LogEnd { author: "site-a".to_owned(), ..LogEnd::default() }] } else { Vec::new() };
    ClusterStatus { name: "site-a".to_owned(), members: 3, connected: 2, logs, ..ClusterStatus::default() }
}

pub(super) fn ticket() -> Invite {
    Invite { ticket: "vigil1aeaq".to_owned(), expires: NOW.to_string() }
}

pub(super) fn join(pending: bool) -> JoinStatus {
    let state = if pending { "pending" } else { "joined" };
    JoinStatus { state: state.to_owned(), by: "site-a".to_owned(), ..JoinStatus::default() }
}

/// As `60 s`.
pub(super) fn seconds(patience: Duration) -> String {
    format!("{} s", patience.as_secs_f64())
}

/// Everything but control, and of that only what passes the filter.
pub(crate) fn scope(filter: &str) -> Scope {
    Scope { filter: filter.to_owned(), ..Scope::default() }
}

/// Everything of these classes.
pub(crate) fn classes(classes: ClassSet) -> Scope {
    Scope { classes, filter: String::new() }
}
