//! What time it is, and how much CPU this process has used: the one place that asks.

use std::time::{SystemTime, UNIX_EPOCH};

use vigil_model::Timestamp;

/// The wall clock; before 1970 it reads as 1970.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
