//! A chunk says of its rows what the records say, and nothing else is taken for a chunk.

use proptest::prelude::*;
use vigil_index::{Chunk, ChunkSource, ColumnCollector, FieldUses, Head, Posting};
use vigil_model::{BlockRef, Class, LogNumber, Record, Records};

use crate::world;

/// Feeds the frames of blocks to a collector. Answers their records, in the order of the rows.
fn gather<'a>(collector: &mut ColumnCollector, blocks: &'a [Records]) -> Vec<Record<'a>> {
    let mut rows = Vec::new();
    for (n, records) in blocks.iter().enumerate() {
        let block = BlockRef { log: LogNumber(n as u32 % 2), seq: n as u64 };
        let postings = Posting::of_body(block, Class::Logs, n as u64 + 1, records);
        for (posting, range) in postings.iter().zip(records.frame_bounds()) {
            let of_frame: Vec<Record<'a>> = range.filter_map(|n| records.get(n)).collect();
            collector.add(posting, of_frame.iter().copied());
            rows.extend(of_frame);
        }
    }
    rows
}

/// Whether the chunk says of each row what its record says.
fn says(chunk: &dyn ChunkSource, rows: &[Record<'_>]) -> Result<(), TestCaseError> {
    let head = chunk.head().expect("in memory");
    let times = chunk.times().expect("in memory");
    prop_assert_eq!(times.iter().copied().collect::<Vec<_>>(), rows.iter().map(|row| row.time().0).collect::<Vec<_>>());
    for (n, field) in head.fields.iter().enumerate() {
        let (dictionary, codes) = (chunk.dictionary(n).expect("in memory"), chunk.codes(n).expect("in memory"));
        prop_assert_eq!(dictionary.len(), field.entries);
        for (row, code) in rows.iter().zip(codes.iter()) {
            let said = dictionary.value(usize::from(*code));
            prop_assert_eq!(format!("{said:?}"), format!("{:?}", row.get(&field.name)));
        }
    }
    let named = |name: &str| is_named(&head, name);
    let all = rows.iter().flat_map(|row| row.fields()).all(|(name, _)| named(name));
    prop_assert!(all || !head.names_all, "a field that is not named is in no row");
    Ok(())
}

fn is_named(head: &Head, name: &str) -> bool {
    head.fields.iter().any(|field| *field.name == *name) || head.others.iter().any(|other| **other == *name)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_chunk_says_what_the_records_say(blocks in proptest::collection::vec(world::records(120), 1..4)) {
        let mut collector = ColumnCollector::new(Class::Logs);
        let rows = gather(&mut collector, &blocks);
        says(&collector.snapshot().expect("rows"), &rows)?;
        let bytes = collector.finish(&FieldUses::new()).expect("rows");
        let chunk = Chunk::decode(&bytes).expect("just written");
        says(&chunk, &rows)?;
        prop_assert!(chunk.encode() == bytes, "what is read is written as it was");
        prop_assert!(collector.finish(&FieldUses::new()).is_none(), "the next one is empty");
    }

    #[test]
    fn what_is_damaged_is_no_chunk(
        records in world::records(100),
        cut in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let mut collector = ColumnCollector::new(Class::Logs);
        gather(&mut collector, std::slice::from_ref(&records));
        let bytes = collector.finish(&FieldUses::new()).expect("rows");
        prop_assert!(Chunk::decode(&bytes[..cut.index(bytes.len())]).is_err());
        let mut flipped = bytes.clone();
        flipped[at.index(bytes.len())] ^= 1 << bit;
        prop_assert!(Chunk::decode(&flipped).is_err());
        let mut longer = bytes;
        longer.push(0);
        prop_assert!(Chunk::decode(&longer).is_err());
    }
}

/// A block of records from second `start` on, with a message each, a level, and a duration in hundredths.
fn busy(start: i64, count: usize) -> Records {
    let mut records = Records::new();
    let mut builder = vigil_model::RecordBuilder::new();
    for n in 0..count {
        builder.clear();
        builder.push("level", vigil_model::Value::Str(["info", "warn", "error"][n % 3]));
        builder.push(
            "message",
            vigil_model::Value::Str(&format!(
                "request {n} was answered by a host in some time, {}",
                "and more".repeat(20)
            )),
        );
        builder.push("duration", vigil_model::Value::Float((n * 7_919 % 9_000) as f64 / 100.0));
        builder.push("rare", vigil_model::Value::Int(n as i64));
        records
            .push(&mut builder, vigil_model::Timestamp((start * 1_000 + n as i64) * 1_000_000), false)
            .expect("small");
    }
    records
}

#[test]
fn fields_with_few_values_and_numbers_stay_and_messages_go() {
    let mut collector = ColumnCollector::new(Class::Logs);
    let blocks: Vec<Records> = (0..20).map(|second| busy(second, 1_000)).collect();
    let rows = gather(&mut collector, &blocks).len();
    let bytes = collector.finish(&FieldUses::new()).expect("rows");
    let chunk = Chunk::decode(&bytes).expect("just written");
    let head = chunk.head().expect("in memory");
    let names: Vec<&str> = head.fields.iter().map(|field| &*field.name).collect();
    assert_eq!(names, ["duration", "level", "rare"]);
    assert_eq!(head.others.iter().map(|name| &**name).collect::<Vec<_>>(), ["message"]);
    let roll_up = head.roll_up.as_ref().expect("a thousand rows a second");
    assert_eq!(roll_up.level, Some(1));
    assert_eq!(roll_up.counts.iter().map(|(_, _, rows)| *rows as usize).sum::<usize>(), rows);
    assert!(bytes.len() < rows * 5, "{} bytes a row", bytes.len() / rows);
}

#[test]
fn a_field_that_questions_name_comes_first() {
    let mut records = Records::new();
    let mut builder = vigil_model::RecordBuilder::new();
    for n in 0..1_000 {
        builder.clear();
        (0..100).for_each(|field| builder.push(&format!("f{field:02}"), vigil_model::Value::Int(n % 2)));
        records.push(&mut builder, vigil_model::Timestamp(n), false).expect("small");
    }
    let mut collector = ColumnCollector::new(Class::Logs);
    gather(&mut collector, std::slice::from_ref(&records));
    let uses: FieldUses = [("f99".to_owned(), 3)].into();
    let chunk = Chunk::decode(&collector.finish(&uses).expect("rows")).expect("just written");
    let head = chunk.head().expect("in memory");
    assert_eq!(head.fields.len(), vigil_model::limits::COLUMNS_MAX);
    assert!(is_named(&head, "f99") && head.fields.iter().any(|field| &*field.name == "f99"));
}
