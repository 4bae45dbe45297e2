//! The W3C extended log format, as IIS, Exchange and CloudFront write it.
//!
//! - `#Fields:` says which columns follow, and may come again with others. Directives are state, not events; a line before
//!   the first `#Fields:`, or with another number of values than it names, is kept as plain text.
//! - Every column keeps its name and text (`cs-uri-stem`, `sc-status`). What ECS has a name for ([`RULES`]) goes in under
//!   that as well, there with spaces in place of the `+` that IIS writes for them in headers and names of users.
//! - A `-` is a value that is missing. `date` and `time` are the time of the event and are taken out; where there is only
//!   `time`, its day is that of `#Date:`. They are UTC, as the format says, unless the source names a zone.

use vigil_model::limits::RECORD_FIELDS_MAX;
use vigil_model::{Timestamp, Value};

use super::mapping::Kind::{self, Hash, Number, Text};
use super::mapping::{Mapping, Rule};
use super::names::Names;
use super::{LineParser, check_length, quoted};
use crate::draft::{Draft, Mismatch};
use crate::event::MESSAGE;
use crate::{Refusal, time};

/// Columns with a name in ECS. Their own text stays, because that is what rules for IIS ask for.
const RULES: [Rule; 20] = [
    ("c-ip", "source.ip", Text),
    ("c-port", "source.port", Number),
    ("s-ip", "destination.ip", Text),
    ("s-port", "destination.port", Number),
    ("s-computername", "host.name", Text),
    ("cs-username", "user.name", Text),
    ("cs-method", "http.request.method", Text),
    ("cs-uri", "url.original", Text),
    ("cs-uri-stem", "url.path", Text),
    ("cs-uri-query", "url.query", Text),
    ("cs-host", "url.domain", Text),
    ("cs(Host)", "url.domain", Text),
    ("cs(User-Agent)", "user_agent.original", Text),
    ("cs(Referer)", "http.request.referrer", Text),
    ("cs-version", "http.version", Text),
    ("sc-status", "http.response.status_code", Number),
    ("sc-bytes", "http.response.body.bytes", Number),
    ("cs-bytes", "http.request.body.bytes", Number),
    ("x-edge-request-id", "http.request.id", Text),
    ("s-sitename", "service.name", Text),
];

/// Reads lines; what the directives said stays from line to line.
pub(crate) struct W3c {
    mapping: Mapping,
    columns: Vec<Column>,
    /// The day of `#Date:`.
    date: String,
    names: Names,
}

struct Column {
    name: String,
    rule: Option<(&'static str, Kind)>,
}

impl Default for W3c {
    fn default() -> W3c {
        W3c { mapping: Mapping::new(&RULES), columns: Vec::new(), date: String::new(), names: Names::default() }
    }
}

impl LineParser for W3c {
    fn parse(&mut self, line: &str, draft: &mut Draft<'_>) -> Result<(), Mismatch> {
        if let Some((name, value)) = line.strip_prefix('#').and_then(|line| line.split_once(':')) {
            return self.directive(name, value.trim_ascii(), draft);
        }
        check_length(line.len())?;
        if self.columns.is_empty() {
            return Err("no `#Fields:` came before".into());
        }
        let expected = self.columns.len();
        let count = values(line).take(expected + 1).count();
        if count != expected {
            let more = if count > expected { "more than " } else { "" };
            let found = count.min(expected);
            return Err(Mismatch::Form(format!("{more}{found} values for {expected} columns")));
        }
        // What no record can hold as fields, it can hold as a line.
        self.event(line, draft).map_err(|refusal| Mismatch::Form(refusal.to_string()))
    }
}

impl W3c {
    fn directive(&mut self, name: &str, value: &str, draft: &mut Draft<'_>) -> Result<(), Mismatch> {
        match name {
            "Fields" => {
                let names = value.split_ascii_whitespace();
                if names.clone().take(RECORD_FIELDS_MAX + 1).count() > RECORD_FIELDS_MAX {
                    return Err(Mismatch::Form(format!("more than {RECORD_FIELDS_MAX} columns")));
                }
                let column = |name: &str| Column { name: name.to_owned(), rule: self.mapping.of(name) };
                self.columns = names.map(column).collect();
            }
            "Date" | "Start-Date" => self.date = value.chars().take_while(|letter| *letter != ' ').take(10).collect(),
            _ if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') && !name.is_empty() => {}
            _ => return Err("neither values nor a directive".into()),
        }
        draft.skip();
        Ok(())
    }

    fn event(&mut self, line: &str, draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let W3c { columns, date, names, .. } = self;
        names.clear();
        draft.time = event_time(columns, date, line, draft);
        let told = draft.time.is_some();
        for (column, value) in columns.iter().zip(values(line)) {
            let name = column.name.as_str();
            if value == "-" || value.is_empty() || (told && matches!(name, "date" | "time")) {
                continue;
            }
            if let Some((ours, kind)) = column.rule
                && !names.take(draft, ours)
            {
                put_mapped(name, ours, kind, value, draft)?;
            }
            names.put(draft, name, Value::Str(value))?;
        }
        draft.text(MESSAGE, &message(columns, line))
    }
}

fn put_mapped(name: &str, ours: &str, kind: Kind, value: &str, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    match (kind, value.parse()) {
        (Number, Ok(number)) => draft.number(ours, number),
        (Number | Hash, _) => Ok(()),
        // In a path or a query, a `+` may be meant.
        (Text, _) if value.contains('+') && (name.starts_with("cs(") || name == "cs-username") => {
            draft.text(ours, &value.replace('+', " "))
        }
        (Text, _) => draft.text(ours, value),
    }
}

/// The values of a line: between tabs where it has one, else between spaces; one in quotes may hold spaces.
fn values(line: &str) -> impl Iterator<Item = &str> {
    let tabs = line.contains('\t');
    let mut rest = Some(line.trim_end_matches([' ', '\r']));
    std::iter::from_fn(move || {
        let text = rest?;
        let (value, behind) = if tabs { until(text, '\t') } else { between_spaces(text) };
        rest = behind;
        Some(value)
    })
}

fn until(text: &str, separator: char) -> (&str, Option<&str>) {
    match text.split_once(separator) {
        Some((value, behind)) => (value, Some(behind)),
        None => (text, None),
    }
}

fn between_spaces(text: &str) -> (&str, Option<&str>) {
    let text = text.trim_start_matches(' ');
    match quoted::split(text) {
        Some((value, "")) => (value, None),
        Some((value, behind)) if behind.starts_with(' ') => (value, Some(&behind[1..])),
        _ => until(text, ' '),
    }
}

fn column<'t>(columns: &[Column], line: &'t str, name: &str) -> Option<&'t str> {
    let place = columns.iter().position(|column| column.name == name)?;
    values(line).nth(place).filter(|value| *value != "-")
}

fn event_time(columns: &[Column], date: &str, line: &str, draft: &Draft<'_>) -> Option<Timestamp> {
    let clock = column(columns, line, "time")?;
    let day = column(columns, line, "date").unwrap_or(date);
    let mut text = [0; 40];
    let length = day.len() + 1 + clock.len();
    let place = text.get_mut(..length)?;
    place[..day.len()].copy_from_slice(day.as_bytes());
    place[day.len()] = b' ';
    place[day.len() + 1..].copy_from_slice(clock.as_bytes());
    time::year_first::read(std::str::from_utf8(place).ok()?, draft.zone)
}

/// `GET /path 200`, or the line where it is about something else.
fn message<'t>(columns: &[Column], line: &'t str) -> std::borrow::Cow<'t, str> {
    let get = |name| column(columns, line, name);
    match (get("cs-method"), get("cs-uri-stem").or_else(|| get("cs-uri"))) {
        (Some(method), Some(path)) => format!("{method} {path} {}", get("sc-status").unwrap_or("-")).into(),
        _ => line.into(),
    }
}
