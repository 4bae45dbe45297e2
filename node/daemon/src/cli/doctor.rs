//! `vigil doctor`: looks for what is wrong, and says how to mend each.

mod local;
mod peers;
mod remote;

use std::io::Write;

use clap::Args;
use serde::Serialize;

use super::Context;
use super::args::{ConfigFlag, template};
use super::output::{Look, Paint, stdout};
use super::table::{Cell, Table};
use crate::config::{Layers, Loaded, load};
use crate::exit::{Exit, Failure};

/// Where settings come from.
#[derive(Debug, Args)]
#[command(before_help = "Examples:\n  vigil doctor\n  vigil doctor --json\n", help_template = template())]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    config: ConfigFlag,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Warning,
    Failed,
    /// Could not be looked at.
    Skipped,
}

/// One check and what it found.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Finding {
    check: &'static str,
    verdict: Verdict,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, detail: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Ok, detail: detail.into(), fix: None }
    }

    fn skipped(check: &'static str, detail: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Skipped, detail: detail.into(), fix: None }
    }

    fn warning(check: &'static str, detail: impl Into<String>, fix: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Warning, detail: detail.into(), fix: Some(fix.into()) }
    }

    fn failed(check: &'static str, detail: impl Into<String>, fix: impl Into<String>) -> Finding {
        Finding { check, verdict: Verdict::Failed, detail: detail.into(), fix: Some(fix.into()) }
    }
}

/// Looks at everything.
pub(crate) fn run(context: &Context, args: DoctorArgs) -> Result<Exit, Failure> {
    let loaded = load(&Layers::of_process(args.config.config, Vec::new()));
    let client = context.client()?;
    let mut findings = vec![configuration(&loaded)];
    let (of_node, status) = remote::look(&client);
    findings.extend(of_node);
    if status.is_some() {
        findings.extend(peers::look(&client));
    }
    findings.extend(local::look(&loaded, status.as_ref().filter(|_| client.is_local())));
    show(&findings, &context.look)?;
    let failed = findings.iter().any(|finding| finding.verdict == Verdict::Failed);
    Ok(if failed { Exit::No } else { Exit::Ok })
}

fn configuration(loaded: &Loaded) -> Finding {
    let files: Vec<String> = loaded.files.iter().map(|file| file.display().to_string()).collect();
    let read = if files.is_empty() { "defaults, variables".to_owned() } else { files.join(", ") };
    let fix = "`vigil config check` lists every problem with its place";
    match (loaded.problems.first(), loaded.has_errors()) {
        (None, _) => Finding::ok("configuration", read),
        (Some(problem), true) => Finding::failed("configuration", problem.to_string(), fix),
        (Some(problem), false) => Finding::warning("configuration", problem.to_string(), fix),
    }
}

fn show(findings: &[Finding], look: &Look) -> Result<(), Failure> {
    let mut out = stdout();
    if look.json {
        let json = serde_json::to_string(findings).expect("plain fields have a JSON form");
        writeln!(out, "{json}")?;
    } else {
        out.write_all(table(findings).render(&look.uncut()).0.as_bytes())?;
    }
    Ok(out.flush()?)
}

fn table(findings: &[Finding]) -> Table {
    let mut table = Table::default();
    for finding in findings {
        let (word, paint) = match finding.verdict {
            Verdict::Ok => ("ok", Paint::Green),
            Verdict::Warning => ("warning", Paint::Yellow),
            Verdict::Failed => ("FAILED", Paint::Red),
            Verdict::Skipped => ("skipped", Paint::Dim),
        };
        table.push(vec![Cell::text(word).paint(paint), Cell::text(finding.check), Cell::text(&finding.detail)]);
        if let Some(fix) = &finding.fix {
            table.push(vec![Cell::default(), Cell::text("fix").paint(Paint::Dim), Cell::text(fix).paint(Paint::Cyan)]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn each_fault_has_a_fix_below_it() {
        let findings = [
            Finding::ok("node", "site-a answers"),
            Finding::failed("disk", "3.0 MB free", "make room, or move the data directory"),
            Finding::skipped("clock", "no node to compare with"),
        ];
        expect![[r#"
            ok       node   site-a answers
            FAILED   disk   3.0 MB free
                     fix    make room, or move the data directory
            skipped  clock  no node to compare with
        "#]]
        .assert_eq(&table(&findings).render(&Look::default()).0);
    }
}
