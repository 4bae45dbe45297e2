//! What does a person see whose function of a filter cannot be read?

use expect_test::expect;

use crate::errors::check;

#[test]
fn functions_that_are_none() {
    check(
        r##"
        foo(bar)
        f:contains_al(a)
        ipv4range(10.0.0.0/8)
        f:in()
        f:in(a b)
        f:in(a, )
        f:in(a, b
        f:in(level:error | fields user
        f:in(a OR b)
        f:IN [a b
        f:in(a)b
        contains_any()
        seq()
        seq("a", )
        string_range(a)
        len_range(5, 1)
        len_range(1, many)
        range(1 5)
        f:ipv4_range(10.0.0.300)
        f:ipv4_range(10.0.0.0/33)
        f:ipv4_range(fe80::1)
        f:ip_range(10.0.0.1, fe80::1)
        f:ip_range(10.0.0.9, 10.0.0.1)
        f:ip_range()
        eq_field(a)
        a:lt_field(b, c)
        value_type(number)
        value_type(strng)
        exact(a b)
        "##,
        expect![[r#"
            error: `foo(` is no filter
            1 | foo(bar)
              | ^^^^
              = hint: put a space between them, quote the text, or write field:(a OR b) for one of several

            error: `contains_al(` is no filter
            1 | f:contains_al(a)
              |   ^^^^^^^^^^^^
              = hint: did you mean `contains_all`?

            error: `ipv4range(` is no filter
            1 | ipv4range(10.0.0.0/8)
              | ^^^^^^^^^^
              = hint: did you mean `ipv4_range`?

            error: nothing stands between these parentheses
            1 | f:in()
              |   ^^^^
              = hint: write field:in(a, "b c"), or field:in(level:error | fields user)

            error: a comma or `)` is missing here
            1 | f:in(a b)
              |        ^
              = hint: write field:in(a, "b c"), or field:in(level:error | fields user)

            error: a comma or `)` is missing here
            1 | f:in(a, )
              |         ^
              = hint: write field:in(a, "b c"), or field:in(level:error | fields user)

            error: this parenthesis is never closed
            1 | f:in(a, b
              |     ^
              = hint: add the missing `)`

            error: this parenthesis is never closed
            1 | f:in(level:error | fields user
              |     ^
              = hint: add the missing `)`

            error: a comma or `)` is missing here
            1 | f:in(a OR b)
              |        ^
              = hint: write field:in(a, "b c"), or field:in(level:error | fields user)

            error: this set is never closed
            1 | f:IN [a b
              |      ^
              = hint: add the missing `]`

            error: text touches `in`
            1 | f:in(a)b
              |   ^^^^^^
              = hint: put a space between them

            error: nothing stands between these parentheses
            1 | contains_any()
              | ^^^^^^^^^^^^^^
              = hint: write contains_any(a, "b c")

            error: `seq` takes the texts that follow each other
            1 | seq()
              | ^^^^^
              = hint: write seq("first", "then")

            error: an argument is missing here
            1 | seq("a", )
              |          ^
              = hint: write seq("first", "then")

            error: `string_range` takes two arguments
            1 | string_range(a)
              | ^^^^^^^^^^^^^^^
              = hint: write field:string_range(a, m)

            error: this range ends before it begins
            1 | len_range(5, 1)
              | ^^^^^^^^^^^^^^^
              = hint: write field:len_range(1, 5), or (10, inf)

            error: `many` is no number of characters
            1 | len_range(1, many)
              |              ^^^^
              = hint: write field:len_range(1, 5), or (10, inf)

            error: `TO` is missing between the bounds
            1 | range(1 5)
              |         ^
              = hint: write [1 TO 5] or [1, 5)

            error: `10.0.0.300` is no IPv4 address
            1 | f:ipv4_range(10.0.0.300)
              |              ^^^^^^^^^^
              = hint: write ipv4_range(10.0.0.0/8), or ipv4_range(10.0.0.1, 10.0.0.9)

            error: the length of this prefix is no number from 0 to 32
            1 | f:ipv4_range(10.0.0.0/33)
              |              ^^^^^^^^^^^
              = hint: write ipv4_range(10.0.0.0/8), or ipv4_range(10.0.0.1, 10.0.0.9)

            error: `fe80::1` is no IPv4 address
            1 | f:ipv4_range(fe80::1)
              |              ^^^^^^^
              = hint: write ipv4_range(10.0.0.0/8), or ipv4_range(10.0.0.1, 10.0.0.9)

            error: both ends are of IPv4, or both of IPv6
            1 | f:ip_range(10.0.0.1, fe80::1)
              |                      ^^^^^^^
              = hint: write ip_range(fe80::/10), or ip_range(10.0.0.1, 10.0.0.9)

            error: this range ends before it begins
            1 | f:ip_range(10.0.0.9, 10.0.0.1)
              |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              = hint: write ip_range(fe80::/10), or ip_range(10.0.0.1, 10.0.0.9)

            error: `ip_range` takes a block or two addresses
            1 | f:ip_range()
              |   ^^^^^^^^^^
              = hint: write ip_range(fe80::/10), or ip_range(10.0.0.1, 10.0.0.9)

            error: `eq_field` is about two fields, each with a name
            1 | eq_field(a)
              | ^^^^^^^^^^^
              = hint: write a:eq_field(b)

            error: `lt_field` is about two fields, each with a name
            1 | a:lt_field(b, c)
              |   ^^^^^^^^^^^^^^
              = hint: write a:lt_field(b)

            error: `number` is no type of values
            1 | value_type(number)
              |            ^^^^^^
              = hint: types are null, bool, int, float, string, bytes, time, list

            error: `strng` is no type of values
            1 | value_type(strng)
              |            ^^^^^
              = hint: did you mean `string`?

            error: `b` cannot stand here: arguments have commas between them
            1 | exact(a b)
              |         ^
              = hint: write field:exact("a text")

        "#]],
    );
}
