//! Which secrets does only the operator know? Patterns and names of fields that settings add.

use regex::{Regex, RegexBuilder};
use vigil_model::limits::REGEX_BYTES_MAX;

use crate::stages::scrub::finding::{Cut, Kind};
use crate::stages::scrub::names::Names;
use crate::stages::scrub::pairs;

/// A pattern of the settings.
#[derive(Clone, Debug)]
pub(crate) struct Custom {
    name: String,
    regex: Regex,
    with: String,
}

impl Custom {
    /// A pattern called `name` that puts `with` in the place of what `regex` finds; or why it cannot be one.
    pub(crate) fn new(name: &str, regex: &str, with: &str) -> Result<Custom, String> {
        let regex = compile(regex)?;
        if regex.is_match("") {
            return Err("it finds the empty text too; let it find at least one letter".to_owned());
        }
        if regex.is_match(with) {
            return Err(format!("it finds `{with}` too, which it puts in; write another `with`"));
        }
        Ok(Custom { name: name.to_owned(), regex, with: with.to_owned() })
    }

    /// What it finds.
    pub(crate) fn find(&self, text: &str, cuts: &mut Vec<Cut>) {
        cuts.extend(self.regex.find_iter(text).filter(|found| !found.is_empty()).map(|found| Cut {
            start: found.start(),
            end: found.end(),
            kind: Kind::Custom(self.name.clone()),
            with: self.with.clone().into(),
        }));
    }
}

fn compile(regex: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(regex).size_limit(REGEX_BYTES_MAX).dfa_size_limit(REGEX_BYTES_MAX).build();
    built.map_err(|error| format!("`{regex}` is no regular expression: {error}"))
}

/// Finds the names that settings add inside of texts; `None` where there are none.
pub(crate) fn added(names: &Names) -> Option<Regex> {
    let one = |name: &String| {
        let letters: Vec<String> = name.chars().map(|letter| regex::escape(&letter.to_string())).collect();
        letters.join("[_ -]?")
    };
    let all: Vec<String> = names.added().iter().map(one).collect();
    if all.is_empty() { None } else { compile(&format!("(?i:{})", all.join("|"))).ok() }
}

/// What stands behind the names that settings add.
pub(crate) fn find_added(regex: &Regex, names: &Names, text: &str, cuts: &mut Vec<Cut>) {
    let mut floor = 0;
    for found in regex.find_iter(text) {
        if found.start() < floor {
            continue;
        }
        if let Some(cut) = pairs::find(text.as_bytes(), found.end(), floor, names) {
            floor = cut.end;
            if text[cut.start..cut.end] != *cut.with {
                cuts.push(cut);
            }
        }
    }
}
