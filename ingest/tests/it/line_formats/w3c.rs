//! Do the directives of W3C logs decide what the columns are?

use expect_test::expect;
use vigil_ingest::Format;

use super::{bare, list};
use crate::decode;

pub(super) const SAMPLES: &str = "2026-11-21 09:00:00 before any fields\n#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2026-11-21 10:00:00\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus time-taken\n2026-11-21 10:00:01 10.0.0.4 GET /a+b/ x=1+2 443 CORP\\jane+doe 192.0.2.9 Mozilla/5.0+(X11;+Linux) - 200 0 15\n2026-11-21 10:00:02 too few\n#Fields: time c-ip note note sc-status\n10:00:03.5 192.0.2.9 \"two words\" again ok\n#Fields: date\ttime\tx-edge-location\tcs(Host)\n2026-11-21\t10:00:04\tFRA 2\texample.org\n#Comment";

#[test]
fn columns_change_on_the_way() {
    expect![[r##"
        1970-01-01T00:00:01Z (arrived)
          message: Str("2026-11-21 09:00:00 before any fields")
          parse_error: Str("w3c: no `#Fields:` came before")
        2026-11-21T10:00:01Z
          c-ip: Str("192.0.2.9")
          cs(User-Agent): Str("Mozilla/5.0+(X11;+Linux)")
          cs-method: Str("GET")
          cs-uri-query: Str("x=1+2")
          cs-uri-stem: Str("/a+b/")
          cs-username: Str("CORP\\jane+doe")
          destination.ip: Str("10.0.0.4")
          destination.port: Int(443)
          http.request.method: Str("GET")
          http.response.status_code: Int(200)
          message: Str("GET /a+b/ 200")
          s-ip: Str("10.0.0.4")
          s-port: Str("443")
          sc-status: Str("200")
          sc-substatus: Str("0")
          source.ip: Str("192.0.2.9")
          time-taken: Str("15")
          url.path: Str("/a+b/")
          url.query: Str("x=1+2")
          user.name: Str("CORP\\jane doe")
          user_agent.original: Str("Mozilla/5.0 (X11; Linux)")
        1970-01-01T00:00:01Z (arrived)
          message: Str("2026-11-21 10:00:02 too few")
          parse_error: Str("w3c: 4 values for 14 columns")
        2026-11-21T10:00:03.5Z
          c-ip: Str("192.0.2.9")
          message: Str("10:00:03.5 192.0.2.9 \"two words\" again ok")
          note: Str("two words")
          note_2: Str("again")
          sc-status: Str("ok")
          source.ip: Str("192.0.2.9")
        2026-11-21T10:00:04Z
          cs(Host): Str("example.org")
          message: Str("2026-11-21\t10:00:04\tFRA 2\texample.org")
          url.domain: Str("example.org")
          x-edge-location: Str("FRA 2")
        1970-01-01T00:00:01Z (arrived)
          message: Str("#Comment")
          parse_error: Str("w3c: 1 values for 4 columns")
    "##]]
    .assert_eq(&list(&bare(Format::W3c), SAMPLES));
}

#[test]
fn directives_are_no_events_and_no_rejects() {
    let outcome = decode(&bare(Format::W3c), &[b"#Version: 1.0\n#Fields: a b\n#Remark: hello\n"]);
    assert_eq!((outcome.accepted, outcome.rejects.count()), (0, 0));
}
