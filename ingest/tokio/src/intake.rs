//! Where events go, and when they are kept.

use std::future::Future;
use std::pin::Pin;

use vigil_model::{Records, Timestamp};

/// Resolves when the records are kept for good, or with the reason why they never will be.
pub type Submitted = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// Where decoded events go.
pub trait Intake: Send + Sync + 'static {
    /// Hands records on. A busy node lets it wait, as long as it takes; nobody reads the socket meanwhile.
    fn submit(&self, records: Records) -> Submitted;

    /// What time it is.
    fn now(&self) -> Timestamp;
}
