//! Is every leaf of a JSON object found again under its dotted name?

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value as Json};
use vigil_ingest::{Format, Pipeline, Recipe};
use vigil_model::Value;

use crate::{decode, recipe};

fn scalar() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_filter_map("finite", |value| value.is_finite().then(|| Json::from(value))),
        ".{0,12}".prop_map(Json::from),
    ]
}

fn json() -> impl Strategy<Value = Json> {
    scalar().prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            members(inner).prop_map(Json::Object),
        ]
    })
}

/// Names without dots, so that no two paths meet, and unlike those of times.
fn members(value: impl Strategy<Value = Json>) -> impl Strategy<Value = Map<String, Json>> {
    prop::collection::btree_map("[a-dA-D\u{e9} \"\\\\]{1,3}", value, 0..6).prop_map(|map| map.into_iter().collect())
}

/// The leaves by their dotted names.
fn leaves(prefix: &str, object: &Map<String, Json>, out: &mut BTreeMap<String, Json>) {
    for (name, value) in object {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Json::Object(inner) if !inner.is_empty() => leaves(&path, inner, out),
            leaf => drop(out.insert(path, leaf.clone())),
        }
    }
}

fn is_same(found: Value<'_>, json: &Json) -> bool {
    match (found, json) {
        (Value::Null, Json::Null) => true,
        (Value::Bool(found), Json::Bool(value)) => found == *value,
        (Value::Int(found), Json::Number(value)) => value.as_i64() == Some(found),
        (Value::Float(found), Json::Number(value)) => value.is_f64() && value.as_f64() == Some(found),
        (Value::Str(found), Json::Number(value)) => value.as_i64().is_none() && found == value.to_string(),
        (Value::Str(found), Json::String(value)) => found == value,
        (Value::Str(found), Json::Object(_)) => serde_json::from_str::<Json>(found).is_ok_and(|found| found == *json),
        (Value::List(found), Json::Array(values)) => {
            let found: Vec<_> = found.iter().collect();
            found.len() == values.len() && found.iter().zip(values).all(|(found, json)| is_same(*found, json))
        }
        _ => false,
    }
}

proptest! {
    #[test]
    fn every_leaf_is_found(object in members(json())) {
        let body = Json::Object(object.clone()).to_string();
        let recipe = Recipe { pipeline: Pipeline::none(), ..recipe(Format::Ndjson) };
        let outcome = decode(&recipe, &[body.as_bytes()]);
        let records = outcome.records();
        prop_assert_eq!(records.len(), 1, "{:?}", outcome.rejects);
        let mut expected = BTreeMap::new();
        leaves("", &object, &mut expected);
        prop_assert_eq!(records[0].fields().count(), expected.len());
        for (name, json) in &expected {
            let found = records[0].get(name).expect("the leaf is there");
            prop_assert!(is_same(found, json), "{}: {:?} is not {}", name, found, json);
        }
    }
}
