//! Do access logs become the fields that they say?

use expect_test::expect;
use vigil_ingest::Format;

use super::{bare, list};

pub(super) const SAMPLES: &str = r#"192.0.2.10 - - [21/Nov/2026:10:00:00 +0100] "GET /a/b.html?q=1&r=%20 HTTP/1.1" 200 5120
2001:db8::7 - jane [21/Nov/2026:10:00:01 +0000] "POST /login HTTP/2.0" 302 - "https://a.example/" "Agent/1.0 (\"quoted\"; caf\xc3\xa9)"
www.example.org:443 198.51.100.4 - John Doe [21/Nov/2026:10:00:02 +0000] "GET / HTTP/1.1" 404 12 "-" "-"
203.0.113.5 - - [21/Nov/2026:10:00:03 +0000] "GET /api HTTP/1.1" 500 9 "-" "curl/8" "10.0.0.1" 0.004 [up-1] 0.003 .
198.51.100.9 - - [21/Nov/2026:10:00:04 +0000] "\x16\x03\x01\x02" 400 150 "-" "-"
198.51.100.9 - - [21/Nov/2026:10:00:05 +0000] "-" 408 - "-" "-"
proxy.example - - [21/Nov/2026:10:00:06 +0000] "CONNECT a.example:443 HTTP/1.1" 405 0 "-" "x"
10.0.0.1, 192.0.2.3 - - [21/Nov/2026:10:00:07 +0000] "GET /say"hi" HTTP/1.0" 200 1"#;

#[test]
fn lines_of_apache_and_nginx() {
    expect![[r#"
        2026-11-21T09:00:00Z
          http.request.method: Str("GET")
          http.response.body.bytes: Int(5120)
          http.response.status_code: Int(200)
          http.version: Str("1.1")
          message: Str("GET /a/b.html?q=1&r=%20 200")
          source.ip: Str("192.0.2.10")
          url.original: Str("/a/b.html?q=1&r=%20")
          url.path: Str("/a/b.html")
        2026-11-21T10:00:01Z
          http.request.method: Str("POST")
          http.request.referrer: Str("https://a.example/")
          http.response.status_code: Int(302)
          http.version: Str("2.0")
          message: Str("POST /login 302")
          source.ip: Str("2001:db8::7")
          url.original: Str("/login")
          url.path: Str("/login")
          user.name: Str("jane")
          user_agent.original: Str("Agent/1.0 (\"quoted\"; café)")
        2026-11-21T10:00:02Z
          http.request.method: Str("GET")
          http.response.body.bytes: Int(12)
          http.response.status_code: Int(404)
          http.version: Str("1.1")
          message: Str("GET / 404")
          source.ip: Str("198.51.100.4")
          url.domain: Str("www.example.org")
          url.original: Str("/")
          url.path: Str("/")
          url.port: Int(443)
          user.name: Str("John Doe")
        2026-11-21T10:00:03Z
          extra: Str("\"10.0.0.1\" 0.004 [up-1] 0.003 .")
          http.request.method: Str("GET")
          http.response.body.bytes: Int(9)
          http.response.status_code: Int(500)
          http.version: Str("1.1")
          message: Str("GET /api 500")
          source.ip: Str("203.0.113.5")
          url.original: Str("/api")
          url.path: Str("/api")
          user_agent.original: Str("curl/8")
        2026-11-21T10:00:04Z
          http.request.line: Str("\\x16\\x03\\x01\\x02")
          http.response.body.bytes: Int(150)
          http.response.status_code: Int(400)
          message: Str("\\x16\\x03\\x01\\x02 400")
          source.ip: Str("198.51.100.9")
        2026-11-21T10:00:05Z
          http.response.status_code: Int(408)
          message: Str("- 408")
          source.ip: Str("198.51.100.9")
        2026-11-21T10:00:06Z
          http.request.method: Str("CONNECT")
          http.response.body.bytes: Int(0)
          http.response.status_code: Int(405)
          http.version: Str("1.1")
          message: Str("CONNECT a.example:443 405")
          source.domain: Str("proxy.example")
          url.original: Str("a.example:443")
          user_agent.original: Str("x")
        2026-11-21T10:00:07Z
          http.request.method: Str("GET")
          http.response.body.bytes: Int(1)
          http.response.status_code: Int(200)
          http.version: Str("1.0")
          message: Str("GET /say\"hi\" 200")
          source.address: Str("10.0.0.1, 192.0.2.3")
          source.ip: Str("10.0.0.1")
          url.original: Str("/say\"hi\"")
          url.path: Str("/say\"hi\"")
    "#]]
    .assert_eq(&list(&bare(Format::Access), SAMPLES));
}

#[test]
fn what_is_no_access_log_is_kept_as_text() {
    let body = "hello\n1.2.3.4 - - [soon] \"GET /\" 200 1\n1.2.3.4 - - [21/Nov/2026:10:00:00 +0000] GET\n[21/Nov/2026:10:00:00 +0000] \"GET /\" 200 1\n1.2.3.4 - - [21/Nov/2026:10:00:00 +0000] \"GET /\" fine";
    expect![[r#"
        1970-01-01T00:00:01Z (arrived)
          message: Str("hello")
          parse_error: Str("access: no time such as [10/Oct/2000:13:55:36 -0700]")
        1970-01-01T00:00:01Z (arrived)
          message: Str("1.2.3.4 - - [soon] \"GET /\" 200 1")
          parse_error: Str("access: no time such as [10/Oct/2000:13:55:36 -0700]")
        1970-01-01T00:00:01Z (arrived)
          message: Str("1.2.3.4 - - [21/Nov/2026:10:00:00 +0000] GET")
          parse_error: Str("access: no request in quotes behind the time")
        1970-01-01T00:00:01Z (arrived)
          message: Str("[21/Nov/2026:10:00:00 +0000] \"GET /\" 200 1")
          parse_error: Str("access: no client in front of the time")
        1970-01-01T00:00:01Z (arrived)
          message: Str("1.2.3.4 - - [21/Nov/2026:10:00:00 +0000] \"GET /\" fine")
          parse_error: Str("access: no request in quotes behind the time")
    "#]]
    .assert_eq(&list(&bare(Format::Access), body));
}
