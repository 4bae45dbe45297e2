//! Does a query that is written down read back as the same query?

use proptest::collection::vec;
use proptest::prelude::*;
use vigil_model::{Record, Timestamp};
use vigil_query::{Matcher, Pipe, Query, TimeRange, parse};

use crate::pipes::{self, pipe};
use crate::support::{NOW, filter, record};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn a_query_reads_back(filter in filter(), pipes in vec(pipe(), 0..4), later in any::<i64>()) {
        let query = pipes::query(filter, pipes);
        let text = query.to_string();
        let again = parse(&text, Timestamp(later)).map_err(|error| TestCaseError::fail(error.render(&text)))?;
        prop_assert_eq!(again, query, "{}", text);
    }

    #[test]
    fn a_narrower_range_is_said_as_a_test(filter in filter(), range in any::<(i64, i64)>(), record in record()) {
        let range = TimeRange { from: Timestamp(range.0), to: Timestamp(range.1) };
        let time = filter.time_range().intersect(&range);
        let query = Query { time, filter, pipes: Vec::new() };
        let again = parse(&query.to_string(), NOW).expect("written by us");
        let record = Record::validate(&record).expect("canonical");
        prop_assert_eq!(Matcher::for_query(&again).matches(&record), Matcher::for_query(&query).matches(&record));
    }
}

#[test]
fn columns_are_named_as_their_function_is_written() {
    let query = parse("| stats count(), SUM( bytes ), avg(\"my field\") mean by host", NOW).expect("valid");
    assert_eq!(query.to_string(), "* | stats count(), sum(bytes), avg(\"my field\") as mean by host");
    let Pipe::Stats(stats) = &query.pipes[0] else { panic!("stats was asked for") };
    let names: Vec<_> = stats.functions.iter().map(|stat| stat.name.as_str()).collect();
    assert_eq!(names, ["count()", "sum(bytes)", "mean"]);
}
