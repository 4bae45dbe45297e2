//! What does each construct of VQL mean, written back in its plainest form?

use expect_test::{Expect, expect};
use vigil_query::parse;

use crate::support::NOW;

/// Each line of `queries` and what it was read as.
pub(crate) fn check(queries: &str, expected: Expect) {
    let read = |text: &str| match parse(text, NOW) {
        Ok(query) => format!("{text}  =>  {query}\n"),
        Err(error) => format!("{text}\n{}\n", error.render(text)),
    };
    expected.assert_eq(&queries.lines().map(str::trim).filter(|line| !line.is_empty()).map(read).collect::<String>());
}

#[test]
fn words_and_phrases() {
    check(
        r##"
        error
        "connection refused"
        'it is'
        `C:\new`
        don't
        "a\tb\"\u{41}\u0042\\"
        err*
        "connection ref"*
        größe 错误
        *
        # nothing but a comment
        error # and a comment
        issue#12
        "#hash"
        "##,
        expect![[r##"
            error  =>  error
            "connection refused"  =>  "connection refused"
            'it is'  =>  "it is"
            `C:\new`  =>  "C:\\new"
            don't  =>  "don't"
            "a\tb\"\u{41}\u0042\\"  =>  "a\tb\"AB\\"
            err*  =>  err*
            "connection ref"*  =>  "connection ref"*
            größe 错误  =>  größe AND 错误
            *  =>  *
            # nothing but a comment  =>  *
            error # and a comment  =>  error
            issue#12  =>  "issue#12"
            "#hash"  =>  "#hash"
        "##]],
    );
}

#[test]
fn fields() {
    check(
        r##"
        level:error
        level: error
        result.status:"not found"
        k8s.io/pod-name:web
        @timestamp:x
        "my field":x
        "and":x
        path:/a/b.txt
        addr:10.0.0.1:80
        10.0.0.1:80
        12:30:01
        std::io::Error
        http://host/a?b=c
        url:http://host/a?b=c
        image:C:\Windows\cmd.exe
        color:#fff
        delta:-5
        f:=v
        f:="a b"
        f:="a b"*
        f:=a*
        f:!=v
        f!=v
        f:!v
        f:*
        f:""
        f:=""
        f:""*
        f:(a OR "b c" OR d* -e)
        addr:(10.0.0.1:80 OR ::1)
        *:=x
        *:""
        *:(*)
        *:*
        f:(*)
        "##,
        expect![[r##"
            level:error  =>  level:error
            level: error  =>  level:error
            result.status:"not found"  =>  result.status:"not found"
            k8s.io/pod-name:web  =>  k8s.io/pod-name:web
            @timestamp:x  =>  @timestamp:x
            "my field":x  =>  "my field":x
            "and":x  =>  "and":x
            path:/a/b.txt  =>  path:"/a/b.txt"
            addr:10.0.0.1:80  =>  addr:"10.0.0.1:80"
            10.0.0.1:80  =>  "10.0.0.1:80"
            12:30:01  =>  "12:30:01"
            std::io::Error  =>  "std::io::Error"
            http://host/a?b=c  =>  "http://host/a?b=c"
            url:http://host/a?b=c  =>  url:"http://host/a?b=c"
            image:C:\Windows\cmd.exe  =>  image:"C:\\Windows\\cmd.exe"
            color:#fff  =>  color:"#fff"
            delta:-5  =>  delta:"-5"
            f:=v  =>  f:=v
            f:="a b"  =>  f:="a b"
            f:="a b"*  =>  f:="a b"*
            f:=a*  =>  f:=a*
            f:!=v  =>  NOT f:=v
            f!=v  =>  NOT f:=v
            f:!v  =>  NOT f:v
            f:*  =>  f:*
            f:""  =>  f:""
            f:=""  =>  f:""
            f:""*  =>  f:*
            f:(a OR "b c" OR d* -e)  =>  f:a OR f:"b c" OR f:d* AND NOT f:e
            addr:(10.0.0.1:80 OR ::1)  =>  addr:"10.0.0.1:80" OR addr:"::1"
            *:=x  =>  *:=x
            *:""  =>  *:""
            *:(*)  =>  *:(*)
            *:*  =>  *
            f:(*)  =>  f:*
        "##]],
    );
}

#[test]
fn comparisons_and_ranges() {
    check(
        r##"
        f:>5
        f>5
        f >= 5
        f:<=-1.5
        f:<10KiB
        f:>5m
        f:>1h30m
        f:>9007199254740993
        f:>abc
        f:>"5"
        f:>2026-08-01
        f:<=2026-08
        f:[1 TO 5]
        f:{a TO b}
        f:[1 TO 5}
        f:{1, 5]
        f:[1, 5)
        f:(1, 5]
        f:[* TO 5]
        f:[5 TO *}
        f:[* TO *]
        f:["a" TO "b"]
        "##,
        expect![[r#"
            f:>5  =>  f:>5
            f>5  =>  f:>5
            f >= 5  =>  f:>=5
            f:<=-1.5  =>  f:<=-1.5
            f:<10KiB  =>  f:<10240
            f:>5m  =>  f:>300000000000
            f:>1h30m  =>  f:>5400000000000
            f:>9007199254740993  =>  f:>9007199254740993
            f:>abc  =>  f:>"abc"
            f:>"5"  =>  f:>"5"
            f:>2026-08-01  =>  f:>=2026-08-02T00:00:00Z
            f:<=2026-08  =>  f:<2026-09-01T00:00:00Z
            f:[1 TO 5]  =>  f:[1 TO 5]
            f:{a TO b}  =>  f:{"a" TO "b"}
            f:[1 TO 5}  =>  f:[1 TO 5}
            f:{1, 5]  =>  f:{1 TO 5]
            f:[1, 5)  =>  f:[1 TO 5}
            f:(1, 5]  =>  f:{1 TO 5]
            f:[* TO 5]  =>  f:[* TO 5]
            f:[5 TO *}  =>  f:[5 TO *]
            f:[* TO *]  =>  f:*
            f:["a" TO "b"]  =>  f:["a" TO "b"]
        "#]],
    );
}

#[test]
fn logic() {
    check(
        r##"
        a b OR c d
        a AND b or c and not d
        NOT a b
        -a !b NOT c
        (a OR b) c
        ((a b) c)
        NOT (a OR b)
        NOT NOT a
        * a
        a OR *
        -(a b)
        NOT -a
        f:(NOT a)
        ANDROID ORacle notes
        and* "or" not:x
        "##,
        expect![[r#"
            a b OR c d  =>  a AND b OR c AND d
            a AND b or c and not d  =>  a AND b OR c AND NOT d
            NOT a b  =>  NOT a AND b
            -a !b NOT c  =>  NOT a AND NOT b AND NOT c
            (a OR b) c  =>  (a OR b) AND c
            ((a b) c)  =>  a AND b AND c
            NOT (a OR b)  =>  NOT (a OR b)
            NOT NOT a  =>  NOT NOT a
            * a  =>  a
            a OR *  =>  *
            -(a b)  =>  NOT (a AND b)
            NOT -a  =>  NOT NOT a
            f:(NOT a)  =>  NOT f:a
            ANDROID ORacle notes  =>  ANDROID AND ORacle AND notes
            and* "or" not:x  =>  "and"* AND "or" AND "not":x
        "#]],
    );
}

#[test]
fn times() {
    check(
        r##"
        _time:5m
        _time:1h30m error
        _time:2026
        _time:2026-08
        _time:2026-08-01
        _time:2026-08-01T10
        _time:2026-08-01T10:30:00Z
        _time:>2026-01-01T00:00:00Z
        _time:>2026-08-01
        _time:<=2026-08-01
        _time:[2026-08-01, 2026-08-03)
        _time:[2026-08-01 TO 2026-08-03]
        _time:(2026-08-01T00:00:00Z, 2026-08-03T00:00:00+02:00]
        _time:["2026-08-01 10:00" TO now]
        _time:>now-1h
        _time:(5m OR 2025)
        NOT _time:5m
        _time:*
        "##,
        expect![[r#"
            _time:5m  =>  _time:[2026-08-01T11:55:00Z TO 2026-08-01T12:00:00.000000001Z}
            _time:1h30m error  =>  _time:[2026-08-01T10:30:00Z TO 2026-08-01T12:00:00.000000001Z} AND error
            _time:2026  =>  _time:[2026-01-01T00:00:00Z TO 2027-01-01T00:00:00Z}
            _time:2026-08  =>  _time:[2026-08-01T00:00:00Z TO 2026-09-01T00:00:00Z}
            _time:2026-08-01  =>  _time:[2026-08-01T00:00:00Z TO 2026-08-02T00:00:00Z}
            _time:2026-08-01T10  =>  _time:[2026-08-01T10:00:00Z TO 2026-08-01T11:00:00Z}
            _time:2026-08-01T10:30:00Z  =>  _time:[2026-08-01T10:30:00Z TO 2026-08-01T10:30:01Z}
            _time:>2026-01-01T00:00:00Z  =>  _time:>2026-01-01T00:00:00Z
            _time:>2026-08-01  =>  _time:>=2026-08-02T00:00:00Z
            _time:<=2026-08-01  =>  _time:<2026-08-02T00:00:00Z
            _time:[2026-08-01, 2026-08-03)  =>  _time:[2026-08-01T00:00:00Z TO 2026-08-03T00:00:00Z}
            _time:[2026-08-01 TO 2026-08-03]  =>  _time:[2026-08-01T00:00:00Z TO 2026-08-04T00:00:00Z}
            _time:(2026-08-01T00:00:00Z, 2026-08-03T00:00:00+02:00]  =>  _time:{2026-08-01T00:00:00Z TO 2026-08-02T22:00:00Z]
            _time:["2026-08-01 10:00" TO now]  =>  _time:[2026-08-01T10:00:00Z TO 2026-08-01T12:00:00Z]
            _time:>now-1h  =>  _time:>2026-08-01T11:00:00Z
            _time:(5m OR 2025)  =>  _time:[2026-08-01T11:55:00Z TO 2026-08-01T12:00:00.000000001Z} OR _time:[2025-01-01T00:00:00Z TO 2026-01-01T00:00:00Z}
            NOT _time:5m  =>  NOT _time:[2026-08-01T11:55:00Z TO 2026-08-01T12:00:00.000000001Z}
            _time:*  =>  _time:*
        "#]],
    );
}

#[test]
fn pipes() {
    check(
        r##"
        | stats count()
        error | stats count() as n by host
        * | stats count() n, sum(bytes), min(a.b) least by (host, "my field")
        * | stats by (host) count(*), count(user)
        * | STATS Avg(took) BY host
        * | sort host
        * | sort by n desc, host asc
        * | sort by (count() desc, host)
        * | limit 10 | head 5 | offset 3
        * | fields host, "my field", count()
        _time:5m level:error AND service:pay* | stats count() by host | sort by "count()" desc | limit 10
        "##,
        expect![[r#"
            | stats count()  =>  * | stats count()
            error | stats count() as n by host  =>  error | stats count() as n by host
            * | stats count() n, sum(bytes), min(a.b) least by (host, "my field")  =>  * | stats count() as n, sum(bytes), min(a.b) as least by host, "my field"
            * | stats by (host) count(*), count(user)  =>  * | stats count(), count(user) by host
            * | STATS Avg(took) BY host  =>  * | stats avg(took) by host
            * | sort host  =>  * | sort by host
            * | sort by n desc, host asc  =>  * | sort by n desc, host
            * | sort by (count() desc, host)  =>  * | sort by "count()" desc, host
            * | limit 10 | head 5 | offset 3  =>  * | limit 10 | limit 5 | offset 3
            * | fields host, "my field", count()  =>  * | fields host, "my field", "count()"
            _time:5m level:error AND service:pay* | stats count() by host | sort by "count()" desc | limit 10  =>  _time:[2026-08-01T11:55:00Z TO 2026-08-01T12:00:00.000000001Z} AND level:error AND service:pay* | stats count() by host | sort by "count()" desc | limit 10
        "#]],
    );
}

#[test]
fn the_time_range_is_what_every_event_must_pass() {
    let range = |text: &str| {
        let time = parse(text, NOW).expect("valid").time;
        format!("{text}  =>  {} .. {}\n", time.from, time.to)
    };
    let queries = [
        "error",
        "_time:5m error",
        "(error (_time:>=2026-08-01 a)) _time:<2026-08-02",
        "_time:2026-08 _time:[2026-08-20 TO 2026-09-20]",
        "_time:(2026-08-01T00:00:00Z, 2026-08-01T00:00:01Z]",
        "_time:5m OR error",
        "NOT _time:5m",
    ];
    expect![[r#"
        error  =>  1677-09-21T00:12:43.145224192Z .. 2262-04-11T23:47:16.854775807Z
        _time:5m error  =>  2026-08-01T11:55:00Z .. 2026-08-01T12:00:00.000000001Z
        (error (_time:>=2026-08-01 a)) _time:<2026-08-02  =>  2026-08-01T00:00:00Z .. 2026-08-02T00:00:00Z
        _time:2026-08 _time:[2026-08-20 TO 2026-09-20]  =>  2026-08-20T00:00:00Z .. 2026-09-01T00:00:00Z
        _time:(2026-08-01T00:00:00Z, 2026-08-01T00:00:01Z]  =>  2026-08-01T00:00:00.000000001Z .. 2026-08-01T00:00:01.000000001Z
        _time:5m OR error  =>  1677-09-21T00:12:43.145224192Z .. 2262-04-11T23:47:16.854775807Z
        NOT _time:5m  =>  1677-09-21T00:12:43.145224192Z .. 2262-04-11T23:47:16.854775807Z
    "#]].assert_eq(&queries.map(range).concat());
}

#[test]
fn a_query_in_a_query() {
    check(
        r##"
        a | union (_time:5m b OR c | stats count() by host | union (*)) | limit 5
        a | union ( | limit 1)
        a | union ()
        a | union b
        a | union (b
        a | union (b))
        a) | limit 1
        "##,
        expect![[r#"
            a | union (_time:5m b OR c | stats count() by host | union (*)) | limit 5  =>  a | union (_time:[2026-08-01T11:55:00Z TO 2026-08-01T12:00:00.000000001Z} AND b OR c | stats count() by host | union (*)) | limit 5
            a | union ( | limit 1)  =>  a | union (* | limit 1)
            a | union ()
            error: a query is missing here
            1 | a | union ()
              |            ^
              = hint: write * for every event
            a | union b
            error: a query between parentheses is missing here
            1 | a | union b
              |           ^
              = hint: write (level:error | fields user)
            a | union (b
            error: this parenthesis is never closed
            1 | a | union (b
              |           ^
              = hint: add the missing `)`
            a | union (b))
            error: this parenthesis closes nothing
            1 | a | union (b))
              |              ^
              = hint: take it away, or quote it
            a) | limit 1
            error: this parenthesis closes nothing
            1 | a) | limit 1
              |  ^
              = hint: take it away, or quote it
        "#]],
    );
}
