//! Changes membership and access: one control record, durable before anyone is told.

use crossbeam_channel::Sender;
use tokio::sync::oneshot;
use vigil_api::ClusterFailure;
use vigil_crdt::control::{ControlError, Op};
use vigil_node::{Receipt, Refusal};

use super::message::{CoreMessage, Denied, tell};

/// Speaks to the thread of decisions.
#[derive(Clone)]
pub(super) struct Admin {
    pub(super) core: Sender<CoreMessage>,
}

impl Admin {
    /// Makes the change; resolves when it is durable here.
    pub(super) async fn change(&self, op: Op) -> Result<Receipt, ClusterFailure> {
        let (reply, answer) = oneshot::channel();
        tell(&self.core, CoreMessage::Administer { op: Box::new(op), reply }).await;
        let stopping = || Denied::Refused(Refusal::Stopping);
        answer.await.unwrap_or_else(|_| Err(stopping())).map_err(|denied| failure(&denied))
    }
}

/// What programs and people are told.
fn failure(denied: &Denied) -> ClusterFailure {
    match denied {
        Denied::Control(error) => {
            let (code, status) = code(error);
            fail(status, code, &error.to_string(), "nothing was changed")
        }
        Denied::Refused(refusal) => fail(503, "not_written", &refusal.to_string(), "nothing was changed; try again"),
    }
}

fn code(error: &ControlError) -> (&'static str, u16) {
    match error {
        ControlError::NotMember => ("not_member", 409),
        ControlError::Unknown(_) => ("unknown_peer", 404),
        ControlError::AlreadyMember(_) => ("already_member", 409),
        ControlError::WasRemoved { .. } => ("removed", 409),
        ControlError::NameTaken(_) => ("name_taken", 409),
        ControlError::Name(_) => ("name", 400),
        ControlError::UnknownToken(_) => ("unknown_token", 404),
        ControlError::TooMany { .. } => ("too_many", 400),
        ControlError::Malformed(_) => ("malformed", 400),
    }
}

/// A failure in the form that HTTP shows.
pub(super) fn fail(status: u16, code: &str, message: &str, hint: &str) -> ClusterFailure {
    ClusterFailure { code: code.to_owned(), status, message: message.to_owned(), hint: hint.to_owned() }
}
