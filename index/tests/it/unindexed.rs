//! What no index holds is found as if it did: bodies read whole, for all times or for some.

use proptest::prelude::*;
use vigil_index::{FrameSource, Posting, scan};
use vigil_model::Timestamp;
use vigil_query::TimeRange;

use crate::pages::{World, asked, options, sums, texts};
use crate::world;

/// The postings of a world whose index has lost something: `lost` tells for each block whether its
/// whole body is, its rows from `split` on, or nothing.
fn postings(world: &World, lost: &[u8], split: Timestamp) -> Vec<Posting> {
    let before = TimeRange { from: Timestamp::MIN, to: split };
    let since = TimeRange { from: split, to: Timestamp::MAX };
    let mut postings = Vec::new();
    for posting in &world.postings {
        let (block, class, arrival) = (posting.at.block, posting.at.class, posting.arrival);
        let of_body = |clip| {
            let all = (Timestamp::MIN, Timestamp::MAX);
            Posting::of_whole_body(block, class, arrival, clip, all)
        };
        match lost[arrival as usize % lost.len()] {
            0 => postings.push(of_body(TimeRange::ALL)),
            1 => postings.extend([of_body(since)].into_iter().chain(indexed(world, posting, before))),
            // One frame could not be read when it was indexed, and can be now.
            2 => postings.extend([of_body(since), Posting::opaque(posting.at, arrival)]),
            _ => postings.push(*posting),
        }
    }
    postings
}

/// What an index says of the rows of these times of a frame, if there are any.
fn indexed(world: &World, posting: &Posting, clip: TimeRange) -> Option<Posting> {
    let frame = world.log.frame(posting.at).expect("nothing is lost");
    let times = frame.records.iter().flatten().map(|record| record.time()).filter(|time| clip.contains(*time));
    let times: Vec<Timestamp> = times.collect();
    let (first, last) = (*times.iter().min()?, *times.iter().max()?);
    Some(Posting { clip, first, last, rows: times.len() as u32, ..*posting })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_not_indexed_is_read(
        blocks in proptest::collection::vec(world::records(100), 1..6),
        query in world::query().prop_filter("sums", |query| !sums(query)),
        lost in proptest::collection::vec(0u8..4, 1..6),
        hours in 0i64..60,
        limit in 1usize..200,
    ) {
        let world = World::of(&blocks);
        let split = Timestamp(20_778 * Timestamp::DAY - hours * 3_600_000_000_000);
        let whole = world.ask(&query, limit, None).expect("no cursor");
        let postings = postings(&world, &lost, split);
        let found = scan(&asked(&query), &options(limit, None), &postings, &world.log).expect("no cursor");
        prop_assert_eq!(texts(&found.rows), texts(&whole.rows));
        prop_assert_eq!(found.complete, whole.complete);
    }
}
