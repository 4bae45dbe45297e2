//! Does each rule of the scan fail when it must, and hold its tongue otherwise?

use super::*;

const WORKSPACE: &str = r#"{
    "workspace_root": "/w", "workspace_members": ["model", "api"], "resolve": { "nodes": [] },
    "packages": [
        { "id": "model", "name": "model", "version": "1.0.0", "manifest_path": "/w/model/Cargo.toml",
          "dependencies": [], "metadata": { "vigil": { "floor": 0 } } },
        { "id": "api", "name": "api", "version": "1.0.0", "manifest_path": "/w/api/Cargo.toml",
          "dependencies": [], "metadata": { "vigil": { "floor": 4 } } }
    ]
}"#;

fn file(path: &str, text: &str) -> TextFile {
    TextFile { path: path.to_owned(), text: text.to_owned() }
}

fn found(files: &[TextFile]) -> Vec<String> {
    findings(files, &Workspace::parse(WORKSPACE).expect("the fixture is metadata"))
}

/// Findings in one line on a pure floor.
fn pure(text: &str) -> usize {
    found(&[file("model/src/lib.rs", text)]).len()
}

/// Findings in one line on floor 4.
fn engine(text: &str) -> usize {
    found(&[file("api/src/lib.rs", text)]).len()
}

#[test]
fn a_pure_floor_does_not_touch_the_world() {
    let banned = [
        "use std::fs;",
        "use std::{fmt, fs::File};",
        "use std::net::{IpAddr, TcpStream};",
        "use std::net;",
        "let stream = std::net::TcpStream::connect(x);",
        "std::thread::spawn(f);",
        "use std::time::{Duration, Instant};",
        "let t: std::time::SystemTime = x;",
        "let t = jiff::Timestamp::now();",
        "let home = std::env::var(x);",
        "getrandom::fill(&mut seed);",
        "let n = rand::random();",
    ];
    for line in banned {
        assert_eq!(pure(line), 1, "{line}");
        assert_eq!(engine(line), 0, "{line}");
    }
}

#[test]
fn values_words_and_tests_are_free() {
    let fine = [
        "use std::net::{IpAddr, SocketAddr};",
        "let a: std::net::Ipv4Addr = x;",
        "use std::time::Duration;",
        "let what = \"std::fs and HashMap\"; // std::fs",
        "let operand = 1; let now = now(); let brand = 2;",
        "use std::collections::BTreeMap;",
    ];
    for line in fine {
        assert_eq!(pure(line), 0, "{line}");
    }
    assert_eq!(pure("#[cfg(test)]\nmod tests {\n    use std::fs;\n}"), 0);
    assert_eq!(pure("#[cfg(test)]\nmod tests {}\nuse std::fs;"), 1, "code behind the tests is code");
}

#[test]
fn an_unordered_map_needs_a_reason() {
    assert_eq!(pure("use std::collections::{BTreeMap, HashMap};"), 1);
    assert_eq!(pure("let seen: FxHashSet<u8> = x;"), 1);
    assert_eq!(pure("use std::collections::HashMap; // lookup only: keys are dense"), 0);
    assert_eq!(pure("// lookup only: keys are dense\nlet ids: HashMap<u8, u8> = x;"), 0);
    assert_eq!(pure("// lookup only: too far away\n\nlet ids: HashMap<u8, u8> = x;"), 1);
}

#[test]
fn test_modules_in_files_of_their_own_are_free() {
    let files = [
        file("model/src/lib.rs", "mod time;\n#[cfg(test)]\nmod rig;"),
        file("model/src/rig.rs", "use std::fs;"),
        file("model/src/rig/deep.rs", "use std::fs;"),
        file("model/src/time.rs", "#[cfg(test)]\nmod tests;"),
        file("model/src/time/tests.rs", "use std::fs;"),
        file("model/src/time/other.rs", "use std::fs;"),
        file("model/tests/it/main.rs", "use std::fs;"),
    ];
    assert_eq!(found(&files).len(), 1, "{:?}", found(&files));
    assert!(found(&files)[0].starts_with("model/src/time/other.rs:1: "));
}

#[test]
fn channels_have_a_maximum() {
    for line in ["let c = crossbeam_channel::unbounded();", "use tokio::sync::mpsc::unbounded_channel;"] {
        assert_eq!(engine(line), 1, "{line}");
    }
    assert_eq!(engine("let (s, r) = mpsc::channel();"), 1);
    assert_eq!(engine("let (s, r) = mpsc::channel::<u8>();"), 1);
    assert_eq!(engine("let (s, r) = mpsc::channel(PENDING_MAX);"), 0);
    assert_eq!(engine("let (s, r) = mpsc::sync_channel(1); // never unbounded"), 0);
    assert_eq!(engine("Bound::Unbounded"), 0);
    assert_eq!(engine("#[cfg(test)]\nmod tests {\n    let c = unbounded();\n}"), 0);
}

#[test]
fn nothing_is_left_unfinished_not_even_in_tests() {
    for what in ["todo!()", "unimplemented!(\"later\")", "#[ignore]", "#[ignore = \"slow\"]"] {
        assert_eq!(engine(what), 1, "{what}");
        assert_eq!(engine(&format!("#[cfg(test)]\nmod tests {{\n    {what}\n}}")), 1, "{what}");
        assert_eq!(engine(&format!("// {what}")), 0, "{what}");
    }
}

#[test]
fn homes_of_people_stay_out_of_every_file() {
    let home = concat!("/ho", "me/somebody/vigil");
    let root = concat!("/ro", "ot/.cargo");
    for line in [home.to_owned(), format!("cd {root}"), format!("\"{home}\"")] {
        assert_eq!(found(&[file("README.md", &line)]).len(), 1, "{line}");
    }
    for line in [format!("{home} # sample data"), format!("$PREFIX/a{home}"), format!("api.example{home}")] {
        assert_eq!(found(&[file("docs/a.md", &line)]).len(), 0, "{line}");
    }
    assert_eq!(found(&[file("tests/golden/a.txt", home)]).len(), 0);
    let test = |path: &str| format!("#[cfg(test)]\nmod tests {{\n    const A: &str = \"{path}\";\n}}");
    assert_eq!(engine(&test(home)), 0, "tests invent people");
    assert_eq!(engine(&test(root)), 1);
    assert_eq!(engine(&format!("const A: &str = \"{home}\";")), 1);
}
