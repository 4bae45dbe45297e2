//! Names of addresses, asked of the system's resolver behind everybody's back: an event never waits for DNS.
//!
//! Threads of their own ask, since the system's resolver blocks. What is known is kept for a while, also that there is
//! no name; beyond the limits nothing more is asked, and an event has no name.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::thread::Builder;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use parking_lot::Mutex;
use vigil_ingest::Resolver;
use vigil_model::limits::{NAMES_ASKED_MAX, NAMES_KEPT_MAX};

/// How long a name holds.
const KNOWN_FOR: Duration = Duration::from_secs(3_600);
/// How long an address without a name is not asked for again.
const UNKNOWN_FOR: Duration = Duration::from_secs(300);
/// Threads that ask.
const ASKERS: usize = 2;

/// A cache in front of the system's resolver.
pub(super) struct Names {
    kept: Arc<Mutex<Kept>>,
    asked: Sender<IpAddr>,
}

#[derive(Default)]
struct Kept {
    known: HashMap<IpAddr, Known>,
    /// Addresses in the order in which they came, so that the oldest make room.
    order: VecDeque<IpAddr>,
}

struct Known {
    /// `None` while it is asked for, and where there is none.
    name: Option<Arc<str>>,
    until: Instant,
}

impl Names {
    /// Starts the threads that ask; they end with the last holder.
    pub(super) fn start() -> Names {
        let (asked, questions) = bounded(NAMES_ASKED_MAX);
        let kept = Arc::new(Mutex::new(Kept::default()));
        for _ in 0..ASKERS {
            let (questions, kept) = (questions.clone(), Arc::clone(&kept));
            let asking = Builder::new().name("vigil-names".to_owned()).spawn(move || ask(&questions, &kept));
            if let Err(error) = asking {
                tracing::warn!(%error, "names of addresses are not looked up");
            }
        }
        Names { kept, asked }
    }
}

impl Resolver for Names {
    fn name(&self, address: IpAddr) -> Option<Arc<str>> {
        let mut kept = self.kept.lock();
        let now = Instant::now();
        if let Some(known) = kept.known.get(&address).filter(|known| known.until > now) {
            return known.name.clone();
        }
        // A full queue is the budget: this event goes without.
        if self.asked.try_send(address).is_ok() {
            kept.put(address, None, now + UNKNOWN_FOR);
        }
        None
    }
}

impl Kept {
    fn put(&mut self, address: IpAddr, name: Option<Arc<str>>, until: Instant) {
        if self.known.insert(address, Known { name, until }).is_none() {
            self.order.push_back(address);
        }
        if self.order.len() > NAMES_KEPT_MAX {
            self.order.pop_front().and_then(|oldest| self.known.remove(&oldest));
        }
    }
}

fn ask(questions: &Receiver<IpAddr>, kept: &Mutex<Kept>) {
    for address in questions {
        let name = dns_lookup::lookup_addr(&address).ok().filter(|name| name.parse::<IpAddr>().is_err());
        let name = name.map(|name| Arc::from(name.trim_end_matches('.')));
        let span = if name.is_some() { KNOWN_FOR } else { UNKNOWN_FOR };
        kept.lock().put(address, name, Instant::now() + span);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_and_the_oldest_goes_first() {
        let mut kept = Kept::default();
        let address = |n: u32| IpAddr::from(n.to_be_bytes());
        let until = Instant::now() + KNOWN_FOR;
        for n in 0..=NAMES_KEPT_MAX as u32 {
            kept.put(address(n), Some("host.example".into()), until);
        }
        assert_eq!((kept.known.len(), kept.order.len()), (NAMES_KEPT_MAX, NAMES_KEPT_MAX));
        assert!(!kept.known.contains_key(&address(0)) && kept.known.contains_key(&address(1)));
    }

    #[test]
    fn a_name_is_known_once_it_was_found() {
        let names = Names::start();
        names.kept.lock().put([192, 0, 2, 1].into(), Some("gate.example".into()), Instant::now() + KNOWN_FOR);
        assert_eq!(names.name([192, 0, 2, 1].into()).as_deref(), Some("gate.example"));
    }
}
