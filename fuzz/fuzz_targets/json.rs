//! Does a query in JSON that reads read back the same when it is written as VQL and as JSON?
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigil_model::Timestamp;
use vigil_query::{parse_json, to_json};

const NOW: Timestamp = Timestamp(1_785_585_600_000_000_000);

fuzz_target!(|text: &str| {
    let Ok(query) = parse_json(text, NOW) else { return };
    let written = to_json(&query).to_string();
    let again = parse_json(&written, NOW).unwrap_or_else(|error| panic!("{error}: {written}"));
    assert_eq!(again.to_string(), query.to_string());
});
