//! Which fields are not kept.

use vigil_model::tree::{Content, Fault, Node};

use crate::stage::{Event, Kind, Making, Stage, Verdict};

pub(crate) const KIND: Kind = Kind { name: "remove", make };

fn make(node: &Node, making: &mut Making<'_>) -> Option<Box<dyn Stage>> {
    let items = match &node.content {
        Content::List(items) => items.as_slice(),
        Content::Scalar(_) => std::slice::from_ref(node),
        Content::Nothing | Content::Map(_) => &[],
    };
    let mut fault = |at, message: &str| making.faults.push(Fault { at, message: format!("remove: {message}") });
    if items.is_empty() {
        fault(node.at, "expected names of fields such as `[password, debug.*]`");
        return None;
    }
    let mut names = Vec::with_capacity(items.len());
    for item in items {
        let Content::Scalar(name) = &item.content else {
            fault(item.at, "a name is a single value");
            return None;
        };
        let start = name.strip_suffix('*').unwrap_or(name);
        if start.is_empty() || start.contains('*') {
            fault(item.at, "a name may end in `*`, behind at least one letter");
            return None;
        }
        names.push(Name { start: start.as_bytes().to_vec(), open: start.len() < name.len() });
    }
    Some(Box::new(Remove { names }))
}

struct Remove {
    names: Vec<Name>,
}

/// One name, or all that begin so.
struct Name {
    start: Vec<u8>,
    open: bool,
}

impl Name {
    fn is(&self, name: &[u8]) -> bool {
        if self.open { name.starts_with(&self.start) } else { name == self.start }
    }
}

impl Stage for Remove {
    fn apply(&self, event: &mut Event<'_>) -> Verdict {
        event.fields.remove_where(|field| self.names.iter().any(|name| name.is(field)));
        Verdict::Keep
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::stages::testing::{all, faults, stage};

    #[test]
    fn names_and_beginnings_of_names_go() {
        let told = all(&*stage("remove", "[a, b.*]"), &[r#"{"a":1,"ab":2,"b":{"c":3,"d":4},"bb":5}"#]);
        expect![[r#"
            ab=2 bb=5
        "#]]
        .assert_eq(&told);
    }

    #[test]
    fn faults_of_settings() {
        let told = ["", "[]", "{a: b}", "['*']", "[a*b]", "[[a]]"].map(|options| faults("remove", options));
        expect![[r#"
            1:1: remove: expected names of fields such as `[password, debug.*]`
            1:1: remove: expected names of fields such as `[password, debug.*]`
            1:1: remove: expected names of fields such as `[password, debug.*]`
            1:2: remove: a name may end in `*`, behind at least one letter
            1:2: remove: a name may end in `*`, behind at least one letter
            1:2: remove: a name is a single value
        "#]]
        .assert_eq(&told.concat());
    }
}
