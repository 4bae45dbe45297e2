//! What does a person see whose pipes cannot be read, where they take texts, numbers or other queries?

use expect_test::expect;

use crate::errors::check;

#[test]
fn texts() {
    check(
        r##"
        * | extract
        * | extract ip
        * | extract "ip="
        * | extract "ip=<ip"
        * | extract "<a><b>"
        * | extract "\t<a><b>"
        * | extract "<a>" from
        * | extract "<a>" from x from y
        * | extract_regexp "("
        * | extract_regexp "[0-9]+"
        * | unpack_json from message fields ()
        * | unpack_json if level:error
        * | format "<host"
        * | format "<>"
        * | format "<hex:host>"
        * | format "<a>" as
        * | replace "a", "b"
        * | replace ("a")
        * | replace ("a", "b"
        * | replace ("", "b")
        * | replace_regexp ("a{2", "b")
        * | len(a
        * | decolorize
        "##,
        expect![[r#"
            error: a pattern between quotes is missing here
            1 | * | extract
              |            ^
              = hint: write extract "ip=<ip> " from message

            error: a pattern between quotes is missing here
            1 | * | extract ip
              |             ^
              = hint: write extract "ip=<ip> " from message

            error: no field is named here
            1 | * | extract "ip="
              |              ^^^
              = hint: write <name> where the wanted text stands, as in "ip=<ip> "

            error: this `<` is never closed
            1 | * | extract "ip=<ip"
              |                 ^
              = hint: end the name with `>`, or write &lt; for the sign

            error: nothing tells where this ends and the next begins
            1 | * | extract "<a><b>"
              |              ^^^
              = hint: put the text between them that stands there

            error: nothing tells where this ends and the next begins
            1 | * | extract "\t<a><b>"
              |             ^^^^^^^^^^
              = hint: put the text between them that stands there

            error: the name of a field is missing here
            1 | * | extract "<a>" from
              |                       ^
              = hint: write a name, and quote it when it has spaces or signs

            error: `from` is said twice
            1 | * | extract "<a>" from x from y
              |                          ^^^^
              = hint: take one of them away

            error: this is no regular expression: unclosed group
            1 | * | extract_regexp "("
              |                    ^^^
              = hint: a backslash before a sign makes it plain text; backticks keep it

            error: no group of this has a name
            1 | * | extract_regexp "[0-9]+"
              |                    ^^^^^^^^
              = hint: write (?P<name>…) around what is wanted

            error: the name of a field is missing here
            1 | * | unpack_json from message fields ()
              |                                      ^
              = hint: write a name, and quote it when it has spaces or signs

            error: `if` takes a filter between parentheses
            1 | * | unpack_json if level:error
              |                    ^
              = hint: write if (level:error)

            error: this `<` is never closed
            1 | * | format "<host"
              |             ^
              = hint: end the name with `>`, or write &lt; for the sign

            error: a name is missing here
            1 | * | format "<>"
              |             ^^
              = hint: write <name>, or &lt;&gt; for the signs

            error: a text cannot be written as `hex`
            1 | * | format "<hex:host>"
              |             ^^^^^^^^^^
              = hint: before the name can stand q:, uc:, lc:, time: or duration:

            error: the name of a column is missing here
            1 | * | format "<a>" as
              |                    ^
              = hint: write a name, and quote it when it has spaces or signs

            error: `replace` takes two texts between parentheses
            1 | * | replace "a", "b"
              |             ^
              = hint: write replace ("old", "new") at message

            error: a comma is missing between the two texts
            1 | * | replace ("a")
              |                 ^
              = hint: write replace ("old", "new") at message

            error: this parenthesis is never closed after two texts
            1 | * | replace ("a", "b"
              |             ^
              = hint: write replace ("old", "new") at message

            error: nothing cannot be replaced
            1 | * | replace ("", "b")
              |              ^^
              = hint: write replace ("old", "new")

            error: this is no regular expression: unclosed counted repetition
            1 | * | replace_regexp ("a{2", "b")
              |                     ^^^^^
              = hint: a backslash before a sign makes it plain text; backticks keep it

            error: this parenthesis is never closed after one field
            1 | * | len(a
              |        ^
              = hint: write len(message) as bytes

            error: the name of a field is missing here
            1 | * | decolorize
              |               ^
              = hint: write a name, and quote it when it has spaces or signs

        "#]],
    );
}

#[test]
fn numbers() {
    check(
        r##"
        * | math
        * | math a +
        * | math (a + b
        * | math a + * b as x
        * | math 10Kb as x
        * | math sqrt(a) as x
        * | math rond(a) as x
        * | math round() as x
        * | math round(a, b, c) as x
        * | math now(a) as x
        * | math abs(a as x
        * | math default as x
        * | math x =
        * | math a < b as x
        "##,
        expect![[r#"
            error: a number or a field is missing here
            1 | * | math
              |         ^
              = hint: write math bytes / 1024 as kib

            error: a number or a field is missing here
            1 | * | math a +
              |             ^
              = hint: write math bytes / 1024 as kib

            error: this parenthesis is never closed
            1 | * | math (a + b
              |          ^
              = hint: add the missing `)`

            error: a number or a field is missing here
            1 | * | math a + * b as x
              |              ^
              = hint: write math bytes / 1024 as kib

            error: `10Kb` is no number
            1 | * | math 10Kb as x
              |          ^^^^
              = hint: write a number, such as 10, 0.5, 10KiB or 5m

            error: unknown function `sqrt`
            1 | * | math sqrt(a) as x
              |          ^^^^
              = hint: functions are abs, ceil, exp, floor, ln, max, min, now, round

            error: unknown function `rond`
            1 | * | math rond(a) as x
              |          ^^^^
              = hint: did you mean `round`?

            error: `round` takes 1 to 2 numbers between its parentheses
            1 | * | math round() as x
              |          ^^^^^^^
              = hint: write round(took)

            error: `round` takes 1 to 2 numbers between its parentheses
            1 | * | math round(a, b, c) as x
              |          ^^^^^^^^^^^^^^
              = hint: write round(took)

            error: `now` takes nothing between its parentheses
            1 | * | math now(a) as x
              |          ^^^^^^
              = hint: write now()

            error: this parenthesis is never closed
            1 | * | math abs(a as x
              |             ^
              = hint: add the missing `)`

            error: a number or a field is missing before `default`
            1 | * | math default as x
              |          ^^^^^^^
              = hint: quote it where it is the name of a field: "default"

            error: a number or a field is missing here
            1 | * | math x =
              |             ^
              = hint: write math bytes / 1024 as kib

            error: the name of a column is missing here
            1 | * | math a < b as x
              |            ^
              = hint: write a name, and quote it when it has spaces or signs

        "#]],
    );
}

#[test]
fn queries_and_windows() {
    check(
        r##"
        * | join (a)
        * | join by (user)
        * | join by (user) (a | limt 5)
        * | join by (user) (a) outer
        * | union
        * | union (a | limit 5
        * | windows
        * | windows range 0s step 1m from 2026-08-01 count 5
        * | windows range 5m step 1m from soon count 5
        * | windows range 5m step 1m from 2026-08-01
        "##,
        expect![[r#"
            error: `by` is missing after `join`
            1 | * | join (a)
              |          ^
              = hint: write join by (user) (level:error | stats by (user) count() as errors)

            error: a query between parentheses is missing here
            1 | * | join by (user)
              |                   ^
              = hint: write (level:error | fields user)

            error: unknown pipe `limt`
            1 | * | join by (user) (a | limt 5)
              |                         ^^^^
              = hint: did you mean `limit`?

            error: `o` cannot stand here
            1 | * | join by (user) (a) outer
              |                        ^
              = hint: the next pipe begins with `|`; names with other signs need quotes

            error: a query between parentheses is missing here
            1 | * | union
              |          ^
              = hint: write (level:error | fields user)

            error: this parenthesis is never closed
            1 | * | union (a | limit 5
              |           ^
              = hint: add the missing `)`

            error: `range` is missing here
            1 | * | windows
              |            ^
              = hint: write windows range 5m step 1m from 2026-08-01T12:00:00Z count 60

            error: how long a window is has to be above 0
            1 | * | windows range 0s step 1m from 2026-08-01 count 5
              |                   ^^
              = hint: write windows range 5m step 1m from 2026-08-01T12:00:00Z count 60

            error: `soon` is no time
            1 | * | windows range 5m step 1m from soon count 5
              |                                   ^^^^
              = hint: write 5m for the last five minutes, 2026-08-01, or 2026-08-01T12:00:00Z

            error: `count` is missing here
            1 | * | windows range 5m step 1m from 2026-08-01
              |                                             ^
              = hint: write windows range 5m step 1m from 2026-08-01T12:00:00Z count 60

        "#]],
    );
}
