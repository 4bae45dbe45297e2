//! How many strangers may be connected, and until when.

use std::collections::BTreeMap;
use std::net::IpAddr;

use libp2p::swarm::ConnectionId;
use vigil_model::limits::{STRANGERS_MAX, STRANGERS_PER_ADDRESS_MAX};

/// The strangers that are connected, in all and by address.
#[derive(Default)]
pub(crate) struct Quota {
    strangers: BTreeMap<ConnectionId, Option<IpAddr>>,
}

impl Quota {
    /// Lets one in; false when there are too many. Relayed ones have no address and count together.
    pub(crate) fn admit(&mut self, connection: ConnectionId, address: Option<IpAddr>) -> bool {
        let from_there = self.strangers.values().filter(|other| **other == address).count();
        let fits = self.strangers.len() < STRANGERS_MAX && from_there < STRANGERS_PER_ADDRESS_MAX;
        if fits {
            self.strangers.insert(connection, address);
        }
        fits
    }

    /// One is gone.
    pub(crate) fn release(&mut self, connection: &ConnectionId) {
        self.strangers.remove(connection);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(number: usize) -> ConnectionId {
        ConnectionId::new_unchecked(number)
    }

    #[test]
    fn one_address_does_not_shut_the_door_to_others() {
        let mut quota = Quota::default();
        let flood = Some(IpAddr::from([10, 0, 0, 1]));
        let let_in = (0..100).filter(|number| quota.admit(connection(*number), flood)).count();
        assert_eq!(let_in, STRANGERS_PER_ADDRESS_MAX);
        assert!(quota.admit(connection(100), Some(IpAddr::from([10, 0, 0, 2]))));
        quota.release(&connection(0));
        assert!(quota.admit(connection(101), flood), "a place that is left is taken again");
    }

    #[test]
    fn there_are_never_too_many() {
        let mut quota = Quota::default();
        let address = |number: u8| Some(IpAddr::from([10, 0, 0, number]));
        let let_in = (0..200).filter(|number| quota.admit(connection(*number), address(*number as u8))).count();
        assert_eq!(let_in, STRANGERS_MAX);
    }
}
