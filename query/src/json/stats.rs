//! Groups: `{"stats": {"by": ["host"], "functions": [{"count": {"as": "n"}}]}}`.

use serde_json::{Value, json};

use super::node::{Node, Result};
use super::{pipe, write};
use crate::pipes::{default_name, find_function, function_names, name_of_function};
use crate::{Bucket, GroupKey, Stat, StatFunction, Stats};

pub(super) fn read(node: &Node<'_>) -> Result<Stats> {
    let object = node.object(&["by", "functions"])?;
    let by = object.get("by").map_or(Ok(Vec::new()), |node| node.list())?;
    let functions = object.need("functions")?.list()?;
    Ok(Stats {
        functions: functions.iter().map(stat).collect::<Result<_>>()?,
        by: by.iter().map(group_key).collect::<Result<_>>()?,
    })
}

fn stat(node: &Node<'_>) -> Result<Stat> {
    let (name, inner) = node.only("a function", "{\"count\": {}}")?;
    let Some((function, share)) = find_function(name) else {
        return node.unknown(name, function_names());
    };
    let object = inner.object(&["fields", "share", "limit", "if", "as"])?;
    let said = object.get("share").map(|node| node.number()).transpose()?;
    if said.is_some() && (share.is_some() || !function.takes_share()) {
        return inner
            .fail(format!("`{name}` takes no share"), "{\"quantile\": {\"share\": 0.95, \"fields\": [\"took\"]}}");
    }
    let share = said.or(share);
    if function.takes_share() && share.is_none() {
        object.need("share")?;
    }
    let limit = object.count("limit")?;
    let function = StatFunction { function: function.function, fields: object.texts("fields")?, share, limit };
    let only_if = pipe::condition(&object)?;
    Ok(Stat { name: object.text("as")?.unwrap_or_else(|| default_name(&function)), function, only_if })
}

/// A name, or a field and how its values are cut.
fn group_key(node: &Node<'_>) -> Result<GroupKey> {
    if node.value.is_string() {
        return node.text().map(GroupKey::plain);
    }
    let object = node.object(&["field", "time", "number", "ip", "offset"])?;
    let field = object.need("field")?.text()?;
    let offset = object.get("offset");
    let bucket = match (object.get("time"), object.get("number"), object.get("ip")) {
        (None, None, None) if offset.is_none() => None,
        (Some(width), None, None) => {
            let offset = offset.map_or(Ok(0), |node| node.duration())?;
            Some(Bucket::Time { width: width.duration()?, offset })
        }
        (None, Some(width), None) => {
            let offset = offset.map_or(Ok(0.0), |node| node.number())?;
            Some(Bucket::Number { width: width.number()?, offset })
        }
        (None, None, Some(bits)) if offset.is_none() => match u8::try_from(bits.count()?) {
            Ok(bits) => Some(Bucket::Ip(bits)),
            Err(_) => return bits.fail("an address has fewer bits", "write 0 to 32"),
        },
        _ => {
            return node.fail(
                "one of `time`, `number` and `ip` cuts values",
                "write {\"field\": \"_time\", \"time\": \"5m\"}",
            );
        }
    };
    Ok(GroupKey { field, bucket })
}

/// `stats` as a tree.
pub(super) fn written(stats: &Stats) -> Value {
    let functions: Vec<Value> = stats.functions.iter().map(stat_written).collect();
    let by: Vec<Value> = stats.by.iter().map(group_key_written).collect();
    write::object([("by", write::list(by)), ("functions", json!(functions))])
}

fn stat_written(stat: &Stat) -> Value {
    let function = &stat.function;
    let name = (stat.name != default_name(function)).then_some(&stat.name);
    let inner = write::object([
        ("fields", write::list(function.fields.iter().map(|field| json!(field)).collect())),
        ("share", json!(function.share)),
        ("limit", json!(function.limit)),
        ("if", write::condition(stat.only_if.as_ref())),
        ("as", json!(name)),
    ]);
    json!({ name_of_function(function.function): inner })
}

fn group_key_written(key: &GroupKey) -> Value {
    let field = &key.field;
    match key.bucket {
        None => json!(field),
        Some(Bucket::Time { width, offset }) => json!({"field": field, "time": width, "offset": offset}),
        Some(Bucket::Number { width, offset }) => json!({"field": field, "number": width, "offset": offset}),
        Some(Bucket::Ip(bits)) => json!({"field": field, "ip": bits}),
    }
}
