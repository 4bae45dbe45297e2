//! Does VQL that reads read back the same when it is written down, and does a filter decide without a panic?
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigil_model::{RecordBuilder, Records, Timestamp, Value};
use vigil_query::{Matcher, parse};

const NOW: Timestamp = Timestamp(1_785_585_600_000_000_000);

fuzz_target!(|text: &str| {
    let Ok(query) = parse(text, NOW) else { return };
    let written = query.to_string();
    let again = parse(&written, NOW).unwrap_or_else(|error| panic!("{}", error.render(&written)));
    assert_eq!(again.to_string(), written);
    let records = records();
    let (fast, record) = (Matcher::new(&query.filter), records.get(0).expect("there is one"));
    assert_eq!(fast.matches(&record), query.filter.matches(&record), "{written}");
});

fn records() -> Records {
    let (mut records, mut builder) = (Records::new(), RecordBuilder::new());
    builder.push("host", Value::Str("web-1"));
    builder.push("level", Value::Str("Error"));
    builder.push(
        "message",
        Value::Str("Failed password for root from 10.0.0.1 port 4711 ssh2, aaaaaaaaaaaaaaaaaaaaaaaa!"),
    );
    builder.push("status", Value::Int(500));
    records.push(&mut builder, NOW, false).expect("it is small");
    records
}
