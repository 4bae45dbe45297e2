//! What do stages do that pipes cannot?

use vigil_query::logql::{Entry, Expression, parse};

/// Runs the stages on a line with some labels; `None` where it does not pass.
fn run(stages: &str) -> Option<String> {
    let Ok(Expression::Log(query)) = parse(&format!("{{}} {stages}")) else { panic!("{stages}") };
    let labels = [("host", "web-1"), ("level", "Error"), ("addr", "10.0.0.7"), ("took", "1.5s")];
    let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let mut entry = Entry { line: "GET /api é 200".to_owned(), labels };
    entry.apply(&query.stages).then(|| {
        let labels: Vec<String> = entry.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{} {}", entry.line, labels.join(","))
    })
}

fn line(template: &str) -> String {
    let found = run(&format!("| line_format `{template}` | keep nothing")).expect("passes");
    found.trim_end().to_owned()
}

#[test]
fn templates() {
    assert_eq!(line("<{{.host}}> {{__line__}}"), "<web-1> GET /api é 200");
    assert_eq!(line("{{.level | lower}} {{ ToUpper .level }} {{title \"a b\"}}"), "error ERROR A B");
    assert_eq!(line("{{__line__ | trunc 10}}"), "GET /api é");
    assert_eq!(line("{{trunc -5 __line__}}"), "é 200");
    assert_eq!(line("{{substr 4 8 __line__}}|{{substr 9 -1 __line__}}"), "/api|é 200");
    assert_eq!(line("{{.none | default \"-\"}} {{.host | replace \"web\" \"w\"}}"), "- w-1");
    assert_eq!(line("{{.host | trimPrefix \"web-\"}} {{.host | trimSuffix \"-1\"}}"), "1 web");
    assert_eq!(line("a {{- .host -}} b"), "aweb-1b");
}

#[test]
fn tests_and_labels() {
    let all = "addr=10.0.0.7,host=web-1,level=Error,took=1.5s";
    assert_eq!(run("|= \"/api\" != \"POST\" |~ \"\\\\d+\""), Some(format!("GET /api é 200 {all}")));
    assert_eq!(run("!~ \"GET\""), None);
    assert!(run("|> \"<_> 200\" | took >= 1500ms and addr = ip(\"10.0.0.0/8\")").is_some());
    assert_eq!(run("| took > 2s or level=\"error\""), None);
    assert_eq!(run("| addr != ip(\"10.0.0.7\")"), None);
    assert_eq!(run("| none > 0"), None);
    assert_eq!(run("| keep host, level=\"x\" | line_format \"\""), Some(" host=web-1".to_owned()));
    assert_eq!(run("| drop host, level=~\"E.*\", addr, took=\"x\""), Some("GET /api é 200 took=1.5s".to_owned()));
    assert_eq!(
        run("| keep host | label_format h=host, x=\"{{.h}}!\" | regexp \"(?P<code>\\\\d+)\" | pattern \"<verb> <_>\""),
        Some("GET /api é 200 code=200,h=web-1,verb=GET,x=web-1!".to_owned())
    );
}

#[test]
fn lines_do_not_grow_without_end() {
    let long = "b".repeat(30_000);
    let grown = line(&format!("{{{{ \"{}\" | replace \"a\" \"{long}\" }}}}", "a".repeat(30_000)));
    assert!(grown.len() < 400_000, "{}", grown.len());
}
