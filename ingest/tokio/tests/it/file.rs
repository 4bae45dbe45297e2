//! Is every line of a file read once, through rotation, truncation and restarts?

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use vigil_ingest::{Door, Format, Multiline, Recipe, Rule, Source, Spec};

use crate::{At, EVENTS, Kept, lines, source, spec, until};

struct Files(TempDir);

impl Files {
    fn new() -> Files {
        Files(tempfile::tempdir().expect("a directory"))
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn state(&self) -> std::path::PathBuf {
        self.path("state")
    }

    fn append(&self, name: &str, text: &str) {
        let file = OpenOptions::new().append(true).create(true).open(self.path(name));
        file.expect("a directory of ours").write_all(text.as_bytes()).expect("there is room");
    }

    fn source(&self, glob: &str, from_end: bool) -> Source {
        let paths = vec![self.path(glob).to_str().expect("utf-8").to_owned()];
        source(Spec { paths, from_end, ..spec(Door::File, None) }, Format::Lines)
    }

    async fn start(&self, glob: &str, kept: &Arc<Kept>) -> At {
        At::with(self.source(glob, false), &self.state(), Arc::clone(kept)).await
    }
}

fn gzip(from: &Path, to: &Path) {
    let mut encoder = flate2::write::GzEncoder::new(File::create(to).expect("ours"), flate2::Compression::fast());
    encoder.write_all(&fs::read(from).expect("it is there")).expect("there is room");
    encoder.finish().expect("there is room");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_lines_through_renames_and_restarts() {
    let (files, kept) = (Files::new(), Kept::new());
    let mut at = files.start("app.log*", &kept).await;
    for part in 0..10 {
        let (from, to) = (part * EVENTS / 10, (part + 1) * EVENTS / 10);
        // The line in the middle is cut, and goes on later, in places behind a restart.
        let text = lines(from..to);
        let (first, second) = text.split_at(text.len() / 2);
        files.append("app.log", first);
        if part % 3 == 0 {
            at.stop().await;
            at = files.start("app.log*", &kept).await;
        }
        files.append("app.log", second);
        if part % 3 == 1 {
            fs::rename(files.path("app.log"), files.path(&format!("app.log.{part}"))).expect("it is there");
        } else {
            at.kept.until(to).await;
        }
    }
    kept.until(EVENTS).await;
    at.stop().await;
    kept.assert_all(EVENTS);
    let paths = kept.texts("log.file.path");
    assert_eq!(paths.values().sum::<usize>(), EVENTS);
    assert!(paths.contains_key(files.path("app.log").to_str().expect("utf-8")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_lines_through_copies_and_truncation() {
    let (files, kept) = (Files::new(), Kept::new());
    let mut at = files.start("app.log*", &kept).await;
    for part in 0..10 {
        let (from, to) = (part * EVENTS / 10, (part + 1) * EVENTS / 10);
        files.append("app.log", &lines(from..to));
        // What is cut off unread stands in the copy.
        if part % 2 == 0 {
            kept.until(to).await;
        }
        let turn = || {
            fs::copy(files.path("app.log"), files.path(&format!("app.log.{part}"))).expect("it is there");
            File::create(files.path("app.log")).expect("ours");
        };
        if part == 5 {
            at.stop().await;
            turn();
            at = files.start("app.log*", &kept).await;
        } else {
            turn();
        }
        kept.until(to).await;
    }
    at.stop().await;
    kept.assert_all(EVENTS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_packed_file_is_read_and_one_that_was_read_before_is_not() {
    let (files, kept) = (Files::new(), Kept::new());
    files.append("app.log", &lines(0..500));
    let at = files.start("app.log*", &kept).await;
    kept.until(500).await;
    at.stop().await;
    files.append("app.log", &lines(500..600));
    gzip(&files.path("app.log"), &files.path("app.log.1.gz"));
    fs::remove_file(files.path("app.log")).expect("it is there");
    files.append("older", &lines(600..800));
    let zstd = zstd::encode_all(lines(600..800).as_bytes(), 1).expect("memory");
    fs::write(files.path("app.log.2.zst"), zstd).expect("ours");
    let at = files.start("app.log*", &kept).await;
    kept.until(800).await;
    at.stop().await;
    // Another start reads none of them again.
    let at = files.start("app.log*", &kept).await;
    files.append("app.log", &lines(800..900));
    kept.until(900).await;
    at.stop().await;
    kept.assert_all(900);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_end_means_what_was_there_at_the_first_start_only() {
    let files = Files::new();
    files.append("a.log", "old\n");
    let at = At::start(files.source("*.log", true), &files.state()).await;
    // It was looked at as soon as its position is known.
    let state = files.state().join("it.json");
    until(|| fs::read_to_string(&state).is_ok_and(|text| text.contains("a.log")), || "no position".to_owned()).await;
    files.append("a.log", "new\n");
    files.append("b.log", "all\n");
    at.kept.until(2).await;
    assert_eq!(at.kept.texts("message").into_keys().collect::<Vec<_>>(), ["all", "new"]);
    at.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_without_end_wait_and_several_names_are_one_file() {
    let files = Files::new();
    files.append("app.log", "whole\nwait");
    std::os::unix::fs::symlink(files.path("app.log"), files.path("link.log")).expect("ours");
    fs::create_dir(files.path("folder.log")).expect("ours");
    let at = At::start(files.source("*.log", false), &files.state()).await;
    at.kept.until(1).await;
    files.append("app.log", "ed for\n");
    at.kept.until(2).await;
    assert_eq!(
        at.kept.texts("message").into_iter().collect::<Vec<_>>(),
        [("waited for".to_owned(), 1), ("whole".to_owned(), 1)]
    );
    files.append("app.log", "never ended");
    until(|| at.counted().bytes == 28, || format!("{:?}", at.counted())).await;
    fs::remove_file(files.path("link.log")).expect("ours");
    fs::remove_file(files.path("app.log")).expect("ours");
    at.kept.until(3).await;
    assert!(at.kept.texts("message").contains_key("never ended"));
    at.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_were_not_kept_are_read_again() {
    let (files, kept) = (Files::new(), Kept::new());
    files.append("app.log", &lines(0..3_000));
    let at = files.start("app.log", &kept).await;
    kept.until(3_000).await;
    let position = format!("\"at\":{},", lines(0..3_000).len());
    let state = files.state().join("it.json");
    until(|| fs::read_to_string(&state).is_ok_and(|text| text.contains(&position)), || "no position".to_owned()).await;
    kept.hold(true);
    files.append("app.log", &lines(3_000..EVENTS));
    until(|| kept.waiting() > 0, || "nothing waits".to_owned()).await;
    // The process ends while the node takes nothing.
    at.running.stop(std::time::Duration::ZERO).await;
    kept.hold(false);
    assert_eq!(kept.count(), 3_000);
    let at = files.start("app.log", &kept).await;
    kept.until(EVENTS).await;
    at.stop().await;
    kept.assert_all(EVENTS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_position_of_lines_that_belong_together_is_behind_what_is_kept() {
    let (files, kept) = (Files::new(), Kept::new());
    let multiline = Some(Multiline { rule: Rule::Indent, lines: 100 });
    let grouped = || {
        let source = files.source("app.log", false);
        Source { recipe: Recipe { multiline: multiline.clone(), ..source.recipe }, ..source }
    };
    let at = At::with(grouped(), &files.state(), Arc::clone(&kept)).await;
    files.append("app.log", &lines(0..100));
    kept.until(100).await;
    at.stop().await;
    files.append("app.log", &lines(100..200));
    let at = At::with(grouped(), &files.state(), Arc::clone(&kept)).await;
    kept.until(200).await;
    at.stop().await;
    kept.assert_all(200);
    // A group that was cut by the end of the file is put together before it is kept.
    let at = At::with(grouped(), &files.state(), Arc::clone(&kept)).await;
    files.append("app.log", "failed:\n  at one\n");
    files.append("app.log", "  at two\nnext\n");
    kept.until(202).await;
    at.stop().await;
    assert!(
        kept.texts("message").contains_key("failed:\n  at one\n  at two"),
        "{:?}",
        kept.texts("message").last_key_value()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_opened_is_told_and_tried_again() {
    let files = Files::new();
    std::os::unix::fs::symlink(files.path("loop.log"), files.path("loop.log")).expect("ours");
    let at = At::start(files.source("*.log", false), &files.state()).await;
    until(|| at.counted().problem.is_some(), || "no problem is told".to_owned()).await;
    assert!(at.counted().problem.expect("just seen").reason.contains("loop.log"));
    fs::remove_file(files.path("loop.log")).expect("ours");
    files.append("loop.log", "a file now\n");
    at.kept.until(1).await;
    at.stop().await;
    let wrong = At::start(files.source("*.log", false), &files.state()).await;
    wrong.stop().await;
    fs::write(files.state().join("it.json"), "no json").expect("ours");
    let sources = vigil_ingest::Sources::of(vec![files.source("*.log", false)]);
    let kept = Kept::new();
    let refused = vigil_ingest_tokio::start(&sources, kept, &files.state()).await.err().expect("no positions");
    assert!(refused[0].why.contains("delete it"), "{}", refused[0]);
}
