//! How a plan is shown in a golden file: short, and every part of it.

use std::fmt::Write;

use vigil_query::{
    Bound, Bucket, Case, Comparison, Field, FieldTest, Filter, GroupKey, Pipe, Query, Set, Stat, TimeRange, Unpack,
};

/// A query as something like VQL.
pub(super) fn query(query: &Query) -> String {
    let mut out = filter(&query.filter);
    if query.time != TimeRange::ALL {
        out = format!("({}, {}] {out}", seconds(query.time.from.0 - 1), seconds(query.time.to.0 - 1));
    }
    for pipe in &query.pipes {
        write!(out, "\n    | {}", self::pipe(pipe)).expect("a string");
    }
    out
}

fn seconds(nanos: i64) -> String {
    format!("{}s", nanos as f64 / 1e9)
}

fn filter(filter: &Filter) -> String {
    let chain = |parts: &[Filter], with: &str| {
        let parts: Vec<String> = parts.iter().map(self::filter).collect();
        format!("({})", parts.join(with))
    };
    match filter {
        Filter::All => "*".to_owned(),
        Filter::Not(inner) => format!("NOT {}", self::filter(inner)),
        Filter::And(parts) => chain(parts, " AND "),
        Filter::Or(parts) => chain(parts, " OR "),
        Filter::Field { field: Field::Any, test } => format!("*:{}", self::test(test)),
        Filter::Field { field: Field::Named(name), test } => format!("{name}:{}", self::test(test)),
        Filter::Fields { .. } => panic!("LogQL relates no fields"),
    }
}

fn test(test: &FieldTest) -> String {
    match test {
        FieldTest::Substring(text, Case::Exact) => format!("c{:?}", format!("*{text}*")),
        FieldTest::Substring(text, Case::Folded) => format!("{:?}", format!("*{text}*")),
        FieldTest::Regex(pattern) => format!("~{:?}", pattern.text()),
        FieldTest::In(Set::Values(values)) => format!("in({})", values.join(", ")),
        FieldTest::IpRange(range) => format!("ip_range({}-{})", range.first, range.last),
        FieldTest::Exact(text) => format!("={text:?}"),
        FieldTest::ExactPrefix(text) => format!("={text:?}*"),
        FieldTest::Exists => "*".to_owned(),
        FieldTest::Empty => "\"\"".to_owned(),
        FieldTest::Compare(comparison, Bound::Number(number)) => format!("{}{number}", sign(*comparison)),
        FieldTest::Range { low: Some((Bound::Number(low), true)), high: Some((Bound::Number(high), true)) } => {
            format!("[{low}, {high}]")
        }
        other => panic!("LogQL makes no such test: {other:?}"),
    }
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

fn pipe(pipe: &Pipe) -> String {
    match pipe {
        Pipe::Where(inner) => format!("where {}", filter(inner)),
        Pipe::Delete(names) => format!("delete {}", names.join(", ")),
        Pipe::Copy(pairs) => {
            let pairs: Vec<String> = pairs.iter().map(|(from, to)| format!("{from} as {to}")).collect();
            format!("copy {}", pairs.join(", "))
        }
        Pipe::UnpackJson(unpack) => format!("unpack_json{}", unpacked(unpack)),
        Pipe::UnpackLogfmt(unpack) => format!("unpack_logfmt{}", unpacked(unpack)),
        Pipe::ExtractRegex(extract) => {
            let keep = if extract.keep_original { " keep_original" } else { "" };
            format!("extract_regexp {:?}{keep}", extract.pattern.text())
        }
        Pipe::Format(format) => {
            let only_if = format.only_if.as_ref().map_or(String::new(), |only_if| format!(" if ({})", filter(only_if)));
            let into = format.into.as_ref().map_or(String::new(), |into| format!(" as {into}"));
            let keep = if format.keep_original { " keep_original" } else { "" };
            format!("format{only_if} {:?}{into}{keep}", format.template)
        }
        Pipe::ReplaceRegex(replace) => {
            let at = replace.at.as_ref().expect("LogQL names the field");
            format!("replace_regexp ({:?}, {:?}) at {at}", replace.pattern.text(), replace.new)
        }
        Pipe::Decolorize(field) => format!("decolorize {field}"),
        Pipe::Windows(windows) => format!(
            "windows range {} step {} from {} count {}",
            seconds(windows.range),
            seconds(windows.step),
            seconds(windows.first),
            windows.count
        ),
        Pipe::Stats(stats) => {
            let by: Vec<String> = stats.by.iter().map(key).collect();
            let functions: Vec<String> = stats.functions.iter().map(stat).collect();
            format!("stats by ({}) {}", by.join(", "), functions.join(", "))
        }
        other => panic!("LogQL makes no such pipe: {other:?}"),
    }
}

fn unpacked(unpack: &Unpack) -> String {
    let fields =
        if unpack.fields.is_empty() { String::new() } else { format!(" fields ({})", unpack.fields.join(", ")) };
    let prefix = if unpack.prefix.is_empty() { String::new() } else { format!(" result_prefix {:?}", unpack.prefix) };
    format!("{fields}{prefix}{}", if unpack.keep_original { " keep_original" } else { "" })
}

fn key(key: &GroupKey) -> String {
    match key.bucket {
        None => key.field.clone(),
        Some(Bucket::Time { width, offset }) => format!("{}:{} offset {offset}ns", key.field, seconds(width)),
        Some(other) => panic!("LogQL makes no such bucket: {other:?}"),
    }
}

fn stat(stat: &Stat) -> String {
    let share = stat.function.share.map_or(String::new(), |share| format!("{share}, "));
    format!("{:?}({share}{}) as {}", stat.function.function, stat.function.fields.join(", "), stat.name)
}
