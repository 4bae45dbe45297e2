//! How lists of indicators are named in settings and read.

use vigil_model::limits::INDICATOR_LISTS_MAX;
use vigil_model::tree::{Content, Fault, Node, Place};

use super::indicator::{Indicator, Kind};
use super::table::Table;
use super::{KIND, documents, lines};
use crate::options::Options;
use crate::stage::Making;
use crate::stages::read;

/// A list as settings name it.
struct Spec<'t> {
    at: Place,
    name: String,
    file: &'t str,
    kind: Option<Kind>,
}

/// Reads the lists of a section: their names and what is on them. What is wrong goes to `making.faults`.
pub(super) fn lists(node: &Node, key: &str, making: &mut Making<'_>) -> (Vec<String>, Table) {
    let single = std::slice::from_ref(node);
    let items = if let Content::List(items) = &node.content { items.as_slice() } else { single };
    if items.len() > INDICATOR_LISTS_MAX {
        let message = format!("{}: `{key}`: {} lists are more than {INDICATOR_LISTS_MAX}", KIND.name, items.len());
        making.faults.push(Fault { at: node.at, message });
        return Default::default();
    }
    let specs: Vec<Spec<'_>> = items.iter().filter_map(|item| spec(item, key, making)).collect();
    let mut table = Table::default();
    for (number, spec) in specs.iter().enumerate() {
        fill(&mut table, number, spec, making);
    }
    (specs.into_iter().map(|spec| spec.name).collect(), table)
}

/// `bad.txt`, or `{name: bad, file: bad.txt, type: ip}`.
fn spec<'t>(item: &'t Node, key: &str, making: &mut Making<'_>) -> Option<Spec<'t>> {
    if let Content::Scalar(file) = &item.content {
        return Some(Spec { at: item.at, name: stem(file), file, kind: None });
    }
    let mut options = Options::of(item, format!("{}: a list of `{key}`", KIND.name), &mut making.faults);
    let name = options.text("name").map(|(_, name)| name.to_owned());
    let file = options.required("file");
    let kind = options.read("type", Kind::read).flatten();
    options.finish();
    let (at, file) = file?;
    Some(Spec { at, name: name.unwrap_or_else(|| stem(file)), file, kind })
}

/// The name of a file without folders and ending.
fn stem(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    (if stem.is_empty() { name } else { stem }).to_owned()
}

fn fill(table: &mut Table, number: usize, spec: &Spec<'_>, making: &mut Making<'_>) {
    let Some(bytes) = read::file(spec.at, spec.file, KIND.name, making) else { return };
    let filled = add_all(table, number, spec, &bytes);
    if let Err(why) = filled {
        let message = format!("{}: `{}`: {why}", KIND.name, spec.file);
        making.faults.push(Fault { at: spec.at, message });
    }
}

fn add_all(table: &mut Table, number: usize, spec: &Spec<'_>, bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|error| format!("not UTF-8: {error}"))?;
    let mut found = 0_usize;
    let mut add = |text: &str| {
        let indicator = Indicator::read(text, spec.kind);
        found += usize::from(indicator.is_some());
        let room = indicator.is_none_or(|indicator| table.add(indicator, number));
        room.then_some(()).ok_or_else(|| format!("with it there are more than {} indicators", table.len()))
    };
    if text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[']) {
        let document = serde_json::from_str(text.trim_start_matches('\u{feff}'));
        let document = document.map_err(|error| format!("not readable as JSON: {error}"))?;
        documents::indicators(&document).iter().try_for_each(|text| add(text))?;
    } else {
        lines::indicators(text).try_for_each(&mut add)?;
    }
    if found == 0 { Err("there is no indicator in it".to_owned()) } else { Ok(()) }
}
