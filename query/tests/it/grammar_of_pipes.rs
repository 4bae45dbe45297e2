//! What does each pipe and function mean, written back in its plainest form?

use expect_test::expect;

use crate::grammar::check;

#[test]
fn which_rows() {
    check(
        r##"
        * | where level:error OR took:>5s
        * | filter -debug
        * | sort by (a desc, b) limit 10 offset 5
        * | sort by a desc, b offset 5 limit 10
        * | order (a, b desc) desc
        * | first by (_time)
        * | first 3 by (a, b desc)
        * | last 3 by (a, b desc)
        * | last 3 by took
        * | skip 3 | head 5
        * | sample 100
        * | top by (host)
        * | top 5 host, level
        * | top 5 by (host) hits as n
        * | uniq host
        * | uniq by (host, level) with hits limit 5
        * | uniq by (host) limit 5 hits as n
        "##,
        expect![[r#"
            * | where level:error OR took:>5s  =>  * | where level:error OR took:>5000000000
            * | filter -debug  =>  * | where NOT debug
            * | sort by (a desc, b) limit 10 offset 5  =>  * | sort by a desc, b | offset 5 | limit 10
            * | sort by a desc, b offset 5 limit 10  =>  * | sort by a desc, b | offset 5 | limit 10
            * | order (a, b desc) desc  =>  * | sort by a desc, b
            * | first by (_time)  =>  * | sort by _time | limit 1
            * | first 3 by (a, b desc)  =>  * | sort by a, b desc | limit 3
            * | last 3 by (a, b desc)  =>  * | sort by a desc, b | limit 3
            * | last 3 by took  =>  * | sort by took desc | limit 3
            * | skip 3 | head 5  =>  * | offset 3 | limit 5
            * | sample 100  =>  * | sample 100
            * | top by (host)  =>  * | top 10 by (host)
            * | top 5 host, level  =>  * | top 5 by (host, level)
            * | top 5 by (host) hits as n  =>  * | top 5 by (host) hits as n
            * | uniq host  =>  * | uniq by (host)
            * | uniq by (host, level) with hits limit 5  =>  * | uniq by (host, level) with hits limit 5
            * | uniq by (host) limit 5 hits as n  =>  * | uniq by (host) with hits as n limit 5
        "#]],
    );
}

#[test]
fn which_columns() {
    check(
        r##"
        * | keep host, k8s.*, *
        * | fields "my field*", a-b, limit
        * | delete a*, b
        * | drop a | del b | rm (c, d)
        * | rename a as b, "c d" e
        * | mv a as b
        * | copy (a as b) | cp c as d
        * | drop_empty_fields
        * | pack_json
        * | pack_json fields (a, b*) as all
        * | pack_logfmt as line
        * | unroll a
        * | unroll if (a:*) by (a, b)
        * | unroll (a, b) if (a:*)
        "##,
        expect![[r#"
            * | keep host, k8s.*, *  =>  * | fields host, k8s.*, *
            * | fields "my field*", a-b, limit  =>  * | fields "my field*", a-b, limit
            * | delete a*, b  =>  * | delete a*, b
            * | drop a | del b | rm (c, d)  =>  * | delete a | delete b | delete c, d
            * | rename a as b, "c d" e  =>  * | rename a as b, "c d" as e
            * | mv a as b  =>  * | rename a as b
            * | copy (a as b) | cp c as d  =>  * | copy a as b | copy c as d
            * | drop_empty_fields  =>  * | drop_empty_fields
            * | pack_json  =>  * | pack_json
            * | pack_json fields (a, b*) as all  =>  * | pack_json fields (a, b*) as all
            * | pack_logfmt as line  =>  * | pack_logfmt as line
            * | unroll a  =>  * | unroll by (a)
            * | unroll if (a:*) by (a, b)  =>  * | unroll if (a:*) by (a, b)
            * | unroll (a, b) if (a:*)  =>  * | unroll if (a:*) by (a, b)
        "#]],
    );
}

#[test]
fn texts() {
    check(
        r##"
        * | extract "ip=<ip> " from message keep_original_fields
        * | extract if (ip:"") 'ip=<ip> '
        * | extract "<a>,<_>,<b>" if (x) from y
        * | extract_regex `(?P<ip>\d+)` from m
        * | unpack_json
        * | unpack_json from m fields (a, b) result_prefix "x." keep_original_fields
        * | unpack_logfmt result_prefix x_ if (a) from m
        * | unpack_syslog from m
        * | format "<host>: <uc:level>" as line keep_original_fields
        * | format if (host:*) "&lt;<host>&gt;"
        * | replace ("a", "b") at m limit 1
        * | replace if (x) ("a", "")
        * | replace_regexp ("a(b)", "$1") at m
        * | len(m) as n
        * | len m
        * | decolorize m
        * | collapse
        * | collapse m if (a)
        * | collapse_nums if (a) at m
        "##,
        expect![[r#"
            * | extract "ip=<ip> " from message keep_original_fields  =>  * | extract "ip=<ip> " from message keep_original_fields
            * | extract if (ip:"") 'ip=<ip> '  =>  * | extract if (ip:"") "ip=<ip> "
            * | extract "<a>,<_>,<b>" if (x) from y  =>  * | extract if (x) "<a>,<_>,<b>" from y
            * | extract_regex `(?P<ip>\d+)` from m  =>  * | extract_regexp "(?P<ip>\\d+)" from m
            * | unpack_json  =>  * | unpack_json
            * | unpack_json from m fields (a, b) result_prefix "x." keep_original_fields  =>  * | unpack_json from m fields (a, b) result_prefix "x." keep_original_fields
            * | unpack_logfmt result_prefix x_ if (a) from m  =>  * | unpack_logfmt if (a) from m result_prefix "x_"
            * | unpack_syslog from m  =>  * | unpack_syslog from m
            * | format "<host>: <uc:level>" as line keep_original_fields  =>  * | format "<host>: <uc:level>" as line keep_original_fields
            * | format if (host:*) "&lt;<host>&gt;"  =>  * | format if (host:*) "&lt;<host>&gt;"
            * | replace ("a", "b") at m limit 1  =>  * | replace ("a", "b") at m limit 1
            * | replace if (x) ("a", "")  =>  * | replace if (x) ("a", "")
            * | replace_regexp ("a(b)", "$1") at m  =>  * | replace_regexp ("a(b)", "$1") at m
            * | len(m) as n  =>  * | len(m) as n
            * | len m  =>  * | len(m) as "len(m)"
            * | decolorize m  =>  * | decolorize m
            * | collapse  =>  * | collapse
            * | collapse m if (a)  =>  * | collapse if (a) at m
            * | collapse_nums if (a) at m  =>  * | collapse if (a) at m
        "#]],
    );
}

#[test]
fn computed_and_explored() {
    check(
        r##"
        * | math a / b * 100 as share, rounded = round(share, 0.1)
        * | eval a-b x
        * | math (a + 1) * 2
        * | math "my field" = -a ^ 2 default 0
        * | field_names
        * | field_values host
        * | field_values host limit 5
        * | facets
        * | facets 5 max_value_len 20 keep_const_fields max_values_per_field 7
        * | context before 2 after 3
        * | stream_context after 3
        * | join by (user) (_time:1d | stats by (user) count() as n) inner prefix "x."
        * | join by user (a)
        * | union (a | fields b)
        * | windows range 5m step 90s from 2026-08-01T12:00:00Z count 60
        "##,
        expect![[r#"
            * | math a / b * 100 as share, rounded = round(share, 0.1)  =>  * | math a / b * 100 as share, round(share, 0.1) as rounded
            * | eval a-b x  =>  * | math a - b as x
            * | math (a + 1) * 2  =>  * | math (a + 1) * 2 as "(a + 1) * 2"
            * | math "my field" = -a ^ 2 default 0  =>  * | math -a ^ 2 default 0 as "my field"
            * | field_names  =>  * | field_names
            * | field_values host  =>  * | field_values host
            * | field_values host limit 5  =>  * | field_values host limit 5
            * | facets  =>  * | facets 10
            * | facets 5 max_value_len 20 keep_const_fields max_values_per_field 7  =>  * | facets 5 max_values_per_field 7 max_value_len 20 keep_const_fields
            * | context before 2 after 3  =>  * | context before 2 after 3
            * | stream_context after 3  =>  * | context before 0 after 3
            * | join by (user) (_time:1d | stats by (user) count() as n) inner prefix "x."  =>  * | join by (user) (_time:[2026-07-31T12:00:00Z TO 2026-08-01T12:00:00.000000001Z} | stats count() as n by user) inner prefix "x."
            * | join by user (a)  =>  * | join by (user) (a)
            * | union (a | fields b)  =>  * | union (a | fields b)
            * | windows range 5m step 90s from 2026-08-01T12:00:00Z count 60  =>  * | windows range 5m step 90s from 2026-08-01T12:00:00Z count 60
        "#]],
    );
}

#[test]
fn aggregates() {
    check(
        r##"
        * | count() by (host)
        * | first(a), last(b) as latest
        * | stats by (_time:5m) count()
        * | stats count() by _time:1d offset -2h, size:10KB offset 5, ip:/24
        * | stats count() if (level:error) as errors, count() if (level:warn) warnings
        * | stats count(a, b), count_empty(a), count_uniq(a, b) limit 100
        * | stats count_distinct(a), p95(took), p50(took), median(took)
        * | stats quantile(0.999, took, "my field") as q
        * | stats stdev(a), variance(a), latest(a) l, earliest(a) e
        * | stats sum(a), sum_len(), sum_len(a), avg(a), min(a), max(a)
        * | stats histogram(a), rate(), rate_sum(bytes)
        * | stats uniq_values(host) limit 10 if (a) as hosts, values(user) if (b) limit 3
        * | stats count() limit
        * | stats count() if
        * | stats p95(took) | sort by (p95(took) desc) | fields p95(took)
        "##,
        expect![[r#"
            * | count() by (host)  =>  * | stats count() by host
            * | first(a), last(b) as latest  =>  * | stats first(a), last(b) as latest
            * | stats by (_time:5m) count()  =>  * | stats count() by _time:5m
            * | stats count() by _time:1d offset -2h, size:10KB offset 5, ip:/24  =>  * | stats count() by _time:1d offset -2h, size:10000 offset 5, ip:/24
            * | stats count() if (level:error) as errors, count() if (level:warn) warnings  =>  * | stats count() if (level:error) as errors, count() if (level:warn) as warnings
            * | stats count(a, b), count_empty(a), count_uniq(a, b) limit 100  =>  * | stats count(a, b), count_empty(a), count_uniq(a, b) limit 100
            * | stats count_distinct(a), p95(took), p50(took), median(took)  =>  * | stats count_uniq(a), quantile(0.95, took), quantile(0.5, took), median(took)
            * | stats quantile(0.999, took, "my field") as q  =>  * | stats quantile(0.999, took, "my field") as q
            * | stats stdev(a), variance(a), latest(a) l, earliest(a) e  =>  * | stats stddev(a), variance(a), last(a) as l, first(a) as e
            * | stats sum(a), sum_len(), sum_len(a), avg(a), min(a), max(a)  =>  * | stats sum(a), sum_len(), sum_len(a), avg(a), min(a), max(a)
            * | stats histogram(a), rate(), rate_sum(bytes)  =>  * | stats histogram(a), rate(), rate_sum(bytes)
            * | stats uniq_values(host) limit 10 if (a) as hosts, values(user) if (b) limit 3  =>  * | stats uniq_values(host) limit 10 if (a) as hosts, values(user) limit 3 if (b)
            * | stats count() limit  =>  * | stats count() as limit
            * | stats count() if  =>  * | stats count() as if
            * | stats p95(took) | sort by (p95(took) desc) | fields p95(took)  =>  * | stats quantile(0.95, took) | sort by "quantile(0.95, took)" desc | fields "quantile(0.95, took)"
        "#]],
    );
}
