//! What a node tells about its cluster.

use vigil_api::{ClusterStatus, PeerStatus};

use super::Finding;
use crate::cli::peers::fetch;
use crate::client::Client;

/// Checks of the cluster as a whole, then one for each peer that somebody should look at.
pub(super) fn look(client: &Client) -> Vec<Finding> {
    let cluster = client.fetch_json("/v1/cluster", &[]);
    match (cluster, fetch(client)) {
        (Ok(cluster), Ok(peers)) => findings(&cluster, &peers),
        (Err(failure), _) | (_, Err(failure)) => vec![Finding::skipped("peers", failure.message)],
    }
}

fn findings(cluster: &ClusterStatus, peers: &[PeerStatus]) -> Vec<Finding> {
    let mut found: Vec<Finding> = [fence(cluster), forks(cluster)].into_iter().flatten().collect();
    found.extend(peers.iter().filter_map(of_peer));
    if found.is_empty() {
        found.push(Finding::ok("peers", in_step(cluster)));
    }
    found
}

fn in_step(cluster: &ClusterStatus) -> String {
    match cluster.members.saturating_sub(1) {
        0 => "alone in its cluster".into(),
        others => format!("{} of {others} connected, nothing wrong", cluster.connected),
    }
}

fn fence(cluster: &ClusterStatus) -> Option<Finding> {
    let fix = "stop the copy of this node; then start this one again";
    (!cluster.fenced.is_empty()).then(|| Finding::failed("writing", cluster.fenced.clone(), fix))
}

fn forks(cluster: &ClusterStatus) -> Option<Finding> {
    let names: Vec<&str> = cluster.forks.iter().map(|fork| fork.author.as_str()).collect();
    let fix = "find out who has that node's key: `vigil cluster` names both blocks; `vigil peers remove` ends it";
    (!names.is_empty()).then(|| Finding::failed("forks", format!("{} signed two histories", names.join(", ")), fix))
}

fn of_peer(peer: &PeerStatus) -> Option<Finding> {
    let because = if peer.reason.is_empty() { String::new() } else { format!(": {}", peer.reason) };
    let detail = format!("{} is {}{because}", peer.name, peer.state);
    let explain = format!("vigil peers lag {} --explain", peer.name);
    match peer.state.as_str() {
        "offline" => Some(Finding::warning("peers", detail, "start it, or see whether its UDP port is reachable")),
        "pending" => Some(Finding::warning("peers", detail, "`vigil peers approve` or `vigil peers reject`")),
        _ if !peer.faults.is_empty() => {
            let kinds: Vec<&str> = peer.faults.keys().map(String::as_str).collect();
            Some(Finding::warning("peers", format!("{detail}; it broke the protocol: {}", kinds.join(", ")), explain))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::Verdict;
    use vigil_api::ForkStatus;

    #[test]
    fn what_needs_somebody_is_found_and_what_does_not_is_not() {
        let peer =
            |name: &str, state: &str| PeerStatus { name: name.into(), state: state.into(), ..PeerStatus::default() };
        let good = ClusterStatus { members: 3, connected: 2, ..ClusterStatus::default() };
        let verdicts = |cluster: &ClusterStatus, peers: &[PeerStatus]| -> Vec<(&str, Verdict)> {
            findings(cluster, peers).iter().map(|finding| (finding.check, finding.verdict)).collect()
        };
        let calm = [peer("a", "this node"), peer("b", "in step"), peer("c", "catching up")];
        assert_eq!(verdicts(&good, &calm), [("peers", Verdict::Ok)]);
        let away = [peer("b", "offline"), peer("c", "pending")];
        assert_eq!(verdicts(&good, &away), [("peers", Verdict::Warning), ("peers", Verdict::Warning)]);
        let bad = ClusterStatus { fenced: "x".into(), forks: vec![ForkStatus::default()], ..good };
        assert_eq!(verdicts(&bad, &calm), [("writing", Verdict::Failed), ("forks", Verdict::Failed)]);
        let liar = PeerStatus { faults: [("bad_root".to_owned(), 1)].into(), ..peer("b", "in step") };
        assert!(findings(&bad, &[liar])[2].detail.ends_with("bad_root"));
    }
}
