//! Does every field of LEEF come back, whatever separates them?

use expect_test::expect;
use proptest::prelude::*;
use vigil_ingest::Format;

use super::{bare, list, text};
use crate::decode;

pub(super) const SAMPLES: &str = "<13>Nov 21 10:00:00 host-3 LEEF:1.0|Lanco|Scope|2.1|deny|devTime=Nov 21 2026 09:59:58.5 GMT\tdevTimeFormat=MMM dd yyyy HH:mm:ss.SSS z\tsrc=10.0.0.1\tdst=10.0.0.2\tsrcPort=51000\tdstPort=22\tusrName=jane\tsev=8\tmsg=a=b and more\tcat=fw\nLEEF:2.0|Lanco|Scope|2.1|login|^|devTime=1795255201123^src=10.0.0.1^src=10.0.0.9^url=http://x/?a=b^loose^sev=2\nLEEF:2.0|Lanco|Scope|2.1|login|0x09|usrName=joe\tsev=bad\nLEEF:2.0|Lanco|Scope|2.1|login|xa6|usrName=joe\u{a6}proto=udp\nLEEF:2.0|Lanco|Scope|2.1|login||src=::1\tdevTime=2026/11/21 10-00\tdevTimeFormat=yyyy/MM/dd HH-mm\nLEEF:1.0|Palm|Series|9|threat|cat=THREAT|src=10.0.0.1|usrName=a|proto=\nLEEF:1.0|Palm|Series|9|threat|cat=THREAT src=10.0.0.1 usrName=a b proto=tcp";

#[test]
fn fields_have_ecs_names_where_there_are_some() {
    expect![[r#"
        2026-11-21T09:59:58.5Z
          cat: Str("fw")
          destination.ip: Str("10.0.0.2")
          destination.port: Int(22)
          event.code: Str("deny")
          event.original: Str("<13>Nov 21 10:00:00 host-3 LEEF:1.0|Lanco|Scope|2.1|deny|devTime=Nov 21 2026 09:59:58.5 GMT\tdevTimeFormat=MMM dd yyyy HH:mm:ss.SSS z\tsrc=10.0.0.1\tdst=10.0.0.2\tsrcPort=51000\tdstPort=22\tusrName=jane\tsev=8\tmsg=a=b and more\tcat=fw")
          event.severity: Int(8)
          host.name: Str("host-3")
          leef.version: Str("1.0")
          level: Str("error")
          log.syslog.facility.name: Str("user")
          log.syslog.priority: Int(13)
          log.syslog.severity.name: Str("notice")
          message: Str("a=b and more")
          observer.product: Str("Scope")
          observer.vendor: Str("Lanco")
          observer.version: Str("2.1")
          source.ip: Str("10.0.0.1")
          source.port: Int(51000)
          user.name: Str("jane")
        2026-11-21T10:00:01.123Z
          event.code: Str("login")
          event.original: Str("LEEF:2.0|Lanco|Scope|2.1|login|^|devTime=1795255201123^src=10.0.0.1^src=10.0.0.9^url=http://x/?a=b^loose^sev=2")
          event.severity: Int(2)
          leef.repeated: List([Str("src")])
          leef.version: Str("2.0")
          level: Str("info")
          observer.product: Str("Scope")
          observer.vendor: Str("Lanco")
          observer.version: Str("2.1")
          source.ip: Str("10.0.0.1")
          src_2: Str("10.0.0.9")
          url.original: Str("http://x/?a=b^loose")
        1970-01-01T00:00:01Z (arrived)
          event.code: Str("login")
          event.original: Str("LEEF:2.0|Lanco|Scope|2.1|login|0x09|usrName=joe\tsev=bad")
          event.severity: Str("bad")
          leef.version: Str("2.0")
          observer.product: Str("Scope")
          observer.vendor: Str("Lanco")
          observer.version: Str("2.1")
          user.name: Str("joe")
        1970-01-01T00:00:01Z (arrived)
          event.code: Str("login")
          event.original: Str("LEEF:2.0|Lanco|Scope|2.1|login|xa6|usrName=joe¦proto=udp")
          leef.version: Str("2.0")
          network.transport: Str("udp")
          observer.product: Str("Scope")
          observer.vendor: Str("Lanco")
          observer.version: Str("2.1")
          user.name: Str("joe")
        2026-11-21T10:00:00Z
          event.code: Str("login")
          event.original: Str("LEEF:2.0|Lanco|Scope|2.1|login||src=::1\tdevTime=2026/11/21 10-00\tdevTimeFormat=yyyy/MM/dd HH-mm")
          leef.version: Str("2.0")
          observer.product: Str("Scope")
          observer.vendor: Str("Lanco")
          observer.version: Str("2.1")
          source.ip: Str("::1")
        1970-01-01T00:00:01Z (arrived)
          cat: Str("THREAT")
          event.code: Str("threat")
          event.original: Str("LEEF:1.0|Palm|Series|9|threat|cat=THREAT|src=10.0.0.1|usrName=a|proto=")
          leef.version: Str("1.0")
          observer.product: Str("Series")
          observer.vendor: Str("Palm")
          observer.version: Str("9")
          proto: Str("")
          source.ip: Str("10.0.0.1")
          user.name: Str("a")
        1970-01-01T00:00:01Z (arrived)
          cat: Str("THREAT")
          event.code: Str("threat")
          event.original: Str("LEEF:1.0|Palm|Series|9|threat|cat=THREAT src=10.0.0.1 usrName=a b proto=tcp")
          leef.version: Str("1.0")
          network.transport: Str("tcp")
          observer.product: Str("Series")
          observer.vendor: Str("Palm")
          observer.version: Str("9")
          source.ip: Str("10.0.0.1")
          user.name: Str("a b")
    "#]].assert_eq(&list(&bare(Format::Leef), SAMPLES));
}

#[test]
fn what_is_no_leef_is_kept_as_text() {
    expect![[r#"
        1970-01-01T00:00:01Z (arrived)
          message: Str("LEEF:1.0|too|short")
          parse_error: Str("leef: 3 of 5 fields in the header")
        1970-01-01T00:00:01Z (arrived)
          message: Str("no header")
          parse_error: Str("leef: no `LEEF:` with a version")
    "#]]
    .assert_eq(&list(&bare(Format::Leef), "LEEF:1.0|too|short\nno header"));
}

proptest! {
    #[test]
    fn every_field_comes_back(
        fields in prop::collection::btree_map("[A-Z][A-Za-z0-9_.]{0,8}X", "([!-z]([ -z=]{0,12}[!-z])?)?", 0..20),
        (separator, said) in prop::sample::select(vec![("\t", ""), ("\t", "x09"), ("~", "~"), ("~", "0x7E"), ("\t", "0X9")]),
        old: bool,
    ) {
        let (separator, said) = if old { ("\t", String::new()) } else { (separator, format!("{said}|")) };
        let pairs: Vec<String> = fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
        // A second pair, so that the separator occurs.
        let version = if old { "1.0" } else { "2.0" };
        let line = format!("LEEF:{version}|a|b|1|2|{said}{}{separator}EndX=1", pairs.join(separator));
        let outcome = decode(&bare(Format::Leef), &[line.as_bytes()]);
        let records = outcome.records();
        for (key, value) in &fields {
            prop_assert_eq!(text(&records[0], key), Some(value.clone()), "{}", line);
        }
        prop_assert_eq!(text(&records[0], "EndX"), Some("1".to_owned()));
    }
}
