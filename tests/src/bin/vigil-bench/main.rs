//! How fast is a real node? Prints figures as JSON: `vigil-bench NAME [--json FILE]`.

mod ingest;
mod latency;
mod load;
mod machine;
mod program;
mod replicate;
mod search;

use std::process::ExitCode;

use serde_json::{Value, json};

/// A bench: its name, what it measures, how it runs.
struct Bench {
    name: &'static str,
    about: &'static str,
    run: fn() -> anyhow::Result<Value>,
}

const BENCHES: [Bench; 9] = [
    Bench { name: "append", about: "durable signed append of 300-byte records, no index", run: program::append },
    Bench { name: "index", about: "terms and shelves alone, no log", run: program::index },
    Bench { name: "ingest", about: "formats, scrubbing and stages alone, on one thread", run: program::parse },
    Bench { name: "ingest-short", about: "1 M NDJSON events of 270 bytes over HTTP, to indexed", run: ingest::short },
    Bench { name: "ingest-wide", about: "wide security events of 2.4 KB over HTTP, to indexed", run: ingest::wide },
    Bench { name: "search", about: "every kind of question over 1.1 M events", run: search::all },
    Bench { name: "visible", about: "acknowledged to visible in a query at 5,000 events/s", run: latency::visible },
    Bench { name: "single", about: "one event in a request, on an idle node", run: latency::single },
    Bench { name: "replicate", about: "join, live, idle and lossy between real nodes", run: replicate::all },
];

fn main() -> ExitCode {
    match run(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> anyhow::Result<()> {
    let (names, file) = match arguments {
        [list] if list == "--list" => return list_benches(),
        [name] => (name, None),
        [name, flag, file] if flag == "--json" => (name, Some(file)),
        _ => anyhow::bail!("usage: vigil-bench NAME|all [--json FILE], or --list"),
    };
    let chosen: Vec<_> = BENCHES.iter().filter(|bench| names == "all" || bench.name == names).collect();
    anyhow::ensure!(!chosen.is_empty(), "there is no bench `{names}`; --list names them");
    let mut results = serde_json::Map::new();
    for bench in chosen {
        say(&format!("{}: {}", bench.name, bench.about));
        results.insert(bench.name.to_owned(), (bench.run)()?);
    }
    let report = json!({ "machine": machine::describe(), "benches": results });
    let text = serde_json::to_string_pretty(&report)?;
    match file {
        Some(file) => std::fs::write(file, text)?,
        None => print(&text),
    }
    let failed = report["benches"].as_object().is_some_and(|benches| benches.values().any(has_error));
    anyhow::ensure!(!failed, "a part failed; the report says which");
    Ok(())
}

/// Whether a part of a bench could not be measured.
fn has_error(bench: &Value) -> bool {
    bench.as_object().is_some_and(|parts| parts.values().any(|part| !part["error"].is_null()))
}

fn list_benches() -> anyhow::Result<()> {
    BENCHES.iter().for_each(|bench| print(&format!("{:14} {}", bench.name, bench.about)));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the figures are what this program is for")]
fn print(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "progress goes where it does not mix with figures")]
fn say(text: &str) {
    eprintln!("{text}");
}
