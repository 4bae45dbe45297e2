//! The same questions, asked of a VictoriaLogs over the same events.

use std::time::Instant;

use vigil_tests::Client;

use super::questions::Question;
use crate::ingest::requests;

/// Milliseconds for a question that it does not have.
const NONE: f64 = f64::NAN;

/// A VictoriaLogs that is empty and at hand.
pub(super) struct VictoriaLogs(Client);

impl VictoriaLogs {
    /// The one whose address `VIGIL_BENCH_VICTORIALOGS` is.
    pub(super) fn from_environment() -> Option<VictoriaLogs> {
        std::env::var("VIGIL_BENCH_VICTORIALOGS").ok().map(|address| VictoriaLogs(Client::new(&address)))
    }

    /// Hands it lines.
    pub(super) fn insert(&self, body: &str) -> anyhow::Result<()> {
        let path = "/insert/jsonline?_msg_field=message,Message&_time_field=ts,@timestamp&_stream_fields=host,service,Hostname";
        for request in requests(body) {
            let answer = self.0.post(path, &[("content-type", "application/stream+json")], request.as_bytes())?;
            anyhow::ensure!(answer.status == 200, "VictoriaLogs: HTTP {}: {}", answer.status, answer.text);
        }
        Ok(())
    }

    /// Milliseconds that it takes.
    pub(super) fn ask(&self, question: &Question) -> anyhow::Result<f64> {
        let Some(logsql) = question.logsql else { return Ok(NONE) };
        let begun = Instant::now();
        let answer = self.0.get("/select/logsql/query", &[("query", logsql)])?;
        anyhow::ensure!(answer.status == 200, "VictoriaLogs: {logsql}: {}", answer.text);
        Ok(begun.elapsed().as_secs_f64() * 1000.0)
    }
}
