//! What a node tells about itself over HTTP.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use vigil_api::Status;
use vigil_model::Timestamp;
use vigil_model::limits::INDEX_LAG_BYTES_MAX;

use super::Finding;
use crate::cli::status::parse;
use crate::client::Client;
use crate::config::units::{size_round, span_round};

/// How far two clocks may be apart before somebody should look.
const SKEW_MOST: Duration = Duration::from_secs(5);

/// Checks, and the node's status if it has one.
pub(super) fn look(client: &Client) -> (Vec<Finding>, Option<Status>) {
    let status = client.fetch("/v1/status", &[]).and_then(|bytes| parse(&bytes));
    match status {
        Err(failure) => (unreachable(failure.message, failure.hint), None),
        Ok(status) => (findings(client, &status), Some(status)),
    }
}

fn unreachable(message: String, hint: Option<String>) -> Vec<Finding> {
    let fix = hint.unwrap_or_else(|| "look at what the node writes on stderr".into());
    let skipped = ["ready", "state", "index", "clock"].map(|check| Finding::skipped(check, "no node to ask"));
    std::iter::once(Finding::failed("node", message, fix)).chain(skipped).collect()
}

fn findings(client: &Client, status: &Status) -> Vec<Finding> {
    let name = format!("{} answers at {}, version {}", status.name, client.base(), status.version);
    vec![Finding::ok("node", name), version(status), ready(client), state(status), index(status), clock(status)]
}

fn version(status: &Status) -> Finding {
    let ours = env!("CARGO_PKG_VERSION");
    match status.version == ours {
        true => Finding::ok("version", ours),
        false => Finding::warning(
            "version",
            format!("this program is {ours}, the node {}", status.version),
            "use the same version on both sides",
        ),
    }
}

fn ready(client: &Client) -> Finding {
    match client.fetch("/readyz", &[]) {
        Ok(_) => Finding::ok("ready", "takes events and answers queries"),
        Err(failure) => Finding::failed("ready", failure.message, "wait if it has just started; else `vigil status`"),
    }
}

fn state(status: &Status) -> Finding {
    let fix = "free disk space or raise storage.max_disk; ingest resumes by itself";
    match (status.mode.as_str(), status.warnings.first()) {
        ("ok", None) => Finding::ok("state", "ok"),
        ("ok", Some(warning)) => Finding::warning("state", warning.as_str(), "`vigil status` lists all warnings"),
        (mode, _) if mode.starts_with("no space") => Finding::failed("state", mode, fix),
        (mode, _) => Finding::failed("state", mode, "look at what the node writes on stderr"),
    }
}

fn index(status: &Status) -> Finding {
    let lag = status.index.lag_bytes;
    let detail = format!("{} behind the log", size_round(lag));
    match lag {
        0 => Finding::ok("index", "in step with the log"),
        lag if lag < INDEX_LAG_BYTES_MAX as u64 / 2 => Finding::ok("index", detail),
        _ => Finding::warning(
            "index",
            detail,
            "queries still see everything, but slower; send less, or give it more CPU",
        ),
    }
}

/// The node says when it started and how long ago that was; together that is its clock.
fn clock(status: &Status) -> Finding {
    let Ok(started) = status.started.parse::<Timestamp>() else {
        return Finding::skipped("clock", "the node does not tell its time");
    };
    let theirs = started.millis() + i64::try_from(status.uptime_s).unwrap_or(i64::MAX / 1_000) * 1_000;
    let ours = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
    compare(ours, theirs)
}

fn compare(ours_ms: i64, theirs_ms: i64) -> Finding {
    const YEAR_2024_MS: i64 = 1_704_067_200_000;
    let apart = Duration::from_millis(ours_ms.abs_diff(theirs_ms));
    let fix = "run a time service (chrony, systemd-timesyncd) on both machines";
    if ours_ms < YEAR_2024_MS {
        return Finding::failed("clock", "this machine's clock is years behind", fix);
    }
    match apart > SKEW_MOST {
        true => Finding::warning("clock", format!("node and this machine are {} apart", span_round(apart)), fix),
        false => Finding::ok("clock", "node and this machine agree to the second or so"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::Verdict;

    #[test]
    fn clocks() {
        let now = 1_800_000_000_000;
        assert_eq!(compare(now, now - 1_500).verdict, Verdict::Ok);
        assert_eq!(compare(now, now + 60_000).verdict, Verdict::Warning);
        assert_eq!(compare(5, 5).verdict, Verdict::Failed);
    }

    #[test]
    fn states() {
        let of = |mode: &str| state(&Status { mode: mode.into(), ..Status::default() }).verdict;
        assert_eq!([of("ok"), of("no space: disk"), of("stopping")], [Verdict::Ok, Verdict::Failed, Verdict::Failed]);
    }
}
