//! Does every field of CEF come back, and none that was forged take another's place?

use expect_test::expect;
use proptest::prelude::*;
use vigil_ingest::Format;

use super::{bare, list, text};
use crate::decode;

pub(super) const SAMPLES: &str = r#"CEF:0|Palm Networks|FW-OS|10.2.3|TRAFFIC\|end|Session \\ closed|3|rt=Nov 21 2026 10:00:00.250 CET src=10.1.2.3 spt=51515 dst=192.0.2.7 dpt=443 proto=tcp act=allow suser=CORP\jane.doe cs1Label=Rule Name cs1=allow out = yes msg=query was a=b&c\=d done cn1=42 cn1Label=Session ID in=120 out=x
<134>Nov 21 10:00:01 fw-1 CEF:0|Wall|Guard|1|100|Port scan|Very-High|start=1795255201123 shost=pc-9 dvchost=fw-9 fileHash=d41d8cd98f00b204e9800998ecf8427e request=https://a.example/x?id=1&r=2 requestMethod=GET ad.vlan[0]=7
2026-11-21T10:00:02+01:00 gate CEF:1|V|P|1|9|Login failed|7|msg=typed: src=6.6.6.6 rm\nx src=10.0.0.5 src=10.0.0.6 end=bad
CEF:0|V|P|1|9|No extension|Unknown
CEF:0|V|P|1|9|Loose text|10|free words before key=1 empty= last=  two  words  "#;

#[test]
fn fields_have_ecs_names_where_there_are_some() {
    expect![[r#"
        2026-11-21T09:00:00.25Z
          Rule Name: Str("allow out = yes")
          Session ID: Str("42")
          a: Str("b&c=d done")
          cef.version: Str("0")
          cn1: Str("42")
          cn1Label: Str("Session ID")
          cs1: Str("allow out = yes")
          cs1Label: Str("Rule Name")
          destination.ip: Str("192.0.2.7")
          destination.port: Int(443)
          event.action: Str("allow")
          event.code: Str("TRAFFIC|end")
          event.original: Str("CEF:0|Palm Networks|FW-OS|10.2.3|TRAFFIC\\|end|Session \\\\ closed|3|rt=Nov 21 2026 10:00:00.250 CET src=10.1.2.3 spt=51515 dst=192.0.2.7 dpt=443 proto=tcp act=allow suser=CORP\\jane.doe cs1Label=Rule Name cs1=allow out = yes msg=query was a=b&c\\=d done cn1=42 cn1Label=Session ID in=120 out=x")
          event.severity: Int(3)
          level: Str("info")
          message: Str("query was")
          network.transport: Str("tcp")
          observer.product: Str("FW-OS")
          observer.vendor: Str("Palm Networks")
          observer.version: Str("10.2.3")
          out: Str("x")
          rule.name: Str("Session \\ closed")
          source.bytes: Int(120)
          source.ip: Str("10.1.2.3")
          source.port: Int(51515)
          user.name: Str("CORP\\jane.doe")
        2026-11-21T10:00:01.123Z
          ad.vlan[0]: Str("7")
          cef.version: Str("0")
          dvchost: Str("fw-9")
          event.code: Str("100")
          event.original: Str("<134>Nov 21 10:00:01 fw-1 CEF:0|Wall|Guard|1|100|Port scan|Very-High|start=1795255201123 shost=pc-9 dvchost=fw-9 fileHash=d41d8cd98f00b204e9800998ecf8427e request=https://a.example/x?id=1&r=2 requestMethod=GET ad.vlan[0]=7")
          event.severity: Str("Very-High")
          file.hash.md5: Str("d41d8cd98f00b204e9800998ecf8427e")
          host.name: Str("fw-1")
          http.request.method: Str("GET")
          level: Str("fatal")
          log.syslog.facility.name: Str("local0")
          log.syslog.priority: Int(134)
          log.syslog.severity.name: Str("info")
          message: Str("Port scan")
          observer.product: Str("Guard")
          observer.vendor: Str("Wall")
          observer.version: Str("1")
          rule.name: Str("Port scan")
          source.domain: Str("pc-9")
          url.original: Str("https://a.example/x?id=1&r=2")
        2026-11-21T09:00:02Z
          cef.repeated: List([Str("src")])
          cef.version: Str("1")
          end: Str("bad")
          event.code: Str("9")
          event.original: Str("2026-11-21T10:00:02+01:00 gate CEF:1|V|P|1|9|Login failed|7|msg=typed: src=6.6.6.6 rm\\nx src=10.0.0.5 src=10.0.0.6 end=bad")
          event.severity: Int(7)
          host.name: Str("gate")
          level: Str("error")
          message: Str("typed:")
          observer.product: Str("P")
          observer.vendor: Str("V")
          observer.version: Str("1")
          rule.name: Str("Login failed")
          source.ip: Str("6.6.6.6 rm\nx")
          src_2: Str("10.0.0.5")
          src_3: Str("10.0.0.6")
        1970-01-01T00:00:01Z (arrived)
          cef.version: Str("0")
          event.code: Str("9")
          event.original: Str("CEF:0|V|P|1|9|No extension|Unknown")
          event.severity: Str("Unknown")
          message: Str("No extension")
          observer.product: Str("P")
          observer.vendor: Str("V")
          observer.version: Str("1")
          rule.name: Str("No extension")
        1970-01-01T00:00:01Z (arrived)
          cef.text: Str("free words before")
          cef.version: Str("0")
          empty: Str("")
          event.code: Str("9")
          event.original: Str("CEF:0|V|P|1|9|Loose text|10|free words before key=1 empty= last=  two  words  ")
          event.severity: Int(10)
          key: Str("1")
          last: Str("two  words")
          level: Str("fatal")
          message: Str("Loose text")
          observer.product: Str("P")
          observer.vendor: Str("V")
          observer.version: Str("1")
          rule.name: Str("Loose text")
    "#]].assert_eq(&list(&bare(Format::Cef), SAMPLES));
}

#[test]
fn what_is_no_cef_is_kept_as_text() {
    let body = "CEF:0|too|short\nno header\nCEF:x|a|b|c|d|e|f|g=1";
    expect![[r#"
        1970-01-01T00:00:01Z (arrived)
          message: Str("CEF:0|too|short")
          parse_error: Str("cef: 3 of 7 fields in the header")
        1970-01-01T00:00:01Z (arrived)
          message: Str("no header")
          parse_error: Str("cef: no `CEF:` with a version")
        1970-01-01T00:00:01Z (arrived)
          message: Str("CEF:x|a|b|c|d|e|f|g=1")
          parse_error: Str("cef: no `CEF:` with a version")
    "#]]
    .assert_eq(&list(&bare(Format::Cef), body));
}

#[test]
fn a_line_too_long_to_be_kept_twice_is_kept_as_text() {
    let line = format!("CEF:0|V|P|1|9|N|1|msg={}", "x".repeat(120_000));
    let many: String = (0..3_000).map(|n| format!("k{n}={n} ")).collect();
    for line in [line, format!("CEF:0|V|P|1|9|N|1|{many}")] {
        let outcome = decode(&bare(Format::Cef), &[line.as_bytes()]);
        let records = outcome.records();
        assert_eq!(text(&records[0], "message").as_deref(), Some(line.as_str().trim_end_matches('\n')));
        assert!(text(&records[0], "parse_error").is_some_and(|why| why.starts_with("cef: ")));
    }
}

/// Keys that no rule renames, as vendors have them.
fn key() -> impl Strategy<Value = String> {
    "[A-Z][A-Za-z0-9_.]{0,8}X"
}

/// Values as a careful sender writes them: escaped, without space around.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('=', "\\=").replace('\n', "\\n").replace('\r', "\\r")
}

proptest! {
    #[test]
    fn every_field_comes_back(fields in prop::collection::btree_map(key(), "([!-~é\\\\=]([ -~é\n\r=\\\\]{0,12}[!-~])?)?", 0..20)) {
        let extension: Vec<String> = fields.iter().map(|(key, value)| format!("{key}={}", escaped(value))).collect();
        let line = format!("CEF:0|a\\|b|c\\\\|1|2|na=me|5|{}", extension.join(" "));
        let outcome = decode(&bare(Format::Cef), &[line.as_bytes()]);
        let records = outcome.records();
        for (key, value) in &fields {
            prop_assert_eq!(text(&records[0], key), Some(value.clone()), "{}", line);
        }
        prop_assert_eq!(text(&records[0], "observer.vendor"), Some("a|b".to_owned()));
        prop_assert_eq!(text(&records[0], "observer.product"), Some("c\\".to_owned()));
        prop_assert_eq!(text(&records[0], "cef.repeated"), None);
    }

    #[test]
    fn an_equals_sign_that_nobody_escaped_loses_no_field(url in "/[a-z]{1,5}\\?[a-z]{1,3}=[0-9]{1,3}&[a-z]{1,3}==", last in "[a-z]{1,9}") {
        let line = format!("CEF:0|a|b|1|2|n|5|url={url} msg=x={url} y LastX={last}");
        let outcome = decode(&bare(Format::Cef), &[line.as_bytes()]);
        let records = outcome.records();
        prop_assert_eq!(text(&records[0], "url"), Some(url.clone()));
        prop_assert_eq!(text(&records[0], "message"), Some(format!("x={url} y")));
        prop_assert_eq!(text(&records[0], "LastX"), Some(last));
    }

    #[test]
    fn a_repeated_key_loses_no_value(values in prop::collection::vec("[a-z]{1,5}", 2..40)) {
        let extension: Vec<String> = values.iter().map(|value| format!("src={value}")).collect();
        let line = format!("CEF:0|a|b|1|2|n|5|{}", extension.join(" "));
        let outcome = decode(&bare(Format::Cef), &[line.as_bytes()]);
        let records = outcome.records();
        prop_assert_eq!(text(&records[0], "source.ip"), values.first().cloned());
        let mut later: Vec<String> = records[0]
            .fields()
            .filter(|(name, _)| name.starts_with("src"))
            .map(|(_, value)| value.to_string())
            .collect();
        let mut expected = values[1..].to_vec();
        later.sort();
        expected.sort();
        prop_assert_eq!(later, expected);
        prop_assert_eq!(text(&records[0], "cef.repeated"), Some("src".to_owned()));
    }
}
