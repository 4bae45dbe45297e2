//! What the node is told, of the values in force.

use std::path::PathBuf;

use vigil_gossip_libp2p::{Discovery, LaneChoice};
use vigil_model::{Class, ClassSet};

use super::{Loaded, Value};
use crate::settings::{Index, Peers, QuerySettings, Settings, Storage, Sync, Tls};

/// The value at a path.
type At<'a> = dyn Fn(&str) -> &'a Value + 'a;

impl Loaded {
    /// What the node is told. Call it when there are no errors.
    pub(crate) fn settings(&self) -> Settings {
        let at = |path: &str| &self.values.get(path).expect("every setting has at least its default").value;
        Settings {
            data_dir: path_of(at("data_dir")),
            http: address_of(at("http")),
            listen: address_of(at("listen")),
            name: at("name").to_string().trim_matches('"').to_owned(),
            insecure_http: *at("insecure_http") == Value::Flag(true),
            tls: tls(&at),
            peers: peers(&at),
            storage: Storage {
                sync: if at("storage.sync").to_string() == "interval" { Sync::Interval } else { Sync::Always },
                interval_ms: number_of(at("storage.sync_interval")),
                max_disk: Some(at("storage.max_disk")).filter(|value| **value != Value::None).map(number_of),
                min_free: number_of(at("storage.min_free")),
                cache: number_of(at("storage.cache")),
            },
            index: Index { commit_ms: number_of(at("index.commit_interval")), memory: number_of(at("index.memory")) },
            query: QuerySettings {
                concurrency: usize::try_from(number_of(at("query.concurrency"))).unwrap_or(usize::MAX),
                max_bytes: number_of(at("query.max_bytes")),
                threads: usize::try_from(number_of(at("query.threads"))).unwrap_or(usize::MAX),
                slow_ms: number_of(at("query.slow")),
            },
        }
    }
}

fn path_of(value: &Value) -> PathBuf {
    let Value::Path(path) = value else { unreachable!("the table says that this is a path") };
    path.clone()
}

fn flag_of(value: &Value) -> bool {
    *value == Value::Flag(true)
}

/// The items; `None` when one word stands for the usual.
fn list_of(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::List(items) => Some(items.clone()),
        _ => None,
    }
}

fn tls(at: &At<'_>) -> Tls {
    match (at("tls_cert"), at("tls_key")) {
        (Value::Path(cert), Value::Path(key)) => Tls::Files { cert: cert.clone(), key: key.clone() },
        _ if flag_of(at("tls")) => Tls::Generated,
        _ => Tls::Off,
    }
}

fn peers(at: &At<'_>) -> Peers {
    Peers {
        discovery: Discovery {
            mdns: flag_of(at("peers.mdns")),
            kademlia: flag_of(at("peers.kademlia")),
            relay: flag_of(at("peers.relay")),
            gossipsub: flag_of(at("peers.gossipsub")),
        },
        bandwidth: Some(at("peers.bandwidth")).filter(|value| **value != Value::None).map(number_of),
        lane: match at("peers.lane").to_string().as_str() {
            "streams" => LaneChoice::Streams,
            "bulk" => LaneChoice::Bulk,
            _ => LaneChoice::Auto,
        },
        classes: classes_of(at("peers.classes")),
        nodes: list_of(at("peers.nodes")),
        advertise: list_of(at("peers.advertise")),
    }
}

fn classes_of(value: &Value) -> ClassSet {
    let named = |names: &[String]| Class::ALL.into_iter().filter(|class| names.contains(&class.to_string())).collect();
    match value {
        Value::List(names) => ClassSet::ALWAYS.union(named(names)),
        Value::Text(word) if word == "none" => ClassSet::ALWAYS,
        _ => ClassSet::ALL,
    }
}

fn address_of(value: &Value) -> std::net::SocketAddr {
    let Value::Address(address) = value else { unreachable!("the table says that this is an address") };
    *address
}

/// Bytes, milliseconds or a count.
fn number_of(value: &Value) -> u64 {
    match value {
        Value::Size(n) | Value::Count(n) => *n,
        Value::Duration(span) => u64::try_from(span.as_millis()).unwrap_or(u64::MAX),
        _ => unreachable!("the table says that this is a number"),
    }
}
