//! What does each test of a value mean, written back in its plainest form?

use expect_test::expect;
use vigil_query::{Case, ParseOptions, parse_with};

use crate::grammar::check;
use crate::support::NOW;

#[test]
fn letter_case_and_parts_of_words() {
    check(
        r##"
        i(Error)
        i("Connection refused")
        i(err*)
        i"Error"
        f:i(Error)
        c"Connection refused"
        c`C:\new`
        c"Connection ref"*
        c(Error)
        c(Err*)
        f:c"Error"
        *onnec*
        *"on ref"*
        f:*onnec*
        f:*10.0.0*
        c*"onnec"*
        c(*onnec*)
        f:c*"on ref"*
        *:*"foo"*
        c:error i:error
        i'm
        f:(*a* OR c"B" OR ~"c")
        "##,
        expect![[r#"
            i(Error)  =>  Error
            i("Connection refused")  =>  "Connection refused"
            i(err*)  =>  err*
            i"Error"  =>  Error
            f:i(Error)  =>  f:Error
            c"Connection refused"  =>  c"Connection refused"
            c`C:\new`  =>  c"C:\\new"
            c"Connection ref"*  =>  c"Connection ref"*
            c(Error)  =>  c"Error"
            c(Err*)  =>  c"Err"*
            f:c"Error"  =>  f:c"Error"
            *onnec*  =>  *"onnec"*
            *"on ref"*  =>  *"on ref"*
            f:*onnec*  =>  f:*"onnec"*
            f:*10.0.0*  =>  f:*"10.0.0"*
            c*"onnec"*  =>  c*"onnec"*
            c(*onnec*)  =>  c*"onnec"*
            f:c*"on ref"*  =>  f:c*"on ref"*
            *:*"foo"*  =>  *"foo"*
            c:error i:error  =>  c:error AND i:error
            i'm  =>  "i'm"
            f:(*a* OR c"B" OR ~"c")  =>  f:*"a"* OR f:c"B" OR f:~"c"
        "#]],
    );
}

#[test]
fn regular_expressions() {
    check(
        r##"
        ~"time(d )?out"
        f:~"\d+\.\d"
        f:~"\\d"
        f:~"\"quoted\""
        f:~`C:\\new`
        f:~a.*b
        f:~^(GET|POST)x
        (f:~a(b)c)
        f!~"a"
        f:!~"a"
        f !~ "a"
        f=~"a"
        f:=~"a"
        f =~ "a"
        !~"a"
        =~"a"
        /joh?n(ath[oa]n)/
        f:/a\/b/
        f:/error/i
        (/a/ OR f:/b/)
        /var/log/syslog
        /var/log/
        f:/usr/bin
        /tmp
        ~/notes
        //
        re("a.*b")
        f:re("a")
        "##,
        expect![[r#"
            ~"time(d )?out"  =>  ~"time(d )?out"
            f:~"\d+\.\d"  =>  f:~"\\d+\\.\\d"
            f:~"\\d"  =>  f:~"\\d"
            f:~"\"quoted\""  =>  f:~"\"quoted\""
            f:~`C:\\new`  =>  f:~"C:\\\\new"
            f:~a.*b  =>  f:~"a.*b"
            f:~^(GET|POST)x  =>  f:~"^(GET|POST)x"
            (f:~a(b)c)  =>  f:~"a(b)c"
            f!~"a"  =>  NOT f:~"a"
            f:!~"a"  =>  NOT f:~"a"
            f !~ "a"  =>  NOT f:~"a"
            f=~"a"  =>  f:~"a"
            f:=~"a"  =>  f:~"a"
            f =~ "a"  =>  f:~"a"
            !~"a"  =>  NOT ~"a"
            =~"a"  =>  ~"a"
            /joh?n(ath[oa]n)/  =>  ~"joh?n(ath[oa]n)"
            f:/a\/b/  =>  f:~"a\\/b"
            f:/error/i  =>  f:~"(?i)error"
            (/a/ OR f:/b/)  =>  ~"a" OR f:~"b"
            /var/log/syslog  =>  "/var/log/syslog"
            /var/log/  =>  "/var/log/"
            f:/usr/bin  =>  f:"/usr/bin"
            /tmp  =>  "/tmp"
            ~/notes  =>  "~/notes"
            //  =>  "//"
            re("a.*b")  =>  ~"a.*b"
            f:re("a")  =>  f:~"a"
        "#]],
    );
}

#[test]
fn sets() {
    check(
        r##"
        f:in(a, "b c", d)
        f:in(a)
        f:in(10.0.0.1:80, x=y)
        f:IN [a "b c", d]
        f:in[a b]
        f:in[]
        f:in (a OR b)
        f:in(level:error | fields user)
        f:in(error | stats by (user) count() as n | fields user)
        f:in(_time:5m | fields "my field")
        f:in("")
        contains_all(a, "b c")
        f:contains_any(a, b)
        f:contains_any(* | fields name)
        seq("a", "b c")
        f:(in(a) OR in(b))
        f:!in(a, b)
        "##,
        expect![[r#"
            f:in(a, "b c", d)  =>  f:in(a, "b c", d)
            f:in(a)  =>  f:in(a)
            f:in(10.0.0.1:80, x=y)  =>  f:in("10.0.0.1:80", "x=y")
            f:IN [a "b c", d]  =>  f:in(a, "b c", d)
            f:in[a b]  =>  f:in(a, b)
            f:in[]  =>  f:in[]
            f:in (a OR b)  =>  f:in AND (a OR b)
            f:in(level:error | fields user)  =>  f:in(level:error | fields user)
            f:in(error | stats by (user) count() as n | fields user)  =>  f:in(error | stats count() as n by user | fields user)
            f:in(_time:5m | fields "my field")  =>  f:in(_time:[2026-08-01T11:55:00Z TO 2026-08-01T12:00:00.000000001Z} | fields "my field")
            f:in("")  =>  f:in("")
            contains_all(a, "b c")  =>  *:contains_all(a, "b c")
            f:contains_any(a, b)  =>  f:contains_any(a, b)
            f:contains_any(* | fields name)  =>  f:contains_any(* | fields name)
            seq("a", "b c")  =>  *:seq(a, "b c")
            f:(in(a) OR in(b))  =>  f:in(a) OR f:in(b)
            f:!in(a, b)  =>  NOT f:in(a, b)
        "#]],
    );
}

#[test]
fn functions() {
    check(
        r##"
        f:range(1, 5]
        f:range[1KiB, 2KiB)
        f:string_range(a, "b c")
        f:len_range(3, 10)
        len_range(100, inf)
        f:ipv4_range(10.0.0.0/8)
        f:ipv4_range(10.0.0.1, 10.0.0.9)
        f:ipv4_range(10.0.0.1)
        f:ip_range(10.0.0.1-10.0.0.9)
        ip_range(fe80::/10)
        ip_range(fe80::1, fe80::9)
        a:eq_field(b)
        eq_field(a, b)
        a:lt_field("my field")
        "my field":le_field(a)
        f:value_type(int)
        f:exact("a b")
        f:exact(a*)
        f:="prefix"*
        =x
        !=x
        ="a b"*
        f:prefix(err)
        "##,
        expect![[r#"
            f:range(1, 5]  =>  f:{1 TO 5]
            f:range[1KiB, 2KiB)  =>  f:[1024 TO 2048}
            f:string_range(a, "b c")  =>  f:string_range(a, "b c")
            f:len_range(3, 10)  =>  f:len_range(3, 10)
            len_range(100, inf)  =>  *:len_range(100, inf)
            f:ipv4_range(10.0.0.0/8)  =>  f:ipv4_range(10.0.0.0, 10.255.255.255)
            f:ipv4_range(10.0.0.1, 10.0.0.9)  =>  f:ipv4_range(10.0.0.1, 10.0.0.9)
            f:ipv4_range(10.0.0.1)  =>  f:ipv4_range(10.0.0.1, 10.0.0.1)
            f:ip_range(10.0.0.1-10.0.0.9)  =>  f:ipv4_range(10.0.0.1, 10.0.0.9)
            ip_range(fe80::/10)  =>  *:ip_range("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
            ip_range(fe80::1, fe80::9)  =>  *:ip_range("fe80::1", "fe80::9")
            a:eq_field(b)  =>  a:eq_field(b)
            eq_field(a, b)  =>  a:eq_field(b)
            a:lt_field("my field")  =>  a:lt_field("my field")
            "my field":le_field(a)  =>  "my field":le_field(a)
            f:value_type(int)  =>  f:value_type(int)
            f:exact("a b")  =>  f:="a b"
            f:exact(a*)  =>  f:=a*
            f:="prefix"*  =>  f:=prefix*
            =x  =>  *:=x
            !=x  =>  NOT *:=x
            ="a b"*  =>  *:="a b"*
            f:prefix(err)  =>  f:err*
        "#]],
    );
}

#[test]
fn times_of_day_and_offsets() {
    check(
        r##"
        _time:2026-08Z
        _time:2026-08-01T12Z
        _time:[2026-08-01Z, 2026-08-02Z)
        _time:[2026-08-01Z, 2026-08-02Z]
        _time:(2026-08-01Z, 2026-08-02Z)
        _time:5m offset 1h
        _time:2026-08-01 offset -2h
        _time:[2026-08-01, 2026-08-03) offset 30m
        _time:>2026-08-01 offset 1d
        _time:5m offset:3
        _time:5m offset > 3
        _time:5m "offset" 3
        _time:day_range[08:00, 18:00)
        _time:day_range(08:00, 18:00] offset 2h
        _time:day_range[22:00, 06:00) offset -5h
        _time:day_range[08:00:30.5, 24:00)
        _time:week_range[Mon, Fri]
        _time:week_range(Sun, sat) offset 2h
        _time:week_range[Friday, Monday]
        _time:!day_range[08:00, 18:00)
        since:week_range[Sun, Sun]
        "##,
        expect![[r#"
            _time:2026-08Z  =>  _time:[2026-08-01T00:00:00Z TO 2026-09-01T00:00:00Z}
            _time:2026-08-01T12Z  =>  _time:[2026-08-01T12:00:00Z TO 2026-08-01T13:00:00Z}
            _time:[2026-08-01Z, 2026-08-02Z)  =>  _time:[2026-08-01T00:00:00Z TO 2026-08-02T00:00:00Z}
            _time:[2026-08-01Z, 2026-08-02Z]  =>  _time:[2026-08-01T00:00:00Z TO 2026-08-03T00:00:00Z}
            _time:(2026-08-01Z, 2026-08-02Z)  =>  _time:[2026-08-02T00:00:00Z TO 2026-08-02T00:00:00Z}
            _time:5m offset 1h  =>  _time:[2026-08-01T10:55:00Z TO 2026-08-01T11:00:00.000000001Z}
            _time:2026-08-01 offset -2h  =>  _time:[2026-08-01T02:00:00Z TO 2026-08-02T02:00:00Z}
            _time:[2026-08-01, 2026-08-03) offset 30m  =>  _time:[2026-07-31T23:30:00Z TO 2026-08-02T23:30:00Z}
            _time:>2026-08-01 offset 1d  =>  _time:>=2026-08-01T00:00:00Z
            _time:5m offset:3  =>  _time:[2026-08-01T11:55:00Z TO 2026-08-01T12:00:00.000000001Z} AND offset:3
            _time:5m offset > 3  =>  _time:[2026-08-01T11:55:00Z TO 2026-08-01T12:00:00.000000001Z} AND offset:>3
            _time:5m "offset" 3  =>  _time:[2026-08-01T11:55:00Z TO 2026-08-01T12:00:00.000000001Z} AND offset AND 3
            _time:day_range[08:00, 18:00)  =>  _time:day_range[08:00, 18:00)
            _time:day_range(08:00, 18:00] offset 2h  =>  _time:day_range[08:00:00.000000001, 18:00:00.000000001) offset 2h
            _time:day_range[22:00, 06:00) offset -5h  =>  _time:day_range[22:00, 24:00) offset -5h OR _time:day_range[00:00, 06:00) offset -5h
            _time:day_range[08:00:30.5, 24:00)  =>  _time:day_range[08:00:30.500000000, 24:00)
            _time:week_range[Mon, Fri]  =>  _time:week_range[Mon, Fri]
            _time:week_range(Sun, sat) offset 2h  =>  _time:week_range[Mon, Fri] offset 2h
            _time:week_range[Friday, Monday]  =>  _time:week_range[Fri, Sat] OR _time:week_range[Sun, Mon]
            _time:!day_range[08:00, 18:00)  =>  NOT _time:day_range[08:00, 18:00)
            since:week_range[Sun, Sun]  =>  since:week_range[Sun, Sun]
        "#]],
    );
}

#[test]
fn stream_selectors() {
    check(
        r##"
        {}
        {} error
        {app="x"}
        {app="x",env=~"a.*",b!="c",d!~"e"}
        { app = "x" , k8s.pod/name = y }
        error {app="x"} warn
        {app=""}
        {app!=""}
        {app=~".*"}
        {app!~"a?"}
        {app="x" or app="y", env="z"}
        {app=~"a|b"} | stats count()
        {"my label"="x"}
        _stream:{app="x"}
        "##,
        expect![[r#"
            {}  =>  *
            {} error  =>  error
            {app="x"}  =>  app:=x
            {app="x",env=~"a.*",b!="c",d!~"e"}  =>  app:=x AND env:~"^(?:a.*)$" AND NOT b:=c AND NOT d:~"^(?:e)$"
            { app = "x" , k8s.pod/name = y }  =>  app:=x AND k8s.pod/name:=y
            error {app="x"} warn  =>  error AND app:=x AND warn
            {app=""}  =>  app:""
            {app!=""}  =>  NOT app:""
            {app=~".*"}  =>  app:~"^(?:.*)$" OR app:""
            {app!~"a?"}  =>  NOT (app:~"^(?:a?)$" OR app:"")
            {app="x" or app="y", env="z"}  =>  app:=x OR app:=y AND env:=z
            {app=~"a|b"} | stats count()  =>  app:~"^(?:a|b)$" | stats count()
            {"my label"="x"}  =>  "my label":=x
            _stream:{app="x"}  =>  app:=x
        "#]],
    );
}

#[test]
fn letter_case_counts_where_the_asker_says_so() {
    let options = ParseOptions { case: Case::Exact };
    let read = |text: &str| format!("{text}  =>  {}\n", parse_with(text, NOW, &options).expect("valid"));
    let queries = [
        "Error",
        "\"Conn refused\"",
        "Err*",
        "f:Error",
        "f:(A OR \"b c\"*)",
        "*rro*",
        "i(Error)",
        "f:i(err*)",
        "f:\"\"",
        "f:=x",
        "_time:5m Error",
    ];
    expect![[r#"
        Error  =>  c"Error"
        "Conn refused"  =>  c"Conn refused"
        Err*  =>  c"Err"*
        f:Error  =>  f:c"Error"
        f:(A OR "b c"*)  =>  f:c"A" OR f:c"b c"*
        *rro*  =>  c*"rro"*
        i(Error)  =>  Error
        f:i(err*)  =>  f:err*
        f:""  =>  f:""
        f:=x  =>  f:=x
        _time:5m Error  =>  _time:[2026-08-01T11:55:00Z TO 2026-08-01T12:00:00.000000001Z} AND c"Error"
    "#]]
    .assert_eq(&queries.map(read).concat());
}
