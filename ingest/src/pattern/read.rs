//! How a source's settings say its own format: `pattern`, `definitions`, `time_format`.

use std::sync::Arc;

use vigil_model::limits::PATTERNS_MAX;
use vigil_model::tree::Place;

use super::Pattern;
use crate::options::Options;
use crate::{Format, time};

/// Reads the keys of a format of one's own. `pattern` (or `patterns`) is one text or a list that is tried in order;
/// `definitions` are names and patterns to use in them; `time_format` is how `time_field` is written.
pub(crate) fn read(format: Format, has_time_field: bool, options: &mut Options<'_, '_>) -> Option<Arc<Pattern>> {
    let mut written = options.texts("pattern");
    written.extend(options.texts("patterns"));
    let definitions = options.pairs("definitions");
    let time_form = options.text("time_format");
    check(format, has_time_field, &written, time_form, options);
    if format != Format::Custom || written.is_empty() {
        return None;
    }
    let texts: Vec<&str> = written.iter().take(PATTERNS_MAX).map(|(_, text)| *text).collect();
    match Pattern::new(&texts, &definitions, time_form.map(|(_, form)| form)) {
        Ok(pattern) => Some(Arc::new(pattern)),
        Err((n, why)) => {
            options.fault(written[n].0, format_args!("`pattern`: {why}"));
            None
        }
    }
}

fn check(
    format: Format,
    has_time_field: bool,
    written: &[(Place, &str)],
    time_form: Option<(Place, &str)>,
    options: &mut Options<'_, '_>,
) {
    match (format, written.first()) {
        (Format::Custom, None) => {
            let at = options.at();
            options.fault(at, "`pattern` is missing: grok such as %{IP:source.ip} %{GREEDYDATA:message}");
        }
        (Format::Custom, Some(_)) | (_, None) => {}
        (_, Some((at, _))) => options.fault(*at, "`pattern` goes with `format: custom`"),
    }
    if let Some((at, _)) = written.get(PATTERNS_MAX) {
        options.fault(*at, format_args!("more than {PATTERNS_MAX} patterns"));
    }
    let Some((at, form)) = time_form else { return };
    if let Err(why) = time::strftime::check(form) {
        options.fault(at, format_args!("`time_format`: {why}"));
    }
    if format != Format::Custom {
        options.fault(at, "`time_format` goes with `format: custom`");
    } else if !has_time_field {
        options.fault(at, "`time_format` says how `time_field` is written, which is missing");
    }
}

#[cfg(test)]
mod tests {
    use vigil_model::tree::{Content, Entry, Fault, Node};

    use super::*;

    fn scalar(line: usize, text: &str) -> Node {
        Node { at: Place { line, column: 5 }, content: Content::Scalar(text.to_owned()) }
    }

    /// What comes of these keys, the value of each on a line of its own from 1; and all faults.
    fn section(format: Format, time_field: bool, keys: &[(&str, &str)]) -> (Option<Arc<Pattern>>, Vec<String>) {
        let entry = |(n, (key, text)): (usize, &(&str, &str))| {
            let at = Place { line: n + 1, column: 1 };
            let inner = |text: &str| Entry { key: "OWN".into(), at, value: scalar(n + 1, text) };
            let value = match *key {
                "definitions" => Node { at, content: Content::Map(vec![inner(text)]) },
                "patterns" => {
                    Node { at, content: Content::List(text.lines().map(|text| scalar(n + 1, text)).collect()) }
                }
                _ => scalar(n + 1, text),
            };
            Entry { key: (*key).to_owned(), at, value }
        };
        let entries = keys.iter().enumerate().map(entry).collect();
        let node = Node { at: Place { line: 9, column: 9 }, content: Content::Map(entries) };
        let mut faults: Vec<Fault> = Vec::new();
        let mut options = Options::of(&node, "source `x`", &mut faults);
        let pattern = read(format, time_field, &mut options);
        options.finish();
        (pattern, faults.iter().map(|fault| format!("{}: {}", fault.at.line, fault.message)).collect())
    }

    #[test]
    fn what_is_right_is_read() {
        let keys = [("patterns", "a %{OWN:b}\n%{IP:c}"), ("definitions", "[0-9]"), ("time_format", "%Y")];
        let (pattern, faults) = section(Format::Custom, true, &keys);
        assert_eq!(faults, [""; 0]);
        assert_eq!(pattern.expect("a pattern").text(), "a %{OWN:b}\n%{IP:c}");
        assert_eq!(section(Format::Json, false, &[]).1, [""; 0]);
    }

    #[test]
    fn what_is_wrong_is_said_at_its_place() {
        let expected = [
            (
                Format::Custom,
                false,
                vec![],
                "9: source `x`: `pattern` is missing: grok such as %{IP:source.ip} %{GREEDYDATA:message}",
            ),
            (
                Format::Custom,
                false,
                vec![("enabled", ""), ("pattern", "(")],
                "2: source `x`: `pattern`: unclosed group",
            ),
            (Format::Json, false, vec![("pattern", "x")], "1: source `x`: `pattern` goes with `format: custom`"),
            (
                Format::Custom,
                false,
                vec![("pattern", "x"), ("time_format", "%Y")],
                "2: source `x`: `time_format` says how `time_field` is written, which is missing",
            ),
        ];
        for (format, time_field, keys, fault) in expected {
            let (_, faults) = section(format, time_field, &keys);
            assert_eq!(faults.first().map(String::as_str), Some(fault));
        }
        let (_, faults) = section(Format::Custom, true, &[("pattern", "x"), ("time_format", "%!")]);
        assert!(faults[0].starts_with("2: source `x`: `time_format`: "), "{faults:?}");
    }
}
