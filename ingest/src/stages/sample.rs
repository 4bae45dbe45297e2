//! Which share of the events goes on, decided by their content: every node decides alike, and events of one key go
//! together.
//!
//! What is kept says in `sample_rate` for how many events it stands. Without `by` all fields decide, and the time that
//! an event brought: events that are equal in everything share their fate.

use vigil_model::Value;
use vigil_model::tree::Node;

use super::{key, read};
use crate::condition::Condition;
use crate::options::Options;
use crate::stage::{Event, Kind, Making, Stage, Verdict};

pub(crate) const KIND: Kind = Kind { name: "sample", make };

const RATE: &str = "sample_rate";

fn make(node: &Node, making: &mut Making<'_>) -> Option<Box<dyn Stage>> {
    let mut options = Options::of(node, KIND.name, &mut making.faults);
    let share = match options.required("keep") {
        Some((at, text)) => {
            let share = share(text);
            share.as_ref().err().iter().for_each(|why| options.fault(at, format_args!("`keep`: {why}")));
            share.ok()
        }
        None => None,
    };
    let by = read::keys("by", &mut options);
    let condition = read::condition("where", &mut options);
    options.finish();
    let share = share?;
    Some(Box::new(Sample { below: below(share), rate: 1.0 / share, by, condition: condition.ok()? }))
}

/// `10%` or `0.1`.
fn share(text: &str) -> Result<f64, String> {
    let (number, of) = text.strip_suffix('%').map_or((text, 1.0), |number| (number.trim_end(), 100.0));
    let share = number.parse::<f64>().ok().map(|number| number / of).filter(|share| *share > 0.0 && *share <= 1.0);
    share.ok_or_else(|| format!("`{text}` is no share such as 10% or 0.1"))
}

/// Hashes below this are kept.
fn below(share: f64) -> u128 {
    (share * 2.0_f64.powi(64)) as u128
}

struct Sample {
    below: u128,
    /// How many events a kept one stands for.
    rate: f64,
    by: Vec<String>,
    condition: Option<Condition>,
}

impl Stage for Sample {
    fn apply(&self, event: &mut Event<'_>) -> Verdict {
        if self.condition.as_ref().is_some_and(|condition| !condition.holds(event)) {
            return Verdict::Keep;
        }
        let keyed = self.by.iter().any(|name| event.fields.contains(name));
        let hash = if keyed { key::of(event, &self.by) } else { key::of_all(event) };
        let number = u64::from_le_bytes(*hash.0.first_chunk().expect("a hash has 32 bytes"));
        if u128::from(number) >= self.below {
            return Verdict::Drop;
        }
        let rate = self.rate * earlier(event);
        let whole = rate.fract() == 0.0 && rate <= i64::MAX as f64;
        event.fields.set(RATE, if whole { Value::Int(rate as i64) } else { Value::Float(rate) });
        Verdict::Keep
    }
}

/// For how many events this one stood before.
fn earlier(event: &Event<'_>) -> f64 {
    let rate = match event.fields.get(RATE) {
        Some(Value::Int(rate)) => rate as f64,
        Some(Value::Float(rate)) => rate,
        _ => 1.0,
    };
    if rate >= 1.0 && rate.is_finite() { rate } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use proptest::prelude::*;

    use crate::stages::testing::{all, applied, faults, stage};

    #[test]
    fn what_is_kept_says_how_much_it_stands_for() {
        let told = [
            all(&*stage("sample", "{keep: 100%}"), &[r#"{"a":1}"#, r#"{"sample_rate":4}"#, r#"{"sample_rate":"x"}"#]),
            all(&*stage("sample", "{keep: 0.00001%, where: 'level:debug'}"), &[r#"{"level":"debug"}"#, r#"{"a":1}"#]),
        ];
        expect![[r#"
            a=1 sample_rate=1
            sample_rate=4
            sample_rate=1
            dropped
            a=1
        "#]]
        .assert_eq(&told.concat());
    }

    #[test]
    fn faults_of_settings() {
        let told = [
            "{}",
            "{keep: 0}",
            "{keep: 101%}",
            "{keep: ten, by: [a, a]}",
            "{keep: 1%, where: 'a:'}",
            "{keep: 1%, be: a}",
            "{keep: 1%, by: [a, b, c, d, e, f, g, h, i]}",
        ];
        expect![[r#"
            1:1: sample: `keep` is missing
            1:8: sample: `keep`: `0` is no share such as 10% or 0.1
            1:8: sample: `keep`: `101%` is no share such as 10% or 0.1
            1:8: sample: `keep`: `ten` is no share such as 10% or 0.1
            1:21: sample: `a` is named twice
            1:19: sample: `where`: not a filter
            error: a value is missing after `a:`
            1 | a:
              | ^^
              = hint: write field:* for events that have the field
            1:12: sample: unknown key `be`; did you mean `by`?
            1:41: sample: `by` has 9 fields, more than 8
        "#]]
        .assert_eq(&told.map(|options| faults("sample", options)).concat());
    }

    #[test]
    fn about_the_share_is_kept_and_all_of_a_key() {
        for share in [1.0_f64, 10.0, 50.0] {
            let sample = stage("sample", &format!("{{keep: {share}%, by: trace_id}}"));
            let kept = |trace: i32, span| {
                applied(&*sample, &format!(r#"{{"trace_id":{trace},"span":{span}}}"#)) != "dropped\n"
            };
            let count = (0..20_000).filter(|trace| kept(*trace, 0)).count() as f64;
            let expected = 20_000.0 * share / 100.0;
            // The standard deviation is the root of n·p·(1−p); five of them are never met by chance.
            let slack = 5.0 * (expected * (1.0 - share / 100.0)).sqrt();
            assert!((count - expected).abs() <= slack, "{count} of 20000 at {share} %");
            assert!((0..500).all(|trace| kept(trace, 0) == kept(trace, 1)), "spans of a trace go together");
        }
    }

    #[test]
    fn the_same_everywhere_and_for_ever() {
        let sample = stage("sample", "{keep: 30%, by: id}");
        let kept = (0..40).filter(|id| applied(&*sample, &format!(r#"{{"id":{id}}}"#)) != "dropped\n");
        expect!["[0, 9, 13, 14, 18, 24, 28, 32, 39]"].assert_eq(&format!("{:?}", kept.collect::<Vec<_>>()));
    }

    proptest! {
        #[test]
        fn more_kept_is_all_that_less_kept_and_more(id: i64, low in 1_u32..100, high in 1_u32..100) {
            let (low, high) = (low.min(high), low.max(high));
            let kept = |share: u32| applied(&*stage("sample", &format!("{{keep: {share}%}}")), &format!(r#"{{"id":{id}}}"#)) != "dropped\n";
            prop_assert!(!kept(low) || kept(high));
            prop_assert!(kept(100));
        }
    }
}
