//! Tests of a field: `"is": "error"`, `"range": {"gte": 400, "lt": 500}`.

use serde_json::{Value, json};
use vigil_model::Timestamp;

use super::node::{Node, Result};
use super::{query, time, write};
use crate::{Bound, Case, Comparison, FieldTest, IpRange, Number, Pattern, Set};

const NAMES: [&str; 25] = [
    "phrase",
    "prefix",
    "cased_phrase",
    "cased_prefix",
    "contains",
    "cased_contains",
    "regex",
    "in",
    "contains_all",
    "contains_any",
    "sequence",
    "string_range",
    "length_range",
    "ip_range",
    "value_type",
    "day_range",
    "week_range",
    "is",
    "starts_with",
    "exists",
    "empty",
    "lt",
    "lte",
    "gt",
    "gte",
];
const RANGE: &str = "range";
const DAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// The names of all tests.
pub(super) fn names() -> impl Iterator<Item = &'static str> + Clone {
    NAMES.into_iter().chain([RANGE])
}

/// The test of this name.
pub(super) fn read(kind: &str, node: &Node<'_>) -> Result<FieldTest> {
    Ok(match kind {
        "phrase" => FieldTest::Phrase(node.text()?),
        "prefix" => FieldTest::Prefix(node.text()?),
        "cased_phrase" => FieldTest::CasedPhrase(node.text()?),
        "cased_prefix" => FieldTest::CasedPrefix(node.text()?),
        "contains" => FieldTest::Substring(node.text()?, Case::Folded),
        "cased_contains" => FieldTest::Substring(node.text()?, Case::Exact),
        "regex" => FieldTest::Regex(pattern(node)?),
        "in" => FieldTest::In(set(node)?),
        "contains_all" => FieldTest::ContainsAll(set(node)?),
        "contains_any" => FieldTest::ContainsAny(set(node)?),
        "sequence" => FieldTest::Sequence(node.texts()?),
        "is" => FieldTest::Exact(node.text()?),
        "starts_with" => FieldTest::ExactPrefix(node.text()?),
        "exists" => {
            if node.flag()? {
                FieldTest::Exists
            } else {
                FieldTest::Empty
            }
        }
        "empty" => {
            if node.flag()? {
                FieldTest::Empty
            } else {
                FieldTest::Exists
            }
        }
        "value_type" => FieldTest::ValueType(node.text()?),
        "lt" => FieldTest::Compare(Comparison::Less, bound(node)?),
        "lte" => FieldTest::Compare(Comparison::LessOrEqual, bound(node)?),
        "gt" => FieldTest::Compare(Comparison::Greater, bound(node)?),
        "gte" => FieldTest::Compare(Comparison::GreaterOrEqual, bound(node)?),
        RANGE => range(node)?,
        "string_range" => {
            let object = node.object(&["from", "to"])?;
            FieldTest::StringRange(object.need("from")?.text()?, object.need("to")?.text()?)
        }
        "length_range" => {
            let object = node.object(&["from", "to"])?;
            FieldTest::LengthRange(object.count("from")?.unwrap_or(0), object.count("to")?.unwrap_or(u64::MAX))
        }
        "ip_range" => ip_range(node)?,
        "day_range" => {
            let object = node.object(&["from", "to", "offset"])?;
            let offset = object.get("offset").map_or(Ok(0), |node| node.duration())?;
            FieldTest::DayRange { from: object.need("from")?.duration()?, to: object.need("to")?.duration()?, offset }
        }
        "week_range" => {
            let object = node.object(&["from", "to", "offset"])?;
            let offset = object.get("offset").map_or(Ok(0), |node| node.duration())?;
            FieldTest::WeekRange { from: day(&object.need("from")?)?, to: day(&object.need("to")?)?, offset }
        }
        other => return node.unknown(other, names()),
    })
}

/// A regular expression.
pub(super) fn pattern(node: &Node<'_>) -> Result<Pattern> {
    let reason = |error: String| error.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
    match Pattern::new(&node.text()?) {
        Ok(pattern) => Ok(pattern),
        Err(error) => {
            let message = format!("this is no regular expression: {}", reason(error));
            node.fail(message, "a backslash before a sign makes it plain text; JSON wants it doubled")
        }
    }
}

/// A list of texts, or `{"query": …}`.
fn set(node: &Node<'_>) -> Result<Set> {
    match node.value {
        Value::Object(_) => Ok(Set::Query(Box::new(query(&node.object(&["query"])?.need("query")?)?))),
        _ => node.texts().map(Set::Values),
    }
}

/// A number, a text, or `{"time": …}`.
fn bound(node: &Node<'_>) -> Result<Bound> {
    match node.value {
        Value::String(text) => Ok(Bound::Text(text.clone())),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Ok(Bound::from(Number::Int(whole))),
            None => node.number().map(Bound::Number),
        },
        Value::Object(_) => time(&node.object(&["time"])?.need("time")?).map(Bound::Time),
        _ => node.fail("a number, a text or a time is missing here", "write 5, \"a\" or {\"time\": \"2026-08-01\"}"),
    }
}

fn range(node: &Node<'_>) -> Result<FieldTest> {
    let object = node.object(&["gt", "gte", "lt", "lte"])?;
    let end = |open: &str, closed: &str| match (object.get(open), object.get(closed)) {
        (Some(_), Some(_)) => node.fail(format!("`{open}` and `{closed}` are said at once"), "take one of them away"),
        (Some(node), None) => bound(&node).map(|bound| Some((bound, false))),
        (None, Some(node)) => bound(&node).map(|bound| Some((bound, true))),
        (None, None) => Ok(None),
    };
    Ok(FieldTest::Range { low: end("gt", "gte")?, high: end("lt", "lte")? })
}

fn ip_range(node: &Node<'_>) -> Result<FieldTest> {
    let object = node.object(&["first", "last"])?;
    let address = |key| {
        let node = object.need(key)?;
        let read: Option<std::net::IpAddr> = node.text()?.parse().ok();
        match read {
            Some(std::net::IpAddr::V4(address)) => Ok(address.to_ipv6_mapped()),
            Some(std::net::IpAddr::V6(address)) => Ok(address),
            None => node.fail("this is no address", "write \"10.0.0.1\" or \"fe80::1\""),
        }
    };
    Ok(FieldTest::IpRange(IpRange { first: address("first")?, last: address("last")? }))
}

fn day(node: &Node<'_>) -> Result<u8> {
    let text = node.text()?;
    match DAYS.iter().position(|day| *day == text) {
        Some(day) => Ok(day as u8),
        None => node.unknown(&text, DAYS.into_iter()),
    }
}

/// The name of a test and what stands under it.
pub(super) fn written(test: &FieldTest) -> (&'static str, Value) {
    match test {
        FieldTest::Phrase(text) => ("phrase", json!(text)),
        FieldTest::Prefix(text) => ("prefix", json!(text)),
        FieldTest::CasedPhrase(text) => ("cased_phrase", json!(text)),
        FieldTest::CasedPrefix(text) => ("cased_prefix", json!(text)),
        FieldTest::Substring(text, Case::Folded) => ("contains", json!(text)),
        FieldTest::Substring(text, Case::Exact) => ("cased_contains", json!(text)),
        FieldTest::Regex(pattern) => ("regex", json!(pattern.text())),
        FieldTest::In(set) => ("in", set_written(set)),
        FieldTest::ContainsAll(set) => ("contains_all", set_written(set)),
        FieldTest::ContainsAny(set) => ("contains_any", set_written(set)),
        FieldTest::Sequence(texts) => ("sequence", json!(texts)),
        FieldTest::StringRange(from, to) => ("string_range", json!({"from": from, "to": to})),
        FieldTest::LengthRange(from, to) => ("length_range", json!({"from": from, "to": to})),
        FieldTest::IpRange(range) => {
            ("ip_range", json!({"first": range.first.to_string(), "last": range.last.to_string()}))
        }
        FieldTest::ValueType(name) => ("value_type", json!(name)),
        FieldTest::DayRange { from, to, offset } => ("day_range", json!({"from": from, "to": to, "offset": offset})),
        FieldTest::WeekRange { from, to, offset } => {
            let day = |day: u8| DAYS[usize::from(day) % DAYS.len()];
            ("week_range", json!({"from": day(*from), "to": day(*to), "offset": offset}))
        }
        FieldTest::Exact(text) => ("is", json!(text)),
        FieldTest::ExactPrefix(text) => ("starts_with", json!(text)),
        FieldTest::Exists => ("exists", json!(true)),
        FieldTest::Empty => ("empty", json!(true)),
        FieldTest::Compare(Comparison::Less, bound) => ("lt", bound_written(bound)),
        FieldTest::Compare(Comparison::LessOrEqual, bound) => ("lte", bound_written(bound)),
        FieldTest::Compare(Comparison::Greater, bound) => ("gt", bound_written(bound)),
        FieldTest::Compare(Comparison::GreaterOrEqual, bound) => ("gte", bound_written(bound)),
        FieldTest::Range { low, high } => {
            let end = |end: &Option<(Bound, bool)>, wanted| match end {
                Some((bound, inside)) if *inside == wanted => bound_written(bound),
                _ => Value::Null,
            };
            let ends =
                [("gt", end(low, false)), ("gte", end(low, true)), ("lt", end(high, false)), ("lte", end(high, true))];
            (RANGE, write::object(ends))
        }
    }
}

fn set_written(set: &Set) -> Value {
    match set {
        Set::Values(values) => json!(values),
        Set::Query(query) => json!({"query": write::query(query)}),
    }
}

fn bound_written(bound: &Bound) -> Value {
    match bound {
        Bound::Number(number) => json!(number),
        Bound::Integer(number) => json!(number),
        Bound::Time(time) => time_written(*time),
        Bound::Text(text) => json!(text),
    }
}

fn time_written(time: Timestamp) -> Value {
    json!({"time": time.to_string()})
}
