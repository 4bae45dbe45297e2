//! What does a person see whose test of a value cannot be read?

use expect_test::expect;

use crate::errors::check;

#[test]
fn texts_that_are_none() {
    check(
        r##"
        *foo
        f:*foo
        f:*"foo
        c"foo"bar
        c"foo
        i(foo
        c(foo bar)
        i()
        c*"foo"
        f:c*"a"*b
        "##,
        expect![[r#"
            error: a `*` at the end is missing
            1 | *foo
              | ^^^^
              = hint: write *part* for text inside of words, or ~"part$" at the end

            error: a `*` at the end is missing
            1 | f:*foo
              |   ^^^^
              = hint: write *part* for text inside of words, or ~"part$" at the end

            error: this quote is never closed
            1 | f:*"foo
              |    ^
              = hint: end the text with "

            error: quoted and plain text touch
            1 | c"foo"bar
              |  ^^^^^^
              = hint: put a space between them

            error: this quote is never closed
            1 | c"foo
              |  ^
              = hint: end the text with "

            error: this parenthesis is never closed
            1 | i(foo
              |  ^
              = hint: add the missing `)`

            error: `b` cannot stand here: arguments have commas between them
            1 | c(foo bar)
              |       ^
              = hint: write c(text)

            error: a value is missing here
            1 | i()
              |   ^
              = hint: write "" for the empty text

            error: a `*` at the end is missing
            1 | c*"foo"
              |  ^^^^^^
              = hint: write *part* for text inside of words, or ~"part$" at the end

            error: `*` stands only at the ends of a text
            1 | f:c*"a"*b
              |    ^^^^^^
              = hint: write word* or *part*, ~"a.*b", or quote it

        "#]],
    );
}

#[test]
fn regular_expressions_that_are_none() {
    check(
        r##"
        ~"time(out"
        f:~"[z-a]"
        f:~"\d+(a|b" AND c
        f:~`a{2,1}`
        f:~"unclosed
        f:~
        f!~
        f:=~"*"
        /(a/
        /a[/i
        f:~a(b
        re(abc)
        re("a"
        f:~"a"b
        f:~"(\w{1000}){1000}"
        {app=~"a(b"}
        "##,
        expect![[r#"
            error: bad regular expression: unclosed group
            1 | ~"time(out"
              |       ^
              = hint: write a backslash before a sign that is meant as it is

            error: bad regular expression: invalid character class range, the start must be <= the end
            1 | f:~"[z-a]"
              |      ^^^
              = hint: write a backslash before a sign that is meant as it is

            error: bad regular expression: unclosed group
            1 | f:~"\d+(a|b" AND c
              |        ^
              = hint: write a backslash before a sign that is meant as it is

            error: bad regular expression: invalid repetition count range, the start must be <= the end
            1 | f:~`a{2,1}`
              |      ^^^^^
              = hint: write a backslash before a sign that is meant as it is

            error: this quote is never closed
            1 | f:~"unclosed
              |    ^
              = hint: end the text with "

            error: a regular expression is missing here
            1 | f:~
              |    ^
              = hint: write ~"time(d )?out"

            error: a regular expression is missing here
            1 | f!~
              |    ^
              = hint: write ~"time(d )?out"

            error: bad regular expression: repetition operator missing expression
            1 | f:=~"*"
              |      ^
              = hint: write a backslash before a sign that is meant as it is

            error: bad regular expression: unclosed group
            1 | /(a/
              |  ^
              = hint: write a backslash before a sign that is meant as it is

            error: bad regular expression: unclosed character class
            1 | /a[/i
              |   ^
              = hint: write a backslash before a sign that is meant as it is

            error: bad regular expression: unclosed group
            1 | f:~a(b
              |     ^
              = hint: write a backslash before a sign that is meant as it is

            error: a regular expression stands between quotes here
            1 | re(abc)
              |    ^
              = hint: write re("time(d )?out")

            error: this parenthesis is never closed
            1 | re("a"
              |   ^
              = hint: add the missing `)`

            error: quoted and plain text touch
            1 | f:~"a"b
              |    ^^^^
              = hint: put a space between them

            error: bad regular expression: a regular expression that needs more than 1024 KiB
            1 | f:~"(\w{1000}){1000}"
              |     ^^^^^^^^^^^^^^^^
              = hint: repeat less: each {n} stands for that many copies of what is before it

            error: bad regular expression: unclosed group
            1 | {app=~"a(b"}
              |         ^
              = hint: write a backslash before a sign that is meant as it is

        "#]],
    );
}

#[test]
fn times_that_are_none() {
    check(
        r##"
        day_range[08:00, 18:00)
        _time:day_range[08:00 18:00)
        _time:day_range[8, 18)
        _time:day_range[08:00, 25:00)
        _time:day_range[08:00, 18:00
        _time:day_range[08:00, 08:00)
        _time:week_range[Mon, Firday]
        _time:week_range(Mon, Tue)
        _time:week_range[Mon
        _time:5m offset error
        _time:* offset 1h
        _time:2026-13Z
        _time:[2026-08-01, soon)
        _time:5m*
        "##,
        expect![[r#"
            error: `day_range` is about the time of a field
            1 | day_range[08:00, 18:00)
              | ^^^^^^^^^
              = hint: write _time:day_range[08:00, 18:00)

            error: a comma is missing between the bounds
            1 | _time:day_range[08:00 18:00)
              |                       ^
              = hint: write _time:day_range[08:00, 18:00)

            error: `8` is no time of day
            1 | _time:day_range[8, 18)
              |                 ^
              = hint: write _time:day_range[08:00, 18:00)

            error: `25:00` is no time of day
            1 | _time:day_range[08:00, 25:00)
              |                        ^^^^^
              = hint: write _time:day_range[08:00, 18:00)

            error: this range is never closed
            1 | _time:day_range[08:00, 18:00
              |                ^
              = hint: end it with `]`, or `)` to leave the bound out

            error: no time of day lies inside of this range
            1 | _time:day_range[08:00, 08:00)
              |       ^^^^^^^^^^^^^^^^^^^^^^^
              = hint: write _time:day_range[08:00, 18:00)

            error: `Firday` is no day of the week
            1 | _time:week_range[Mon, Firday]
              |                       ^^^^^^
              = hint: write _time:week_range[Mon, Fri]

            error: no day lies inside of this range
            1 | _time:week_range(Mon, Tue)
              |       ^^^^^^^^^^^^^^^^^^^^
              = hint: write _time:week_range[Mon, Fri]

            error: a comma is missing between the bounds
            1 | _time:week_range[Mon
              |                     ^
              = hint: write _time:week_range[Mon, Fri]

            error: `error` is no length of time
            1 | _time:5m offset error
              |                 ^^^^^
              = hint: write offset 1h, or quote "offset" to search for the word

            error: an offset moves times, and here is none
            1 | _time:* offset 1h
              |         ^^^^^^^^^
              = hint: take it away

            error: `2026-13Z` is no time
            1 | _time:2026-13Z
              |       ^^^^^^^^
              = hint: write 5m for the last five minutes, 2026-08-01, or 2026-08-01T12:00:00Z

            error: `soon` is no time
            1 | _time:[2026-08-01, soon)
              |                    ^^^^
              = hint: write 5m for the last five minutes, 2026-08-01, or 2026-08-01T12:00:00Z

            error: `5m*` is no time
            1 | _time:5m*
              |       ^^^
              = hint: write 5m for the last five minutes, 2026-08-01, or 2026-08-01T12:00:00Z

        "#]],
    );
}

#[test]
fn selectors_that_are_none() {
    check(
        r##"
        {app="x"
        {app="x" env="y"}
        {app}
        {="x"}
        {app=~a.*}
        {app="x"*}
        {app>5}
        {app="x",
        "##,
        expect![[r#"
            error: this selector is never closed
            1 | {app="x"
              | ^
              = hint: add the missing `}`

            error: a comma is missing between labels
            1 | {app="x" env="y"}
              |          ^
              = hint: write {app="x", env="y"}

            error: a label is compared by `=`, `!=`, `=~` or `!~`
            1 | {app}
              |  ^^^^
              = hint: write {app="x", env=~"a.*"}

            error: a label is missing here
            1 | {="x"}
              |  ^
              = hint: write {app="x"}

            error: a regular expression stands between quotes here
            1 | {app=~a.*}
              |       ^
              = hint: write {app=~"a.*"}

            error: a label has a whole text as its value
            1 | {app="x"*}
              |      ^^^^
              = hint: write {app=~"a.*"} for a part of the value

            error: a label is compared by `=`, `!=`, `=~` or `!~`
            1 | {app>5}
              |  ^^^^
              = hint: write {app="x", env=~"a.*"}

            error: this selector is never closed
            1 | {app="x",
              | ^
              = hint: add the missing `}`

        "#]],
    );
}

#[test]
fn equals_signs_that_compare_nothing() {
    check(
        r##"
        level=error
        level = error
        =
        !=
        "##,
        expect![[r#"
            error: `=` alone compares nothing
            1 | level=error
              | ^^^^^^
              = hint: write level:=value for the exact value of a field, or quote the text

            error: `=` alone compares nothing
            1 | level = error
              | ^^^^^^^
              = hint: write level:=value for the exact value of a field, or quote the text

            error: a value is missing here
            1 | =
              |  ^
              = hint: write "" for the empty text

            error: a value is missing here
            1 | !=
              |   ^
              = hint: write "" for the empty text

        "#]],
    );
}
