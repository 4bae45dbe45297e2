//! The bench measures what it says.

use vigil_index::OwnedValue;
use vigil_index_tantivy::bench::{Searched, column_cost, index_blocks, synthetic};
use vigil_model::Timestamp;

use crate::support::{TODAY, parse};

#[test]
fn a_small_bench_runs() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let blocks = synthetic(2_100, Timestamp(TODAY * Timestamp::DAY), 1);
    let cost = index_blocks(dir.path(), &blocks).expect("the disk is sound");
    assert_eq!((cost.events, blocks.len()), (2_100, 3));
    assert!(cost.index_bytes > 0 && cost.record_bytes / cost.events > 200);
    let searched = Searched::open(dir.path(), &blocks).expect("the disk is sound");
    let (answer, _) = searched.query(&parse("level:* | stats count() as n"), 10, 1).expect("no cursor");
    assert_eq!(answer.rows[0].get("n"), Some(&OwnedValue::Int(2_100)));
    let (answer, _) = searched.query(&parse("* | stats count() by host"), 100, 1).expect("no cursor");
    assert_eq!((answer.rows.len(), answer.stats.rows_by_columns), (40, 2_100));
    let columns = column_cost(&blocks);
    assert!(columns.records == 2_100 && columns.chunk_bytes > 0 && columns.bytes_per_record() < 40.0);
    let (answer, _) = searched.query(&parse("needle"), 10, 1).expect("no cursor");
    assert_eq!((answer.rows.len(), answer.stats.frames_read), (0, 0));
}
