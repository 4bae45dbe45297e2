//! Which stages an event runs through, in which order, and what each of them did.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use vigil_model::limits::STAGES_MAX;
use vigil_model::tree::{Content, Fault, Node};
use vigil_model::{RecordBuilder, Timestamp, Value};

use crate::stage::{Event, Making, Stage, Summary, SummaryValue, Verdict};
use crate::stages;

/// The stages of one source. Nothing leaves `ingest` unscrubbed: a list without a stage that scrubs gets the usual one
/// in front, unless it says `scrub: off`.
pub struct Pipeline {
    steps: Vec<Step>,
}

struct Step {
    name: &'static str,
    stage: Box<dyn Stage>,
    dropped: AtomicU64,
}

impl Pipeline {
    /// What every source has that says nothing else: `normalise`, then `scrub`.
    pub fn usual() -> Arc<Pipeline> {
        static USUAL: OnceLock<Arc<Pipeline>> = OnceLock::new();
        Arc::clone(USUAL.get_or_init(|| {
            let mut making = Making::bare();
            let steps = ["normalise", "scrub"].map(|name| Step::bare(name, &mut making));
            Arc::new(Pipeline { steps: steps.into() })
        }))
    }

    /// No stage at all: for what was scrubbed before, and for tests of parsers.
    pub fn none() -> Arc<Pipeline> {
        Arc::new(Pipeline { steps: Vec::new() })
    }

    /// Reads a list of stages: names, or names with options. What is wrong goes to `making.faults`.
    pub fn read(node: &Node, making: &mut Making<'_>) -> Pipeline {
        let items = match &node.content {
            Content::List(items) => items.as_slice(),
            Content::Nothing => &[],
            _ => {
                let message = "a pipeline is a list of stages such as `- scrub`".to_owned();
                making.faults.push(Fault { at: node.at, message });
                &[]
            }
        };
        if items.len() > STAGES_MAX {
            let message = format!("{} stages are more than {STAGES_MAX}", items.len());
            making.faults.push(Fault { at: node.at, message });
        }
        let mut steps: Vec<Step> = items.iter().filter_map(|item| read_step(item, making)).collect();
        if !steps.iter().any(|step| step.stage.scrubs()) {
            let behind = usize::from(steps.first().is_some_and(|step| step.name == "normalise"));
            steps.insert(behind, Step::bare("scrub", making));
        }
        Pipeline { steps }
    }

    /// Runs an event through. `keyed`: stages that remember are passed over.
    pub(crate) fn run(&self, event: &mut Event<'_>, keyed: bool) -> Verdict {
        for step in &self.steps {
            if keyed && step.stage.remembers() {
                continue;
            }
            if step.stage.apply(event) == Verdict::Drop {
                step.dropped.fetch_add(1, Ordering::Relaxed);
                return Verdict::Drop;
            }
        }
        Verdict::Keep
    }

    /// As [`Pipeline::run`], showing the event to `after` behind every stage that it came through, and once more where
    /// it was dropped.
    pub(crate) fn run_shown(
        &self,
        event: &mut Event<'_>,
        after: &mut dyn FnMut(&'static str, &Event<'_>, Verdict),
    ) -> Verdict {
        for step in &self.steps {
            let verdict = step.stage.apply(event);
            after(step.name, event, verdict);
            if verdict == Verdict::Drop {
                return verdict;
            }
        }
        Verdict::Keep
    }

    /// Takes secrets out, and does nothing else: for what is shown and not stored.
    pub fn scrub(&self, event: &mut Event<'_>) {
        for step in self.steps.iter().filter(|step| step.stage.scrubs()) {
            step.stage.apply(event);
        }
    }

    /// Names of the stages and how many events each dropped.
    pub fn dropped(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.steps.iter().map(|step| (step.name, step.dropped.load(Ordering::Relaxed)))
    }

    /// Hands on what stages have to say by now, without the secrets in it; everything when `last`. It repeats texts of
    /// events that may not have come as far as the stage that scrubs.
    pub fn summaries(&self, now: Timestamp, last: bool, each: &mut dyn FnMut(Summary)) {
        for step in &self.steps {
            step.stage.summaries(now, last, &mut |summary| each(self.scrubbed(&summary, now)));
        }
    }

    fn scrubbed(&self, summary: &Summary, now: Timestamp) -> Summary {
        let mut fields = RecordBuilder::new();
        for (name, value) in &summary.fields {
            match value {
                SummaryValue::Text(text) => fields.push(name, Value::Str(text)),
                SummaryValue::Number(number) => fields.push(name, Value::Int(*number)),
            }
        }
        self.scrub(&mut Event { fields: &mut fields, time: now, time_assumed: true, now });
        let value = |value| match value {
            Value::Int(number) => SummaryValue::Number(number),
            other => SummaryValue::Text(other.to_string()),
        };
        Summary { fields: fields.iter().map(|(name, of)| (name.to_owned(), value(of))).collect() }
    }

    /// Whether a stage takes secrets out, even if its settings turned it off for some.
    pub fn scrubs(&self) -> bool {
        self.steps.iter().any(|step| step.stage.scrubs())
    }
}

impl Step {
    /// A stage without options.
    fn bare(name: &'static str, making: &mut Making<'_>) -> Step {
        let nothing = Node { at: Default::default(), content: Content::Nothing };
        let kind = stages::kind(name).expect("the usual stages exist");
        let stage = (kind.make)(&nothing, making).expect("the usual stages need no options");
        Step { name, stage, dropped: AtomicU64::new(0) }
    }
}

/// `scrub`, or `scrub: …`.
fn read_step(item: &Node, making: &mut Making<'_>) -> Option<Step> {
    let nothing = Node { at: item.at, content: Content::Nothing };
    let (name, options) = match &item.content {
        Content::Scalar(name) => (name.as_str(), &nothing),
        Content::Map(entries) if entries.len() == 1 => (entries[0].key.as_str(), &entries[0].value),
        _ => {
            let message = "a stage is its name, or its name with options: `- drop: level:debug`".to_owned();
            making.faults.push(Fault { at: item.at, message });
            return None;
        }
    };
    let Some(kind) = stages::kind(name) else {
        let near = vigil_query::nearest(name, stages::names());
        let names: Vec<&str> = stages::names().collect();
        let hint = near.map_or_else(|| names.join(", "), |near| format!("did you mean `{near}`?"));
        making.faults.push(Fault { at: item.at, message: format!("there is no stage `{name}`; {hint}") });
        return None;
    };
    let stage = (kind.make)(options, making)?;
    Some(Step { name: kind.name, stage, dropped: AtomicU64::new(0) })
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.steps.iter().map(|step| step.name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Says;

    impl Stage for Says {
        fn apply(&self, _: &mut Event<'_>) -> Verdict {
            Verdict::Keep
        }

        fn summaries(&self, _: Timestamp, _: bool, each: &mut dyn FnMut(Summary)) {
            let text = SummaryValue::Text("the secret".to_owned());
            each(Summary { fields: vec![("message".to_owned(), text), ("n".to_owned(), SummaryValue::Number(4))] });
        }
    }

    struct Scrubs;

    impl Stage for Scrubs {
        fn apply(&self, event: &mut Event<'_>) -> Verdict {
            event.fields.set("message", Value::Str("nothing"));
            Verdict::Keep
        }

        fn scrubs(&self) -> bool {
            true
        }
    }

    #[test]
    fn what_stages_say_is_scrubbed_wherever_they_stand() {
        let step = |name, stage| Step { name, stage, dropped: AtomicU64::new(0) };
        let pipeline = Pipeline { steps: vec![step("says", Box::new(Says)), step("scrubs", Box::new(Scrubs))] };
        let mut said = Vec::new();
        pipeline.summaries(Timestamp(0), true, &mut |summary| said.extend(summary.fields));
        let nothing = SummaryValue::Text("nothing".to_owned());
        assert_eq!(said, [("n".to_owned(), SummaryValue::Number(4)), ("message".to_owned(), nothing)]);
    }
}
