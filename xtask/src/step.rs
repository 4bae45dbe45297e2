//! What was run, how long did it take, and what failed?

use std::time::{Duration, Instant};

use crate::error::Error;
use crate::out::say;

/// Findings of one step that are printed; the rest are counted.
const FINDINGS_SHOWN_MAX: usize = 50;

/// One thing to verify. It returns what it found wrong, in sentences; none means ok.
pub(crate) struct Step<'a> {
    /// The name on the command line and in the summary.
    pub(crate) name: &'static str,
    /// What it does, for people.
    pub(crate) about: &'a str,
    /// Does it.
    pub(crate) run: Box<dyn Fn() -> Result<Vec<String>, Error> + 'a>,
}

struct Outcome {
    name: &'static str,
    took: Duration,
    ok: bool,
}

/// Runs every step, also after a failure, and prints a summary. True when all are ok.
pub(crate) fn run_all(steps: &[Step<'_>]) -> bool {
    let outcomes: Vec<Outcome> = steps.iter().map(run_one).collect();
    summarise(&outcomes);
    outcomes.iter().all(|outcome| outcome.ok)
}

fn run_one(step: &Step<'_>) -> Outcome {
    say(&format!("── {}: {}", step.name, step.about));
    let start = Instant::now();
    let findings = (step.run)().unwrap_or_else(|error| vec![error.to_string()]);
    let took = start.elapsed();
    print_findings(&findings);
    say(&format!("   {} in {}", verdict(findings.is_empty()), seconds(took)));
    Outcome { name: step.name, took, ok: findings.is_empty() }
}

fn print_findings(findings: &[String]) {
    for finding in findings.iter().take(FINDINGS_SHOWN_MAX) {
        say(&format!("   {finding}"));
    }
    if let Some(more) = findings.len().checked_sub(FINDINGS_SHOWN_MAX).filter(|more| *more > 0) {
        say(&format!("   … and {more} more"));
    }
}

fn summarise(outcomes: &[Outcome]) {
    let total = outcomes.iter().map(|outcome| outcome.took).sum();
    say("");
    for outcome in outcomes {
        say(&format!("{:<10} {:<6} {:>9}", outcome.name, verdict(outcome.ok), seconds(outcome.took)));
    }
    let failed: Vec<&str> = outcomes.iter().filter(|outcome| !outcome.ok).map(|outcome| outcome.name).collect();
    if failed.is_empty() {
        say(&format!("all {} steps ok in {}", outcomes.len(), seconds(total)));
    } else {
        say(&format!(
            "failed: {} ({} of {} steps, {})",
            failed.join(", "),
            failed.len(),
            outcomes.len(),
            seconds(total)
        ));
    }
}

fn verdict(ok: bool) -> &'static str {
    if ok { "ok" } else { "FAILED" }
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_failure_does_not_stop_the_steps_behind_it() {
        let ran = Cell::new(0);
        let count = |findings: &[&str]| {
            ran.set(ran.get() + 1);
            Ok(findings.iter().map(|finding| (*finding).to_owned()).collect())
        };
        let steps = [
            Step { name: "bad", about: "fails", run: Box::new(|| count(&["wrong"])) },
            Step { name: "good", about: "passes", run: Box::new(|| count(&[])) },
        ];
        assert!(!run_all(&steps));
        assert_eq!(ran.get(), 2);
        assert!(run_all(&steps[1..]));
    }
}
