//! Does `limit` let no more through than it says, and tell all the rest?

use std::collections::BTreeMap;

use expect_test::expect;
use proptest::prelude::*;
use vigil_model::Timestamp;
use vigil_model::limits::{STAGE_GROUPS_MAX, SUMMARIES_MAX};

use crate::stage::{Summary, SummaryValue};
use crate::stages::testing::{NOW, applied_at, faults, lines, said, stage};

fn millis(after: i64) -> Timestamp {
    Timestamp(NOW.0 + after * 1_000_000)
}

fn dropped(summaries: &[Summary]) -> i64 {
    let of = |(name, value): &(String, SummaryValue)| match value {
        SummaryValue::Number(number) if name == "dropped" => Some(*number),
        _ => None,
    };
    summaries.iter().flat_map(|summary| &summary.fields).filter_map(of).sum()
}

#[test]
fn what_is_above_the_rate_is_told_every_ten_seconds() {
    let limit = stage("limit", "{rate: 2/s, burst: 3, by: host.name}");
    let mut told = String::new();
    for at in [0, 0, 0, 0, 400, 500, 1_000] {
        told.push_str(&applied_at(&*limit, &format!(r#"{{"host":{{"name":"a"}},"at":{at}}}"#), millis(at)));
    }
    told.push_str(&applied_at(&*limit, r#"{"host":{"name":"b"}}"#, millis(1_000)));
    expect![[r#"
        at=0 host.name="a"
        at=0 host.name="a"
        at=0 host.name="a"
        dropped
        dropped
        at=500 host.name="a"
        at=1000 host.name="a"
        host.name="b"
    "#]]
    .assert_eq(&told);
    expect![[r#"
        message="dropped 2 events: more than 2/s" dropped=2 host.name="a"
    "#]]
    .assert_eq(&lines(&said(&*limit, millis(1_000), false)));
    for _ in 0..4 {
        applied_at(&*limit, r#"{"host":{"name":"a"}}"#, millis(1_000));
    }
    assert_eq!(said(&*limit, millis(10_999), false).len(), 0, "it was said less than ten seconds ago");
    assert_eq!(dropped(&said(&*limit, millis(11_000), false)), 4);
    assert!(limit.remembers());
}

#[test]
fn keys_for_which_there_is_no_room_share_what_is_left() {
    let limit = stage("limit", "{rate: 1/h, by: n}");
    let pass = |n: usize, at| i64::from(applied_at(&*limit, &format!(r#"{{"n":{n}}}"#), millis(at)) != "dropped\n");
    let events = STAGE_GROUPS_MAX + SUMMARIES_MAX + 50;
    let passed: i64 = (0..events).map(|n| pass(n, 0)).sum();
    assert_eq!(passed, STAGE_GROUPS_MAX as i64 + 1);
    let told = said(&*limit, millis(0), false);
    assert_eq!((told.len(), passed + dropped(&told)), (SUMMARIES_MAX + 1, events as i64));
    assert_eq!(pass(events, 3_600_000) + pass(events + 1, 3_600_000), 2, "full buckets make room");
}

#[test]
fn faults_of_settings() {
    let told = ["", "{rate: 5}", "{rate: 0/s}", "{rate: 5/d, burst: 0}", "{rate: 5/s, per: host}", "{rate: [a]}"];
    expect![[r#"
        1:1: limit: `rate` is missing
        1:8: limit: `rate`: `5` is no rate such as 1000/s, 60/m or 500/h
        1:8: limit: `rate`: `0/s` is no rate such as 1000/s, 60/m or 500/h
        1:8: limit: `rate`: `5/d` is no rate such as 1000/s, 60/m or 500/h
        1:20: limit: `burst`: `0` is not a whole number from 1 to 1000000000
        1:13: limit: unknown key `per`; there are: rate, burst, by
        1:8: limit: `rate` is a single value
    "#]]
    .assert_eq(&told.map(|options| faults("limit", options)).concat());
}

proptest! {
    #[test]
    fn never_more_than_the_rate_and_nothing_untold(
        events in proptest::collection::vec((0..3, -50_i64..700, any::<bool>()), 1..120), rate in 1_i64..20, burst in 1_i64..10,
    ) {
        let limit = stage("limit", &format!("{{rate: {rate}/s, burst: {burst}, by: n}}"));
        let (mut now, mut told, mut passed) = (0, 0, BTreeMap::<i32, Vec<i64>>::new());
        for (n, step, ask) in &events {
            now += step;
            if applied_at(&*limit, &format!(r#"{{"n":{n}}}"#), millis(now)) != "dropped\n" {
                passed.entry(*n).or_default().push(now);
            }
            if *ask {
                told += dropped(&said(&*limit, millis(now), false));
            }
        }
        told += dropped(&said(&*limit, millis(now), true));
        let count: usize = passed.values().map(Vec::len).sum();
        prop_assert_eq!(count as i64 + told, events.len() as i64);
        for times in passed.values() {
            let (first, last) = (times.iter().min(), times.iter().max());
            let span = last.zip(first).map_or(0, |(last, first)| last - first);
            prop_assert!(times.len() as i64 * 1_000 <= burst * 1_000 + rate * span, "{:?}", times);
        }
    }

    #[test]
    fn steady_events_below_the_rate_all_pass(rate in 1_i64..50, count in 1_i64..80) {
        let limit = stage("limit", &format!("{{rate: {rate}/s, burst: 1}}"));
        for n in 0..count {
            let at = Timestamp(NOW.0 + n * (1_000_000_000 / rate + 1));
            prop_assert_ne!(applied_at(&*limit, "{}", at), "dropped\n");
        }
    }
}
