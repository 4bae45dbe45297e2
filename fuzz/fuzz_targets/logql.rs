//! Does LogQL that reads read back the same when it is written down?
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigil_query::logql;

fuzz_target!(|text: &str| {
    let Ok(expression) = logql::parse(text) else { return };
    let written = expression.to_string();
    let again = logql::parse(&written).unwrap_or_else(|error| panic!("{}", error.render(&written)));
    assert_eq!(again.to_string(), written);
});
