//! What a scenario says: how many machines, how they are linked, what is asked of them.

use crate::random::Random;

/// Milliseconds per second.
const SECOND_MS: u64 = 1_000;

/// A large cluster and its day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scenario {
    /// Machines; each writes one log.
    pub(crate) nodes: usize,
    /// Links of each, about; `nodes - 1` when everyone is linked with everyone.
    pub(crate) links: usize,
    /// Time of a packet from one to another, lowest and highest.
    pub(crate) latency_ms: (u64, u64),
    /// What each can send.
    pub(crate) bytes_per_ms: u64,
    /// Blocks of each log before anyone is linked.
    pub(crate) history: u64,
    /// Bytes of a header on the wire, and of its body as it travels.
    pub(crate) header_bytes: u32,
    pub(crate) body_bytes: u32,
    /// Blocks a second of all together, while there is work, and for how long.
    pub(crate) blocks_per_second: u64,
    pub(crate) work_ms: u64,
    /// How long nothing happens, to see what that costs.
    pub(crate) idle_ms: u64,
    /// Blocks that are written while one machine is away.
    pub(crate) missed: u64,
}

impl Scenario {
    /// Reads lines of a name and a value; what stands behind `#` is for people.
    pub(crate) fn read(text: &str) -> Result<Scenario, String> {
        let mut scenario = Scenario {
            nodes: 0,
            links: 0,
            latency_ms: (1, 1),
            bytes_per_ms: 12_500,
            history: 1,
            header_bytes: 300,
            body_bytes: 1_000,
            blocks_per_second: 0,
            work_ms: 0,
            idle_ms: 0,
            missed: 0,
        };
        for line in text.lines().filter_map(|line| line.split('#').next()).filter(|line| !line.trim().is_empty()) {
            let (name, value) =
                line.trim().split_once(' ').ok_or_else(|| format!("a name without a value: `{line}`"))?;
            scenario.set(name, value.trim())?;
        }
        let links = scenario.links;
        scenario.links = if links == 0 { scenario.nodes.saturating_sub(1) } else { links };
        if scenario.nodes < 2 || scenario.links >= scenario.nodes {
            return Err("a scenario has at least two nodes, and fewer links than nodes".to_owned());
        }
        Ok(scenario)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let number = |text: &str| text.parse::<u64>().map_err(|_| format!("`{text}` is not a number"));
        match name {
            "nodes" => self.nodes = number(value)? as usize,
            "links" if value == "all" => self.links = 0,
            "links" => self.links = number(value)? as usize,
            "latency_ms" => {
                let (low, high) = value.split_once("..").ok_or("a latency is written as `5..80`")?;
                self.latency_ms = (number(low)?, number(high)?);
            }
            "bytes_per_ms" => self.bytes_per_ms = number(value)?,
            "history" => self.history = number(value)?,
            "header_bytes" => self.header_bytes = number(value)? as u32,
            "body_bytes" => self.body_bytes = number(value)? as u32,
            "blocks_per_second" => self.blocks_per_second = number(value)?,
            "work_s" => self.work_ms = number(value)? * SECOND_MS,
            "idle_s" => self.idle_ms = number(value)? * SECOND_MS,
            "missed" => self.missed = number(value)?,
            other => return Err(format!("a scenario has no `{other}`")),
        }
        Ok(())
    }

    /// Who is linked with whom: a ring, so that all hang together, and chance for the rest.
    pub(crate) fn pairs(&self, random: &mut Random) -> Vec<(usize, usize)> {
        let mut pairs = std::collections::BTreeSet::new();
        if self.links + 1 == self.nodes {
            return (0..self.nodes).flat_map(|a| (a + 1..self.nodes).map(move |b| (a, b))).collect();
        }
        for a in 0..self.nodes {
            pairs.insert((a.min((a + 1) % self.nodes), a.max((a + 1) % self.nodes)));
        }
        while pairs.len() < self.nodes * self.links / 2 {
            let (a, b) = (random.below(self.nodes as u64) as usize, random.below(self.nodes as u64) as usize);
            if a != b {
                pairs.insert((a.min(b), a.max(b)));
            }
        }
        pairs.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_is_read_and_a_mistake_is_named() {
        let text = "# three\nnodes 3\nlinks all\nlatency_ms 5..80 # far\nidle_s 2\n";
        let scenario = Scenario::read(text).expect("well formed");
        assert_eq!((scenario.nodes, scenario.links, scenario.latency_ms, scenario.idle_ms), (3, 2, (5, 80), 2_000));
        assert_eq!(scenario.pairs(&mut Random::new(1)), [(0, 1), (0, 2), (1, 2)]);
        for text in ["", "nodes", "nodes three", "nodes 1", "nodes 3\nlinks 3", "nodes 3\nlinks 1\nsmell 1"] {
            assert!(Scenario::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn few_links_still_hold_all_together() {
        let scenario = Scenario::read("nodes 100\nlinks 6").expect("well formed");
        let pairs = scenario.pairs(&mut Random::new(1));
        assert_eq!(pairs.len(), 300);
        assert!((0..99).all(|n| pairs.contains(&(n, n + 1))));
    }
}
