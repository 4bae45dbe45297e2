//! Which fields get another name.

use vigil_model::tree::Node;

use super::read;
use crate::options::Options;
use crate::stage::{Event, Kind, Making, Stage, Verdict};

pub(crate) const KIND: Kind = Kind { name: "rename", make };

fn make(node: &Node, making: &mut Making<'_>) -> Option<Box<dyn Stage>> {
    let mut options = Options::of(node, KIND.name, &mut making.faults);
    let mut names = Vec::new();
    for (at, from, to) in read::rest_pairs(&mut options)? {
        if !read::makes(at, to, &mut options) {
            return None;
        }
        names.push((from.to_owned(), to.to_owned()));
    }
    Some(Box::new(Rename { names }))
}

struct Rename {
    /// Old and new.
    names: Vec<(String, String)>,
}

impl Stage for Rename {
    /// One after another, as they are written. What stood under a new name gets an underscore behind it.
    fn apply(&self, event: &mut Event<'_>) -> Verdict {
        for (from, to) in self.names.iter().filter(|(from, to)| from != to) {
            if event.fields.contains(from) {
                event.make_room(to);
                event.fields.copy(from, to);
                event.fields.remove(from);
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
    fn what_had_the_name_makes_room() {
        let stage = stage("rename", "{msg: message, gone: away, same: same}");
        let told = all(&*stage, &[r#"{"msg":[1,2],"message":"x","message_":"y","same":1}"#, r#"{"message":"x"}"#]);
        expect![[r#"
            message=[1, 2] message_="y" message__="x" same=1
            message="x"
        "#]]
        .assert_eq(&told);
    }

    #[test]
    fn faults_of_settings() {
        let told = [faults("rename", ""), faults("rename", "{a: _time}"), faults("rename", "{a: {b: c}}")];
        expect![[r#"
            1:1: rename: expected names of fields, each with a value
            1:2: rename: `_time` is a name that Vigil needs itself
            1:5: rename: `a` is a single value
        "#]]
        .assert_eq(&told.concat());
    }
}
