//! What the shelves answer is what a scan of every frame answers.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::World;
use crate::world;

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn index_and_scan_agree(
        blocks in vec((world::records(150), any::<bool>()), 1..6),
        queries in vec(world::query(), 30),
    ) {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut world = World::new();
        let mut shelves = Some(world.open(dir.path()));
        for (records, commit) in blocks {
            world.push(records);
            let index = shelves.as_mut().expect("open");
            world.index(index, world.arrival());
            if commit {
                index.commit().expect("the disk is sound");
            }
        }
        // What was added after the last commit is the tail.
        let open = shelves.take().expect("open");
        queries.iter().for_each(|query| world.check(&open, query));
        drop(open);
        let mut again = world.open(dir.path());
        queries.iter().for_each(|query| world.check(&again, query));
        world.catch_up(&mut again);
        queries.iter().for_each(|query| world.check(&again, query));
    }
}
