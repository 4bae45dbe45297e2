//! Which fields lose the colours and other control sequences of a terminal.

use vigil_model::Value;
use vigil_model::tree::{Content, Fault, Node};

use crate::event::MESSAGE;
use crate::stage::{Event, Kind, Making, Stage, Verdict};

pub(crate) const KIND: Kind = Kind { name: "decolorize", make };

fn make(node: &Node, making: &mut Making<'_>) -> Option<Box<dyn Stage>> {
    let items = match &node.content {
        Content::Nothing => return Some(Box::new(Decolorize { fields: vec![MESSAGE.to_owned()] })),
        Content::List(items) => items.as_slice(),
        Content::Scalar(_) | Content::Map(_) => std::slice::from_ref(node),
    };
    let mut fields = Vec::with_capacity(items.len());
    for item in items {
        match &item.content {
            Content::Scalar(name) => fields.push(name.clone()),
            _ => {
                let message = "decolorize: expected names of fields such as `message`".to_owned();
                making.faults.push(Fault { at: item.at, message });
            }
        }
    }
    (fields.len() == items.len()).then(|| Box::new(Decolorize { fields }) as Box<dyn Stage>)
}

struct Decolorize {
    fields: Vec<String>,
}

impl Stage for Decolorize {
    fn apply(&self, event: &mut Event<'_>) -> Verdict {
        for name in &self.fields {
            if let Some(plain) = event.text(name).and_then(vigil_query::decolorize) {
                event.fields.set(name, Value::Str(&plain));
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
    fn colours_go_and_text_stays() {
        let events = [r#"{"message":"\u001b[1;31mérror\u001b[0m: x","a":"\u001b[0m"}"#, r#"{"message":7}"#];
        let told = [all(&*stage("decolorize", ""), &events), all(&*stage("decolorize", "[a, message]"), &events)];
        expect![[r#"
            a="\u{1b}[0m" message="érror: x"
            message=7
            a="" message="érror: x"
            message=7
        "#]]
        .assert_eq(&told.concat());
        let told = [faults("decolorize", "{field: a}"), faults("decolorize", "[a, [b]]")];
        expect![[r#"
            1:1: decolorize: expected names of fields such as `message`
            1:5: decolorize: expected names of fields such as `message`
        "#]]
        .assert_eq(&told.concat());
    }
}
