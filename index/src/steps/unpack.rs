//! Where the fields go that are taken out of a text: which of them, under which name, over what.

use vigil_query::Unpack;

use super::select::is_meant;
use crate::value::Cell;
use crate::view::View;

/// The text that is unpacked.
pub(super) fn source<'a>(unpack: &Unpack, view: &View<'a>) -> Option<&'a str> {
    view.message(unpack.from.as_deref()).and_then(|name| view.text(name))
}

/// Puts one field into the row, if it is wanted.
pub(super) fn put<'a>(unpack: &'a Unpack, view: &mut View<'a>, name: &'a str, cell: Cell<'a>) {
    if !unpack.fields.is_empty() && !unpack.fields.iter().any(|pattern| is_meant(name, pattern)) {
        return;
    }
    let name = if unpack.prefix.is_empty() { name } else { view.scratch().text(&format!("{}{name}", unpack.prefix)) };
    set(view, name, cell, unpack.keep_original);
}

/// Gives a column a value, unless it has one that is to be kept.
pub(super) fn set<'a>(view: &mut View<'a>, name: &'a str, cell: Cell<'a>, keep_original: bool) {
    if !keep_original || !view.has(name) {
        view.set(name, cell);
    }
}
