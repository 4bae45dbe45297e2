//! What a peer is given that asks for a range: what is held, counts and is not retired.

use vigil_model::ClassSet;
use vigil_model::limits::{LINK_SERVES_MAX, PULL_BYTES_MAX, SERVES_MAX};

use crate::logs::Held;
use crate::machine::Gossip;
use crate::types::{Deed, End, Link, Part, Pull, ServeId};

impl Gossip {
    pub(crate) fn asked(&mut self, link: Link, serve: ServeId, pull: Pull, deeds: &mut Vec<Deed>) {
        match self.admit(link, serve, pull) {
            Ok(request) => deeds.push(Deed::Serve { link, serve, request }),
            Err(end) => deeds.push(Deed::Decline { serve, end }),
        }
    }

    fn admit(&mut self, link: Link, serve: ServeId, pull: Pull) -> Result<Pull, End> {
        let crowded = self.serves >= SERVES_MAX || self.stopped;
        let request = self.logs.find(&pull.log).and_then(|held| clamp(held, pull));
        let line = self.peer_of(link).and_then(|peer| peer.line.as_mut()).ok_or(End::Broken)?;
        if !line.up() || crowded || line.serves.len() >= LINK_SERVES_MAX {
            return Err(End::Busy);
        }
        let request = request.ok_or(End::NotHeld)?;
        if line.serves.insert(serve) {
            self.serves += 1;
        }
        Ok(request)
    }

    pub(crate) fn served(&mut self, link: Link, serve: ServeId) {
        let Some(line) = self.peer_of(link).and_then(|peer| peer.line.as_mut()) else { return };
        if line.serves.remove(&serve) {
            self.serves -= 1;
        }
    }
}

/// The part of a request that is answered without a hole; nothing when there is none.
fn clamp(held: &Held, pull: Pull) -> Option<Pull> {
    let classes = pull.classes.common(ClassSet::ALL);
    let mut until = pull.until.min(held.blocks());
    if pull.part == Part::Bodies {
        let gaps = held.gaps(classes);
        for gap in gaps.0.iter().flat_map(|(_, gaps)| gaps).filter(|gap| gap.end > pull.from) {
            until = until.min(gap.start);
        }
    }
    let some = pull.from < until && (pull.part == Part::Blocks || !classes.is_empty());
    some.then(|| Pull { until, classes, bytes: pull.bytes.min(PULL_BYTES_MAX as u32), ..pull })
}
