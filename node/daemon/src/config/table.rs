//! Which settings there are: path, kind, default and help. Checker, variables, `config show` and
//! `config init` all read this table.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::units::{duration_text, parse_duration, parse_size, size_text};

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

/// What a value is, and between which bounds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Any text of at most so many bytes.
    Text(usize),
    /// A path; a leading `~/` is the home directory.
    Path,
    /// `HOST:PORT`.
    Address,
    /// `true` or `false`.
    Flag,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A size in bytes, from least to most.
    Size(u64, u64),
    /// As a size, or `none`.
    SizeOrNone(u64, u64),
    /// A duration in milliseconds, from least to most.
    Duration(u64, u64),
    /// A whole number, from least to most.
    Count(u64, u64),
}

/// A value that was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// Of `Text` and `Word`.
    Text(String),
    /// Of `Path`.
    Path(PathBuf),
    /// Of `Address`.
    Address(SocketAddr),
    /// Of `Flag`.
    Flag(bool),
    /// Of `Size`, and of `SizeOrNone` when there is one.
    Size(u64),
    /// `none`.
    None,
    /// Of `Duration`.
    Duration(Duration),
    /// Of `Count`.
    Count(u64),
}

const MIB: u64 = 1 << 20;
const TIB: u64 = 1 << 40;

/// Every setting, in the order of the file.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting { path: "data_dir", kind: Kind::Path, default: "", help: "Where log, index and key live.", alias: None },
    Setting {
        path: "http",
        kind: Kind::Address,
        default: "127.0.0.1:8080",
        help: "Where HTTP listens. Beyond loopback it needs insecure_http until tokens exist.",
        alias: Some("VIGIL_ADDR"),
    },
    Setting {
        path: "listen",
        kind: Kind::Address,
        default: "0.0.0.0:7701",
        help: "UDP address for peers. Reserved: this version has no peers yet and does not bind it.",
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
        help: "Serve plain HTTP beyond loopback: everyone who reaches the port may read and write.",
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
        default: "4",
        help: "Queries at once; more are asked to come back.",
        alias: None,
    },
    Setting {
        path: "query.max_bytes",
        kind: Kind::Size(MIB, 1 << 60),
        default: "64GiB",
        help: "Bytes of rows that one query may read; beyond it the answer says that it is partial.",
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
        (!self.path.contains('.')).then(|| format!("--{}", self.path.replace('_', "-")))
    }
}

impl Kind {
    /// What is expected, for messages.
    pub(crate) fn expected(&self) -> String {
        match self {
            Kind::Text(max) => format!("a text of at most {max} bytes"),
            Kind::Path => "a path".into(),
            Kind::Address => "an address such as 127.0.0.1:8080".into(),
            Kind::Flag => "true or false".into(),
            Kind::Word(words) => format!("one of: {}", words.join(", ")),
            Kind::Size(..) => "a size such as 64MiB".into(),
            Kind::SizeOrNone(..) => "a size such as 10GiB, or none".into(),
            Kind::Duration(..) => "a duration such as 500ms or 1s".into(),
            Kind::Count(least, most) => format!("a whole number from {least} to {most}"),
        }
    }

    /// Reads a value; the error says what is wrong and what was expected.
    pub(crate) fn read(&self, text: &str) -> Result<Value, String> {
        let text = text.trim();
        match *self {
            Kind::Text(max) => read_text(text, max),
            Kind::Path => read_path(text),
            Kind::Address => super::address::read(text).map(Value::Address),
            Kind::Flag => text.parse().map(Value::Flag).map_err(|_| self.unlike(text)),
            Kind::Word(words) if words.contains(&text) => Ok(Value::Text(text.into())),
            Kind::Word(words) => Err(super::near::with_hint(self.unlike(text), text, words)),
            Kind::SizeOrNone(..) if matches!(text, "none" | "null" | "~") => Ok(Value::None),
            Kind::Size(least, most) | Kind::SizeOrNone(least, most) => {
                bounded(parse_size(text)?, least, most, size_text).map(Value::Size)
            }
            Kind::Duration(least, most) => read_duration(text, least, most),
            Kind::Count(least, most) => {
                let n = text.replace('_', "").parse().map_err(|_| self.unlike(text))?;
                bounded(n, least, most, |n| n.to_string()).map(Value::Count)
            }
        }
    }

    fn unlike(&self, text: &str) -> String {
        format!("`{text}` is not {}", self.expected())
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Text(text) if text.is_empty() => f.write_str("\"\""),
            Value::Text(text) => f.write_str(text),
            Value::Path(path) => write!(f, "{}", path.display()),
            Value::Address(address) => write!(f, "{address}"),
            Value::Flag(flag) => write!(f, "{flag}"),
            Value::Size(bytes) => f.write_str(&size_text(*bytes)),
            Value::None => f.write_str("none"),
            Value::Duration(span) => f.write_str(&duration_text(*span)),
            Value::Count(n) => write!(f, "{n}"),
        }
    }
}

fn read_text(text: &str, max: usize) -> Result<Value, String> {
    let too_long = || format!("a text of {} bytes is longer than {max}", text.len());
    if text.chars().any(char::is_control) {
        return Err("control characters are not allowed here".into());
    }
    (text.len() <= max).then(|| Value::Text(text.into())).ok_or_else(too_long)
}

fn read_path(text: &str) -> Result<Value, String> {
    if text.is_empty() {
        return Err("a path is missing".into());
    }
    let home = text.strip_prefix("~/").and_then(|rest| Some(PathBuf::from(std::env::var_os("HOME")?).join(rest)));
    Ok(Value::Path(home.unwrap_or_else(|| text.into())))
}

fn read_duration(text: &str, least: u64, most: u64) -> Result<Value, String> {
    let ms = u64::try_from(parse_duration(text)?.as_millis()).unwrap_or(u64::MAX);
    let name = |ms| duration_text(Duration::from_millis(ms));
    bounded(ms, least, most, name).map(|ms| Value::Duration(Duration::from_millis(ms)))
}

fn bounded(n: u64, least: u64, most: u64, name: impl Fn(u64) -> String) -> Result<u64, String> {
    if n < least {
        return Err(format!("{} is less than the least, {}", name(n), name(least)));
    }
    (n <= most).then_some(n).ok_or_else(|| format!("{} is more than the most, {}", name(n), name(most)))
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
    }
}
