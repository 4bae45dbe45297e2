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
