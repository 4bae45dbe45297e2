//! Does a translated filter find the events that the query describes?

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use vigil_query::logql::{Entry, Expression, Labels, parse, translate};
use vigil_query::{Bound, Case, Comparison, Field, FieldTest, Filter, Number, Set, TimeRange};

/// An event whose fields are all text.
struct Event(BTreeMap<&'static str, &'static str>);

impl Event {
    /// What a filter says of the event, by the words of the tree's documentation.
    fn passes(&self, filter: &Filter) -> bool {
        match filter {
            Filter::All => true,
            Filter::Not(inner) => !self.passes(inner),
            Filter::And(parts) => parts.iter().all(|part| self.passes(part)),
            Filter::Or(parts) => parts.iter().any(|part| self.passes(part)),
            Filter::Field { field: Field::Any, test } => self.0.values().any(|text| holds(test, text)),
            Filter::Field { field: Field::Named(name), test } => holds(test, self.0.get(name.as_str()).unwrap_or(&"")),
            Filter::Fields { .. } => panic!("LogQL relates no fields"),
        }
    }

    fn first(&self, fields: &[&str]) -> &'static str {
        let texts = fields.iter().filter_map(|field| self.0.get(field)).copied();
        texts.into_iter().find(|text| !text.is_empty()).unwrap_or("")
    }

    /// The event as Loki would see it.
    fn entry(&self) -> Entry {
        let labels = [("a", self.first(&["a"])), ("k_v", self.first(&["k_v", "k.v"]))];
        let present = labels.into_iter().filter(|(_, text)| !text.is_empty());
        let labels = present.map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
        Entry { line: self.first(&["message", "msg"]).to_owned(), labels }
    }
}

fn holds(test: &FieldTest, text: &str) -> bool {
    let number = |bound: &Bound| match bound {
        Bound::Number(number) => *number,
        other => panic!("LogQL has no such bound: {other:?}"),
    };
    let own = Number::read(text).map(Number::to_f64);
    match test {
        FieldTest::Empty => text.is_empty(),
        FieldTest::Exists => !text.is_empty(),
        _ if text.is_empty() => false,
        FieldTest::Exact(whole) => whole == text,
        FieldTest::ExactPrefix(start) => text.starts_with(start.as_str()),
        FieldTest::Substring(part, Case::Exact) => text.contains(part.as_str()),
        FieldTest::Substring(part, Case::Folded) => text.to_lowercase().contains(&part.to_lowercase()),
        FieldTest::Regex(pattern) => pattern.regex().is_match(text),
        FieldTest::In(Set::Values(values)) => values.iter().any(|value| value == text),
        FieldTest::Compare(Comparison::Greater, bound) => own.is_some_and(|own| own > number(bound)),
        FieldTest::Compare(Comparison::Less, bound) => own.is_some_and(|own| own < number(bound)),
        FieldTest::Compare(Comparison::LessOrEqual, bound) => own.is_some_and(|own| own <= number(bound)),
        FieldTest::Range { low: Some((low, true)), high: Some((high, true)) } => {
            own.is_some_and(|own| number(low) <= own && own <= number(high))
        }
        other => panic!("no query here has such a test: {other:?}"),
    }
}

const TESTS: [&str; 22] = [
    "a=\"x\"",
    "a!=\"x\"",
    "a=\"\"",
    "a!=\"\"",
    "a=~\"x|y.z\"",
    "a=~\"x|y\\\\.z\"",
    "a!~\"x.*\"",
    "a=~\".*\"",
    "a=~\".+\"",
    "a=~\"\"",
    "a=~\"|x\"",
    "a!~\".*z.*\"",
    "k_v=\"x\"",
    "k_v!=\"x\"",
    "k_v=\"\"",
    "k_v=~\"(x|y)\"",
    "k_v!~\"x|\"",
    "a > 5",
    "a <= 1.5s",
    "k_v != 7",
    "a == 7 or k_v=\"x\"",
    "a=\"x\" and (k_v > 5 or k_v=\"x\")",
];
const LINES: [&str; 11] = [
    "|= \"x\"",
    "!= \"x\"",
    "|= \"x\" or \"7\"",
    "!= \"x\" or \"7\"",
    "|~ \"x.z\"",
    "!~ \"(?i)X\"",
    "|~ \"x|y\"",
    "|> \"<_>y<_>\"",
    "!> \"x\"",
    "|= \"\"",
    "|= \"y.z\"",
];
const TEXTS: [&str; 9] = ["", "x", "y.z", "yaz", "7", "X", "1s", "2s", "xyz"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_filter_finds_what_the_stages_let_pass(
        fields in btree_map(select(vec!["a", "k_v", "k.v", "msg"]), select(&TEXTS[..]), 0..4),
        message in select(&TEXTS[1..]),
        tests in vec(select(&TESTS[..]), 0..3), lines in vec(select(&LINES[..]), 0..3), elsewhere in any::<bool>(),
    ) {
        let mut event = Event(fields);
        event.0.insert(if elsewhere && !event.0.contains_key("msg") { "msg" } else { "message" }, message);
        let stages: Vec<String> = tests.iter().map(|test| format!("| {test}")).chain(lines.iter().map(|l| (*l).to_owned())).collect();
        let text = format!("{{}} {}", stages.join(" "));
        let Ok(Expression::Log(query)) = parse(&text) else { panic!("{text}") };
        let plan = translate(&query, TimeRange::ALL, &Labels::default()).expect("filters alone");
        prop_assert!(plan.query.pipes.is_empty() && plan.rest.is_empty());
        let expected = event.entry().apply(&query.stages);
        prop_assert_eq!(event.passes(&plan.query.filter), expected, "{} of {:?}", text, event.0);
    }
}
