//! Asked of one event at a time, a query answers as it does over a log of that event.

use proptest::prelude::*;
use vigil_index::{FrameSource, Lens, LensError};
use vigil_model::{Class, EventId};
use vigil_query::{Filter, Pipe, Query};

use crate::pages::{World, asked, texts};
use crate::steps_world::{inner, query};
use crate::world;

fn one_at_a_time(query: Query) -> Query {
    let pipes = query.pipes.into_iter().filter(|pipe| Lens::needs_end(std::slice::from_ref(pipe)).is_none()).collect();
    Query { pipes, ..query }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_lens_shows_what_a_scan_finds(
        records in world::records(12),
        query in query().prop_map(one_at_a_time).prop_filter("subqueries", |query| !query.has_subqueries()),
    ) {
        let lens = Lens::new(&asked(&query)).expect("no pipe needs an end");
        for offset in 0..records.len() {
            let alone = records.slice(offset..offset + 1);
            let Some(record) = alone.get(0) else { continue };
            let world = World::of(std::slice::from_ref(&alone));
            let found = world.ask(&query, 10_000, None).expect("no cursor");
            let block = world.postings[0].at.block;
            let log = world.log.log_id(block.log).expect("a log of the world");
            let id = EventId { log, seq: block.seq, class: Class::Logs, offset: 0 };
            prop_assert_eq!(texts(&lens.rows(id, &record)), texts(&found.rows));
        }
    }
}

#[test]
fn what_needs_more_than_one_event_is_refused() {
    let of = |pipes: Vec<Pipe>| Lens::new(&asked(&inner(Filter::All, pipes))).err();
    assert_eq!(of(vec![Pipe::DropEmpty]), None);
    assert_eq!(of(vec![Pipe::DropEmpty, Pipe::Limit(1), Pipe::FieldNames]), Some(LensError::NeedsEnd(1)));
    let other = vigil_query::parse("a:in(b | fields a)", vigil_model::Timestamp(0)).expect("VQL");
    assert_eq!(Lens::new(&asked(&other)).err(), Some(LensError::AsksAnother));
}
