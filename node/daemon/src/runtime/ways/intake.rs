//! How what sockets and files bring is handed to the node: it waits while the node is busy or full, because that is
//! what holds the senders back.

use std::sync::Arc;
use std::time::Duration;

use vigil_api::{Backend, SubmitOptions};
use vigil_ingest_tokio::{Intake, Submitted};
use vigil_model::{Class, Records, Timestamp};
use vigil_node::Refusal;

/// The longest pause between two offers of the same records.
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// The node, as listeners see it.
pub(super) struct Door(pub(super) Arc<dyn Backend>);

impl Intake for Door {
    fn submit(&self, records: Records) -> Submitted {
        let backend = Arc::clone(&self.0);
        Box::pin(async move { submit(&*backend, records).await })
    }

    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

/// Offers records until they are taken; the error says why they never will be.
pub(super) async fn submit(backend: &dyn Backend, mut records: Records) -> Result<(), String> {
    let options = SubmitOptions { class: Class::Logs, seal_now: false, idempotent: None };
    let mut pause = Duration::from_millis(20);
    loop {
        match backend.submit(records, options.clone()).await {
            Ok(_) => return Ok(()),
            Err((Refusal::Busy { .. } | Refusal::NoSpace(_), refused)) => records = refused,
            Err((refusal, _)) => return Err(refusal.to_string()),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}
