//! What does a person see whose pipes cannot be read?

use expect_test::expect;

use crate::errors::check;

#[test]
fn pipes_that_are_none() {
    check(
        r##"
        * |
        * | limt 10
        * | uniq by (host)
        * | limit
        * | limit ten
        * | limit -1
        * | limit 5 6
        * | stats
        * | stats cuont()
        * | stats p95(took)
        * | stats sum()
        * | stats count
        * | stats count() by
        * | stats count() as n, sum(x) as n
        * | stats count() host by host
        * | sort by
        * | fields
        * | fields a,
        * | fields a b
        "##,
        expect![[r#"
            error: a pipe is missing after `|`
            1 | * |
              |   ^
              = hint: pipes are fields, limit, offset, sort, stats, union

            error: unknown pipe `limt`
            1 | * | limt 10
              |     ^^^^
              = hint: did you mean `limit`?

            error: unknown pipe `uniq`
            1 | * | uniq by (host)
              |     ^^^^
              = hint: did you mean `union`?

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

            error: a function is missing here
            1 | * | stats
              |          ^
              = hint: write count()

            error: unknown function `cuont`
            1 | * | stats cuont()
              |           ^^^^^
              = hint: did you mean `count`?

            error: unknown function `p95`
            1 | * | stats p95(took)
              |           ^^^
              = hint: functions are avg, count, max, min, sum

            error: `sum` needs a field
            1 | * | stats sum()
              |           ^^^^^
              = hint: write sum(field)

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

            error: the name of a field or column is missing here
            1 | * | sort by
              |            ^
              = hint: write a name, and quote it when it has spaces or signs

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

        "#]],
    );
}
