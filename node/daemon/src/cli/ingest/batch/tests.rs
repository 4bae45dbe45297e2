//! Does every line get into a batch, and does the batch know which it was?

use super::*;

/// All batches of a text that is read in pieces.
fn batches(text: &[u8], format: Format, size: usize, piece: usize) -> Vec<Batch> {
    let (give_chunk, chunks) = crossbeam_channel::bounded(1 << 16);
    text.chunks(piece).for_each(|piece| give_chunk.send(Ok(piece.to_vec())).expect("room"));
    drop(give_chunk);
    let (give, take) = crossbeam_channel::bounded(1 << 16);
    let mut chunks = Chunks::Live(chunks);
    let mut maker = Maker::new("f", size, &give);
    maker.all(&mut chunks, &Reading { format, size, ..Reading::default() }).expect("no failures here");
    drop(give);
    take.iter().map(|batch| batch.map_err(|failure| failure.message).expect("a batch")).collect()
}

#[test]
fn no_line_is_lost_or_moved_whatever_the_pieces() {
    let text: String = (1..=500).map(|n| format!("line {n}{}\n", "x".repeat(n % 37))).collect();
    for (size, piece) in [(1, 1), (100, 7), (64, 4_096), (1_000, 100), (1 << 20, 333), (50, 100_000)] {
        let batches = batches(text.as_bytes(), Format::Lines, size, piece);
        let joined: Vec<u8> = batches.iter().flat_map(|batch| batch.bytes.clone()).collect();
        assert_eq!(joined, text.as_bytes(), "size {size}, piece {piece}");
        for batch in &batches {
            let first = String::from_utf8_lossy(&batch.bytes).split(['x', '\n', ' ']).nth(1).map(str::to_owned);
            assert_eq!(first, Some(batch.lines.of(1).to_string()), "size {size}, piece {piece}");
        }
    }
}

#[test]
fn the_last_line_needs_no_end_and_too_long_lines_are_named() {
    let long = "y".repeat(LINE_BYTES_MAX + 10);
    let text = format!("a\n{long}\nb\nc");
    let batches = batches(text.as_bytes(), Format::Lines, 1 << 20, 100_000);
    let rejects: Vec<u64> = batches.iter().flat_map(|batch| &batch.rejects).map(|reject| reject.line).collect();
    assert_eq!(rejects, [2]);
    let joined: Vec<u8> = batches.iter().flat_map(|batch| batch.bytes.clone()).collect();
    assert_eq!(joined, b"a\nb\nc\n");
    assert_eq!(batches.last().map(|batch| batch.lines.of(2)), Some(4));
}

#[test]
fn arrays_become_lines_that_know_where_they_were() {
    let batches = batches(b"[\n{\"a\":1},\n{\"a\":\n2},\n{\"a\":3}]", Format::Detect, 12, 3);
    let lines: Vec<u64> = batches.iter().map(|batch| batch.lines.of(1)).collect();
    assert_eq!(lines, [2, 5]);
    assert_eq!(batches[0].bytes, b"{\"a\":1}\n{\"a\": 2}\n");
}

#[test]
fn formats_go_by_the_first_bytes() {
    let table = [
        ("{\"a\":1}\n", Format::Ndjson),
        ("\n {\"a\":1}", Format::Ndjson),
        ("{broken\n", Format::Ndjson),
        ("{\n  \"a\": 1\n}", Format::Json),
        ("{ \"a\": 1,\n  \"b\": 2 }", Format::Json),
        ("[{\"a\":1}]", Format::Json),
        ("[\n {", Format::Json),
        ("[]", Format::Json),
        ("[12:00] started", Format::Lines),
        ("[2026-01-01] {", Format::Lines),
        ("plain", Format::Lines),
        ("", Format::Lines),
    ];
    for (head, format) in table {
        assert_eq!(detected(Format::Detect, head.as_bytes()), format, "{head:?}");
    }
    assert_eq!(detected(Format::Lines, b"{}"), Format::Lines);
}

#[test]
fn lines_of_a_format_are_sent_as_objects() {
    let line = "203.0.113.9 - - [01/Aug/2026:12:00:00 +0000] \"GET /a HTTP/1.1\" 200 512\n";
    for piece in [1, 50, 4_096] {
        let batches = batches(line.repeat(40).as_bytes(), Format::Detect, 1 << 20, piece);
        let decision = batches[0].decision.clone().expect("content decided");
        assert_eq!((decision.format, decision.why.as_str()), (Format::Access, "32 of 32 lines"));
        assert!(batches[0].decoded && batches[0].content_type == "application/x-ndjson");
        let text: Vec<u8> = batches.iter().flat_map(|batch| batch.bytes.clone()).collect();
        assert_eq!(memchr::memchr_iter(b'\n', &text).count(), 40);
        assert_eq!(batches.last().map(|batch| batch.lines.of(1)), Some(1));
        assert!(text.starts_with(b"{\"_time\":\"2026-08-01T12:00:00Z\","));
    }
}
