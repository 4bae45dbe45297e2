//! The sections whose shape is no table: `sources` and `pipeline`. They are kept as they were written, and read by
//! `vigil_ingest`, which knows every door and stage.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vigil_ingest::{Files, Making, Resolver, Sources};

use super::check::Variables;
use super::problem::{Origin, Place, Problem};
use super::substitute::substitute;
use super::yaml::{Content, Node};

/// Their names.
pub(super) const NAMES: [&str; 2] = ["sources", "pipeline"];
/// Bytes of a file that a stage reads: a table, a list, a database.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// A section as it was written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Section {
    /// The file it stands in.
    file: String,
    /// What it says, variables put in.
    node: Node,
}

/// Sections by name.
pub(crate) type Sections = BTreeMap<&'static str, Section>;

impl Section {
    /// Puts variables into every text of it; says which could not be.
    pub(super) fn new(file: &str, node: &Node, variables: Variables<'_>) -> (Section, Vec<(Place, String)>) {
        let (mut node, mut faults) = (node.clone(), Vec::new());
        put_in(&mut node, variables, &mut faults);
        (Section { file: file.to_owned(), node }, faults)
    }
}

fn put_in(node: &mut Node, variables: Variables<'_>, faults: &mut Vec<(Place, String)>) {
    match &mut node.content {
        Content::Nothing => {}
        Content::Scalar(text) => match substitute(text, variables) {
            Ok(filled) => *text = filled,
            Err(found) => faults.extend(found.into_iter().map(|fault| (node.at, fault))),
        },
        Content::Map(entries) => entries.iter_mut().for_each(|entry| put_in(&mut entry.value, variables, faults)),
        Content::List(items) => items.iter_mut().for_each(|item| put_in(item, variables, faults)),
    }
}

/// Files by paths that are relative to the file of settings that names them; remembers which were asked for.
pub(crate) struct NextTo {
    dir: PathBuf,
    asked: std::cell::RefCell<Vec<PathBuf>>,
}

impl Files for NextTo {
    fn read(&self, path: &str) -> Result<Arc<Vec<u8>>, String> {
        let path = self.dir.join(path);
        self.asked.borrow_mut().push(path.clone());
        let why = |error: std::io::Error| format!("{} cannot be read: {error}", path.display());
        let bytes = std::fs::metadata(&path).map_err(why)?.len();
        if bytes > FILE_BYTES_MAX {
            return Err(format!("{} has {bytes} bytes, more than {FILE_BYTES_MAX}", path.display()));
        }
        std::fs::read(&path).map(Arc::new).map_err(why)
    }
}

/// The ways in, as sections say.
pub(crate) struct WaysIn {
    /// Every source.
    pub(crate) sources: Sources,
    /// Files that stages read: when one changes, the ways in are to be read again.
    pub(crate) files: Vec<PathBuf>,
    /// What is wrong; then `sources` is not to be used.
    pub(crate) problems: Vec<Problem>,
}

/// Reads the sections. `resolver` finds names of addresses for stages that want them.
pub(crate) fn ways_in(sections: &Sections, resolver: Arc<dyn Resolver>) -> WaysIn {
    let file = NAMES.iter().find_map(|name| sections.get(name)).map(|section| section.file.clone()).unwrap_or_default();
    let dir = Path::new(&file).parent().unwrap_or(Path::new("")).to_owned();
    let files = NextTo { dir, asked: Default::default() };
    let mut making = Making { files: &files, resolver, host: host_facts(), faults: Vec::new() };
    let node = |name: &str| sections.get(name).map(|section| &section.node);
    let sources = vigil_ingest::read_sources(node("sources"), node("pipeline"), &mut making);
    let problem = |fault: vigil_model::tree::Fault| Problem::error(Origin::File(file.clone(), fault.at), fault.message);
    let problems = std::mem::take(&mut making.faults).into_iter().map(problem).collect();
    drop(making);
    WaysIn { sources, files: files.asked.into_inner(), problems }
}

/// What this machine is, in names of ECS.
fn host_facts() -> Vec<(String, String)> {
    let system = rustix::system::uname();
    let text = |value: &std::ffi::CStr| value.to_string_lossy().into_owned();
    vec![
        ("host.name".to_owned(), text(system.nodename())),
        ("host.os.type".to_owned(), std::env::consts::OS.to_owned()),
        ("host.os.kernel".to_owned(), text(system.release())),
        ("host.architecture".to_owned(), text(system.machine())),
    ]
}
