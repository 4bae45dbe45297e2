//! Which fields get a value that settings say, whatever the sender said.

use vigil_model::Value;
use vigil_model::tree::Node;

use super::read;
use crate::options::Options;
use crate::stage::{Event, Kind, Making, Stage, Verdict};

pub(crate) const KIND: Kind = Kind { name: "set", make };

fn make(node: &Node, making: &mut Making<'_>) -> Option<Box<dyn Stage>> {
    let mut options = Options::of(node, KIND.name, &mut making.faults);
    let mut fields = Vec::new();
    for (at, name, value) in read::rest_pairs(&mut options)? {
        if !read::makes(at, name, &mut options) {
            return None;
        }
        fields.push((name.to_owned(), value.to_owned()));
    }
    Some(Box::new(Set { fields }))
}

struct Set {
    fields: Vec<(String, String)>,
}

impl Stage for Set {
    fn apply(&self, event: &mut Event<'_>) -> Verdict {
        for (name, value) in &self.fields {
            let value = Value::Str(value);
            // An event that could not be kept with it is kept without.
            if event.has_room(name, &value) {
                event.fields.set(name, value);
            }
        }
        Verdict::Keep
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::stages::testing::{all, faults, stage};

    #[test]
    fn fields_are_added_and_replaced() {
        let told = all(&*stage("set", "{env: prod, a.b: '1'}"), &[r#"{"env":3,"a":{"c":2}}"#]);
        expect![[r#"
            a.b="1" a.c=2 env="prod"
        "#]]
        .assert_eq(&told);
    }

    #[test]
    fn faults_of_settings() {
        let told = [faults("set", "{}"), faults("set", "{_id: x}"), faults("set", "{a: [b]}"), faults("set", "x")];
        expect![[r#"
            1:1: set: expected names of fields, each with a value
            1:2: set: `_id` is a name that Vigil needs itself
            1:5: set: `a` is a single value
            1:1: set: expected keys and values beneath it
            1:1: set: expected names of fields, each with a value
        "#]]
        .assert_eq(&told.concat());
    }
}
