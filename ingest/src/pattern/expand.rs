//! How grok becomes one regular expression.

use vigil_model::limits::{FIELD_NAME_BYTES_MAX, PATTERN_BYTES_MAX, PATTERN_DEPTH_MAX, PATTERN_NAMES_MAX};

use super::{Kind, library};

/// One expression, and the fields of its groups that [`number`] knows.
#[derive(Debug, Default)]
pub(super) struct Expanded {
    pub(super) regex: String,
    pub(super) names: Vec<(String, Kind)>,
}

/// Groups of ours are called this and their number: names of fields need not be names of groups, and may come twice.
const OWN: &str = "_field";

/// The number of a group of ours.
pub(super) fn number(group: &str) -> Option<usize> {
    group.strip_prefix(OWN)?.parse().ok()
}

/// Puts in what every `%{…}` stands for: first from `definitions`, then from the library.
pub(super) fn expand(text: &str, definitions: &[(&str, &str)]) -> Result<Expanded, String> {
    let mut expanded = Expanded::default();
    into(text, definitions, PATTERN_DEPTH_MAX, &mut expanded)?;
    Ok(expanded)
}

fn into(text: &str, definitions: &[(&str, &str)], depth: usize, out: &mut Expanded) -> Result<(), String> {
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("%{") {
        append(before, out)?;
        let (reference, behind) = behind.split_once('}').ok_or("a `%{` is not closed by `}`")?;
        put_reference(reference, definitions, depth, out)?;
        rest = behind;
    }
    append(rest, out)
}

/// Every step adds bytes, so this bounds the steps as well.
fn append(text: &str, out: &mut Expanded) -> Result<(), String> {
    if out.regex.len() + text.len() > PATTERN_BYTES_MAX {
        return Err(format!("with all that it refers to it has more than {PATTERN_BYTES_MAX} bytes"));
    }
    out.regex.push_str(text);
    Ok(())
}

/// `NAME`, `NAME:field` or `NAME:field:int`.
fn put_reference(
    reference: &str,
    definitions: &[(&str, &str)],
    depth: usize,
    out: &mut Expanded,
) -> Result<(), String> {
    let mut parts = reference.splitn(3, ':');
    let name = parts.next().unwrap_or_default().trim_ascii();
    let defined = definitions.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    let text = defined.or_else(|| library::pattern(name)).ok_or_else(|| unknown(name, definitions))?;
    let inner = depth.checked_sub(1);
    let inner =
        inner.ok_or_else(|| format!("`%{{{name}}}` refers to itself, or more than {PATTERN_DEPTH_MAX} deep"))?;
    match parts.next().map(|field| field_name(field.trim_ascii())).transpose()? {
        Some(field) => open_group(field, kind(parts.next())?, out)?,
        None => append("(?:", out)?,
    }
    into(text, definitions, inner, out)?;
    append(")", out)
}

fn open_group(field: String, kind: Kind, out: &mut Expanded) -> Result<(), String> {
    let number = out.names.len();
    if number == PATTERN_NAMES_MAX {
        return Err(format!("it names more than {PATTERN_NAMES_MAX} fields"));
    }
    out.names.push((field, kind));
    append(&format!("(?P<{OWN}{number}>"), out)
}

fn kind(written: Option<&str>) -> Result<Kind, String> {
    match written.map(str::trim_ascii) {
        None | Some("string" | "text") => Ok(Kind::Text),
        Some("int" | "integer" | "long") => Ok(Kind::Int),
        Some("float" | "double") => Ok(Kind::Float),
        Some(other) => Err(format!("`{other}` is no type; there are int, float and text")),
    }
}

/// `client.ip`, or `[client][ip]`.
fn field_name(written: &str) -> Result<String, String> {
    let inner = written.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    let name = inner.map_or_else(|| written.to_owned(), |inner| inner.replace("][", "."));
    match name.len() {
        0 => Err("a `%{NAME:}` names no field".to_owned()),
        1..=FIELD_NAME_BYTES_MAX => Ok(name),
        _ => Err(format!("a name of a field has at most {FIELD_NAME_BYTES_MAX} bytes")),
    }
}

fn unknown(name: &str, definitions: &[(&str, &str)]) -> String {
    let own = vigil_query::nearest(name, definitions.iter().map(|(name, _)| *name));
    match own.or_else(|| vigil_query::nearest(name, library::names())) {
        Some(near) => format!("there is no pattern `{name}`; did you mean `{near}`?"),
        None => format!("there is no pattern `{name}`; define it under `definitions`"),
    }
}
