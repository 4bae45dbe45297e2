//! What an answer says of how its query is run.

use serde::Serialize;
use vigil_index::Explain;
use vigil_query::Permission;

use super::ask::Ask;
use crate::failure::Failure;

/// How a query is run: in lines for people, and in its parts.
#[derive(Serialize)]
pub(crate) struct Explanation {
    lines: Vec<String>,
    #[serde(flatten)]
    parts: Explain,
}

impl Explanation {
    /// Of a query as it was asked. What the asker may see is left out: a token is not told what it is limited to.
    pub(crate) fn of(ask: &Ask) -> Result<Explanation, Failure> {
        let question = Permission::everything().allow(ask.query.clone(), ask.class)?;
        let parts = vigil_index::explain(&question);
        Ok(Explanation { lines: parts.lines(), parts })
    }
}
