//! Does `dedupe` count what it takes away?

use expect_test::expect;
use proptest::prelude::*;
use vigil_model::Timestamp;
use vigil_model::limits::{STAGE_GROUPS_MAX, SUMMARIES_MAX};

use crate::stage::{Summary, SummaryValue};
use crate::stages::testing::{NOW, applied_at, faults, lines, said, stage};

fn seconds(after: i64) -> Timestamp {
    Timestamp(NOW.0 + after * 1_000_000_000)
}

fn repeated(summaries: &[Summary]) -> i64 {
    let of = |(name, value): &(String, SummaryValue)| match value {
        SummaryValue::Number(number) if name == "repeated" => Some(*number),
        _ => None,
    };
    summaries.iter().flat_map(|summary| &summary.fields).filter_map(of).sum()
}

#[test]
fn repeats_are_told_when_the_window_ends() {
    let dedupe = stage("dedupe", "{by: [message, host.name], window: 30s}");
    let mut told = String::new();
    for (host, second) in [("a", 0), ("a", 1), ("b", 2), ("a", 29), ("a", 30), ("a", 31)] {
        let event = format!(r#"{{"message":"disk full","host":{{"name":"{host}"}},"n":{second}}}"#);
        told.push_str(&applied_at(&*dedupe, &event, seconds(second)));
    }
    expect![[r#"
        host.name="a" message="disk full" n=0
        dropped
        host.name="b" message="disk full" n=2
        dropped
        host.name="a" message="disk full" n=30
        dropped
    "#]]
    .assert_eq(&told);
    let told =
        [lines(&said(&*dedupe, seconds(31), false)), "then\n".to_owned(), lines(&said(&*dedupe, seconds(60), false))];
    expect![[r#"
        message="repeated 2 times: disk full" repeated=2 first_time="2026-08-01T12:00:00Z" last_time="2026-08-01T12:00:00Z" host.name="a"
        then
        message="repeated 1 time: disk full" repeated=1 first_time="2026-08-01T12:00:00Z" last_time="2026-08-01T12:00:00Z" host.name="a"
    "#]].assert_eq(&told.concat());
    assert!(dedupe.remembers());
    assert_eq!(said(&*dedupe, seconds(99), true).len(), 0);
}

#[test]
fn the_last_call_tells_windows_that_are_open() {
    let dedupe = stage("dedupe", "");
    let long = format!(r#"{{"message":"{}"}}"#, "é".repeat(200));
    for event in [&long, &long, r#"{"message":3}"#, r#"{"message":3}"#, "{}", "{}", "{}"] {
        applied_at(&*dedupe, event, NOW);
    }
    let told = lines(&said(&*dedupe, NOW, true));
    expect![[r#"
        message="repeated 1 time: éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé…" repeated=1 first_time="2026-08-01T12:00:00Z" last_time="2026-08-01T12:00:00Z"
        message="repeated 1 time" repeated=1 first_time="2026-08-01T12:00:00Z" last_time="2026-08-01T12:00:00Z"
    "#]].assert_eq(&told);
}

#[test]
fn beyond_the_limits_groups_end_early_and_sums_stay_right() {
    let dedupe = stage("dedupe", "{by: n}");
    let groups = STAGE_GROUPS_MAX + SUMMARIES_MAX + 7;
    let mut passed = 0;
    for n in 0..groups * 2 {
        passed += i64::from(applied_at(&*dedupe, &format!(r#"{{"n":{}}}"#, n / 2), NOW) != "dropped\n");
    }
    let told = said(&*dedupe, NOW, true);
    assert_eq!((passed, told.len()), (groups as i64, SUMMARIES_MAX + 1));
    assert_eq!(passed + repeated(&told), groups as i64 * 2);
}

#[test]
fn faults_of_settings() {
    let told = ["{by: [[a]]}", "{window: 2d}", "{window: 0s}", "{windw: 1s}", "[message]", "{by: [a, a]}"];
    expect![[r#"
        1:7: dedupe: `by` is a list of texts
        1:10: dedupe: `window`: `2d` is longer than 86400 s
        1:1: dedupe: `window`: within no time nothing repeats
        1:2: dedupe: unknown key `windw`; did you mean `window`?
        1:1: dedupe: expected keys and values beneath it
        1:10: dedupe: `a` is named twice
    "#]]
    .assert_eq(&told.map(|options| faults("dedupe", options)).concat());
}

proptest! {
    #[test]
    fn what_passed_and_what_repeated_is_all(events in proptest::collection::vec((0..4, -3_i64..40, any::<bool>()), 1..80), window in 1..60) {
        let dedupe = stage("dedupe", &format!("{{by: n, window: {window}s}}"));
        let (mut now, mut passed, mut told) = (0, 0, 0);
        for (n, step, ask) in &events {
            now += step;
            passed += i64::from(applied_at(&*dedupe, &format!(r#"{{"n":{n}}}"#), seconds(now)) != "dropped\n");
            if *ask {
                told += repeated(&said(&*dedupe, seconds(now), false));
            }
        }
        told += repeated(&said(&*dedupe, seconds(now), true));
        prop_assert_eq!(passed + told, events.len() as i64);
    }
}
