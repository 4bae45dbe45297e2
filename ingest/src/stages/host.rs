//! What is known of this machine, for events that do not say where they come from.

use vigil_model::Value;
use vigil_model::tree::Node;

use crate::options::Options;
use crate::stage::{Event, Kind, Making, Stage, Verdict};

pub(crate) const KIND: Kind = Kind { name: "host", make };

fn make(node: &Node, making: &mut Making<'_>) -> Option<Box<dyn Stage>> {
    let known: Vec<&str> = making.host.iter().map(|(name, _)| name.as_str()).collect();
    let mut options = Options::of(node, KIND.name, &mut making.faults);
    let wanted = options.texts("fields");
    let mut fine = true;
    for (at, name) in wanted.iter().filter(|(_, name)| !known.contains(name)) {
        options.fault(*at, format_args!("`{name}` is not known of this machine; there are: {}", known.join(", ")));
        fine = false;
    }
    options.finish();
    let wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|(_, wanted)| *wanted == name);
    let facts = making.host.iter().filter(|(name, _)| wanted(name)).cloned().collect();
    fine.then(|| Box::new(Host { facts }) as Box<dyn Stage>)
}

struct Host {
    /// Names and texts.
    facts: Vec<(String, String)>,
}

impl Stage for Host {
    fn apply(&self, event: &mut Event<'_>) -> Verdict {
        for (name, text) in &self.facts {
            event.add(name, Value::Str(text));
        }
        Verdict::Keep
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::stages::testing::{all, faults, stage};

    #[test]
    fn facts_stand_where_the_event_has_none() {
        let events = [r#"{"host":{"name":"other"}}"#, "{}"];
        let told = [all(&*stage("host", ""), &events), all(&*stage("host", "{fields: host.os.type}"), &events)];
        expect![[r#"
            host.name="other" host.os.type="linux"
            host.name="web-1" host.os.type="linux"
            host.name="other" host.os.type="linux"
            host.os.type="linux"
        "#]]
        .assert_eq(&told.concat());
        expect![[r#"
            1:22: host: `host.nmae` is not known of this machine; there are: host.name, host.os.type
            1:34: host: unknown key `field`; did you mean `fields`?
        "#]]
        .assert_eq(&faults("host", "{fields: [host.name, host.nmae], field: x}"));
    }
}
