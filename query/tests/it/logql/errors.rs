//! What does a person see whose LogQL cannot be read?

use expect_test::{Expect, expect};
use vigil_query::logql::parse;

fn check(queries: &str, expected: Expect) {
    let draw = |text: &str| match parse(text) {
        Ok(query) => panic!("`{text}` was read as {query}"),
        Err(error) => format!("{}\n\n", error.render(text)),
    };
    expected.assert_eq(&queries.lines().map(str::trim).filter(|line| !line.is_empty()).map(draw).collect::<String>());
}

#[test]
fn selectors() {
    check(
        r##"
        {app="api"
        {app=api}
        {app}
        {app="api" env="x"}
        {app='api'}
        {app=~"("}
        {app="api
        {k8s.pod="x"}
        app="api"
        "##,
        expect![[r#"
            error: this brace is never closed
            1 | {app="api"
              | ^
              = hint: end the selector with `}`

            error: a quoted text is missing before `api`
            1 | {app=api}
              |      ^^^
              = hint: texts stand in double quotes or backticks

            error: an operator is missing before `}`
            1 | {app}
              |     ^
              = hint: write {label="value"}; operators are = != =~ !~

            error: `}` is missing before `env`
            1 | {app="api" env="x"}
              |            ^^^
              = hint: put a comma between matchers, and end them with `}`

            error: texts stand in double quotes or backticks
            1 | {app='api'}
              |      ^
              = hint: write "text"

            error: bad regular expression: unclosed group
            1 | {app=~"("}
              |       ^^^
              = hint: put it between backticks, so that backslashes need no escape

            error: this quote is never closed
            1 | {app="api
              |      ^
              = hint: end the text with "

            error: an operator is missing before `.`
            1 | {k8s.pod="x"}
              |     ^
              = hint: write {label="value"}; operators are = != =~ !~

            error: unknown function `app`
            1 | app="api"
              | ^^^
              = hint: did you mean `avg`?

        "#]],
    );
}

#[test]
fn stages() {
    check(
        r##"
        {a="b"} |
        {a="b"} | jsn
        {a="b"} | json x="a[0]"
        {a="b"} | level
        {a="b"} | level > "error"
        {a="b"} | level = error
        {a="b"} | (a="b"
        {a="b"} | regexp "a(b)"
        {a="b"} | pattern "<_> x"
        {a="b"} | pattern "<a><b>"
        {a="b"} | line_format "{{.a"
        {a="b"} | line_format "{{ printf .a }}"
        {a="b"} | logfmt --lax
        {a="b"} |= ip("10.0.0.300")
        {a="b"} |> "<_><_>"
        {a="b"} | unwrap x
        {a="b"} )
        "##,
        expect![[r#"
            error: a stage is missing at the end
            1 | {a="b"} |
              |          ^
              = hint: stages are json, logfmt, regexp, pattern, unpack, line_format, label_format, decolorize, drop, keep, unwrap, or a label and a test

            error: unknown stage `jsn`
            1 | {a="b"} | jsn
              |           ^^^
              = hint: did you mean `json`?

            error: items of lists cannot be taken by their number
            1 | {a="b"} | json x="a[0]"
              |                  ^^^^^^
              = hint: write a="b.c" or a="b[\"c\"]"

            error: unknown stage `level`
            1 | {a="b"} | level
              |           ^^^^^
              = hint: stages are json, logfmt, regexp, pattern, unpack, line_format, label_format, decolorize, drop, keep, unwrap; a test of a label is written level="value"

            error: texts do not compare by `>`
            1 | {a="b"} | level > "error"
              |                 ^
              = hint: write = or !=, or a number without quotes

            error: a number or a quoted text is missing before `error`
            1 | {a="b"} | level = error
              |                   ^^^^^
              = hint: write a="text", a > 5 or a >= 250ms

            error: `)` is missing at the end
            1 | {a="b"} | (a="b"
              |                 ^
              = hint: end the tests with `)`

            error: no group of this expression has a name
            1 | {a="b"} | regexp "a(b)"
              |                 ^^^^^^^
              = hint: write (?P<label>…)

            error: no capture of this pattern has a name
            1 | {a="b"} | pattern "<_> x"
              |                   ^^^^^^^
              = hint: write "<ip> - <_> [<time>]"

            error: two captures touch, and nothing says where the first one ends
            1 | {a="b"} | pattern "<a><b>"
              |                   ^^^^^^^^
              = hint: write "<ip> - <_> [<time>]"

            error: `{{` of this template is never closed
            1 | {a="b"} | line_format "{{.a"
              |                       ^^^^^^
              = hint: write {{.label}}

            error: `printf` with these arguments is not known in templates
            1 | {a="b"} | line_format "{{ printf .a }}"
              |                       ^^^^^^^^^^^^^^^^^
              = hint: functions are lower, upper, title, trim, trunc, substr, replace, trimPrefix, trimSuffix and default

            error: unknown flag
            1 | {a="b"} | logfmt --lax
              |                  ^^^^^
              = hint: flags are --strict and --keep-empty

            error: this is no address, range or network
            1 | {a="b"} |= ip("10.0.0.300")
              |               ^^^^^^^^^^^^
              = hint: write ip("10.0.0.1"), ip("10.0.0.0/8") or ip("10.0.0.1-10.0.0.9")

            error: two `<_>` touch, and nothing says where the first one ends
            1 | {a="b"} |> "<_><_>"
              |            ^^^^^^^^
              = hint: write literal text with <_> for anything between

            error: `unwrap` makes numbers of lines
            1 | {a="b"} | unwrap x
              |         ^
              = hint: write sum_over_time({…} | unwrap label [5m])

            error: `)` cannot stand here
            1 | {a="b"} )
              |         ^
              = hint: take it away

        "#]],
    );
}

#[test]
fn metrics() {
    check(
        r##"
        rate({a="b"})
        rate({a="b"}[5])
        rate({a="b"}[0s])
        rate({a="b"}[5m] [5m])
        rat({a="b"}[5m])
        sum_over_time({a="b"}[5m])
        count_over_time({a="b"} | unwrap x [5m])
        count_over_time({a="b"}[5m]) by (x)
        quantile_over_time(2, {a="b"} | unwrap x [5m])
        sum({a="b"})
        sum by (a) (rate({a="b"}[5m])) by (b)
        topk(rate({a="b"}[5m]))
        topk(0, rate({a="b"}[5m]))
        {a="b"} + 1
        1 + bool 2
        1 +
        (1 + 2
        label_replace(vector(1), "a b", "", "", "")
        foo
        "##,
        expect![[r#"
            error: a range such as `[5m]` is missing before `)`
            1 | rate({a="b"})
              |             ^
              = hint: write rate({label="value"}[5m])

            error: `5` is no duration
            1 | rate({a="b"}[5])
              |              ^
              = hint: write [5m]; units are ns us ms s m h d w y

            error: a range is longer than nothing
            1 | rate({a="b"}[0s])
              |             ^^^^
              = hint: write [5m]

            error: the range is given twice
            1 | rate({a="b"}[5m] [5m])
              |                  ^^^^
              = hint: write it once

            error: unknown function `rat`
            1 | rat({a="b"}[5m])
              | ^^^
              = hint: did you mean `rate`?

            error: `sum_over_time` needs a number of each line
            1 | sum_over_time({a="b"}[5m])
              | ^^^^^^^^^^^^^^^^^^^^^^^^^^
              = hint: write sum_over_time({…} | unwrap label [5m])

            error: `count_over_time` reads no numbers
            1 | count_over_time({a="b"} | unwrap x [5m])
              | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              = hint: take `| unwrap` away, or write sum_over_time

            error: `count_over_time` has no groups of its own
            1 | count_over_time({a="b"}[5m]) by (x)
              | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              = hint: write sum by (label) (count_over_time(…))

            error: a share lies between 0 and 1
            1 | quantile_over_time(2, {a="b"} | unwrap x [5m])
              |                    ^
              = hint: write quantile_over_time(0.95, {label="value"} | unwrap took [5m])

            error: numbers are needed here, and these are log lines
            1 | sum({a="b"})
              |     ^^^^^^^
              = hint: put it into a function such as count_over_time({…}[5m])

            error: the grouping is given twice
            1 | sum by (a) (rate({a="b"}[5m])) by (b)
              |                                ^^^^^^
              = hint: write it before or behind the parentheses

            error: the number of series is missing before `rate`
            1 | topk(rate({a="b"}[5m]))
              |      ^^^^
              = hint: write topk(5, …)

            error: the number of series is a whole number above 0
            1 | topk(0, rate({a="b"}[5m]))
              |      ^
              = hint: write topk(5, …)

            error: log lines do not combine
            1 | {a="b"} + 1
              |         ^
              = hint: write a metric such as count_over_time(…[5m])

            error: `bool` belongs to a comparison
            1 | 1 + bool 2
              |   ^
              = hint: take `bool` away

            error: a query is missing at the end
            1 | 1 +
              |    ^
              = hint: write {label="value"}, or a metric such as rate({label="value"}[5m])

            error: this parenthesis is never closed
            1 | (1 + 2
              | ^
              = hint: add the missing `)`

            error: this is no name of a label
            1 | label_replace(vector(1), "a b", "", "", "")
              |                          ^^^^^
              = hint: names have letters, digits and `_`

            error: unknown function `foo`
            1 | foo
              | ^^^
              = hint: a query begins with {label="value"} or a function

        "#]],
    );
}
