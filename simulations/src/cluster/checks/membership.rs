//! Who was removed stays removed, and who may not write any more does not; no buffer passes its
//! limit.
//!
//! Not verified: memory of the stores; what a removed node does with its own disk.

use vigil_crdt::control::MemberState;

use crate::checkers::{Verdict, ensure};
use crate::cluster::Cluster;
use crate::cluster::event::Who;
use crate::cluster::site::Trust;

impl Cluster<'_> {
    /// The fold of a process changed.
    pub(crate) fn check_control(&mut self, who: Who) -> Verdict {
        let name = self.name(who);
        let process = self.alive(who);
        let control = process.node.control();
        let returns = process.removed.iter().find(|node| control.active(node)).copied();
        ensure(returns.is_none(), "who was removed stays removed", || format!("{name}: {returns:?}"))?;
        let gone = control.members().values().filter(|member| matches!(member.state, MemberState::Removed { .. }));
        let removed: std::collections::BTreeSet<_> = gone.map(|member| member.node).collect();
        process.removed.clone_from(&removed);
        self.sites[who.site].removed = removed;
        Ok(())
    }

    /// Only a twin, a clone's original or who was removed stops writing.
    pub(crate) fn check_fence(&mut self, who: Who, why: &str) -> Verdict {
        let it = &self.sites[who.site];
        let alike = self.sites.iter().filter(|site| site.node == it.node).count();
        let removed = it.trust == Trust::Removed;
        let (name, reason) = (it.name.clone(), why.to_owned());
        ensure(alike > 1 || removed, "an honest node alone with its key is never fenced", || {
            format!("{name}: {reason}")
        })
    }

    /// After every input: what the machine holds stays within its limits.
    pub(crate) fn check_machine(&mut self, who: Who) -> Verdict {
        let limits = self.rates.config.limits.clone();
        let Some(process) = self.process(who) else { return Ok(()) };
        let status = process.node.status();
        let within = [
            ("pending bytes", status.pending_bytes, limits.pending_bytes as u64),
            ("blocks in flight", status.blocks_in_flight as u64, limits.pending_blocks as u64),
            ("received bytes", status.received_pending_bytes, limits.received_bytes as u64),
            ("received blocks", status.received_in_flight as u64, limits.received_blocks as u64),
        ];
        for (what, count, max) in within {
            ensure(count <= max, "every buffer stays within its limit", || format!("{what}: {count} of {max}"))?;
        }
        Ok(())
    }
}
