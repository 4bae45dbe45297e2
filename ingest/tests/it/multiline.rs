//! Do lines come together as settings say, and do settings that are wrong say where?

use std::sync::Arc;

use expect_test::expect;
use vigil_ingest::{Batch, Decoder, Format, Making, Multiline, NoFiles, NoNames, Recipe, Rule, read_sources};
use vigil_model::tree::{Content, Entry, Node, Place};

use crate::{NOW, recipe, show};

fn indent(format: Format) -> Recipe {
    Recipe { multiline: Some(Multiline { rule: Rule::Indent, lines: 500 }), ..recipe(format) }
}

#[test]
fn a_trace_within_lines_and_within_syslog() {
    let trace = "failed\n\tat a(b.java:1)\nCaused by: x.YException\n\n\t... 2 more\nnext\n";
    expect![[r#"
        arrived 1970-01-01T00:00:01Z {"message": Str("failed\n\tat a(b.java:1)\nCaused by: x.YException\n\n\t... 2 more")}
        arrived 1970-01-01T00:00:01Z {"message": Str("next")}
    "#]].assert_eq(&show(&indent(Format::Lines), trace));
    let syslog = "<38>Jan  1 00:00:00 h a: failed\n\tat b\n<38>Jan  1 00:00:00 h a: next\n";
    expect![[r#"
        1970-01-01T00:00:00Z {"host.name": Str("h"), "level": Str("info"), "log.syslog.facility.name": Str("auth"), "log.syslog.priority": Int(38), "log.syslog.severity.name": Str("info"), "message": Str("failed\n\tat b"), "process.name": Str("a")}
        1970-01-01T00:00:00Z {"host.name": Str("h"), "level": Str("info"), "log.syslog.facility.name": Str("auth"), "log.syslog.priority": Int(38), "log.syslog.severity.name": Str("info"), "message": Str("next"), "process.name": Str("a")}
    "#]].assert_eq(&show(&indent(Format::Syslog), syslog));
}

#[test]
fn counted_messages_come_together_too() {
    let recipe = Recipe { octets: true, ..indent(Format::Lines) };
    expect![[r#"
        arrived 1970-01-01T00:00:01Z {"message": Str("failed\n at b")}
        arrived 1970-01-01T00:00:01Z {"message": Str("next")}
        arrived 1970-01-01T00:00:01Z {"message": Str(" at c")}
        line 4: longer than 1048576 bytes; split the event or shorten it
    "#]]
    .assert_eq(&show(&recipe, "6 failed5  at b4 next99999999 lost\n at c\n"));
}

#[test]
fn the_last_event_does_not_wait_for_ever() {
    let mut decoder = Decoder::new(indent(Format::Lines));
    let mut batch = Batch::new();
    decoder.feed(b"failed\n at b\n at c", NOW, &mut batch);
    assert_eq!(batch.accepted(), 0);
    decoder.idle(NOW, &mut batch);
    assert_eq!(batch.accepted(), 1, "what is whole goes on");
    decoder.finish(NOW, &mut batch);
    assert_eq!(batch.accepted(), 2, "and the line that was cut is not lost");
}

/// A section of settings, each key on a line of its own.
fn section(keys: &[(&str, Content)]) -> Content {
    let at = |line| Place { line, column: 1 };
    let entries = keys.iter().enumerate().map(|(n, (key, content))| Entry {
        key: (*key).to_owned(),
        at: at(n + 1),
        value: Node { at: at(n + 1), content: content.clone() },
    });
    Content::Map(entries.collect())
}

fn text(text: &str) -> Content {
    Content::Scalar(text.to_owned())
}

/// The settings that were read, or the faults.
fn settings(format: &str, multiline: Content) -> String {
    let source = section(&[("door", text("ingest")), ("format", text(format)), ("multiline", multiline)]);
    let node = Node { at: Place::default(), content: section(&[("app", source)]) };
    let mut making = Making { files: &NoFiles, resolver: Arc::new(NoNames), host: Vec::new(), faults: Vec::new() };
    let sources = read_sources(Some(&node), None, &mut making);
    if !making.faults.is_empty() {
        return making.faults.iter().map(|fault| format!("{fault}\n")).collect();
    }
    let app = sources.all().find(|source| source.spec.name == "app").expect("the source");
    format!("{:?}\n", app.recipe.multiline)
}

#[test]
fn settings_are_read_and_faults_told() {
    let keys = |keys: &[(&str, Content)]| section(keys);
    let read = [
        settings("text", text("indent")),
        settings("syslog", keys(&[("start", text("^[0-9]")), ("lines", text("50"))])),
        settings("docker", keys(&[("continue", text("^ "))])),
        settings("cri", keys(&[("lines", text("20"))])),
        settings("text", text("outdent")),
        settings("text", keys(&[("start", text("(")), ("lines", text("0")), ("begin", text("x"))])),
        settings("text", keys(&[("start", text("a")), ("continue", text("b"))])),
        settings("ndjson", text("indent")),
    ];
    expect![[r#"
        Some(Multiline { rule: Indent, lines: 500 })
        Some(Multiline { rule: Start(Regex("^[0-9]")), lines: 50 })
        Some(Multiline { rule: Continue(Regex("^ ")), lines: 500 })
        Some(Multiline { rule: Indent, lines: 20 })
        3:1: source `app`: `multiline` is `indent`, or has `start`, `continue` or `lines` beneath it
        1:1: multiline: `start`: unclosed group
        2:1: multiline: `lines`: `0` is not a whole number from 2 to 10000
        3:1: multiline: unknown key `begin`; there are: start, continue, lines
        3:1: multiline: `start` and `continue` exclude each other
        3:1: source `app`: `multiline` means nothing to the format `ndjson`
    "#]]
    .assert_eq(&read.concat());
}
