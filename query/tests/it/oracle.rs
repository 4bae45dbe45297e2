//! Does the fast matcher say what the plain one says?

use proptest::prelude::*;
use vigil_model::{Record, Timestamp};
use vigil_query::{Case, FieldTest, Filter, Matcher, Query, Set, parse};

use crate::support::{NOW, Owned, encode, filter, pattern, record, text};

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
        let texts = vec![needle.clone(), "a".to_owned()];
        let set = || Set::Values(texts.clone());
        for test in [
            FieldTest::Phrase(needle.clone()),
            FieldTest::Prefix(needle.clone()),
            FieldTest::CasedPhrase(needle.clone()),
            FieldTest::CasedPrefix(needle.clone()),
            FieldTest::Substring(needle.clone(), Case::Folded),
            FieldTest::Substring(needle.clone(), Case::Exact),
            FieldTest::In(set()),
            FieldTest::ContainsAll(set()),
            FieldTest::ContainsAny(set()),
            FieldTest::Sequence(texts.clone()),
            FieldTest::Sequence(vec![needle.clone(), needle]),
        ] {
            for filter in [Filter::field("f", test.clone()), Filter::any(test)] {
                prop_assert_eq!(Matcher::new(&filter).matches(&record), filter.matches(&record), "{} on {:?}", filter, record);
            }
        }
    }

    #[test]
    fn patterns_on_any_field(pattern in pattern(), hay in text(), more in text()) {
        let bytes = encode(NOW, &[("f".to_owned(), Owned::Str(format!("{hay}{more}")))]);
        let record = Record::validate(&bytes).expect("canonical");
        let filter = Filter::any(FieldTest::Regex(pattern));
        prop_assert_eq!(Matcher::new(&filter).matches(&record), filter.matches(&record), "{} on {:?}", filter, record);
    }

    /// A set asks what its texts ask one by one.
    #[test]
    fn sets_are_their_texts(texts in proptest::collection::vec(text(), 0..4), record in record()) {
        let record = Record::validate(&record).expect("canonical");
        let each = |make: fn(String) -> FieldTest| {
            texts.iter().map(|text| Filter::field("a", make(text.clone())).matches(&record)).collect::<Vec<_>>()
        };
        let set = |make: fn(Set) -> FieldTest| {
            Matcher::new(&Filter::field("a", make(Set::Values(texts.clone())))).matches(&record)
        };
        prop_assert_eq!(set(FieldTest::In), each(FieldTest::Exact).contains(&true));
        if texts.iter().all(|text| !text.is_empty()) {
            prop_assert_eq!(set(FieldTest::ContainsAll), !each(FieldTest::Phrase).contains(&false));
            prop_assert_eq!(set(FieldTest::ContainsAny), each(FieldTest::Phrase).contains(&true));
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
        "*onnec*",
        "message:*\"ON REF\"*",
        "c\"Connection refused\"",
        "message:c(Conn*)",
        "message:c*\"taN\"* OR c*\"taNode\"*",
        "i(CONNECTION)",
        "~\"refused by (\\d+\\.){3}\"",
        "message:/^connection/i",
        "message!~\"accepted\"",
        "status:~\"^5\\d\\d$\"",
        "status:in(404, 503)",
        "tags:in(red)",
        "user:in(\"\", x)",
        "tags:contains_all(red, green)",
        "message:contains_any(accepted, refused)",
        "message:seq(connection, by, DataNode)",
        "status:len_range(3, 3)",
        "message:string_range(A, D)",
        "status:value_type(int) tags:value_type(list) tags:value_type(string) user:value_type(null)",
        "status:eq_field(status) status:le_field(status) status:lt_field(took)",
        "{status=\"503\", tags=~\"r.d\", took!=\"2s\", nobody=\"\", nobody=~\".*\", user!~\".+\"}",
        "_time:day_range[11:58, 11:59)",
        "_time:day_range[22:00, 12:00)",
        "_time:day_range[13:58, 13:59) offset 2h",
        "_time:week_range[Sat, Sat]",
        "_time:week_range[Fri, Fri] offset -12h",
        "since:week_range[Fri, Fri]",
        "_time:2026-08-02 offset 1d",
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
        "c\"connection\"",
        "message:c*\"ONNEC\"*",
        "message:*\"refused connection\"*",
        "~\"connection refused\"",
        "tags:contains_all(red, gree)",
        "message:seq(DataNode, connection)",
        "message:in(Connection, refused)",
        "status:in[]",
        "status:len_range(4, inf)",
        "message:ipv4_range(10.0.0.0/8)",
        "user:~\".*\"",
        "nobody:len_range(0, 5)",
        "status:eq_field(nobody)",
        "{status=\"50\"}",
        "{nobody=~\".+\"}",
        "_time:day_range[08:00, 11:58)",
        "_time:week_range[Sun, Fri]",
        "_time:2026-08-02 offset 1h",
    ] {
        assert!(!is(no), "{no}");
    }
}

#[test]
fn addresses_are_read_as_such() {
    let is = |query: &str, text: &str| matches(query, "2026-08-01T11:58:00Z", &[("a", Owned::Str(text.to_owned()))]);
    for (query, inside, outside) in [
        ("a:ipv4_range(10.0.0.0/8)", "10.255.255.255", "11.0.0.0"),
        ("a:ipv4_range(10.1.2.3/32)", "10.1.2.3", "10.1.2.4"),
        ("a:ipv4_range(0.0.0.0/0)", "255.1.2.3", "::1"),
        ("a:ipv4_range(10.0.0.1, 10.0.0.3)", "::ffff:10.0.0.2", "10.0.0.4"),
        ("a:ip_range(fe80::/10)", "febf::1", "fec0::"),
        ("a:ip_range(::/0)", "10.0.0.1", "10.0.0.1:80"),
        ("a:ip_range(fe80::1-fe80::9)", "fe80:0::9", "fe80::a"),
    ] {
        assert!(is(query, inside) && !is(query, outside), "{query}");
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
