//! Is every kind of syslog read, and nothing of it lost?

use expect_test::{Expect, expect};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use vigil_ingest::{Batch, Decoder, Format, Recipe};
use vigil_model::{Record, Timestamp, Value};

use crate::{decode, recipe};

/// 2026-01-02T00:00:00Z
const NEW_YEAR: Timestamp = Timestamp(1_767_312_000_000_000_000);

fn show(recipe: &Recipe, body: &str) -> String {
    let mut decoder = Decoder::new(recipe.clone());
    let mut batch = Batch::new();
    decoder.feed(body.as_bytes(), NEW_YEAR, &mut batch);
    decoder.finish(NEW_YEAR, &mut batch);
    let mut out = String::new();
    for records in batch.take_rest() {
        for record in records.iter().map(|record| record.expect("a record")) {
            out += &line(record);
        }
    }
    out
}

/// `time name=value …`, for one look at many.
fn line(record: Record<'_>) -> String {
    let time = if record.time_assumed() { "-".to_owned() } else { record.time().to_string() };
    let fields: Vec<String> = record
        .fields()
        .map(|(name, value)| {
            let name = name.replace("log.syslog.", "~");
            match value {
                Value::Str(text) => format!("{name}={text:?}"),
                Value::Int(number) => format!("{name}={number}"),
                other => format!("{name}={other:?}"),
            }
        })
        .collect();
    format!("{time} {}\n", fields.join(" "))
}

fn check(body: &str, expected: Expect) {
    expected.assert_eq(&show(&recipe(Format::Syslog), body));
}

#[test]
fn rfc_5424() {
    check(
        "<34>1 2026-08-11T22:14:15.003Z web1.example su - ID47 - \u{feff}'su root' failed\n\
         <165>1 2026-08-11T22:14:15.000003-07:00 10.0.0.1 app 8710 - [ex@32473 iut=\"3\" ip=\"1\" ip=\"2\" src=\"A\\\"p\\]p\\\\x\"][b@1 x=\"\"][c] An event\n\
         <165>1 2026-08-11T22:14:15Z h app 007 ID [open x=\"1 rest\n\
         <13>1 - - - - - -\n\
         <13>1 2026-08-11T22:14:15Z host app\n\
         <13>1 2026-08-11T22:14:15Z host app - - [x@1 a=\"b\"]no space\n\
         <13>2 2026-08-11 nothing of the kind\n",
        expect![[r#"
            2026-08-11T22:14:15.003Z host.name="web1.example" level="fatal" ~facility.name="auth" ~msgid="ID47" ~priority=34 ~severity.name="crit" message="'su root' failed" process.name="su"
            2026-08-12T05:14:15.000003Z host.name="10.0.0.1" level="info" ~facility.name="local4" ~priority=165 ~severity.name="notice" ~structured_data.b@1.x="" ~structured_data.c="" ~structured_data.ex@32473.ip=List([Str("1"), Str("2")]) ~structured_data.ex@32473.iut="3" ~structured_data.ex@32473.src="A\"p]p\\x" message="An event" process.name="app" process.pid=8710
            2026-08-11T22:14:15Z host.name="h" level="info" ~facility.name="local4" ~msgid="ID" ~priority=165 ~severity.name="notice" message="[open x=\"1 rest" process.name="app" process.pid="007"
            - level="info" ~facility.name="user" ~priority=13 ~severity.name="notice" message=""
            2026-08-11T22:14:15Z host.name="host" level="info" ~facility.name="user" ~priority=13 ~severity.name="notice" message="app"
            2026-08-11T22:14:15Z host.name="host" level="info" ~facility.name="user" ~priority=13 ~severity.name="notice" ~structured_data.x@1.a="b" message="no space" process.name="app"
            - level="info" ~facility.name="user" ~priority=13 ~severity.name="notice" message="2 2026-08-11 nothing of the kind"
        "#]],
    );
}

#[test]
fn rfc_3164() {
    check(
        "<38>Dec 31 23:59:58 web1 sshd[4711]: Accepted publickey for root\n\
         <38>Jan  2 00:00:01 web1 su: 'su root' failed\n\
         <38>Feb 29 12:00:00 web1 su: leap\n\
         <38>Aug 11 2026 22:14:15 web1 su: year within\n\
         <38>Tue Aug 11 22:14:15 CEST 2026 web1 su: year behind\n\
         <38>2026-08-11T22:14:15.123+02:00 web1 su: iso\n\
         <38>2026-08-11 22:14:15,5 web1 su: iso with space\n\
         <38>Aug 11 22:14:15 sshd[1]: no host\n\
         Aug 11 22:14:15 web1 CRON[5]: no priority\n\
         <38>sshd[1]: no time\n\
         <38>only text\n\
         <38>\n\
         <>Jan  1 00:00:00 web1 su: empty priority\n\
         <999>Jan  1 00:00:00 web1 su: out of range\n\
         <38>Jan  1 00:00:00 web1 last message repeated 2 times\n\
         <38>Jan 32 00:00:00 web1 no day\n\
         \u{feff}<38>Jan  1 00:00:00 web1 su: byte order marks\0\n\
         no syslog at all\n\
         <38 nothing\n",
        expect![[r#"
            2025-12-31T23:59:58Z host.name="web1" level="info" ~facility.name="auth" ~priority=38 ~severity.name="info" message="Accepted publickey for root" process.name="sshd" process.pid=4711
            2026-01-02T00:00:01Z host.name="web1" level="info" ~facility.name="auth" ~priority=38 ~severity.name="info" message="'su root' failed" process.name="su"
            2024-02-29T12:00:00Z host.name="web1" level="info" ~facility.name="auth" ~priority=38 ~severity.name="info" message="leap" process.name="su"
            2026-08-11T22:14:15Z host.name="web1" level="info" ~facility.name="auth" ~priority=38 ~severity.name="info" message="year within" process.name="su"
            2026-08-11T20:14:15Z host.name="web1" level="info" ~facility.name="auth" ~priority=38 ~severity.name="info" message="year behind" process.name="su"
            2026-08-11T20:14:15.123Z host.name="web1" level="info" ~facility.name="auth" ~priority=38 ~severity.name="info" message="iso" process.name="su"
            2026-08-11T22:14:15.5Z host.name="web1" level="info" ~facility.name="auth" ~priority=38 ~severity.name="info" message="iso with space" process.name="su"
            2025-08-11T22:14:15Z level="info" ~facility.name="auth" ~priority=38 ~severity.name="info" message="no host" process.name="sshd" process.pid=1
            2025-08-11T22:14:15Z host.name="web1" message="no priority" process.name="CRON" process.pid=5
            - level="info" ~facility.name="auth" ~priority=38 ~severity.name="info" message="no time" process.name="sshd" process.pid=1
            - level="info" ~facility.name="auth" ~priority=38 ~severity.name="info" message="only text"
            - level="info" ~facility.name="auth" ~priority=38 ~severity.name="info" message=""
            2026-01-01T00:00:00Z host.name="web1" message="empty priority" process.name="su"
            2026-01-01T00:00:00Z host.name="web1" ~priority=999 message="out of range" parse_error="syslog: a priority of 999 is out of range" process.name="su"
            2026-01-01T00:00:00Z host.name="web1" level="info" ~facility.name="auth" ~priority=38 ~severity.name="info" message="last message repeated 2 times"
            - level="info" ~facility.name="auth" ~priority=38 ~severity.name="info" message="Jan 32 00:00:00 web1 no day"
            2026-01-01T00:00:00Z host.name="web1" level="info" ~facility.name="auth" ~priority=38 ~severity.name="info" message="byte order marks" process.name="su"
            - message="no syslog at all" parse_error="syslog: neither a priority nor a time in front"
            - message="<38 nothing" parse_error="syslog: neither a priority nor a time in front"
        "#]],
    );
}

#[test]
fn cisco_and_others() {
    check(
        "<189>29: *Mar  1 18:46:11.123 UTC: %SYS-5-CONFIG_I: Configured from console\n\
         <189>29: 000123: .Mar  1 18:46:11 CET: %SYS-5-CONFIG_I: x\n\
         <189>29: router1: Mar  1 18:46:11: %SYS-5-CONFIG_I: x\n\
         <166>Aug 11 2026 10:00:00: %ASA-6-302013: Built outbound TCP\n\
         <166>Aug 11 2026 10:00:00 asa1 : %ASA-6-302013: Built\n\
         <166>%ASA-4-106023: Deny tcp\n\
         %ASA-4-106023: Deny tcp\n\
         <189>: 2026 Aug 11 10:00:00.5 UTC: %DAEMON-3-SYSTEM_MSG: x\n\
         <134>1 1563249630.774247467 MX84 events type=vpn_connectivity_change\n\
         <134>date=2026-08-11 time=10:00:00 devname=\"fw\"\n\
         <134>Aug 11 10:00:00 fw1 CEF:0|Vendor|Product|1|7|Name|5|src=10.0.0.1\n\
         CEF:0|Vendor|Product|1|7|Name|5|src=10.0.0.1\n",
        expect![[r#"
            2025-03-01T18:46:11.123Z cisco.facility="SYS" cisco.message_count="29" event.code="CONFIG_I" level="info" ~facility.name="local7" ~priority=189 ~severity.name="notice" message="%SYS-5-CONFIG_I: Configured from console"
            2025-03-01T17:46:11Z cisco.facility="SYS" cisco.message_count="29" event.code="CONFIG_I" event.sequence="000123" level="info" ~facility.name="local7" ~priority=189 ~severity.name="notice" message="%SYS-5-CONFIG_I: x"
            2025-03-01T18:46:11Z cisco.facility="SYS" cisco.message_count="29" event.code="CONFIG_I" host.name="router1" level="info" ~facility.name="local7" ~priority=189 ~severity.name="notice" message="%SYS-5-CONFIG_I: x"
            2026-08-11T10:00:00Z cisco.facility="ASA" event.code="302013" level="info" ~facility.name="local4" ~priority=166 ~severity.name="info" message="%ASA-6-302013: Built outbound TCP"
            2026-08-11T10:00:00Z cisco.facility="ASA" event.code="302013" host.name="asa1" level="info" ~facility.name="local4" ~priority=166 ~severity.name="info" message="%ASA-6-302013: Built"
            - cisco.facility="ASA" event.code="106023" level="info" ~facility.name="local4" ~priority=166 ~severity.name="info" message="%ASA-4-106023: Deny tcp"
            - cisco.facility="ASA" event.code="106023" level="warn" message="%ASA-4-106023: Deny tcp"
            2026-08-11T10:00:00.5Z cisco.facility="DAEMON" event.code="SYSTEM_MSG" level="info" ~facility.name="local7" ~priority=189 ~severity.name="notice" message="%DAEMON-3-SYSTEM_MSG: x"
            2019-07-16T04:00:30.774247467Z host.name="MX84" level="info" ~facility.name="local0" ~priority=134 ~severity.name="info" message="events type=vpn_connectivity_change"
            - level="info" ~facility.name="local0" ~priority=134 ~severity.name="info" message="date=2026-08-11 time=10:00:00 devname=\"fw\""
            2025-08-11T10:00:00Z cef.version="0" event.code="7" event.original="<134>Aug 11 10:00:00 fw1 CEF:0|Vendor|Product|1|7|Name|5|src=10.0.0.1" event.severity=5 host.name="fw1" level="warn" ~facility.name="local0" ~priority=134 ~severity.name="info" message="Name" observer.product="Product" observer.vendor="Vendor" observer.version="1" rule.name="Name" source.ip="10.0.0.1"
            - cef.version="0" event.code="7" event.original="CEF:0|Vendor|Product|1|7|Name|5|src=10.0.0.1" event.severity=5 level="warn" message="Name" observer.product="Product" observer.vendor="Vendor" observer.version="1" rule.name="Name" source.ip="10.0.0.1"
        "#]],
    );
}

#[test]
fn times_without_a_zone_are_of_the_source() {
    let zone = TimeZone::get("Europe/Berlin").expect("a zone");
    let recipe = Recipe { zone, ..recipe(Format::Syslog) };
    let body = "<38>Aug 11 22:14:15 h a: b\n<38>Dec 31 23:59:59 h a: b\n<38>Dec 31 23:59:59 UTC: h a: b\n\
                <38>1 2026-08-11T22:14:15 h a - - - b\n<38>Dec 31 23:59:59 EST: h a: b\n";
    expect![[r#"
        2025-08-11T20:14:15Z host.name="h" level="info" ~facility.name="auth" ~priority=38 ~severity.name="info" message="b" process.name="a"
        2025-12-31T22:59:59Z host.name="h" level="info" ~facility.name="auth" ~priority=38 ~severity.name="info" message="b" process.name="a"
        2025-12-31T23:59:59Z host.name="h" level="info" ~facility.name="auth" ~priority=38 ~severity.name="info" message="b" process.name="a"
        2026-08-11T20:14:15Z host.name="h" level="info" ~facility.name="auth" ~priority=38 ~severity.name="info" message="b" process.name="a"
        2026-01-01T04:59:59Z host.name="h" level="info" ~facility.name="auth" ~priority=38 ~severity.name="info" message="b" process.name="a"
    "#]].assert_eq(&show(&recipe, body));
}

#[test]
fn a_counted_message_may_have_lines() {
    let recipe = Recipe { octets: true, ..recipe(Format::Syslog) };
    let body = "33 <38>Jan  1 00:00:00 h a: one\n two\n<38>Jan  1 00:00:00 h a: three\n";
    expect![[r#"
        2026-01-01T00:00:00Z host.name="h" level="info" ~facility.name="auth" ~priority=38 ~severity.name="info" message="one\n two" process.name="a"
        2026-01-01T00:00:00Z host.name="h" level="info" ~facility.name="auth" ~priority=38 ~severity.name="info" message="three" process.name="a"
    "#]].assert_eq(&show(&recipe, body));
}

/// What headers are made of, right and wrong.
const PIECES: [&str; 30] = [
    "<34>",
    "<",
    "999",
    ">",
    "1 ",
    "2026-08-11T22:14:15Z ",
    "2026-08-11 ",
    "Aug 11 ",
    "Aug  1 ",
    "22:14:15",
    ".123",
    " UTC",
    ": ",
    ":",
    " ",
    "*",
    "-",
    "- ",
    "web1 ",
    "su",
    "[12]",
    "[",
    "]",
    "[a b=\"c\"]",
    "\"",
    "\\",
    "%ASA-6-302013: ",
    "2026 ",
    "\u{feff}",
    "é",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn one_line_is_one_event(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 1..14)) {
        let line = format!("{}x", pieces.concat());
        let outcome = decode(&recipe(Format::Syslog), &[line.as_bytes()]);
        prop_assert_eq!((outcome.accepted, outcome.rejects.count()), (1, 0), "{}", line);
        // The end of the line is the end of the message, unless a header took it.
        let record = outcome.records()[0];
        let kept = record.fields().any(|(_, value)| matches!(value, Value::Str(text) if text.ends_with('x')));
        prop_assert!(kept, "{} {:?}", line, record);
    }

    #[test]
    fn any_bytes_are_an_event(line in prop::collection::vec(any::<u8>().prop_filter("one line", |byte| !b"\n\r".contains(byte)), 1..120)) {
        let outcome = decode(&recipe(Format::Syslog), &[&line]);
        prop_assert_eq!(outcome.accepted + outcome.rejects.count(), u64::from(line != b"\xef\xbb\xbf"));
    }

    #[test]
    fn damage_costs_no_event(at in 0..140usize, byte in any::<u8>().prop_filter("one line", |byte| !b"\n\r".contains(byte))) {
        for sample in [
            "<165>1 2026-08-11T22:14:15.000003-07:00 10.0.0.1 app 8710 - [ex@32473 iut=\"3\" src=\"A\\\"p\\]p\"][b@1 x=\"\"] An event",
            "<38>Aug 11 2026 22:14:15 web1 sshd[4711]: Accepted publickey for root",
            "<189>29: 000123: *Mar  1 18:46:11.123 UTC: %SYS-5-CONFIG_I: Configured from console",
        ] {
            let mut line = sample.as_bytes().to_vec();
            let at = at % line.len();
            line[at] = byte;
            prop_assert_eq!(decode(&recipe(Format::Syslog), &[&line]).accepted, 1);
        }
    }
}

#[test]
fn events_of_cef_and_leef_inside_are_read_as_such() {
    let lines = [
        "<134>Nov 21 10:00:00 fw1 CEF:0|Example|Gateway|7|100|Blocked|8|src=10.0.0.1 spt=4711",
        "<134>1 2026-11-21T10:00:00Z fw1 app - - - LEEF:1.0|Example|Gateway|7|100|src=10.0.0.1\tsev=8",
        "<134>Nov 21 10:00:00 fw1 parser[7]: cannot read CEF:0|torn",
    ];
    for (line, (host, vendor)) in lines.iter().zip([("fw1", true), ("fw1", true), ("fw1", false)]) {
        let text = show(&recipe(Format::Syslog), line);
        assert!(text.contains(&format!("host.name=\"{host}\"")), "{text}");
        assert!(text.contains("~facility.name=\"local0\""), "{text}");
        assert_eq!(text.contains("source.ip=\"10.0.0.1\""), vendor, "{text}");
    }
}
