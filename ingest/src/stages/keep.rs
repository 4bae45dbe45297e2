//! Which events go on: those that a filter finds, and no other.

use vigil_model::tree::Node;

use super::read;
use crate::condition::Condition;
use crate::stage::{Event, Kind, Making, Stage, Verdict};

pub(crate) const KIND: Kind = Kind { name: "keep", make };

fn make(node: &Node, making: &mut Making<'_>) -> Option<Box<dyn Stage>> {
    let condition = read::only_condition(node, KIND.name, &mut making.faults)?;
    Some(Box::new(Keep { condition }))
}

struct Keep {
    condition: Condition,
}

impl Stage for Keep {
    fn apply(&self, event: &mut Event<'_>) -> Verdict {
        if self.condition.holds(event) { Verdict::Keep } else { Verdict::Drop }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use proptest::prelude::*;
    use vigil_model::{Record, RecordBuilder, Timestamp, Value};
    use vigil_query::parse;

    use crate::stage::{Event, Verdict};
    use crate::stages::testing::{all, faults, stage};

    #[test]
    fn one_filter_keeps_what_the_other_drops() {
        let events = [r#"{"level":"debug","service":"chatty"}"#, r#"{"level":"info"}"#];
        let keep = all(&*stage("keep", "'level:debug AND service:chatty'"), &events);
        expect![[r#"
            level="debug" service="chatty"
            dropped
        "#]]
        .assert_eq(&keep);
        let drop = all(&*stage("drop", "'level:debug AND service:chatty'"), &events);
        expect![[r#"
            dropped
            level="info"
        "#]]
        .assert_eq(&drop);
    }

    #[test]
    fn filters_that_do_not_read_are_drawn_at_their_place() {
        let told = [faults("keep", "'level:(a OR'"), faults("drop", ""), faults("drop", "[a]")].concat();
        expect![[r#"
            1:1: keep: not a filter
            error: a filter is missing after `OR`
            1 | level:(a OR
              |          ^^
              = hint: quote it to search for the word
            1:1: drop: expected a filter such as `level:debug`
            1:1: drop: expected a filter such as `level:debug`
        "#]]
        .assert_eq(&told);
    }

    proptest! {
        #[test]
        fn a_stage_decides_as_the_filter_does_on_the_finished_record(
            level in "debug|info|Error|", bytes in -3_i64..9, time in -5_i64..5, word in "[ab ]{0,4}",
            filter in proptest::sample::select(vec![
                "level:debug", "level:error", "level:\"\"", "level:err*", "bytes:>2", "bytes:<=1", "bytes:[1 TO 5]", "a",
                "\"a b\"", "_time:>1970-01-01T00:00:00Z", "*", "word:~\"^a\"", "level:info OR bytes:3 a",
            ]),
            negated: bool,
        ) {
            let filter = if negated { format!("NOT ({filter})") } else { filter.to_owned() };
            let mut fields = RecordBuilder::new();
            fields.push("level", Value::Str(&level));
            fields.push("bytes", Value::Int(bytes));
            fields.push("word", Value::Str(&word));
            fields.settle();
            let mut out = Vec::new();
            fields.finish(Timestamp(time), false, &mut out).expect("small");
            let passes = parse(&filter, Timestamp(0)).expect("a filter").filter.matches(&Record::validate(&out).expect("canonical"));
            for (name, kept) in [("keep", passes), ("drop", !passes)] {
                let quoted = format!("'{filter}'");
                let mut event = Event { fields: &mut fields, time: Timestamp(time), time_assumed: false, now: Timestamp(0) };
                let verdict = stage(name, &quoted).apply(&mut event);
                prop_assert_eq!(verdict == Verdict::Keep, kept, "{} {}", name, filter);
            }
        }
    }
}
