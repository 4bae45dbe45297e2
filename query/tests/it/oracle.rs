//! Does the fast matcher say what the plain one says?

use proptest::prelude::*;
use vigil_model::{Record, Timestamp};
use vigil_query::{FieldTest, Filter, Matcher, Query, parse};

use crate::support::{NOW, Owned, encode, filter, record, text};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn matcher_is_the_filter(filter in filter(), records in proptest::collection::vec(record(), 1..6)) {
        let matcher = Matcher::new(&filter);
        for bytes in &records {
            let record = Record::validate(bytes).expect("canonical");
            prop_assert_eq!(matcher.matches(&record), filter.matches(&record), "{} on {:?}", filter, record);
        }
    }

    /// Needles cut from the text itself, so that many of them are there.
    #[test]
    fn needles_from_the_haystack(hay in text(), more in text(), cut in any::<(usize, usize)>(), upper in any::<bool>()) {
        let hay = format!("{hay}{more}");
        let chars: Vec<char> = hay.chars().collect();
        let from = cut.0 % (chars.len() + 1);
        let to = from + cut.1 % (chars.len() - from + 1);
        let needle: String = chars[from..to].iter().collect();
        let needle = if upper { needle.to_uppercase() } else { needle };
        let bytes = encode(NOW, &[("f".to_owned(), Owned::Str(hay))]);
        let record = Record::validate(&bytes).expect("canonical");
        for test in [FieldTest::Phrase(needle.clone()), FieldTest::Prefix(needle)] {
            for filter in [Filter::field("f", test.clone()), Filter::any(test)] {
                prop_assert_eq!(Matcher::new(&filter).matches(&record), filter.matches(&record), "{} on {:?}", filter, record);
            }
        }
    }

    /// What the time range leaves out, the filter would not have let pass.
    #[test]
    fn time_range_loses_nothing(filter in filter(), record in record()) {
        let record = Record::validate(&record).expect("canonical");
        prop_assert!(!filter.matches(&record) || filter.time_range().contains(record.time()));
    }
}

fn matches(query: &str, time: &str, fields: &[(&str, Owned)]) -> bool {
    let fields: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let bytes = encode(time.parse().expect("RFC 3339"), &fields);
    let record = Record::validate(&bytes).expect("canonical");
    let query = parse(query, NOW).expect("valid");
    let found = query.filter.matches(&record);
    assert_eq!(Matcher::for_query(&query).matches(&record), found, "{query}");
    found
}

#[test]
fn an_event_answers_as_the_guide_says() {
    let text = |text: &str| Owned::Str(text.to_owned());
    let fields = [
        ("message", text("Connection refused by 10.0.0.1:80 (dfs.DataNode) /var/log/a.txt")),
        ("status", Owned::Int(503)),
        ("size", text("12KiB")),
        ("took", text("1.5s")),
        ("tags", Owned::List(vec![text("blue green"), text("red")])),
        ("user", Owned::Null),
        ("since", text("2026-07-31")),
    ];
    let is = |query: &str| matches(query, "2026-08-01T11:58:00Z", &fields);
    for yes in [
        "connection",
        "CONNECTION refused",
        "\"connection refused\"",
        "conn*",
        "\"connection ref\"*",
        "10.0.0.1:80",
        "message:dfs.DataNode",
        "message:/var/log/a.txt",
        "status:503",
        "503",
        "status:=503",
        "status:=50*",
        "status:>5e2",
        "status>=503",
        "status:[500 TO 599]",
        "status:{502 TO 503]",
        "status:!=500",
        "size:>10KiB",
        "took:<2s",
        "took:>=1500ms",
        "tags:red",
        "tags:=\"blue green\"",
        "user:\"\"",
        "nobody:\"\"",
        "message:*",
        "NOT user:*",
        "message:(refused OR accepted)",
        "_time:5m",
        "_time:2026-08",
        "_time:[2026-08-01T11:58:00Z, 2026-08-01T11:58:01Z)",
        "*",
        "",
        "_time:>=2026-08-01 status:503",
        "since:<2026-08-01",
        "since:[2026-07 TO 2026-07]",
        "-absent",
        "!absent",
    ] {
        assert!(is(yes), "{yes}");
    }
    for no in [
        "connect",
        "\"refused connection\"",
        "onnection*",
        "message:=connection",
        "message:=\"connection refused\"*",
        "status:>503",
        "status:{503 TO 599]",
        "status:!=503",
        "tags:\"green red\"",
        "user:*",
        "nobody:*",
        "nobody:!\"\"",
        "_time:1m",
        "_time:2026-07",
        "_time:>2026-08-01",
        "_time:<2026-08-01",
        "status:>abc503z OR size:\"\"",
        "took:>2s",
        "*:=refused",
        "since:>2026-07",
    ] {
        assert!(!is(no), "{no}");
    }
}

#[test]
fn an_event_of_this_very_moment_is_among_the_last_five_minutes() {
    assert!(matches("_time:5m", &NOW.to_string(), &[]));
    assert!(matches("_time:5m", &Timestamp(NOW.0 - 300_000_000_000).to_string(), &[]));
    assert!(!matches("_time:5m", &Timestamp(NOW.0 + 1).to_string(), &[]));
    assert!(!matches("_time:5m", &Timestamp(NOW.0 - 300_000_000_001).to_string(), &[]));
}

#[test]
fn a_query_range_binds_though_the_filter_does_not_say_it() {
    let bytes = encode(NOW, &[]);
    let record = Record::validate(&bytes).expect("canonical");
    let mut query: Query = parse("*", NOW).expect("valid");
    query.time.to = NOW;
    assert!(query.filter.matches(&record) && !Matcher::for_query(&query).matches(&record));
}
