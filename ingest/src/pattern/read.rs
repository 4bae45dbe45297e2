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
