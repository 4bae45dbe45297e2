//! Which tickets this node made and which of them were used: it alone knows their secrets.

use std::path::{Path, PathBuf};

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use serde::{Deserialize, Serialize};
use vigil_model::ticket::ticket_id;
use vigil_model::{Hash, NodeId, Timestamp};

use super::messages::Refused;
use crate::runtime::RunError;
use crate::runtime::files::write_private;

const FILE: &str = "invites.json";
/// Tickets remembered at once, used and expired ones included.
const INVITES_MAX: usize = 1_000;
/// How long a ticket is remembered after it expired, so that the answer can say why it is refused.
const REMEMBER_MS: i64 = 30 * 24 * 3_600_000;

/// One ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Invite {
    id: String,
    secret: String,
    /// Milliseconds since 1970.
    pub(super) expires_ms: i64,
    /// `full` or `edge`.
    pub(super) profile: String,
    /// The name that the new node gets; empty for its own.
    pub(super) name: String,
    /// Who used it.
    pub(super) used: Option<Used>,
}

/// Who used a ticket, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Used {
    node: String,
    name: String,
    at_ms: i64,
}

/// All tickets of this node.
#[derive(Debug)]
pub(in crate::runtime) struct Invites {
    path: PathBuf,
    invites: Vec<Invite>,
}

impl Invite {
    /// The secret; nothing when the file was edited.
    pub(super) fn secret(&self) -> Option<[u8; 16]> {
        HEXLOWER_PERMISSIVE.decode(self.secret.as_bytes()).ok()?.try_into().ok()
    }
}

impl Invites {
    /// Reads those of `dir`.
    pub(in crate::runtime) fn load(dir: &Path) -> Result<Invites, RunError> {
        let path = dir.join(FILE);
        let invites = match std::fs::read_to_string(&path) {
            Ok(text) => {
                serde_json::from_str(&text).map_err(|error| RunError::Invites(path.clone(), error.to_string()))?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(RunError::file("read", &path, &error)),
        };
        Ok(Invites { path, invites })
    }

    /// Remembers a new ticket, durable on return.
    pub(super) fn add(
        &mut self,
        secret: &[u8; 16],
        expires: Timestamp,
        profile: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<(), String> {
        self.invites.retain(|invite| invite.expires_ms + REMEMBER_MS > now.millis());
        if self.invites.len() >= INVITES_MAX {
            return Err(format!("{INVITES_MAX} tickets are remembered; wait until some have expired"));
        }
        self.invites.push(Invite {
            id: ticket_id(secret).to_hex(),
            secret: HEXLOWER.encode(secret),
            expires_ms: expires.millis(),
            profile: profile.to_owned(),
            name: name.to_owned(),
            used: None,
        });
        self.save().inspect_err(|_| {
            self.invites.pop();
        })
    }

    /// A ticket that `peer` may use now; else why not.
    pub(super) fn good(&self, id: &Hash, peer: &NodeId, now: Timestamp) -> Result<&Invite, Refused> {
        let unknown = || {
            Refused::new(
                "ticket_unknown",
                "this node did not make that ticket, or no longer knows it",
                "a ticket is good only at the node that made it; ask for a new one: vigil invite",
            )
        };
        let id = id.to_hex();
        let invite = self.invites.iter().find(|invite| invite.id == id).ok_or_else(unknown)?;
        match &invite.used {
            Some(used) if used.node != peer.to_string() => Err(used.refusal()),
            None if invite.expires_ms <= now.millis() => Err(expired(invite.expires_ms, now)),
            _ => Ok(invite),
        }
    }

    /// Marks a ticket that `peer` may use as used, durable on return; answers its profile. What was
    /// good a moment ago may have been used meanwhile: it is looked at again.
    pub(super) fn use_up(&mut self, id: &Hash, peer: &NodeId, name: &str, now: Timestamp) -> Result<String, Refused> {
        let profile = self.good(id, peer, now)?.profile.clone();
        let id = id.to_hex();
        let at = self.invites.iter().position(|invite| invite.id == id).expect("it was just found");
        if self.invites[at].used.is_none() {
            self.invites[at].used = Some(Used { node: peer.to_string(), name: name.to_owned(), at_ms: now.millis() });
            self.save().map_err(|why| {
                self.invites[at].used = None;
                Refused::new("not_written", why, "free some space on the node that invited, then try again")
            })?;
        }
        Ok(profile)
    }

    fn save(&self) -> Result<(), String> {
        let text = serde_json::to_string_pretty(&self.invites).expect("plain data");
        write_private(&self.path, &format!("{text}\n")).map_err(|error| error.to_string())
    }
}

impl Used {
    fn refusal(&self) -> Refused {
        let at = Timestamp::from_millis(self.at_ms);
        let message = format!("the ticket was already used by {} at {at}", self.name);
        Refused::new("ticket_used", message, "a ticket is good once; ask for a new one: vigil invite")
    }
}

/// A ticket that is no longer good.
pub(super) fn expired(expires_ms: i64, now: Timestamp) -> Refused {
    let ago = (now.millis() - expires_ms).max(0) / 1_000;
    let ago = match ago {
        0..=119 => format!("{ago} s"),
        120..=7_199 => format!("{} min", ago / 60),
        7_200..=172_799 => format!("{} h", ago / 3_600),
        _ => format!("{} days", ago / 86_400),
    };
    Refused::new("ticket_expired", format!("the ticket expired {ago} ago"), "ask for a new one: vigil invite")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 16] = [5; 16];

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn code(result: Result<&Invite, Refused>) -> String {
        result.err().map(|refused| refused.code).unwrap_or_default()
    }

    #[test]
    fn a_ticket_is_good_once_and_until_it_expires_and_after_a_restart() {
        let dir = tempfile::tempdir().expect("a place for tests");
        let mut invites = Invites::load(dir.path()).expect("none yet");
        invites.add(&SECRET, at(100), "full", "", at(0)).expect("room");
        let (id, one, other) = (ticket_id(&SECRET), NodeId([1; 32]), NodeId([2; 32]));
        assert_eq!(code(invites.good(&id, &one, at(99))), "");
        assert_eq!(code(invites.good(&id, &one, at(100))), "ticket_expired");
        assert_eq!(code(invites.good(&ticket_id(&[6; 16]), &one, at(0))), "ticket_unknown");
        invites.use_up(&id, &one, "site-b", at(50)).expect("room");
        assert_eq!(invites.use_up(&id, &other, "site-c", at(55)).expect_err("used").code, "ticket_used");
        let mut again = Invites::load(dir.path()).expect("written");
        assert_eq!(code(again.good(&id, &other, at(60))), "ticket_used");
        assert_eq!(code(again.good(&id, &one, at(60))), "", "who used it may ask again");
        assert_eq!(again.good(&id, &one, at(60)).expect("good").secret(), Some(SECRET));
        again.add(&[7; 16], at(200), "full", "", at(100 + REMEMBER_MS / 1_000)).expect("room");
        assert_eq!(code(again.good(&id, &one, at(60))), "ticket_unknown");
    }

    #[test]
    fn how_long_ago_is_said_in_fitting_units() {
        let said = |seconds| expired(0, at(seconds)).message;
        assert_eq!(said(5), "the ticket expired 5 s ago");
        assert_eq!(said(10_800), "the ticket expired 3 h ago");
        assert_eq!(said(600_000), "the ticket expired 6 days ago");
    }
}
