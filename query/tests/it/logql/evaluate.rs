//! Is what a metric query computes what its definition says?

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use vigil_model::{Timestamp, Value};
use vigil_query::Fields;
use vigil_query::logql::{
    Expression, Labels, Leaf, Matrix, MetricError, MetricPlan, Series, Steps, evaluate, parse, plan,
};

/// A row of an answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) time: Option<i64>,
    pub(super) texts: BTreeMap<String, String>,
    pub(super) number: f64,
}

impl Fields for Row {
    fn event_time(&self) -> Option<Timestamp> {
        self.time.map(Timestamp)
    }

    fn value(&self, name: &str) -> Option<Value<'_>> {
        if name == "__value" {
            Some(Value::Float(self.number))
        } else {
            self.texts.get(name).map(|text| Value::Str(text))
        }
    }

    fn some(&self, _: &mut dyn FnMut(&Value<'_>) -> bool) -> bool {
        panic!("a row of a leaf is read by names")
    }
}

pub(super) fn planned(text: &str, steps: Steps) -> MetricPlan {
    let labels = Labels::new(Some(Vec::new()), ["app", "host"].map(str::to_owned).to_vec());
    match parse(text) {
        Ok(Expression::Metric(metric)) => {
            plan(&metric, steps, &labels).unwrap_or_else(|error| panic!("{text}: {error}"))
        }
        other => panic!("{text}: {other:?}"),
    }
}

/// Three steps: at 10, 20 and 30 nanoseconds.
fn three() -> Steps {
    Steps::range(10, 30, 10).expect("good")
}

fn series(labels: &[(&str, &str)], values: &[Option<f64>]) -> Series {
    let samples = values.iter().enumerate().filter_map(|(n, value)| Some((10 + 10 * n as i64, (*value)?)));
    let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Series { labels: labels.collect(), samples: samples.collect() }
}

/// What `rate({x="1"}[…])` answers in these tests, and `rate({x="2"}[…])`; others answer nothing.
fn leaves(plan: &MetricPlan) -> Vec<Vec<Series>> {
    let one = vec![
        series(&[("app", "a"), ("host", "h1")], &[Some(1.0), Some(2.0), None]),
        series(&[("app", "a"), ("host", "h2")], &[Some(4.0), Some(1.0), Some(f64::NAN)]),
        series(&[("app", "b"), ("host", "h1")], &[None, Some(8.0), Some(9.0)]),
    ];
    let two = vec![
        series(&[("app", "a"), ("team", "x")], &[Some(10.0), Some(10.0), Some(10.0)]),
        series(&[("app", "c"), ("team", "y")], &[Some(2.0), None, Some(0.0)]),
    ];
    let asks = |leaf: &Leaf, text: &str| format!("{:?}", leaf.query.filter).contains(&format!("Exact(\"{text}\")"));
    let answer = |leaf: &Leaf| match (asks(leaf, "1"), asks(leaf, "2")) {
        (true, _) => one.clone(),
        (_, true) => two.clone(),
        _ => Vec::new(),
    };
    plan.leaves.iter().map(answer).collect()
}

fn run(text: &str, steps: Steps) -> Result<Matrix, MetricError> {
    let text = text.replace("ONE", "rate({x=\"1\"}[10ns])").replace("TWO", "rate({x=\"2\"}[10ns])");
    let plan = planned(&text, steps);
    evaluate(&plan, &leaves(&plan))
}

fn shown(text: &str, steps: Steps) -> String {
    match run(text, steps) {
        Err(error) => format!("{text}\n  error: {error}\n"),
        Ok(matrix) => {
            let kind = if matrix.scalar { "  scalar\n" } else { "" };
            let lines = matrix.series.iter().map(|series| {
                let labels: Vec<String> = series.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
                let samples: Vec<String> =
                    series.samples.iter().map(|(time, value)| format!("{value}@{time}")).collect();
                format!("  {{{}}} {}\n", labels.join(","), samples.join(" "))
            });
            format!("{text}\n{kind}{}", lines.collect::<String>())
        }
    }
}

fn check(queries: &str, steps: Steps, expected: Expect) {
    let lines = queries.lines().map(str::trim).filter(|line| !line.is_empty());
    expected.assert_eq(&lines.map(|text| shown(text, steps)).collect::<String>());
}

#[test]
fn numbers() {
    check(
        "
        vector(1)+vector(1)
        1 + 2 * 3 ^ 2
        7 % 4 - -1
        1 > 2
        vector(1) > 2
        vector(3) > 2
        2 < vector(3)
        2 < bool vector(3)
        vector(1) / 0
        ",
        Steps::instant(4_000_000_000_000_000_000),
        expect![[r#"
            vector(1)+vector(1)
              {} 2@4000000000000000000
            1 + 2 * 3 ^ 2
              scalar
              {} 19@4000000000000000000
            7 % 4 - -1
              scalar
              {} 4@4000000000000000000
            1 > 2
              scalar
              {} 0@4000000000000000000
            vector(1) > 2
            vector(3) > 2
              {} 3@4000000000000000000
            2 < vector(3)
              {} 3@4000000000000000000
            2 < bool vector(3)
              {} 1@4000000000000000000
            vector(1) / 0
              {} inf@4000000000000000000
        "#]],
    );
}

#[test]
fn series_become_fewer() {
    check(
        "
        avg(ONE)
        max by (host) (ONE)
        min without (host) (ONE)
        count(ONE)
        stddev by (app) (ONE)
        stdvar(ONE)
        topk(1, ONE)
        bottomk by (app) (1, ONE)
        approx_topk(2, ONE)
        sum by (nothing) (ONE > 1)
        sort_desc(ONE)
        sort(ONE)
        absent_over_time({x=\"1\", y=~\"z\"}[10ns])
        absent_over_time({x=\"3\", y=~\"z\"}[10ns])
        ",
        three(),
        expect![[r#"
            avg(ONE)
              {} 2.5@10 3.6666666666666665@20 NaN@30
            max by (host) (ONE)
              {host=h1} 1@10 8@20 9@30
              {host=h2} 4@10 1@20 NaN@30
            min without (host) (ONE)
              {app=a} 1@10 1@20 NaN@30
              {app=b} 8@20 9@30
            count(ONE)
              {} 2@10 3@20 2@30
            stddev by (app) (ONE)
              {app=a} 1.5@10 0.5@20 NaN@30
              {app=b} 0@20 0@30
            stdvar(ONE)
              {} 2.25@10 9.555555555555557@20 NaN@30
            topk(1, ONE)
              {app=a,host=h2} 4@10
              {app=b,host=h1} 8@20 9@30
            bottomk by (app) (1, ONE)
              {app=a,host=h1} 1@10
              {app=a,host=h2} 1@20 NaN@30
              {app=b,host=h1} 8@20 9@30
            approx_topk(2, ONE)
              {app=a,host=h1} 1@10 2@20
              {app=a,host=h2} 4@10 NaN@30
              {app=b,host=h1} 8@20 9@30
            sum by (nothing) (ONE > 1)
              {} 4@10 10@20 9@30
            sort_desc(ONE)
              {app=b,host=h1} 8@20 9@30
              {app=a,host=h1} 1@10 2@20
              {app=a,host=h2} 4@10 1@20 NaN@30
            sort(ONE)
              {app=b,host=h1} 8@20 9@30
              {app=a,host=h1} 1@10 2@20
              {app=a,host=h2} 4@10 1@20 NaN@30
            absent_over_time({x="1", y=~"z"}[10ns])
            absent_over_time({x="3", y=~"z"}[10ns])
              {x=3} 1@10 1@20 1@30
        "#]],
    );
}

#[test]
fn series_meet_numbers_and_each_other() {
    check(
        "
        ONE * 2
        10 - ONE
        ONE >= 2
        ONE >= bool 2
        2 > ONE
        ONE + ONE
        ONE / on (app) group_left (team) TWO
        TWO / on (app) group_right (team) ONE
        ONE / on (app) TWO
        ONE / on (host) group_left () ONE
        ONE / ignoring (host, team) group_left TWO
        avg by (app) (ONE) / on (app) TWO
        ONE and on (app) TWO
        ONE unless on (app) TWO
        TWO or ONE
        ONE or on (app) TWO
        1 or ONE
        sum(1)
        label_replace(ONE, \"short\", \"$1-${2}x\", \"host\", \"(.)(.)\")
        label_replace(ONE, \"host\", \"\", \"host\", \".*\")
        label_replace(TWO, \"app\", \"\", \"team\", \"x\")
        ",
        three(),
        expect![[r#"
            ONE * 2
              {app=a,host=h1} 2@10 4@20
              {app=a,host=h2} 8@10 2@20 NaN@30
              {app=b,host=h1} 16@20 18@30
            10 - ONE
              {app=a,host=h1} 9@10 8@20
              {app=a,host=h2} 6@10 9@20 NaN@30
              {app=b,host=h1} 2@20 1@30
            ONE >= 2
              {app=a,host=h1} 2@20
              {app=a,host=h2} 4@10
              {app=b,host=h1} 8@20 9@30
            ONE >= bool 2
              {app=a,host=h1} 0@10 1@20
              {app=a,host=h2} 1@10 0@20 0@30
              {app=b,host=h1} 1@20 1@30
            2 > ONE
              {app=a,host=h1} 1@10
              {app=a,host=h2} 1@20
            ONE + ONE
              {app=a,host=h1} 2@10 4@20
              {app=a,host=h2} 8@10 2@20 NaN@30
              {app=b,host=h1} 16@20 18@30
            ONE / on (app) group_left (team) TWO
              {app=a,host=h1,team=x} 0.1@10 0.2@20
              {app=a,host=h2,team=x} 0.4@10 0.1@20 NaN@30
            TWO / on (app) group_right (team) ONE
              {app=a,host=h1,team=x} 10@10 5@20
              {app=a,host=h2,team=x} 2.5@10 10@20 NaN@30
            ONE / on (app) TWO
              error: several series of the left side have the labels {app="a"}: match on more labels, or write group_left or group_right
            ONE / on (host) group_left () ONE
              error: several series of the right side have the labels {host="h1"}: match on more labels, or write group_left or group_right
            ONE / ignoring (host, team) group_left TWO
              {app=a,host=h1} 0.1@10 0.2@20
              {app=a,host=h2} 0.4@10 0.1@20 NaN@30
            avg by (app) (ONE) / on (app) TWO
              {app=a} 0.25@10 0.15@20 NaN@30
            ONE and on (app) TWO
              {app=a,host=h1} 1@10 2@20
              {app=a,host=h2} 4@10 1@20 NaN@30
            ONE unless on (app) TWO
              {app=b,host=h1} 8@20 9@30
            TWO or ONE
              {app=a,host=h1} 1@10 2@20
              {app=a,host=h2} 4@10 1@20 NaN@30
              {app=a,team=x} 10@10 10@20 10@30
              {app=b,host=h1} 8@20 9@30
              {app=c,team=y} 2@10 0@30
            ONE or on (app) TWO
              {app=a,host=h1} 1@10 2@20
              {app=a,host=h2} 4@10 1@20 NaN@30
              {app=b,host=h1} 8@20 9@30
              {app=c,team=y} 2@10 0@30
            1 or ONE
              error: `or` combines series, and one side is a number: write vector(1) for a number as a series
            sum(1)
              error: `sum` needs series, and this is a number: write vector(1) for a number as a series
            label_replace(ONE, "short", "$1-${2}x", "host", "(.)(.)")
              {app=a,host=h1,short=h-1x} 1@10 2@20
              {app=a,host=h2,short=h-2x} 4@10 1@20 NaN@30
              {app=b,host=h1,short=h-1x} 8@20 9@30
            label_replace(ONE, "host", "", "host", ".*")
              error: two series would have the same labels {app="a"}: keep a label that tells them apart
            label_replace(TWO, "app", "", "team", "x")
              {team=x} 10@10 10@20 10@30
              {app=c,team=y} 2@10 0@30
        "#]],
    );
}

#[test]
fn steps_are_limited() {
    assert!(Steps::range(0, 10_999, 1).is_ok());
    assert!(matches!(Steps::range(0, 11_000, 1), Err(MetricError::Steps { steps: 11_001 })));
    assert!(matches!(Steps::range(1, 0, 1), Err(MetricError::Times)));
    assert!(matches!(Steps::range(0, 1, 0), Err(MetricError::Times)));
    assert!(Steps::range(i64::MIN, i64::MAX, i64::MAX).is_ok());
    for time in [i64::MIN, i64::MAX] {
        let plan = planned("rate({a=\"b\"}[1y] offset -290y)", Steps::instant(time));
        assert!(plan.leaves[0].query.time.from < plan.leaves[0].query.time.to);
    }
}

#[test]
fn series_and_windows_are_limited() {
    let many = Steps::range(0, 10_000, 1).expect("good");
    let plan = planned("count(ONE)".replace("ONE", "rate({a=\"b\"}[1ns])").as_str(), many);
    let series = |n: usize| Series { labels: [("host".to_owned(), n.to_string())].into(), samples: vec![(0, 1.0)] };
    let leaf: Vec<Series> = (0..400).map(series).collect();
    assert_eq!(evaluate(&plan, &[leaf]), Err(MetricError::Samples));
    let one = planned("count(rate({a=\"b\"}[1ns]))", Steps::instant(0));
    let leaf: Vec<Series> = (0..20_001).map(series).collect();
    assert_eq!(evaluate(&one, &[leaf]), Err(MetricError::Series));
    let mut gather = one.leaves[0].gather();
    let row = |n: usize| Row { texts: [("host".to_owned(), n.to_string())].into(), number: 1.0, ..Row::default() };
    assert!((0..20_000).all(|n| gather.add(&row(n)).is_ok()));
    assert_eq!(gather.add(&row(0)), Ok(()), "a known series may always grow");
    assert_eq!(gather.add(&row(20_000)), Err(MetricError::Series));
}
