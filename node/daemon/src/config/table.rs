//! Which settings there are: path, kind, default and help. Checker, variables, `config show` and
//! `config init` all read this table.

use super::kind::Kind;

/// One setting.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Where it stands in the file: `storage.sync`.
    pub(crate) path: &'static str,
    /// What its value is.
    pub(crate) kind: Kind,
    /// Its default as written; empty means what [`super::default_text`] says.
    pub(crate) default: &'static str,
    /// One sentence or two.
    pub(crate) help: &'static str,
    /// Another variable that sets it too, after its own.
    pub(crate) alias: Option<&'static str>,
}

const MIB: u64 = 1 << 20;
const TIB: u64 = 1 << 40;
/// As many addresses as a ticket holds.
const ADVERTISED_MAX: usize = 4;

/// Every setting, in the order of the file.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting { path: "data_dir", kind: Kind::Path, default: "", help: "Where log, index and key live.", alias: None },
    Setting {
        path: "http",
        kind: Kind::Address,
        default: "127.0.0.1:8080",
        help: "Where HTTP listens. Beyond loopback it needs tls, or insecure_http.",
        alias: Some("VIGIL_ADDR"),
    },
    Setting {
        path: "listen",
        kind: Kind::Address,
        default: "0.0.0.0:7701",
        help: "Where peers are heard (UDP). The bulk lane listens on the port above it.",
        alias: None,
    },
    Setting {
        path: "name",
        kind: Kind::Text(64),
        default: "",
        help: "The node's name. Empty: the one it has, else one is made up.",
        alias: None,
    },
    Setting {
        path: "insecure_http",
        kind: Kind::Flag,
        default: "false",
        help: "Serve plain HTTP beyond loopback: whoever is between reads events and tokens.",
        alias: None,
    },
    Setting {
        path: "tls",
        kind: Kind::Flag,
        default: "false",
        help: "Serve HTTPS with a certificate that the node makes and keeps; clients pin its fingerprint.",
        alias: None,
    },
    Setting {
        path: "tls_cert",
        kind: Kind::PathOrNone,
        default: "none",
        help: "Serve HTTPS with this certificate (PEM, those between it and its authority behind it).",
        alias: None,
    },
    Setting {
        path: "tls_key",
        kind: Kind::PathOrNone,
        default: "none",
        help: "The private key of tls_cert (PEM).",
        alias: None,
    },
    Setting {
        path: "peers.advertise",
        kind: Kind::Addresses("auto", ADVERTISED_MAX),
        default: "auto",
        help: "Where peers reach this node, as tickets say it: at most four. auto is the addresses of this machine.",
        alias: None,
    },
    Setting {
        path: "peers.bandwidth",
        kind: Kind::SizeOrNone(16 << 10, TIB),
        default: "none",
        help: "Bytes a second sent to all peers together.",
        alias: None,
    },
    Setting {
        path: "peers.lane",
        kind: Kind::Word(&["auto", "streams", "bulk"]),
        default: "auto",
        help: "Which way large ranges travel: what measures best, streams only, or the bulk lane for lossy links.",
        alias: None,
    },
    Setting {
        path: "peers.classes",
        kind: Kind::Words(&["all", "none"], &["logs", "metrics", "traces"]),
        default: "all",
        help: "Whose bodies are fetched from others. Control, audit and findings always are.",
        alias: None,
    },
    Setting {
        path: "peers.nodes",
        kind: Kind::Names("all", 64),
        default: "all",
        help: "Of which nodes they are fetched: names, or fronts of ids.",
        alias: None,
    },
    Setting {
        path: "peers.mdns",
        kind: Kind::Flag,
        default: "false",
        help: "Find members on the local network by multicast DNS.",
        alias: None,
    },
    Setting {
        path: "peers.kademlia",
        kind: Kind::Flag,
        default: "false",
        help: "Find addresses of members by asking members (Kademlia); for many nodes whose addresses change.",
        alias: None,
    },
    Setting {
        path: "peers.relay",
        kind: Kind::Flag,
        default: "false",
        help: "Relay for members behind NAT, use members as relays, and try to punch holes.",
        alias: None,
    },
    Setting {
        path: "peers.gossipsub",
        kind: Kind::Flag,
        default: "false",
        help: "Announce through a gossipsub mesh too; for more than some twenty nodes.",
        alias: None,
    },
    Setting {
        path: "storage.sync",
        kind: Kind::Word(&["always", "interval"]),
        default: "always",
        help: "When events are acknowledged: after the fsync, or after the write.",
        alias: None,
    },
    Setting {
        path: "storage.sync_interval",
        kind: Kind::Duration(1, 60_000),
        default: "1s",
        help: "Time between fsyncs when storage.sync is interval.",
        alias: None,
    },
    Setting {
        path: "storage.max_disk",
        kind: Kind::SizeOrNone(64 * MIB, 1 << 60),
        default: "none",
        help: "Bytes of log and index beyond which ingest is refused.",
        alias: None,
    },
    Setting {
        path: "storage.min_free",
        kind: Kind::Size(0, 1 << 60),
        default: "64MiB",
        help: "Bytes that stay free on the disk; ingest is refused before.",
        alias: None,
    },
    Setting {
        path: "storage.cache",
        kind: Kind::Size(4 * MIB, TIB),
        default: "64MiB",
        help: "Memory for blocks and frames that were read.",
        alias: None,
    },
    Setting {
        path: "index.commit_interval",
        kind: Kind::Duration(20, 600_000),
        default: "1s",
        help: "How often the index commits. Queries see everything acknowledged at any setting.",
        alias: None,
    },
    Setting {
        path: "index.memory",
        kind: Kind::Size(16 * MIB, TIB),
        default: "64MiB",
        help: "Memory of the index writer.",
        alias: None,
    },
    Setting {
        path: "query.concurrency",
        kind: Kind::Count(1, 1_024),
        default: "16",
        help: "Queries at once, which share the threads; a few more wait for up to two seconds, others get 429.",
        alias: None,
    },
    Setting {
        path: "query.max_bytes",
        kind: Kind::Size(MIB, 1 << 60),
        default: "64GiB",
        help: "Bytes of rows that one query may read; beyond it the answer says that it is partial.",
        alias: None,
    },
    Setting {
        path: "query.threads",
        kind: Kind::Count(0, 256),
        default: "0",
        help: "Threads that read for queries, behind those that take events in. 0 is one for each core.",
        alias: None,
    },
    Setting {
        path: "query.slow",
        kind: Kind::Duration(0, 3_600_000),
        default: "1s",
        help: "Queries that take longer, by the clock or of the processors, are logged. 0 is never.",
        alias: None,
    },
];

/// The setting of this path.
pub(crate) fn find(path: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.path == path)
}

impl Setting {
    /// Its variable: `VIGIL_STORAGE__SYNC`.
    pub(crate) fn variable(&self) -> String {
        format!("VIGIL_{}", self.path.replace('.', "__").to_ascii_uppercase())
    }

    /// Its flag of `vigil up`, if it has one.
    pub(crate) fn flag(&self) -> Option<String> {
        let name = self.path.strip_prefix("peers.").unwrap_or(self.path);
        (!name.contains('.')).then(|| format!("--{}", name.replace('_', "-")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_reads_and_reads_back() {
        for setting in SETTINGS.iter().filter(|setting| !matches!(setting.kind, Kind::Path)) {
            let value = setting.kind.read(setting.default).expect(setting.path);
            let text = value.to_string();
            assert_eq!(setting.kind.read(text.trim_matches('"')), Ok(value), "{}", setting.path);
        }
    }

    #[test]
    fn names_derive_from_the_path() {
        let sync = find("storage.sync").expect("a setting");
        assert_eq!(sync.variable(), "VIGIL_STORAGE__SYNC");
        assert_eq!(sync.flag(), None);
        assert_eq!(find("data_dir").and_then(Setting::flag).as_deref(), Some("--data-dir"));
        assert_eq!(find("peers.lane").and_then(Setting::flag).as_deref(), Some("--lane"));
    }
}
