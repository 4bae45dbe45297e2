//! Filters: `{"and": […]}`, `{"field": "level", "is": "error"}`, `{"vql": "…"}`.

use serde_json::Value;

use super::node::{Node, Result};
use super::{reread, test};
use crate::{Field, Filter, Relation};

/// Names of filters that are no test of a field.
const LOGIC: [&str; 6] = ["all", "and", "or", "not", "fields", "vql"];

/// How two fields may stand to each other.
pub(super) const RELATIONS: [(&str, Relation); 3] =
    [("equal", Relation::Equal), ("less", Relation::Less), ("less_or_equal", Relation::LessOrEqual)];

/// A filter as VQL would have it.
pub(super) fn checked(node: &Node<'_>) -> Result<Filter> {
    let filter = read(node)?;
    reread(node, &filter.to_string(), |parser| parser.whole_filter())
}

fn read(node: &Node<'_>) -> Result<Filter> {
    let logic = match node.value {
        Value::Object(map) => map.keys().any(|key| LOGIC.contains(&key.as_str())),
        _ => true,
    };
    if !logic {
        return of_field(node);
    }
    let (kind, inner) = node.only("a filter", "{\"field\": \"level\", \"is\": \"error\"}")?;
    match kind {
        "all" => inner.flag().map(|all| if all { Filter::All } else { Filter::All.negated() }),
        "and" => Ok(parts(&inner)?.into_iter().fold(Filter::All, Filter::and)),
        "or" => Ok(parts(&inner)?.into_iter().reduce(Filter::or).expect("some are there")),
        "not" => read(&inner).map(Filter::negated),
        "fields" => relation(&inner),
        "vql" => reread(&inner, &inner.text()?, |parser| parser.whole_filter()),
        other => node.unknown(other, LOGIC.into_iter().chain(test::names())),
    }
}

fn parts(node: &Node<'_>) -> Result<Vec<Filter>> {
    let parts: Vec<Filter> = node.list()?.iter().map(read).collect::<Result<_>>()?;
    if parts.is_empty() {
        node.fail("a filter is missing here", "write {\"all\": true} for every event")
    } else {
        Ok(parts)
    }
}

fn of_field(node: &Node<'_>) -> Result<Filter> {
    let known: Vec<&str> = ["field"].into_iter().chain(test::names()).collect();
    let object = node.object(&known)?;
    let mut tests = object.names().filter(|name| *name != "field");
    let (Some(kind), None) = (tests.next(), tests.next()) else {
        return node.fail("a filter has exactly one test", "write {\"field\": \"level\", \"is\": \"error\"}");
    };
    let field = object.text("field")?.map_or(Field::Any, Field::Named);
    let test = test::read(kind, &object.need(kind)?)?;
    Ok(Filter::Field { field, test })
}

fn relation(node: &Node<'_>) -> Result<Filter> {
    let object = node.object(&["left", "relation", "right"])?;
    let (left, right) = (object.need("left")?.text()?, object.need("right")?.text()?);
    let kind = object.need("relation")?;
    let text = kind.text()?;
    match RELATIONS.iter().find(|(name, _)| *name == text) {
        Some((_, relation)) => Ok(Filter::Fields { left, relation: *relation, right }),
        None => kind.unknown(&text, RELATIONS.iter().map(|(name, _)| *name)),
    }
}
