//! Rows of a query as files that other programs read.

use std::path::Path;
use std::process::{Command, Output};

use vigil_tests::{NodeProcess, vigil_bin};

use crate::events;

fn export(node: &NodeProcess, query: &str, file: &Path) -> Output {
    let mut command = Command::new(vigil_bin());
    command.arg("export").arg(query).arg("--file").arg(file).args(["--url", &node.url]);
    command.output().expect("vigil can be run")
}

#[test]
fn every_row_is_in_the_file_whatever_its_format() {
    let place = tempfile::tempdir().expect("a place for tests");
    let node = NodeProcess::start(&place.path().join("data"));
    events::fill(&node, 12_000);
    let lines = |name: &str| {
        let file = place.path().join(name);
        let output = export(&node, "service:payments", &file);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::read(&file).expect("the file is there")
    };
    let count = node.client().count("service:payments") as usize;
    let newlines = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(newlines(&lines("rows.ndjson")), count);
    assert_eq!(newlines(&lines("rows.csv")), count + 1, "a head, and no message has a line end");
    let parquet = lines("rows.parquet");
    assert!(parquet.starts_with(b"PAR1") && parquet.ends_with(b"PAR1"));
    assert!(lines("rows.xlsx").starts_with(b"PK"), "a zip");
    let left: Vec<_> = std::fs::read_dir(place.path()).expect("the place").flatten().map(|e| e.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with('.')), "nothing is left over: {left:?}");
}

#[test]
fn a_file_that_is_there_stays() {
    let place = tempfile::tempdir().expect("a place for tests");
    let node = NodeProcess::start(&place.path().join("data"));
    let file = place.path().join("rows.csv");
    std::fs::write(&file, "mine").expect("written");
    let output = export(&node, "*", &file);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--force"));
    assert_eq!(std::fs::read_to_string(&file).expect("read"), "mine");
}
