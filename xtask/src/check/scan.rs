//! Which sources say something that this project does not say?
//!
//! Rules over text, so they see what is written and not what is meant: a clock behind a
//! foreign type or an iteration over a map marked `lookup only` is for clippy and reviewers.

use std::collections::BTreeSet;

use super::pure;
use crate::source::{Line, lines, test_lines, test_modules, use_paths, words};
use crate::tracked::TextFile;
use crate::workspace::Workspace;

/// What excuses a line that looks like the path of a home.
const SAMPLE: &str = "sample data";
/// Folders whose files are recorded input and may say anything.
const RECORDED: [&str; 3] = ["fixtures/", "testdata/", "golden/"];

/// Where homes are, the superuser's first; cut in two so that this file may name them.
const HOMES: [&str; 3] = [concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];
const HOME_FOUND: &str = "the path of somebody's home; make it relative, or mark it `sample data`";

/// Everything found, as `path:line: what`.
pub(super) fn findings(files: &[TextFile], workspace: &Workspace) -> Vec<String> {
    let pure_folders: Vec<String> = workspace
        .members
        .iter()
        .filter(|member| member.is_pure())
        .map(|member| format!("{}/src/", member.folder))
        .collect();
    let for_tests = test_files(files);
    let mut findings = Vec::new();
    for file in files {
        if file.path.ends_with(".rs") {
            let pure = pure_folders.iter().any(|folder| file.path.starts_with(folder));
            findings.extend(in_rust(file, pure, for_tests.contains(&file.path)));
        } else {
            findings.extend(stray_homes(file, |_| false));
        }
    }
    findings
}

/// Findings in one Rust file.
fn in_rust(file: &TextFile, pure: bool, whole_file_tests: bool) -> Vec<String> {
    let lines = lines(&file.text);
    let tests = test_lines(&lines);
    let in_tests = |n: usize| whole_file_tests || tests[n];
    let uses = use_paths(&lines);
    let mut findings = stray_homes(file, in_tests);
    for n in 0..lines.len() {
        let mut complaints: Vec<String> = unfinished(&lines[n]).into_iter().collect();
        if !in_tests(n) {
            complaints.extend(boundless(&lines[n]));
        }
        if pure && !in_tests(n) {
            let used: Vec<&str> = uses.iter().filter(|(at, _)| *at == n).map(|(_, path)| path.as_str()).collect();
            complaints.extend(pure::complaints(&lines, n, &used));
        }
        findings.extend(complaints.into_iter().map(|what| format!("{}:{}: {what}", file.path, n + 1)));
    }
    findings
}

fn unfinished(line: &Line) -> Option<String> {
    let code = line.code.as_str();
    if code.contains("#[ignore") {
        return Some("an ignored test; make it run, or delete it".to_owned());
    }
    let name = ["todo!", "unimplemented!"].into_iter().find(|name| code.contains(name))?;
    Some(format!("{name} in the house; finish it, or return an error that says so"))
}

fn boundless(line: &Line) -> Option<String> {
    let named = words(&line.code).any(|word| matches!(word, "unbounded" | "unbounded_channel"));
    // tokio's constructor of this name takes a capacity, that of std takes nothing.
    let std_channel =
        ["mpsc::channel()", "mpsc::channel::<"].iter().any(|call| line.code.contains(call)) && line.code.contains("()");
    (named || std_channel)
        .then(|| "an unbounded channel; give it a maximum from model::limits and refuse when it is full".to_owned())
}

/// Tests may invent people; the superuser's home is never invented.
fn stray_homes(file: &TextFile, invented: impl Fn(usize) -> bool) -> Vec<String> {
    if RECORDED.iter().any(|folder| file.path.contains(folder)) {
        return Vec::new();
    }
    let lines: Vec<&str> = file.text.lines().collect();
    let named = |n: usize| names_one_of(lines[n], if invented(n) { &HOMES[..1] } else { &HOMES });
    let stray = (0..lines.len()).filter(|n| named(*n) && !is_sample(&lines, *n));
    stray.map(|n| format!("{}:{}: {HOME_FOUND}", file.path, n + 1)).collect()
}

fn is_sample(lines: &[&str], n: usize) -> bool {
    lines[n.saturating_sub(1)..=n].iter().any(|line| line.contains(SAMPLE))
}

/// Whether a home with something behind it is named, and not as the end of a longer path or address.
fn names_one_of(line: &str, homes: &[&str]) -> bool {
    homes.iter().flat_map(|home| line.match_indices(home)).any(|(at, home)| {
        let before = line[..at].chars().next_back();
        let after = line[at + home.len()..].chars().next();
        let starts_here = !before.is_some_and(|c| c.is_alphanumeric() || "}./_-~".contains(c));
        starts_here && after.is_some_and(|c| c.is_alphanumeric() || ".*_".contains(c))
    })
}

/// Files that are modules under `#[cfg(test)]`, what lies in their folders, and integration tests.
fn test_files(files: &[TextFile]) -> BTreeSet<String> {
    let roots: Vec<String> = files.iter().filter(|file| file.path.ends_with(".rs")).flat_map(test_roots).collect();
    let belongs = |path: &str| {
        let in_folder = path.contains("/tests/") || path.contains("/benches/");
        in_folder || roots.iter().any(|root| path == format!("{root}.rs") || path.starts_with(&format!("{root}/")))
    };
    files.iter().map(|file| file.path.clone()).filter(|path| belongs(path)).collect()
}

/// Where the test modules that a file declares live, without `.rs`.
fn test_roots(file: &TextFile) -> Vec<String> {
    let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
    let folder = match name {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        _ => format!("{folder}/{}", name.trim_end_matches(".rs")),
    };
    test_modules(&lines(&file.text)).into_iter().map(|module| format!("{folder}/{module}")).collect()
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
