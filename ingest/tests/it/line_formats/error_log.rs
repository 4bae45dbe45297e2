//! Do error logs of Apache and nginx become the fields that they say?

use expect_test::expect;
use jiff::tz::TimeZone;
use vigil_ingest::{Format, Recipe};

use super::{bare, list};

pub(super) const SAMPLES: &str = r#"[Sat Nov 21 10:00:00.902022 2026] [core:error] [pid 35708:tid 4328636416] [client 2001:db8::9:1234] AH00128: File does not exist: /srv/x, referer: http://a.example/
[Sat Nov 21 10:00:01 2026] [error] [client 2001:db8::9] File does not exist: /srv/y
[Sat Nov 21 10:00:02.5 2026] [ssl:trace3] [pid 77] [unknown thing] AH01964: Connection to child 3 established
[Sat Nov 21 10:00:03.000001 2026] [authz_core:crit] [pid 9:tid 1] (13)Permission denied: [client 192.0.2.1:80] AH00132: file permissions deny server access: /srv/z
2026/11/21 10:00:04 [error] 123#7: *45 open() "/srv/a, b" failed (2: No such file or directory), client: 192.0.2.2, server: _, request: "GET /a?b=\x22 HTTP/1.1", upstream: "http://127.0.0.1:9/a", host: "x.example", referrer: "http://y/"
2026/11/21 10:00:05 [emerg] 1#1: bind() to 0.0.0.0:80 failed (98: Address in use)
2026/11/21 10:00:06 [warn] 1#1: *9 odd, client: 192.0.2.2, purpose: none"#;

#[test]
fn lines_of_both_servers() {
    let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
    expect![[r#"
        2026-11-21T09:00:00.902022Z
          event.code: Str("AH00128")
          http.request.referrer: Str("http://a.example/")
          level: Str("error")
          log.level: Str("error")
          log.logger: Str("core")
          message: Str("AH00128: File does not exist: /srv/x")
          process.pid: Int(35708)
          process.thread.id: Int(4328636416)
          source.ip: Str("2001:db8::9")
          source.port: Int(1234)
        2026-11-21T09:00:01Z
          level: Str("error")
          log.level: Str("error")
          message: Str("File does not exist: /srv/y")
          source.ip: Str("2001:db8::9")
        2026-11-21T09:00:02.5Z
          event.code: Str("AH01964")
          level: Str("trace")
          log.level: Str("trace3")
          log.logger: Str("ssl")
          message: Str("[unknown thing] AH01964: Connection to child 3 established")
          process.pid: Int(77)
        2026-11-21T09:00:03.000001Z
          event.code: Str("AH00132")
          level: Str("fatal")
          log.level: Str("crit")
          log.logger: Str("authz_core")
          message: Str("(13)Permission denied: [client 192.0.2.1:80] AH00132: file permissions deny server access: /srv/z")
          process.pid: Int(9)
          process.thread.id: Int(1)
          source.ip: Str("192.0.2.1")
          source.port: Int(80)
        2026-11-21T09:00:04Z
          http.request.method: Str("GET")
          http.request.referrer: Str("http://y/")
          http.version: Str("1.1")
          level: Str("error")
          log.level: Str("error")
          message: Str("open() \"/srv/a, b\" failed (2: No such file or directory)")
          nginx.connection: Int(45)
          nginx.server: Str("_")
          nginx.upstream: Str("http://127.0.0.1:9/a")
          process.pid: Int(123)
          process.thread.id: Int(7)
          source.ip: Str("192.0.2.2")
          url.domain: Str("x.example")
          url.original: Str("/a?b=\"")
          url.path: Str("/a")
        2026-11-21T09:00:05Z
          level: Str("fatal")
          log.level: Str("emerg")
          message: Str("bind() to 0.0.0.0:80 failed (98: Address in use)")
          process.pid: Int(1)
          process.thread.id: Int(1)
        2026-11-21T09:00:06Z
          level: Str("warn")
          log.level: Str("warn")
          message: Str("odd, client: 192.0.2.2, purpose: none")
          nginx.connection: Int(9)
          process.pid: Int(1)
          process.thread.id: Int(1)
    "#]].assert_eq(&list(&Recipe { zone: berlin, ..bare(Format::ErrorLog) }, SAMPLES));
}

#[test]
fn what_is_no_error_log_is_kept_as_text() {
    expect![[r#"
        1970-01-01T00:00:01Z (arrived)
          message: Str("[x] y")
          parse_error: Str("error-log: neither of Apache nor of nginx")
        1970-01-01T00:00:01Z (arrived)
          message: Str("2026/11/21 10:00:05 [emerg] no number")
          parse_error: Str("error-log: neither of Apache nor of nginx")
        1970-01-01T00:00:01Z (arrived)
          message: Str("PHP Warning")
          parse_error: Str("error-log: neither of Apache nor of nginx")
    "#]]
    .assert_eq(&list(&bare(Format::ErrorLog), "[x] y\n2026/11/21 10:00:05 [emerg] no number\nPHP Warning"));
}
