//! Which settings are in force, and where each came from: flags before variables before files
//! before defaults, one by one.

mod address;
mod check;
mod effective;
mod kind;
mod list;
mod near;
mod problem;
mod sections;
mod substitute;
mod table;
#[cfg(test)]
mod tests;
pub(crate) use vigil_model::units;
mod write;
mod yaml;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use check::Checked;
pub(crate) use check::{Found, Values};
pub(crate) use kind::Value;
pub(crate) use problem::{Origin, Problem, Severity};
pub(crate) use sections::{Sections, ways_in};
pub(crate) use table::{SETTINGS, Setting};
pub(crate) use write::{commented_file, origin_rows};

/// Bytes of a configuration file.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Where settings may come from.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    /// Path of a setting, and the text given for it.
    pub(crate) flags: Vec<(&'static str, String)>,
    /// The environment.
    pub(crate) variables: BTreeMap<String, String>,
    /// Files, most important first.
    pub(crate) files: Vec<PathBuf>,
}

/// What was found there.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// Every setting with its value.
    pub(crate) values: Values,
    /// Sections that say more than a table can: the ways in, and what becomes of events.
    pub(crate) sections: Sections,
    /// Everything that is wrong, in the order of files and lines.
    pub(crate) problems: Vec<Problem>,
    /// The files that were read.
    pub(crate) files: Vec<PathBuf>,
}

impl Layers {
    /// The environment of this process, and the file named by flag or `VIGIL_CONFIG`, else those
    /// at their usual places.
    pub(crate) fn of_process(config: Option<PathBuf>, flags: Vec<(&'static str, String)>) -> Layers {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let variables: BTreeMap<String, String> = std::env::vars_os().filter_map(text).collect();
        let files = config.map_or_else(|| usual_files(&variables), |file| vec![file]);
        Layers { flags, variables, files }
    }
}

/// The usual places that have a file, most important first.
fn usual_files(variables: &BTreeMap<String, String>) -> Vec<PathBuf> {
    let home = || variables.get("HOME").map(|home| Path::new(home).join(".config"));
    let config = variables.get("XDG_CONFIG_HOME").filter(|dir| !dir.is_empty()).map(PathBuf::from).or_else(home);
    let places = [
        Some(PathBuf::from("vigil.yaml")),
        config.map(|dir| dir.join("vigil/config.yaml")),
        Some(PathBuf::from("/etc/vigil/vigil.yaml")),
    ];
    places.into_iter().flatten().filter(|place| place.is_file()).collect()
}

/// Reads everything and says everything that is wrong.
pub(crate) fn load(layers: &Layers) -> Loaded {
    let mut values = defaults(&layers.variables);
    let mut problems = Vec::new();
    let from_files: Vec<_> = layers.files.iter().map(|file| load_file(file, &layers.variables)).collect();
    let mut sections = Sections::new();
    for found in from_files.into_iter().rev() {
        values.extend(found.values);
        sections.extend(found.sections);
        problems.extend(found.problems);
    }
    for (found, faults) in [check::check_variables(&layers.variables), check::check_flags(&layers.flags)] {
        values.extend(found);
        problems.extend(faults);
    }
    problems.extend(check_together(&values));
    problems.extend(ways_in(&sections, Arc::new(vigil_ingest::NoNames)).problems);
    Loaded { values, sections, problems, files: layers.files.clone() }
}

impl Loaded {
    /// Whether the node may start.
    pub(crate) fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }
}

/// What one file sets, and what is wrong with it.
fn load_file(file: &Path, variables: &BTreeMap<String, String>) -> Checked {
    let name = file.display().to_string();
    match read_file(file) {
        Ok(text) => check_text(&name, &text, variables),
        Err(error) => {
            let problem = Problem::error(Origin::WholeFile(name), format!("cannot be read: {error}"));
            Checked { problems: vec![problem], ..Checked::default() }
        }
    }
}

fn read_file(file: &Path) -> std::io::Result<String> {
    let length = std::fs::metadata(file)?.len();
    if length > FILE_BYTES_MAX {
        return Err(std::io::Error::other(format!("{length} bytes are more than {FILE_BYTES_MAX}")));
    }
    std::fs::read_to_string(file)
}

/// As [`load_file`], of a text.
fn check_text(name: &str, text: &str, variables: &BTreeMap<String, String>) -> Checked {
    let (root, faults) = yaml::read(text);
    let mut found = check::check(name, root, &|variable| variables.get(variable).cloned());
    let faults = faults.into_iter().map(|(at, fault)| Problem::error(Origin::File(name.to_owned(), at), fault));
    found.problems.extend(faults);
    found.problems.sort_by_key(|problem| match &problem.origin {
        Origin::File(_, at) => (at.line, at.column),
        _ => (0, 0),
    });
    found
}

fn defaults(variables: &BTreeMap<String, String>) -> Values {
    let read = |setting: &'static Setting| {
        let text = default_text(setting, variables);
        let value = setting.kind.read(&text).expect("a default reads");
        (setting.path, Found { value, origin: Origin::Default })
    };
    SETTINGS.iter().map(read).collect()
}

/// A setting's default as written; that of `data_dir` depends on who asks.
pub(crate) fn default_text(setting: &Setting, variables: &BTreeMap<String, String>) -> String {
    if setting.path != "data_dir" {
        return setting.default.to_owned();
    }
    let set = |name: &str| variables.get(name).filter(|value| !value.is_empty()).cloned();
    if is_root() {
        return "/var/lib/vigil".to_owned();
    }
    let home = || set("HOME").map(|home| format!("{home}/.local/share"));
    let data = set("XDG_DATA_HOME").or_else(home);
    data.map_or_else(|| "./vigil-data".to_owned(), |data| format!("{data}/vigil"))
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// What only two settings together can get wrong.
fn check_together(values: &Values) -> Vec<Problem> {
    [check_exposure(values), check_tls(values), check_interval(values)].into_iter().flatten().collect()
}

fn check_exposure(values: &Values) -> Option<Problem> {
    let http = values.get("http")?;
    let Value::Address(address) = http.value else { return None };
    let set = |path| values.get(path).is_some_and(|found| !matches!(found.value, Value::Flag(false) | Value::None));
    if address.ip().is_loopback() || ["insecure_http", "tls", "tls_cert"].into_iter().any(set) {
        return None;
    }
    let message = format!(
        "{address} is beyond loopback, and plain HTTP shows events and tokens to whoever is between. Say --tls (tls: \
         true), or name a certificate with --tls-cert and --tls-key; or listen on 127.0.0.1:{}; or say \
         --insecure-http (insecure_http: true) if the network is trusted",
        address.port()
    );
    Some(Problem::error(http.origin.clone(), message))
}

fn check_tls(values: &Values) -> Option<Problem> {
    let (own, cert, key) = (values.get("tls")?, values.get("tls_cert")?, values.get("tls_key")?);
    match (&cert.value, &key.value) {
        (Value::None, Value::None) => None,
        (Value::None, _) => Some(Problem::error(key.origin.clone(), "`tls_key` needs `tls_cert` beside it")),
        (_, Value::None) => Some(Problem::error(cert.origin.clone(), "`tls_cert` needs `tls_key` beside it")),
        _ if own.value == Value::Flag(true) => {
            let message = "choose: `tls` makes a certificate, `tls_cert` and `tls_key` name one";
            Some(Problem::error(own.origin.clone(), message))
        }
        _ => None,
    }
}

fn check_interval(values: &Values) -> Option<Problem> {
    let (sync, interval) = (values.get("storage.sync")?, values.get("storage.sync_interval")?);
    let idle = sync.value.to_string() == "always" && interval.origin != Origin::Default;
    let message = "`storage.sync_interval` has no effect while storage.sync is always";
    idle.then(|| Problem::warning(interval.origin.clone(), message))
}
