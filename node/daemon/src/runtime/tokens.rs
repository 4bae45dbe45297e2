//! Tokens: made, listed, revoked, recognised. Only the hash of a secret is ever stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use vigil_api::{Access, ClusterFailure, TokenOrder, TokenRequest, TokenStatus};
use vigil_crdt::control::{Op, Token, TokenId};
use vigil_model::{Hash, Timestamp};

use super::admin::{Admin, fail};
use super::clock;
use super::identity::random;
use super::members::Members;

const DOMAIN: &str = "vigil token v1";
/// What a secret begins with, so that scanners for leaked secrets know it.
const PREFIX: &str = "vigil_token_";

/// The desk for tokens.
pub(super) struct Tokens {
    pub(super) members: Arc<Members>,
    pub(super) admin: Admin,
    /// When this process saw each of them last.
    pub(super) used: Mutex<BTreeMap<TokenId, Timestamp>>,
}

/// What is stored of a secret.
fn hash(secret: &str) -> Hash {
    Hash::of(DOMAIN, secret.as_bytes())
}

impl Tokens {
    /// Makes a token; the answer alone holds the secret.
    pub(super) async fn create(&self, request: TokenRequest) -> Result<TokenStatus, ClusterFailure> {
        let TokenOrder { name, role, scope, expires } = request.read(clock::now())?;
        let bytes: [u8; 32] = random().map_err(|error| fail(500, "internal", &error.to_string(), "try again"))?;
        let secret = format!("{PREFIX}{}", vigil_model::ClusterId(bytes));
        let hash = hash(&secret);
        let id = TokenId::of(&hash);
        let op = Op::CreateToken { id, hash, name: name.clone(), role, scope: scope.clone(), expires };
        self.admin.change(op).await?;
        // Said from what was asked: the records may be folded a moment later.
        let (by, created) = (self.members.me(), clock::now());
        let made = Token { id, hash, name, role, scope, created, by, expires, revoked: false };
        Ok(TokenStatus { secret: Some(secret), ..self.status(&made) })
    }

    /// Every token, newest last.
    pub(super) fn list(&self) -> Vec<TokenStatus> {
        let picture = self.members.picture();
        let mut tokens: Vec<&Token> = picture.tokens().values().collect();
        tokens.sort_by_key(|token| (token.created, token.id));
        tokens.into_iter().map(|token| self.status(token)).collect()
    }

    fn status(&self, token: &Token) -> TokenStatus {
        let state = match (token.revoked, token.good_at(clock::now())) {
            (true, _) => "revoked",
            (false, true) => "good",
            (false, false) => "expired",
        };
        TokenStatus {
            id: token.id.to_string(),
            name: token.name.clone(),
            role: token.role.name().to_owned(),
            classes: token.scope.classes.iter().map(|class| class.name().to_owned()).collect(),
            filter: token.scope.filter.clone(),
            created: token.created.to_string(),
            expires: token.expires.map(|at| at.to_string()),
            last_used: self.used.lock().get(&token.id).map(ToString::to_string),
            state: state.to_owned(),
            secret: None,
        }
    }

    /// Revokes the token of this id or name.
    pub(super) async fn revoke(&self, text: &str) -> Result<TokenStatus, ClusterFailure> {
        let found = self.find(text)?;
        self.admin.change(Op::RevokeToken { id: found }).await?;
        let revoked = self.list().into_iter().find(|token| token.id == found.to_string());
        Ok(revoked.unwrap_or_default())
    }

    fn find(&self, text: &str) -> Result<TokenId, ClusterFailure> {
        let picture = self.members.picture();
        let fits = |token: &&Token| token.id.to_string() == text || (token.name == text && !token.revoked);
        let mut found = picture.tokens().values().filter(fits);
        match (found.next(), found.next()) {
            (Some(token), None) => Ok(token.id),
            (Some(_), Some(_)) => Err(fail(
                409,
                "ambiguous",
                &format!("several tokens are called `{text}`"),
                "name one by its id: vigil token list",
            )),
            (None, _) => {
                Err(fail(404, "unknown_token", &format!("there is no token `{text}`"), "see: vigil token list"))
            }
        }
    }

    /// Who bears this secret now.
    pub(super) fn access(&self, secret: &str) -> Option<Access> {
        let (picture, now) = (self.members.picture(), clock::now());
        let token = picture.token_by_hash(&hash(secret)).filter(|token| token.good_at(now))?;
        self.used.lock().insert(token.id, now);
        let scope = token.scope.clone();
        Some(Access { token: Some(token.id), name: token.name.clone(), role: token.role, scope })
    }

    /// Whether any token was ever made, or may have been: a node that has just joined does not know
    /// yet, and must not take everyone for an administrator meanwhile.
    pub(super) fn any(&self) -> bool {
        let picture = self.members.picture();
        picture.member(&self.members.me()).is_none() || !picture.tokens().is_empty()
    }
}
