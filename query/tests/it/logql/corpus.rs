//! Is every query that clients send read, and written so that it reads back?

use vigil_query::logql::parse;

const CORPUS: &str = include_str!("../../golden/logql/queries.txt");

/// Every query of the corpus.
pub(super) fn queries() -> impl Iterator<Item = &'static str> {
    CORPUS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[test]
fn every_query_is_read_and_reads_back() {
    assert!(queries().count() >= 60, "the corpus has what clients send");
    for text in queries() {
        let read = parse(text).unwrap_or_else(|error| panic!("{}", error.render(text)));
        let written = read.to_string();
        let again = parse(&written).unwrap_or_else(|error| panic!("{text}\n{}", error.render(&written)));
        assert_eq!(again, read, "`{text}` was written as `{written}`");
        assert_eq!(again.to_string(), written);
    }
}
