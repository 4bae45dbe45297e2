//! What does a person see whose pipes cannot be read?

use expect_test::expect;

use crate::errors::check;

#[test]
fn pipes_that_are_none() {
    check(
        r##"
        * |
        * | limt 10
        * | frobnicate x
        * | count by (host)
        * | limit
        * | limit ten
        * | limit -1
        * | limit 5 6
        * | fields
        * | fields a,
        * | fields a b
        * | fields a*b
        "##,
        expect![[r#"
            error: a pipe is missing after `|`
            1 | * |
              |   ^
              = hint: write where, stats, sort, limit, fields, extract, math or another pipe of the guide to VQL

            error: unknown pipe `limt`
            1 | * | limt 10
              |     ^^^^
              = hint: did you mean `limit`?

            error: unknown pipe `frobnicate`
            1 | * | frobnicate x
              |     ^^^^^^^^^^
              = hint: write where, stats, sort, limit, fields, extract, math or another pipe of the guide to VQL

            error: unknown pipe `count`
            1 | * | count by (host)
              |     ^^^^^
              = hint: write count(…) to compute it

            error: `limit` takes a whole number
            1 | * | limit
              |          ^
              = hint: write limit 10

            error: `limit` takes a whole number
            1 | * | limit ten
              |           ^^^
              = hint: write limit 10

            error: `limit` takes a whole number
            1 | * | limit -1
              |           ^^
              = hint: write limit 10

            error: `6` cannot stand here
            1 | * | limit 5 6
              |             ^
              = hint: the next pipe begins with `|`; names with other signs need quotes

            error: the name of a field is missing here
            1 | * | fields
              |           ^
              = hint: write a name, and quote it when it has spaces or signs

            error: the name of a field is missing here
            1 | * | fields a,
              |              ^
              = hint: write a name, and quote it when it has spaces or signs

            error: `b` cannot stand here
            1 | * | fields a b
              |              ^
              = hint: the next pipe begins with `|`; names with other signs need quotes

            error: `*` stands only at the end of a name
            1 | * | fields a*b
              |             ^
              = hint: search for the start of a name, or quote it

        "#]],
    );
}

#[test]
fn aggregates() {
    check(
        r##"
        * | stats
        * | stats cuont()
        * | stats p96(took)
        * | stats sum()
        * | stats rate(took)
        * | stats first(a, b)
        * | stats count
        * | stats count() by
        * | stats count() as n, sum(x) as n
        * | stats count() host by host
        * | stats quantile(took)
        * | stats quantile(95, took)
        * | stats quantile(0.95)
        * | stats count() limit 5
        * | stats count() if (level:error
        * | stats count() by (_time:5)
        * | stats count() by (_time:auto)
        * | stats count() by (_time:-5m)
        * | stats count() by (size:big)
        * | stats count() by (size:0)
        * | stats count() by (ip:/33)
        "##,
        expect![[r#"
            error: a function is missing here
            1 | * | stats
              |          ^
              = hint: write count()

            error: unknown function `cuont`
            1 | * | stats cuont()
              |           ^^^^^
              = hint: did you mean `count`?

            error: unknown function `p96`
            1 | * | stats p96(took)
              |           ^^^
              = hint: functions are count, count_empty, count_uniq, sum, sum_len, avg, min, max, median, quantile, histogram, rate, rate_sum, uniq_values, values, first, last, stddev, variance

            error: `sum` needs a field
            1 | * | stats sum()
              |           ^^^^^
              = hint: write sum(field)

            error: `rate` takes no field
            1 | * | stats rate(took)
              |           ^^^^^^^^^^
              = hint: write rate()

            error: `first` takes one field
            1 | * | stats first(a, b)
              |           ^^^^^^^^^^^
              = hint: write first(field)

            error: `count` needs parentheses
            1 | * | stats count
              |           ^^^^^
              = hint: write count()

            error: the name of a field to group by is missing here
            1 | * | stats count() by
              |                     ^
              = hint: write a name, and quote it when it has spaces or signs

            error: two columns are named `n`
            1 | * | stats count() as n, sum(x) as n
              |           ^^^^^^^^^^^^^^^^^^^^^^^^^
              = hint: give one another name: count() as total

            error: two columns are named `host`
            1 | * | stats count() host by host
              |           ^^^^^^^^^^^^^^^^^^^^
              = hint: give one another name: count() as total

            error: `took` is no number
            1 | * | stats quantile(took)
              |                    ^^^^
              = hint: write a number, such as 10, 0.5 or 10KiB

            error: a share lies between 0 and 1
            1 | * | stats quantile(95, took)
              |                    ^^
              = hint: write quantile(0.95, field)

            error: a comma is missing behind the share
            1 | * | stats quantile(0.95)
              |                        ^
              = hint: write quantile(0.95, field)

            error: `count` takes no limit
            1 | * | stats count() limit 5
              |                   ^^^^^^^
              = hint: limit the rows with a pipe of its own: | limit 10

            error: this parenthesis is never closed
            1 | * | stats count() if (level:error
              |                      ^
              = hint: add the missing `)`

            error: the width of a bucket is missing here
            1 | * | stats count() by (_time:5)
              |                             ^
              = hint: write how long it is, such as 30s, 5m or 1h30m

            error: the width of a bucket is missing here
            1 | * | stats count() by (_time:auto)
              |                             ^^^^
              = hint: write how long it is, such as 30s, 5m or 1h30m

            error: a bucket is wider than 0
            1 | * | stats count() by (_time:-5m)
              |                             ^^^
              = hint: write by (_time:5m) or by (size:10KB)

            error: `big` is no number
            1 | * | stats count() by (size:big)
              |                            ^^^
              = hint: write a number, such as 10, 0.5 or 10KiB

            error: a bucket is wider than 0
            1 | * | stats count() by (size:0)
              |                            ^
              = hint: write by (_time:5m) or by (size:10KB)

            error: `/33` is no prefix of an address
            1 | * | stats count() by (ip:/33)
              |                          ^^^
              = hint: write how many bits count, 0 to 32: by (ip:/24)

        "#]],
    );
}

#[test]
fn orders_and_choices() {
    check(
        r##"
        * | where
        * | where level:
        * | sort by
        * | sort by (a limit 5
        * | first 5
        * | last by
        * | sample 0
        * | top 5
        * | top 5 by (host, hits)
        * | uniq by (host) with
        * | uniq by (host, host)
        * | field_values
        * | field_values hits
        * | context
        * | facets max_value_len many
        * | rename a
        * | rename a as
        "##,
        expect![[r#"
            error: a filter is missing after `where`
            1 | * | where
              |          ^
              = hint: write where level:error

            error: a value is missing after `level:`
            1 | * | where level:
              |           ^^^^^^
              = hint: write field:* for events that have the field

            error: the name of a field or column is missing here
            1 | * | sort by
              |            ^
              = hint: write a name, and quote it when it has spaces or signs

            error: this parenthesis is never closed
            1 | * | sort by (a limit 5
              |             ^
              = hint: add the missing `)`

            error: `by` is missing after `first`
            1 | * | first 5
              |            ^
              = hint: write first 10 by (_time), or limit 10 for any

            error: the name of a field or column is missing here
            1 | * | last by
              |            ^
              = hint: write a name, and quote it when it has spaces or signs

            error: one row of none is no sample
            1 | * | sample 0
              |            ^
              = hint: write sample 100 for one row of a hundred

            error: the name of a field is missing here
            1 | * | top 5
              |          ^
              = hint: write a name, and quote it when it has spaces or signs

            error: two columns are named `hits`
            1 | * | top 5 by (host, hits)
              |           ^^^^^^^^^^^^^^^
              = hint: name each once; the count can have another name: hits as n

            error: `hits` is missing after `with`
            1 | * | uniq by (host) with
              |                        ^
              = hint: write with hits

            error: two columns are named `host`
            1 | * | uniq by (host, host)
              |          ^^^^^^^^^^^^^^^
              = hint: name each once; the count can have another name: with hits as n

            error: the name of a field is missing here
            1 | * | field_values
              |                 ^
              = hint: write a name, and quote it when it has spaces or signs

            error: two columns are named `hits`
            1 | * | field_values hits
              |                  ^^^^
              = hint: write top by (hits) hits as n

            error: `context` takes a number of neighbours
            1 | * | context
              |            ^
              = hint: write context before 2 after 2

            error: `max_value_len` takes a whole number
            1 | * | facets max_value_len many
              |                          ^^^^
              = hint: write max_value_len 10

            error: its other name is missing here
            1 | * | rename a
              |             ^
              = hint: write a name, and quote it when it has spaces or signs

            error: its other name is missing here
            1 | * | rename a as
              |                ^
              = hint: write a name, and quote it when it has spaces or signs

        "#]],
    );
}

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
