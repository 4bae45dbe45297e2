//! What does a person see whose query cannot be read?

use expect_test::{Expect, expect};
use vigil_query::parse;

use crate::support::NOW;

/// Draws the error of each line of `queries`.
pub(crate) fn check(queries: &str, expected: Expect) {
    let draw = |text: &str| match parse(text, NOW) {
        Ok(query) => panic!("`{text}` was read as {query}"),
        Err(error) => format!("{}\n\n", error.render(text)),
    };
    expected.assert_eq(&queries.lines().map(str::trim).filter(|line| !line.is_empty()).map(draw).collect::<String>());
}

#[test]
fn what_was_opened_and_never_closed() {
    check(
        r##"
        level:error "connection refused
        error AND (a OR b
        f:(a OR b
        f:[1 TO 5
        * | stats count() by (a, b
        * | stats sum(a b)
        * | stats count(
        "##,
        expect![[r#"
            error: this quote is never closed
            1 | level:error "connection refused
              |             ^
              = hint: end the text with "

            error: this parenthesis is never closed
            1 | error AND (a OR b
              |           ^
              = hint: add the missing `)`

            error: this parenthesis is never closed
            1 | f:(a OR b
              |   ^
              = hint: add the missing `)`

            error: this range is never closed
            1 | f:[1 TO 5
              |   ^
              = hint: end it with `]`, or `}` to leave the bound out

            error: this parenthesis is never closed
            1 | * | stats count() by (a, b
              |                      ^
              = hint: add the missing `)`

            error: this parenthesis is never closed
            1 | * | stats sum(a b)
              |              ^
              = hint: write sum(field)

            error: this parenthesis is never closed
            1 | * | stats count(
              |                ^
              = hint: write count()

        "#]],
    );
}

#[test]
fn operators_without_filters() {
    check(
        r##"
        AND
        error AND
        error OR | limit 5
        OR error
        a AND OR b
        NOT
        a -
        (a OR)
        ()
        a)
        a || b
        "##,
        expect![[r#"
            error: a filter is missing before `AND`
            1 | AND
              | ^^^
              = hint: quote it to search for the word

            error: a filter is missing after `AND`
            1 | error AND
              |       ^^^
              = hint: quote it to search for the word

            error: a filter is missing after `OR`
            1 | error OR | limit 5
              |       ^^
              = hint: quote it to search for the word

            error: a filter is missing before `OR`
            1 | OR error
              | ^^
              = hint: quote it to search for the word

            error: a filter is missing before `OR`
            1 | a AND OR b
              |       ^^
              = hint: quote it to search for the word

            error: a filter is missing after `NOT`
            1 | NOT
              | ^^^
              = hint: quote it to search for the word

            error: a filter is missing after `-`
            1 | a -
              |   ^
              = hint: quote it to search for the word

            error: a filter is missing after `OR`
            1 | (a OR)
              |    ^^
              = hint: quote it to search for the word

            error: nothing stands between these parentheses
            1 | ()
              | ^^
              = hint: take them away

            error: this parenthesis closes nothing
            1 | a)
              |  ^
              = hint: take it away, or quote it

            error: `||` is no pipe
            1 | a || b
              |   ^^
              = hint: write OR between filters

        "#]],
    );
}

#[test]
fn values_that_are_none() {
    check(
        r##"
        level:
        level: | limit 5
        level=error
        f:=
        f:>
        f:>*
        f:[1 5]
        f:[1 TO]
        f:[a* TO b]
        f:a,b
        foo(bar)
        a"b"
        "a"b
        *foo
        f*o
        f:*o
        f:**
        [error]
        >5
        ""
        "\q"
        "\u{110000}"
        _time:yesterday
        _time:>5m
        _time:5m*
        _time:2026-13
        "##,
        expect![[r#"
            error: a value is missing after `level:`
            1 | level:
              | ^^^^^^
              = hint: write field:* for events that have the field

            error: a value is missing after `level:`
            1 | level: | limit 5
              | ^^^^^^^
              = hint: write field:* for events that have the field

            error: `=` alone compares nothing
            1 | level=error
              | ^^^^^^
              = hint: write level:=value for the exact value of a field, or quote the text

            error: a value is missing here
            1 | f:=
              |    ^
              = hint: write "" for the empty text

            error: a bound is missing here
            1 | f:>
              |    ^
              = hint: write a number, a time or a text, or * for none

            error: nothing compares with `*`
            1 | f:>*
              |   ^^
              = hint: write field:* for any value

            error: `TO` is missing between the bounds
            1 | f:[1 5]
              |      ^
              = hint: write [1 TO 5] or [1, 5)

            error: a bound is missing here
            1 | f:[1 TO]
              |        ^
              = hint: write a number, a time or a text, or * for none

            error: `a*` is no bound
            1 | f:[a* TO b]
              |    ^^
              = hint: a range has whole values at its ends

            error: `,` cannot stand here
            1 | f:a,b
              |    ^
              = hint: write AND or OR between filters; quote it to search for it

            error: `foo(` is no filter
            1 | foo(bar)
              | ^^^^
              = hint: put a space between them, quote the text, or write field:(a OR b) for one of several

            error: quoted and plain text touch
            1 | a"b"
              | ^^
              = hint: put a space between them

            error: quoted and plain text touch
            1 | "a"b
              | ^^^^
              = hint: put a space between them

            error: a `*` at the end is missing
            1 | *foo
              | ^^^^
              = hint: write *part* for text inside of words, or ~"part$" at the end

            error: `*` stands only at the ends of a text
            1 | f*o
              | ^^^
              = hint: write word* or *part*, ~"a.*b", or quote it

            error: a `*` at the end is missing
            1 | f:*o
              |   ^^
              = hint: write *part* for text inside of words, or ~"part$" at the end

            error: `*` stands only at the ends of a text
            1 | f:**
              |   ^^
              = hint: write word* or *part*, ~"a.*b", or quote it

            error: `[` cannot stand here
            1 | [error]
              | ^
              = hint: a range stands after a field, as in status:[400 TO 499]; quote it to search for it

            error: `>` cannot stand here
            1 | >5
              | ^
              = hint: write the name of a field before it, or * for any field

            error: an empty phrase
            1 | ""
              | ^^
              = hint: write field:"" for events without the field

            error: a backslash stands before `"`, `'`, `\`, `n`, `r`, `t` or `u`
            1 | "\q"
              |  ^^
              = hint: write \\ for a backslash, or put the text between backticks

            error: this is no character
            1 | "\u{110000}"
              |  ^^^^^^^^^^
              = hint: write \u0041 or \u{41}

            error: `yesterday` is no time
            1 | _time:yesterday
              |       ^^^^^^^^^
              = hint: write 5m for the last five minutes, 2026-08-01, or 2026-08-01T12:00:00Z

            error: a time is missing, this is only how long
            1 | _time:>5m
              |        ^^
              = hint: write now-5m for that long ago, or _time:5m for all since then

            error: `5m*` is no time
            1 | _time:5m*
              |       ^^^
              = hint: write 5m for the last five minutes, 2026-08-01, or 2026-08-01T12:00:00Z

            error: `2026-13` is no time
            1 | _time:2026-13
              |       ^^^^^^^
              = hint: write 5m for the last five minutes, 2026-08-01, or 2026-08-01T12:00:00Z

        "#]],
    );
}

#[test]
fn the_line_at_fault_is_drawn() {
    let text = "error # first\n\tAND größe:\"x\n";
    expect![[r#"
        error: this quote is never closed
        2 |  AND größe:"x
          |            ^
          = hint: end the text with ""#]]
    .assert_eq(&parse(text, NOW).expect_err("an open quote").render(text));
    let text = format!("{} level=error {}", "word ".repeat(100), "word ".repeat(100));
    expect![[r#"
        error: `=` alone compares nothing
        1 | ord word word word word word word word word word  level=error word word word word word word word wor
          |                                                   ^^^^^^
          = hint: write level:=value for the exact value of a field, or quote the text"#]]
    .assert_eq(&parse(&text, NOW).expect_err("an equals sign").render(&text));
}

#[test]
fn in_one_line_an_error_says_all() {
    let error = parse("* | limt 10", NOW).expect_err("unknown");
    expect!["unknown pipe `limt` (at byte 4); did you mean `limit`?"].assert_eq(&error.to_string());
}
