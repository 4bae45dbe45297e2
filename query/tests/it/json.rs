//! Does a query said as JSON mean what the same query means in VQL?

use expect_test::{Expect, expect};
use proptest::collection::vec;
use proptest::prelude::*;
use vigil_model::Timestamp;
use vigil_model::limits::QUERY_BYTES_MAX;
use vigil_query::{Query, TimeRange, from_json, parse, parse_json, to_json};

use crate::pipes::{self, pipe};
use crate::support::{NOW, filter};

const GUIDE: &str = include_str!("../../../docs/guides/json-query.md");

/// Each line of `queries` and the VQL that it was read as, or what is wrong with it.
fn check(queries: &str, expected: Expect) {
    let read = |text: &str| match parse_json(text, NOW) {
        Ok(query) => format!("{query}\n"),
        Err(error) => {
            format!("{error}\n{}", error.hint.as_ref().map(|hint| format!("    {hint}\n")).unwrap_or_default())
        }
    };
    expected.assert_eq(&queries.lines().map(str::trim).filter(|line| !line.is_empty()).map(read).collect::<String>());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn a_query_reads_back(filter in filter(), pipes in vec(pipe(), 0..4), later in any::<i64>()) {
        let query = pipes::query(filter, pipes);
        let value = to_json(&query);
        let again = from_json(&value, Timestamp(later)).map_err(|error| TestCaseError::fail(format!("{error} {value}")))?;
        prop_assert_eq!(&again, &query, "{}", value);
        let text = value.to_string();
        if text.len() <= QUERY_BYTES_MAX {
            prop_assert_eq!(parse_json(&text, NOW), Ok(query), "{}", text);
        }
    }

    #[test]
    fn a_narrower_range_reads_back(filter in filter(), range in any::<(i64, i64)>()) {
        let range = TimeRange { from: Timestamp(range.0), to: Timestamp(range.1) };
        let query = Query { time: filter.time_range().intersect(&range), filter, pipes: Vec::new() };
        prop_assert_eq!(from_json(&to_json(&query), NOW), Ok(query));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[\\[\\]{}:,\"a-z0-9 ]{0,40}") {
        if let Ok(query) = parse_json(&text, NOW) {
            prop_assert_eq!(parse(&query.to_string(), NOW), Ok(query));
        }
    }
}

#[test]
fn every_example_of_the_guide_is_read() {
    let examples = GUIDE.split("```json\n").skip(1).map(|rest| rest.split_once("\n```").expect("a block ends").0);
    assert!(examples.clone().count() > 5, "the guide has examples");
    for example in examples {
        if let Err(error) = parse_json(example, NOW) {
            panic!("{example}\n{error}");
        }
    }
}

#[test]
fn what_queries_mean() {
    check(
        r##"
        {}
        {"filter": {"field": "level", "is": "error"}, "pipes": [{"limit": 10}]}
        {"filter": {"and": [{"phrase": "a b"}, {"or": [{"prefix": "x"}, {"not": {"field": "f", "exists": true}}]}]}}
        {"filter": {"vql": "_time:5m error OR x"}}
        {"filter": {"field": "n", "range": {"gte": 1, "lt": 2.5}}}
        {"filter": {"field": "t", "gt": {"time": "2026-08-01T00:00:00Z"}}}
        {"filter": {"field": "_time", "phrase": "5m"}}
        {"time": {"from": "now-5m", "to": "now"}, "filter": {"phrase": "a"}}
        {"pipes": [{"stats": {"by": ["host", {"field": "_time", "time": "5m"}], "functions": [{"count": {"as": "n"}}, {"p95": {"fields": ["took"]}}]}}, {"sort": ["host", {"field": "n", "descending": true}]}]}
        {"pipes": [{"vql": "first 3 by (a) | count()"}, {"math": [{"expression": "a/b", "as": "c"}]}]}
        {"pipes": [{"top": {"by": ["a"]}}, {"facets": {}}, {"union": {"filter": {"phrase": "b"}}}]}
        "##,
        expect![[r#"
            *
            level:=error | limit 10
            "a b" AND (x* OR NOT f:*)
            _time:[2026-08-01T11:55:00Z TO 2026-08-01T12:00:00.000000001Z} AND error OR x
            n:[1 TO 2.5}
            t:>2026-08-01T00:00:00Z
            _time:[2026-08-01T11:55:00Z TO 2026-08-01T12:00:00.000000001Z}
            _time:[2026-08-01T11:55:00Z TO 2026-08-01T12:00:00Z} AND a
            * | stats count() as n, quantile(0.95, took) by host, _time:5m | sort by host, n desc
            * | sort by a | limit 3 | stats count() | math a / b as c
            * | top 10 by (a) | facets 10 | union (b)
        "#]],
    );
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    check(
        r##"
        {
        []
        {"filtre": {}}
        {"filter": {"and": [{"phrase": "a"}, {"field": "f", "iss": "b"}]}}
        {"filter": {"field": "f"}}
        {"filter": {"and": []}}
        {"filter": {"xor": []}}
        {"filter": {"vql": "a OR"}}
        {"filter": {"field": "f", "range": {"gt": 1, "gte": 2}}}
        {"filter": {"field": "f", "lt": true}}
        {"time": {"from": "yesterday"}}
        {"pipes": {"limit": 5}}
        {"pipes": [{"limt": 5}]}
        {"pipes": [{"limit": 5, "offset": 3}]}
        {"pipes": [{"limit": "5"}]}
        {"pipes": [{"limit": 5}, {"sort": ["a", {"field": "b", "desc": true}]}]}
        {"pipes": [{"sort": []}]}
        {"pipes": [{"sample": 0}]}
        {"pipes": [{"extract": {"pattern": "<a><b>"}}]}
        {"pipes": [{"extract": {"from": "a"}}]}
        {"pipes": [{"replace_regexp": {"pattern": "(", "new": ""}}]}
        {"pipes": [{"math": [{"expression": "a +"}]}]}
        {"pipes": [{"stats": {"functions": [{"cuont": {}}]}}]}
        {"pipes": [{"stats": {"functions": [{"sum": {}}]}}]}
        {"pipes": [{"stats": {"functions": [{"sum": {"share": 0.5, "fields": ["a"]}}]}}]}
        {"pipes": [{"stats": {"functions": [{"quantile": {"fields": ["a"]}}]}}]}
        {"pipes": [{"stats": {"functions": [{"count": {}}], "by": [{"field": "a", "ip": 33}]}}]}
        {"pipes": [{"join": {"by": ["a"], "query": {"pipes": [{"limit": -1}]}}}]}
        {"pipes": [{"vql": "limit 5)"}]}
        "##,
        expect![[r#"
            this is no JSON: EOF while parsing an object at line 1 column 1 (at "")
            an object is missing here (at "")
                write {"time": …, "filter": …, "pipes": …}
            unknown name `filtre` (at "")
                did you mean `filter`?
            unknown name `iss` (at "/filter/and/1")
                did you mean `is`?
            a filter has exactly one test (at "/filter")
                write {"field": "level", "is": "error"}
            a filter is missing here (at "/filter/and")
                write {"all": true} for every event
            unknown name `xor` (at "/filter")
                known are field, phrase, prefix, cased_phrase, cased_prefix, contains, cased_contains, regex, in, contains_all, contains_any, sequence, string_range, length_range, ip_range, value_type, day_range, week_range, is, starts_with, exists, empty, lt, lte, gt, gte, range
            a filter is missing after `OR` (`OR`) (at "/filter/vql")
                quote it to search for the word
            `gt` and `gte` are said at once (at "/filter/range")
                take one of them away
            a number, a text or a time is missing here (at "/filter/lt")
                write 5, "a" or {"time": "2026-08-01"}
            this is no time (at "/time/from")
                write 2026-08-01T12:00:00Z, 2026-08-01, now or now-5m
            a list is missing here (at "/pipes")
                put it between [ and ]
            unknown name `limt` (at "/pipes/0")
                did you mean `limit`?
            a pipe is an object with exactly one name (at "/pipes/0")
                write {"limit": 10}
            a whole number is missing here (at "/pipes/0/limit")
                write 10
            unknown name `desc` (at "/pipes/1/sort/1")
                known are field, descending
            the name of a field or column is missing here (at "/pipes/0/sort")
                write a name, and quote it when it has spaces or signs
            one row of none is no sample (`0`) (at "/pipes/0/sample")
                write sample 100 for one row of a hundred
            nothing tells where this ends and the next begins (`<a>`) (at "/pipes/0/extract")
                put the text between them that stands there
            `pattern` is missing here (at "/pipes/0/extract")
                add "pattern"
            this is no regular expression: unclosed group (at "/pipes/0/replace_regexp/pattern")
                a backslash before a sign makes it plain text; JSON wants it doubled
            a number or a field is missing here (at "/pipes/0/math/0/expression")
                write math bytes / 1024 as kib
            unknown name `cuont` (at "/pipes/0/stats/functions/0")
                did you mean `count`?
            `sum` needs a field (`sum()`) (at "/pipes/0/stats")
                write sum(field)
            `sum` takes no share (at "/pipes/0/stats/functions/0/sum")
                {"quantile": {"share": 0.95, "fields": ["took"]}}
            `share` is missing here (at "/pipes/0/stats/functions/0/quantile")
                add "share"
            `/33` is no prefix of an address (`/33`) (at "/pipes/0/stats")
                write how many bits count, 0 to 32: by (ip:/24)
            a whole number is missing here (at "/pipes/0/join/query/pipes/0/limit")
                write 10
            something stands here that does not belong to it (`)`) (at "/pipes/0/vql")
                take it away
        "#]],
    );
}

#[test]
fn depth_is_limited_and_said() {
    let mut value = serde_json::json!({"phrase": "a"});
    for _ in 0..3_000 {
        value = serde_json::json!({"not": value});
    }
    let error = from_json(&serde_json::json!({"filter": value}), NOW).expect_err("too deep");
    assert!(error.message.contains("levels deep"), "{error}");
}
