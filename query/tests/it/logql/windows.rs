//! Does a window hold what its definition says, however it is cut and in whatever order rows come?

use std::collections::BTreeMap;

use expect_test::expect;
use proptest::collection::vec;
use proptest::prelude::*;
use vigil_model::Timestamp;
use vigil_query::logql::{Expression, Labels, Leaf, Steps, evaluate, parse, plan};
use vigil_query::{Bucket, Pipe};

use super::evaluate::{Row, planned};

/// Answers a leaf that counts events, as the index does.
fn counted(leaf: &Leaf, events: &[(i64, u8)]) -> Vec<Row> {
    let inside: Vec<&(i64, u8)> =
        events.iter().filter(|(time, _)| leaf.query.time.contains(Timestamp(*time))).collect();
    let mut windows = None;
    let mut counts: BTreeMap<(Option<i64>, u8), f64> = BTreeMap::new();
    for pipe in &leaf.query.pipes {
        match pipe {
            Pipe::Windows(found) => windows = Some(*found),
            Pipe::Stats(stats) => {
                let bucket = stats.by.first().and_then(|key| key.bucket);
                for (time, app) in inside.iter().copied() {
                    let times: Vec<Option<i64>> = match (windows, bucket) {
                        (Some(own), _) => (0..own.count as i64)
                            .map(|n| own.first + n * own.step)
                            .filter(|end| end - own.range < *time && time <= end)
                            .map(Some)
                            .collect(),
                        (None, Some(Bucket::Time { width, offset })) => {
                            vec![Some((time - offset).div_euclid(width) * width + offset)]
                        }
                        (None, _) => vec![None],
                    };
                    for time in times {
                        *counts.entry((time, *app)).or_default() += 1.0;
                    }
                }
            }
            other => panic!("not of a count: {other:?}"),
        }
    }
    let row = |((time, app), number): ((Option<i64>, u8), f64)| Row {
        time,
        texts: [("app".to_owned(), app.to_string())].into(),
        number,
    };
    counts.into_iter().map(row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// However windows are cut, a sample counts the events in `(t - range, t]`.
    #[test]
    fn windows_hold_what_their_definition_says(
        events in vec((-200_i64..400, 0_u8..3), 0..60),
        start in -50_i64..50, steps in 1_i64..12, step in 1_i64..20, range in 1_i64..60, offset in -30_i64..30,
    ) {
        let steps = Steps::range(start, start + (steps - 1) * step, step).expect("good");
        let plan = planned(&format!("sum by (app) (count_over_time({{}}[{range}ns] offset {offset}ns))"), steps);
        let mut gather = plan.leaves[0].gather();
        for row in counted(&plan.leaves[0], &events) {
            gather.add(&row).expect("few");
        }
        let matrix = evaluate(&plan, &[gather.finish()]).expect("few");
        for n in 0..steps.count() {
            let at = steps.time(n);
            for app in 0..3_u8 {
                let end = at - offset;
                let inside = |(time, own): &&(i64, u8)| *own == app && end - range < *time && *time <= end;
                let expected = events.iter().filter(inside).count() as f64;
                let series = matrix.series.iter().find(|series| series.labels["app"] == app.to_string());
                let found = series.and_then(|series| series.samples.iter().find(|(time, _)| *time == at));
                prop_assert_eq!(found.map_or(0.0, |(_, value)| *value), expected, "app {} at {}", app, at);
                prop_assert!(found.is_none_or(|(_, value)| *value > 0.0));
            }
        }
    }

    /// Of several groups of rows in any order the same series are made.
    #[test]
    fn rows_are_taken_in_any_order(
        rows in vec((0_i64..6, 0_u8..3, 1_u8..9), 1..40).prop_shuffle(), range in 1_i64..4
    ) {
        let steps = Steps::range(10, 60, 10).expect("good");
        let plan = planned(&format!("sum by (app) (count_over_time({{}}[{}ns]))", range * 10), steps);
        let gathered = |rows: &[(i64, u8, u8)]| {
            let mut gather = plan.leaves[0].gather();
            for (bucket, app, count) in rows {
                let texts = [("app".to_owned(), app.to_string())].into();
                let row = Row { time: Some(bucket * 10 + 1), texts, number: f64::from(*count) };
                gather.add(&row).expect("few");
            }
            gather.finish()
        };
        let mut sorted = rows.clone();
        sorted.sort_unstable();
        prop_assert_eq!(gathered(&rows), gathered(&sorted));
    }
}

#[test]
fn labels_are_the_first_that_is_there_and_levels_are_words() {
    let labels = Labels::default();
    let Ok(Expression::Metric(metric)) = parse("sum by (detected_level, k8s_pod) (rate({}[10s]))") else {
        panic!("a metric");
    };
    let plan = plan(&metric, Steps::instant(0), &labels).expect("good");
    let mut gather = plan.leaves[0].gather();
    let row = |texts: &[(&str, &str)], number: f64| Row {
        time: None,
        texts: texts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        number,
    };
    for row in [
        row(&[("level", "ERROR"), ("k8s.pod", "p")], 10.0),
        row(&[("severity", "err"), ("k8s_pod", "p"), ("k8s.pod", "q")], 20.0),
        row(&[("level", "5")], 30.0),
        row(&[], 0.0),
    ] {
        gather.add(&row).expect("few");
    }
    expect![[r#"
        [
            Series {
                labels: {
                    "detected_level": "error",
                    "k8s_pod": "p",
                },
                samples: [
                    (
                        0,
                        3.0,
                    ),
                ],
            },
            Series {
                labels: {
                    "detected_level": "unknown",
                },
                samples: [
                    (
                        0,
                        3.0,
                    ),
                ],
            },
        ]
    "#]]
    .assert_debug_eq(&gather.finish());
}

#[test]
fn the_first_and_the_last_value_are_those_of_the_outermost_buckets() {
    let steps = Steps::range(10, 30, 10).expect("good");
    let run = |function: &str| {
        let plan = planned(&format!("{function}({{}} | unwrap x [20ns])"), steps);
        let mut gather = plan.leaves[0].gather();
        for (time, number) in [(11, 7.0), (-9, 3.0), (1, 5.0)] {
            let texts = [("__first".to_owned(), (number - 1.0).to_string())].into();
            gather.add(&Row { time: Some(time), texts, number }).expect("few");
        }
        gather.finish().remove(0).samples
    };
    assert_eq!(run("first_over_time"), [(10, 3.0), (20, 5.0), (30, 7.0)]);
    assert_eq!(run("last_over_time"), [(10, 5.0), (20, 7.0), (30, 7.0)]);
    let per_second = 1e9 / 20.0;
    assert_eq!(run("rate_counter"), [(10, 3.0 * per_second), (20, 3.0 * per_second), (30, per_second)]);
}
