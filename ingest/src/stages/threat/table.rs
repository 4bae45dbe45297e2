//! Which lists an indicator is on.

use std::collections::BTreeMap;

use vigil_model::limits::{INDICATOR_LISTS_MAX, INDICATORS_MAX};

use super::indicator::{Indicator, Seen};
use crate::networks::Networks;

/// Bit n is set for list n.
pub(super) type Lists = u64;

const _: () = assert!(INDICATOR_LISTS_MAX <= Lists::BITS as usize, "each list has a bit");

/// Indicators, each with the lists that name it.
#[derive(Default)]
pub(super) struct Table {
    networks: Networks<Lists>,
    domains: BTreeMap<Box<str>, Lists>,
    hashes: BTreeMap<Box<str>, Lists>,
    urls: BTreeMap<Box<str>, Lists>,
}

impl Table {
    /// Adds an indicator of a list; answers whether there was room.
    #[must_use]
    pub(super) fn add(&mut self, indicator: Indicator, list: usize) -> bool {
        if self.len() >= INDICATORS_MAX {
            return false;
        }
        let lists = match indicator {
            Indicator::Network(network) => self.networks.entry(network, 0),
            Indicator::Domain(domain) => self.domains.entry(domain.into()).or_default(),
            Indicator::Hash(hash) => self.hashes.entry(hash.into()).or_default(),
            Indicator::Url(url) => self.urls.entry(url.into()).or_default(),
        };
        *lists |= 1 << list;
        true
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.networks.len() + self.domains.len() + self.hashes.len() + self.urls.len()
    }

    /// The lists that name what was seen: itself, a network around it, a domain above it, the host of it.
    pub(super) fn lists(&self, seen: &Seen) -> Lists {
        match seen {
            Seen::Address(address) => self.networks.around(*address).fold(0, |all, lists| all | lists),
            Seen::Hash(hash) => self.hashes.get(hash.as_str()).copied().unwrap_or(0),
            Seen::Domain(domain) => {
                parents(domain).filter_map(|name| self.domains.get(name)).fold(0, |all, lists| all | lists)
            }
            Seen::Url(url, host) => {
                let of_host = host.as_ref().map_or(0, |host| self.lists(host));
                self.urls.get(url.as_str()).copied().unwrap_or(0) | of_host
            }
        }
    }
}

/// A domain and every one above it.
fn parents(domain: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(domain), |name| name.split_once('.').map(|(_, above)| above))
}
