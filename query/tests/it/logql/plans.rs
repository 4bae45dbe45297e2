//! Into what is each query translated?

use expect_test::expect_file;
use vigil_query::TimeRange;
use vigil_query::logql::{Expression, Labels, Steps, parse, plan, translate};

use super::corpus::queries;
use super::show;

const SECOND: i64 = 1_000_000_000;

/// A node that has seen these fields, and tells streams apart by `app` and `host`.
pub(super) fn labels() -> Labels {
    let fields = ["app", "message", "hostname", "service.name", "level", "severity", "http.status", "env"];
    Labels::new(Some(fields.map(str::to_owned).to_vec()), ["app", "host"].map(str::to_owned).to_vec())
}

fn planned(text: &str, labels: &Labels) -> String {
    let steps = Steps::range(6_000 * SECOND, 6_600 * SECOND, 60 * SECOND).expect("good");
    match parse(text).expect("the corpus is read") {
        Expression::Log(query) => match translate(&query, TimeRange::ALL, labels) {
            Ok(plan) => {
                let rest: Vec<String> = plan.rest.iter().map(|stage| stage.kind.to_string()).collect();
                let rest = if rest.is_empty() { String::new() } else { format!("\n    then {}", rest.join(" ")) };
                format!("{}{rest}", show::query(&plan.query))
            }
            Err(error) => error.render(text),
        },
        Expression::Metric(metric) => match plan(&metric, steps, labels) {
            Ok(plan) => {
                let leaves: Vec<String> = plan.leaves.iter().map(|leaf| show::query(&leaf.query)).collect();
                if leaves.is_empty() { "no events".to_owned() } else { leaves.join("\n  and\n  ") }
            }
            Err(error) => error.to_string(),
        },
    }
}

#[test]
fn every_query_has_its_plan() {
    let labels = labels();
    let plans: String = queries().map(|text| format!("{text}\n  {}\n\n", planned(text, &labels))).collect();
    expect_file!["../../golden/logql/plans.txt"].assert_eq(&plans);
}

#[test]
fn a_node_that_knows_no_fields_tries_all_of_a_role() {
    let nothing = Labels::default();
    let texts = [
        r#"{service_name="checkout"} |= "x""#,
        r#"{k8s_pod_name=~"a|b"} | detected_level="warn""#,
        r#"{} | detected_level=~"error|unknown""#,
        r#"quantile_over_time(0.5, {app="x"} | unwrap took_ms [1m]) by (k8s_pod)"#,
        r#"avg_over_time({app="x"} | unwrap took [1m]) by (detected_level)"#,
        r#"count_over_time({app="x"} | line_format "{{__line__}}" |= "y" [1m])"#,
        r#"bytes_over_time({app="x"} | line_format "{{.a | trunc 5}}" [1m])"#,
        r#"{app="x"} | keep app | json"#,
        r#"{app="x"} | line_format "<b>{{.a}}</b>" | a > 5"#,
        r#"count_over_time({app="x"}[1d])"#,
    ];
    let plans: String = texts.iter().map(|text| format!("{text}\n  {}\n\n", planned(text, &nothing))).collect();
    expect_file!["../../golden/logql/unknown_fields.txt"].assert_eq(&plans);
}
