//! `vigil scrub test`: what the scrubber takes out of a text, and what stands in its place. Nothing is sent.

use std::io::{BufRead, Write};

use clap::{Args, Subcommand};
use serde_json::json;
use vigil_ingest::scrub::{Finding, Scrubber};

use super::Context;
use super::args::template;
use super::output::{Look, Paint, stdout};
use crate::exit::{Exit, Failure};

/// What is done with it.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  \
        vigil scrub test 'login with password=hunter2 from 10.0.0.1'\n  \
        vigil scrub test --email < mail.log\n",
    help_template = template()
)]
pub(crate) struct ScrubArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show what is taken out of texts, by the usual recognisers
    Test {
        /// The texts; lines of stdin without any
        #[arg(value_name = "TEXT")]
        texts: Vec<String>,
        /// Take e-mail addresses out too, which is off by default
        #[arg(long)]
        email: bool,
    },
}

/// Does it.
pub(crate) fn run(context: &Context, args: ScrubArgs) -> Result<Exit, Failure> {
    let Action::Test { texts, email } = args.action;
    let scrubber = scrubber(email);
    let mut out = stdout();
    let mut show = |text: &str| writeln!(out, "{}", shown(&scrubber, text, &context.look));
    if texts.is_empty() {
        for line in std::io::stdin().lock().lines() {
            show(&line.map_err(|error| Failure::new(Exit::Usage, format!("stdin: {error}")))?)?;
        }
    }
    texts.iter().try_for_each(|text| show(text))?;
    out.flush()?;
    Ok(Exit::Ok)
}

/// The usual recognisers, with that of addresses where it was asked for.
fn scrubber(email: bool) -> Scrubber {
    use vigil_model::tree::{Content, Entry, Node, Place};
    if !email {
        return Scrubber::usual();
    }
    let node = |content| Node { at: Place::default(), content };
    let value = node(Content::Scalar("partial".to_owned()));
    let options = node(Content::Map(vec![Entry { key: "email".to_owned(), at: Place::default(), value }]));
    Scrubber::read(&options, &mut Vec::new()).expect("these options are sound, and do not turn it off")
}

fn shown(scrubber: &Scrubber, text: &str, look: &Look) -> String {
    let findings = scrubber.explain(text);
    let scrubbed = scrubber.text(text);
    if look.json {
        let findings: Vec<_> = findings.iter().map(row).collect();
        return json!({"text": scrubbed, "findings": findings}).to_string();
    }
    let mut out = scrubbed.into_owned();
    for finding in &findings {
        let what = look.paint(Paint::Yellow, &format!("{:<14}", finding.kind.name()));
        let place = format!("bytes {} to {}", finding.span.start, finding.span.end);
        out += &format!("\n  {what} {} -> {}", look.paint(Paint::Dim, &place), finding.with);
    }
    out
}

fn row(finding: &Finding) -> serde_json::Value {
    json!({"kind": finding.kind.name(), "from": finding.span.start, "to": finding.span.end, "with": finding.with})
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn what_is_taken_out_is_shown_with_its_place() {
        let text = "password=hunter2 of ada@example.org, 4111 1111 1111 1111";
        expect![[r#"
            password=***REDACTED*** of a***@***.***, ****-****-****-1111
              names          bytes 9 to 16 -> ***REDACTED***
              email          bytes 20 to 35 -> a***@***.***
              cards          bytes 37 to 56 -> ****-****-****-1111"#]]
        .assert_eq(&shown(&scrubber(true), text, &Look::default()));
        assert!(shown(&scrubber(false), text, &Look::default()).contains("ada@example.org"));
    }
}
