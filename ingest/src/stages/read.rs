//! How options that several stages have are read.

use std::sync::Arc;

use vigil_model::limits::{FIELD_NAME_BYTES_MAX, STAGE_KEYS_MAX, TABLE_BYTES_MAX};
use vigil_model::tree::{Content, Fault, Node, Place};

use crate::condition::Condition;
use crate::fields::OWN_NAMES;
use crate::options::Options;
use crate::stage::Making;

/// The single text that a stage's options are, such as the filter of `drop`.
pub(super) fn scalar<'t>(node: &'t Node, what: &str, form: &str, faults: &mut Vec<Fault>) -> Option<&'t str> {
    match &node.content {
        Content::Scalar(text) => Some(text),
        _ => {
            faults.push(Fault { at: node.at, message: format!("{what}: expected {form}") });
            None
        }
    }
}

/// A filter, which is all that a stage's options are.
pub(super) fn only_condition(node: &Node, what: &str, faults: &mut Vec<Fault>) -> Option<Condition> {
    let text = scalar(node, what, "a filter such as `level:debug`", faults)?;
    let read = Condition::read(text);
    read.map_err(|why| faults.push(Fault { at: node.at, message: format!("{what}: {why}") })).ok()
}

/// A filter under a key: `Err` after a fault, `Ok(None)` where none is written.
pub(super) fn condition(key: &'static str, options: &mut Options<'_, '_>) -> Result<Option<Condition>, ()> {
    let Some((at, text)) = options.text(key) else { return Ok(None) };
    match Condition::read(text) {
        Ok(condition) => Ok(Some(condition)),
        Err(why) => {
            options.fault(at, format_args!("`{key}`: {why}"));
            Err(())
        }
    }
}

/// Bytes of a field's name in settings: what stood under it must find another one, with underscores behind it.
const NAME_BYTES_MAX: usize = FIELD_NAME_BYTES_MAX / 2;

/// What is wrong with the name of a field that a stage makes; `None` when nothing is.
fn bad_name(name: &str) -> Option<String> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        Some(format!("a field name has 1 to {NAME_BYTES_MAX} bytes"))
    } else if OWN_NAMES.contains(&name) {
        Some(format!("`{name}` is a name that Vigil needs itself"))
    } else {
        None
    }
}

/// Whether a stage may make fields of this name; a fault says why not.
pub(super) fn makes(at: Place, name: &str, options: &mut Options<'_, '_>) -> bool {
    let bad = bad_name(name);
    bad.iter().for_each(|why| options.fault(at, why));
    bad.is_none()
}

/// Names of fields under a key, at most [`STAGE_KEYS_MAX`] of them, none twice.
pub(super) fn keys(key: &'static str, options: &mut Options<'_, '_>) -> Vec<String> {
    let names = options.texts(key);
    if let Some((at, _)) = names.get(STAGE_KEYS_MAX) {
        options.fault(*at, format_args!("`{key}` has {} fields, more than {STAGE_KEYS_MAX}", names.len()));
    }
    let mut read: Vec<String> = Vec::with_capacity(names.len());
    for (at, name) in names {
        match read.iter().any(|earlier| earlier == name) {
            true => options.fault(at, format_args!("`{name}` is named twice")),
            false => read.push(name.to_owned()),
        }
    }
    read
}

/// The bytes of a file that settings name; a fault says why not.
pub(super) fn file(at: Place, path: &str, what: &str, making: &mut Making<'_>) -> Option<Arc<Vec<u8>>> {
    let read = making.files.read(path).and_then(|bytes| match bytes.len() {
        0..=TABLE_BYTES_MAX => Ok(bytes),
        len => Err(format!("{len} bytes are more than {TABLE_BYTES_MAX}")),
    });
    read.map_err(|why| making.faults.push(Fault { at, message: format!("{what}: `{path}`: {why}") })).ok()
}

/// Every key as the name of a field, with its place and text; `None` after a fault, of which one is that there are none.
pub(super) fn rest_pairs<'t>(options: &mut Options<'t, '_>) -> Option<Vec<(Place, &'t str, &'t str)>> {
    let faults = options.faults().len();
    let entries = options.rest();
    let mut pairs = Vec::with_capacity(entries.len());
    for entry in entries {
        match &entry.value.content {
            Content::Scalar(text) => pairs.push((entry.at, entry.key.as_str(), text.as_str())),
            _ => options.fault(entry.value.at, format_args!("`{}` is a single value", entry.key)),
        }
    }
    if pairs.is_empty() && options.faults().len() == faults {
        let at = options.at();
        options.fault(at, "expected names of fields, each with a value");
    }
    (options.faults().len() == faults).then_some(pairs)
}
