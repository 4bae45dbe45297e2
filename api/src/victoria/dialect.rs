//! Where queries of clients of VictoriaLogs speak of things that go by other names here.

use vigil_model::roles;
use vigil_query::{Field, FieldTest, Filter, Pipe, Query};

/// What VictoriaLogs calls the message.
pub(super) const MESSAGE: &str = "_msg";

/// The query, with tests of `_msg` put to the fields that hold a message; and the columns that the last `fields` of it
/// leaves, which are chosen when rows are written, for only then have they `_msg` and `_stream`.
pub(super) fn translated(mut query: Query) -> (Query, Option<Vec<String>>) {
    query.filter = of_message(query.filter);
    for pipe in &mut query.pipes {
        if let Pipe::Where(filter) = pipe {
            *filter = of_message(std::mem::replace(filter, Filter::All));
        }
    }
    let columns = take_last_fields(&mut query.pipes);
    (query, columns)
}

/// The field under the name that it has here.
pub(super) fn field(name: &str) -> &str {
    if name == MESSAGE { roles::MESSAGE[0] } else { name }
}

fn take_last_fields(pipes: &mut Vec<Pipe>) -> Option<Vec<String>> {
    let behind = pipes.iter().rev().take_while(|pipe| matches!(pipe, Pipe::Limit(_) | Pipe::Offset(_))).count();
    let at = (pipes.len() - behind).checked_sub(1)?;
    match pipes.get(at) {
        Some(Pipe::Fields(_)) => match pipes.remove(at) {
            Pipe::Fields(names) => Some(names),
            _ => unreachable!("it was just looked at"),
        },
        _ => None,
    }
}

fn of_message(filter: Filter) -> Filter {
    let all = |parts: Vec<Filter>| parts.into_iter().map(of_message).collect();
    match filter {
        Filter::Not(inner) => Filter::Not(Box::new(of_message(*inner))),
        Filter::And(parts) => Filter::And(all(parts)),
        Filter::Or(parts) => Filter::Or(all(parts)),
        Filter::Field { field: Field::Named(name), test } if name == MESSAGE => message_test(&test),
        other => other,
    }
}

/// Some field of those that may hold the message passes; an empty message is empty in each of them.
fn message_test(test: &FieldTest) -> Filter {
    let parts = roles::MESSAGE.iter().map(|name| Filter::field(name, test.clone())).collect();
    match test {
        FieldTest::Empty => Filter::And(parts),
        FieldTest::Phrase(text) | FieldTest::Exact(text) if text.is_empty() => Filter::And(parts),
        _ => Filter::Or(parts),
    }
}

#[cfg(test)]
mod tests {
    use vigil_model::Timestamp;

    use super::*;

    fn read(text: &str) -> Query {
        vigil_query::parse(text, Timestamp(0)).expect("VQL")
    }

    #[test]
    fn the_message_is_asked_for_where_it_may_be() {
        let (query, columns) = translated(read("_msg:x | fields _msg, _stream | limit 5"));
        assert_eq!(columns, Some(vec!["_msg".to_owned(), "_stream".to_owned()]));
        assert_eq!(query.pipes, [Pipe::Limit(5)]);
        let Filter::Or(parts) = query.filter else { panic!("one of several fields") };
        assert_eq!(parts.len(), roles::MESSAGE.len());
        let (query, columns) = translated(read("NOT _msg:\"\" | fields a | sort by a"));
        assert!(matches!(query.filter, Filter::Not(inner) if matches!(*inner, Filter::And(_))));
        assert_eq!((query.pipes.len(), columns), (2, None));
    }
}
