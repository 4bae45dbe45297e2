//! How a query is written as a tree.

use serde_json::{Map, Value, json};
use vigil_model::Timestamp;

use super::{filter, stats, test};
use crate::{Field, Filter, Pipe, Query, TimeRange, Unpack};

/// An object of what is there: names with null, false and the like that say nothing are left out.
pub(super) fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    let there = entries.into_iter().filter(|(_, value)| !matches!(value, Value::Null | Value::Bool(false)));
    Value::Object(there.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

/// A list, or nothing if nothing is in it.
pub(super) fn list(items: Vec<Value>) -> Value {
    if items.is_empty() { Value::Null } else { Value::Array(items) }
}

/// A filter that rows have to pass, if there is one.
pub(super) fn condition(only_if: Option<&Filter>) -> Value {
    only_if.map_or(Value::Null, self::filter)
}

pub(super) fn query(query: &Query) -> Value {
    let time = if query.time == query.filter.time_range() { Value::Null } else { time_range(&query.time) };
    let filter = if query.filter == Filter::All { Value::Null } else { self::filter(&query.filter) };
    let pipes = query.pipes.iter().map(pipe).collect();
    object([("time", time), ("filter", filter), ("pipes", list(pipes))])
}

fn time_range(time: &TimeRange) -> Value {
    let bound = |time: Timestamp, open: Timestamp| (time != open).then(|| time.to_string());
    object([("from", json!(bound(time.from, TimeRange::ALL.from))), ("to", json!(bound(time.to, TimeRange::ALL.to)))])
}

fn filter(filter: &Filter) -> Value {
    match filter {
        Filter::All => json!({"all": true}),
        Filter::And(parts) if parts.is_empty() => json!({"all": true}),
        Filter::Or(parts) if parts.is_empty() => json!({"all": false}),
        Filter::Not(inner) => json!({"not": self::filter(inner)}),
        Filter::And(parts) => json!({"and": parts.iter().map(self::filter).collect::<Vec<_>>()}),
        Filter::Or(parts) => json!({"or": parts.iter().map(self::filter).collect::<Vec<_>>()}),
        Filter::Field { field, test } => {
            let name = match field {
                Field::Any => Value::Null,
                Field::Named(name) => json!(name),
            };
            let (kind, value) = test::written(test);
            object([("field", name), (kind, value)])
        }
        Filter::Fields { left, relation, right } => {
            let names = filter::RELATIONS;
            let (name, _) = names.iter().find(|(_, known)| known == relation).expect("every relation is in the table");
            json!({"fields": {"left": left, "relation": name, "right": right}})
        }
    }
}

fn pipe(pipe: &Pipe) -> Value {
    match pipe {
        Pipe::Where(filter) => json!({"where": self::filter(filter)}),
        Pipe::Sort(keys) => {
            let key = |key: &crate::SortKey| match key.descending {
                false => json!(key.field),
                true => json!({"field": key.field, "descending": true}),
            };
            json!({"sort": keys.iter().map(key).collect::<Vec<_>>()})
        }
        Pipe::Limit(count) => json!({"limit": count}),
        Pipe::Offset(count) => json!({"offset": count}),
        Pipe::Sample(count) => json!({"sample": count}),
        Pipe::Top(top) => json!({"top": {"limit": top.limit, "by": top.by, "hits": top.hits}}),
        Pipe::Uniq(uniq) => {
            let (hits, limit) = (json!(uniq.hits), json!(uniq.limit));
            json!({"uniq": object([("by", json!(uniq.by)), ("hits", hits), ("limit", limit)])})
        }
        Pipe::Fields(names) => json!({"fields": names}),
        Pipe::Delete(names) => json!({"delete": names}),
        Pipe::Rename(pairs) => json!({"rename": self::pairs(pairs)}),
        Pipe::Copy(pairs) => json!({"copy": self::pairs(pairs)}),
        Pipe::DropEmpty => json!({"drop_empty_fields": {}}),
        Pipe::Stats(stats) => json!({"stats": stats::written(stats)}),
        Pipe::Len { field, into } => json!({"len": {"field": field, "as": into}}),
        Pipe::Decolorize(field) => json!({"decolorize": field}),
        Pipe::FieldNames => json!({"field_names": {}}),
        Pipe::FieldValues(values) => {
            json!({"field_values": object([("field", json!(values.field)), ("limit", json!(values.limit))])})
        }
        Pipe::Facets(facets) => json!({"facets": {
            "limit": facets.limit,
            "max_values_per_field": facets.max_values,
            "max_value_len": facets.max_value_len,
            "keep_const_fields": facets.keep_const,
        }}),
        Pipe::Context(context) => json!({"context": {"before": context.before, "after": context.after}}),
        Pipe::Join(join) => json!({"join": object([
            ("by", json!(join.by)),
            ("query", query(&join.query)),
            ("inner", json!(join.inner)),
            ("prefix", text(&join.prefix)),
        ])}),
        Pipe::Union(other) => json!({"union": query(other)}),
        Pipe::Windows(windows) => json!({"windows": {
            "range": windows.range,
            "step": windows.step,
            "from": Timestamp(windows.first).to_string(),
            "count": windows.count,
        }}),
        shaping => shape(shaping),
    }
}

/// Pipes that make fields of texts and texts of fields.
fn shape(pipe: &Pipe) -> Value {
    match pipe {
        Pipe::Extract(extract) => json!({"extract": object([
            ("pattern", json!(extract.pattern)),
            ("from", json!(extract.from)),
            ("keep_original_fields", json!(extract.keep_original)),
            ("if", condition(extract.only_if.as_ref())),
        ])}),
        Pipe::ExtractRegex(extract) => json!({"extract_regexp": object([
            ("pattern", json!(extract.pattern.text())),
            ("from", json!(extract.from)),
            ("keep_original_fields", json!(extract.keep_original)),
            ("if", condition(extract.only_if.as_ref())),
        ])}),
        Pipe::UnpackJson(unpack) => json!({"unpack_json": self::unpack(unpack)}),
        Pipe::UnpackLogfmt(unpack) => json!({"unpack_logfmt": self::unpack(unpack)}),
        Pipe::UnpackSyslog(unpack) => json!({"unpack_syslog": self::unpack(unpack)}),
        Pipe::Unroll(unroll) => {
            json!({"unroll": object([("by", json!(unroll.by)), ("if", condition(unroll.only_if.as_ref()))])})
        }
        Pipe::Format(format) => json!({"format": object([
            ("template", json!(format.template)),
            ("as", json!(format.into)),
            ("keep_original_fields", json!(format.keep_original)),
            ("if", condition(format.only_if.as_ref())),
        ])}),
        Pipe::Replace(replace) => json!({"replace": object([
            ("old", json!(replace.old)),
            ("new", json!(replace.new)),
            ("at", json!(replace.at)),
            ("limit", json!(replace.limit)),
            ("if", condition(replace.only_if.as_ref())),
        ])}),
        Pipe::ReplaceRegex(replace) => json!({"replace_regexp": object([
            ("pattern", json!(replace.pattern.text())),
            ("new", json!(replace.new)),
            ("at", json!(replace.at)),
            ("limit", json!(replace.limit)),
            ("if", condition(replace.only_if.as_ref())),
        ])}),
        Pipe::Math(steps) => {
            let step = |step: &crate::MathStep| json!({"expression": step.expression.to_string(), "as": step.into});
            json!({"math": steps.iter().map(step).collect::<Vec<_>>()})
        }
        Pipe::Collapse(collapse) => {
            json!({"collapse": object([("at", json!(collapse.at)), ("if", condition(collapse.only_if.as_ref()))])})
        }
        Pipe::PackJson(pack) => json!({"pack_json": self::pack(pack)}),
        Pipe::PackLogfmt(pack) => json!({"pack_logfmt": self::pack(pack)}),
        other => json!({"vql": other.to_string()}),
    }
}

fn pairs(pairs: &[(String, String)]) -> Value {
    Value::Array(pairs.iter().map(|(from, to)| json!({"from": from, "to": to})).collect())
}

fn unpack(unpack: &Unpack) -> Value {
    object([
        ("from", json!(unpack.from)),
        ("fields", list(unpack.fields.iter().map(|field| json!(field)).collect())),
        ("result_prefix", text(&unpack.prefix)),
        ("keep_original_fields", json!(unpack.keep_original)),
        ("if", condition(unpack.only_if.as_ref())),
    ])
}

fn pack(pack: &crate::Pack) -> Value {
    let fields = list(pack.fields.iter().map(|field| json!(field)).collect());
    object([("fields", fields), ("as", json!(pack.into))])
}

fn text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}
