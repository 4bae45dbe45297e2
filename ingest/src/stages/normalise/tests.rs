//! Does `normalise` add what it should, and nothing else?

use expect_test::expect;
use proptest::prelude::*;
use vigil_model::limits::RECORD_BYTES_MAX;
use vigil_model::{RecordBuilder, Timestamp, Value};

use crate::stage::{Event, Verdict};
use crate::stages::testing::{NOW, all, applied_at, faults, stage};

#[test]
fn levels_in_other_forms_get_a_word() {
    let told = all(
        &*stage("normalise", ""),
        &[
            r#"{"PRIORITY":"3"}"#,
            r#"{"PRIORITY":9}"#,
            r#"{"severity":4,"facility":1}"#,
            r#"{"severity":"7","log":{"syslog":{"msgid":"x"}}}"#,
            r#"{"severity":4}"#,
            r#"{"severity":"high","PRIORITY":3}"#,
            r#"{"severityNumber":17}"#,
            r#"{"severity_number":"9","severity_text":"INFO"}"#,
            r#"{"level":50,"msg":"pino"}"#,
            r#"{"level":35}"#,
            r#"{"level":"30"}"#,
            r#"{"level":50,"log":{"level":"own"}}"#,
            r#"{"Level":2,"EventID":7,"Channel":"System"}"#,
            r#"{"Level":"0","Provider_Name":"x","EventID":"7"}"#,
            r#"{"Level":2,"EventID":7}"#,
        ],
    );
    expect![[r#"
        PRIORITY="3" level="error"
        PRIORITY=9
        facility=1 level="warn" severity=4
        level="debug" log.syslog.msgid="x" severity="7"
        severity=4
        PRIORITY=3 severity="high"
        level="error" severityNumber=17
        severity_number="9" severity_text="INFO"
        level=50 log.level="error" msg="pino"
        level=35
        level="30"
        level=50 log.level="own"
        Channel="System" EventID=7 Level=2 level="error"
        EventID="7" Level="0" Provider_Name="x" level="info"
        EventID=7 Level=2
    "#]]
    .assert_eq(&told);
}

#[test]
fn events_of_windows_are_found_by_the_names_that_rules_use() {
    let told = all(
        &*stage("normalise", ""),
        &[
            r#"{"EventID":1116,"Channel":"x","Computer":"WS1","Threat Name":"EICAR","Threat ID":7,"ThreatID":8}"#,
            r#"{"EventID":1,"Channel":"x","Computer":"WS1","host":{"name":"own"}," ":1}"#,
            r#"{"Computer":"no event of Windows","Threat Name":"x"}"#,
        ],
    );
    expect![[r#"
        Channel="x" Computer="WS1" EventID=1116 Threat ID=7 Threat Name="EICAR" ThreatID=8 ThreatName="EICAR" host.name="WS1"
         =1 Channel="x" Computer="WS1" EventID=1 host.name="own"
        Computer="no event of Windows" Threat Name="x"
    "#]].assert_eq(&told);
}

#[test]
fn a_clock_that_is_ahead_is_told() {
    let stage = stage("normalise", "");
    let at = |seconds: i64| applied_at(&*stage, "{}", Timestamp(NOW.0 - seconds * 1_000_000_000));
    expect![[r#"

        clock_skew_ms=601000

    "#]]
    .assert_eq(&[at(600), at(601), at(-86_400)].concat());
}

#[test]
fn it_has_no_options() {
    expect![[r#"
        1:2: normalise: unknown key `level`; nothing can be set here
    "#]]
    .assert_eq(&faults("normalise", "{level: off}"));
}

#[test]
fn an_event_that_just_fits_stays_one_that_fits() {
    let mut fields = RecordBuilder::new();
    fields.push("PRIORITY", Value::Int(3));
    fields.push("x", Value::Str(&"x".repeat(RECORD_BYTES_MAX - 40)));
    fields.settle();
    let mut event = Event { fields: &mut fields, time: NOW, time_assumed: false, now: Timestamp(0) };
    stage("normalise", "").apply(&mut event);
    fields.finish(NOW, false, &mut Vec::new()).expect("it was not made larger");
}

const NAMES: &str = "level|severity|PRIORITY|log\\.level|severityNumber|Level|EventID|Channel|Provider_Name|Computer|host\\.name|Threat Name|ThreatName|facility|clock_skew_ms|[a-z ]{0,3}";

proptest! {
    #[test]
    fn what_the_sender_sent_stays_as_it_is(sent in proptest::collection::btree_map(NAMES, "[0-9]{1,2}|error|[a-z]{0,3}", 0..9), numbers: bool, ahead in -1_000_000_i64..1_000_000) {
        let mut fields = RecordBuilder::new();
        for (name, value) in &sent {
            match value.parse() {
                Ok(number) if numbers => fields.push(name, Value::Int(number)),
                _ => fields.push(name, Value::Str(value)),
            }
        }
        fields.settle();
        let before: Vec<(String, String)> = fields.iter().map(|(name, value)| (name.to_owned(), format!("{value:?}"))).collect();
        let mut event = Event { fields: &mut fields, time: Timestamp(NOW.0 + ahead * 1_000_000), time_assumed: false, now: NOW };
        prop_assert_eq!(stage("normalise", "").apply(&mut event), Verdict::Keep);
        let count = fields.len();
        fields.settle();
        prop_assert_eq!(fields.len(), count, "each name stands once");
        for (name, value) in before {
            prop_assert_eq!(fields.get(&name).map(|value| format!("{value:?}")), Some(value));
        }
        prop_assert_eq!(fields.contains("clock_skew_ms"), ahead > 600_000 || sent.contains_key("clock_skew_ms"));
    }
}
