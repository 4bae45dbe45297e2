//! Clusters of 50, 300 and 1,000 replication machines: what they send, and how soon all are told.
//!
//! The machines are the real ones; their stores hold no bytes and nothing is signed, so a cluster
//! of a thousand fits into one process. `docs/scale.md` reads the figures.

mod field;
mod measure;
mod model;
mod scenario;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use measure::{Figures, measure};
use scenario::Scenario;

use crate::say;

/// A figure may be worse than the baseline by so many percent.
const SLACK_PERCENT: u64 = 10;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

fn baseline_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("baseline.json")
}

/// Runs the scenarios of these names, or all, and compares with the baseline; with `bless`, what
/// is measured becomes the baseline.
pub fn run_all(names: &[String], bless: bool) -> Result<bool, String> {
    let mut baseline = baseline()?;
    let mut passed = true;
    for (name, scenario) in scenarios()? {
        if !names.is_empty() && !names.contains(&name) {
            continue;
        }
        let figures = measure(&scenario)?;
        say(&format!("{name}: {} nodes, {} links each", scenario.nodes, scenario.links));
        figures.iter().for_each(|(what, value)| say(&format!("  {what:<34} {value:>12}")));
        if bless {
            baseline.insert(name, figures);
            continue;
        }
        for worse in compare(baseline.get(&name), &figures) {
            say(&format!("  worse than the baseline: {worse}"));
            passed = false;
        }
    }
    if bless {
        let text = serde_json::to_string_pretty(&baseline).map_err(|error| error.to_string())?;
        std::fs::write(baseline_path(), text + "\n").map_err(|error| error.to_string())?;
    }
    Ok(passed)
}

fn scenarios() -> Result<Vec<(String, Scenario)>, String> {
    let entries = std::fs::read_dir(folder()).map_err(|error| error.to_string())?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        let scenario = Scenario::read(&text).map_err(|why| format!("{name}: {why}"))?;
        Ok((name, scenario))
    };
    paths.iter().map(read).collect()
}

fn baseline() -> Result<BTreeMap<String, Figures>, String> {
    match std::fs::read_to_string(baseline_path()) {
        Ok(text) => serde_json::from_str(&text).map_err(|error| format!("baseline.json: {error}")),
        Err(_) => Ok(BTreeMap::new()),
    }
}

/// Figures that became worse; every figure is one that should be low.
fn compare(before: Option<&Figures>, now: &Figures) -> Vec<String> {
    let Some(before) = before else { return vec!["there is none; `--bless` writes it".to_owned()] };
    let worse = |(what, value): (&String, &u64)| {
        let bar = before.get(what).copied()?;
        let limit = bar + (bar * SLACK_PERCENT / 100).max(1);
        (*value > limit).then(|| format!("{what}: {value}, it was {bar}"))
    };
    now.iter().filter_map(worse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifty_nodes_are_as_good_as_the_baseline() {
        let (name, scenario) =
            scenarios().expect("readable").into_iter().find(|(name, _)| name == "0050").expect("there");
        let figures = measure(&scenario).expect("they come into step");
        assert_eq!(compare(baseline().expect("readable").get(&name), &figures), Vec::<String>::new());
    }

    #[test]
    fn a_worse_figure_is_named() {
        let figures = |value| Figures::from([("bytes".to_owned(), value)]);
        assert!(compare(Some(&figures(100)), &figures(110)).is_empty());
        assert_eq!(compare(Some(&figures(100)), &figures(111)), ["bytes: 111, it was 100"]);
        assert_eq!(compare(None, &figures(1)).len(), 1);
    }
}
