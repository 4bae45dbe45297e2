//! `patterns`: which lines look alike, and how many there are when.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde::Serialize;
use serde_json::Number;
use vigil_index::Row;
use vigil_model::limits::{HISTOGRAM_BUCKETS_MAX, LOKI_PATTERNS_MAX};
use vigil_model::roles;
use vigil_query::logql::level_of;
use vigil_query::{Bucket, Collapse, GroupKey, Pipe, TIME_FIELD};

use super::args::Args;
use super::groups::{Size, counted};
use super::refused::Refused;
use super::{entry, envelope, fields, time};
use crate::app::App;
use crate::failure::Failure;

/// What the pipe writes in place of what changes, and what these clients write there.
const SIGNS: [&str; 4] = ["<TIME>", "<IP>", "<ID>", "<N>"];
const ANY: &str = "<_>";

#[derive(Serialize)]
struct Pattern {
    pattern: String,
    level: &'static str,
    /// Seconds and lines.
    samples: Vec<(Number, u64)>,
}

/// How many lines, by the start of their bucket.
type Counts = BTreeMap<i64, u64>;

/// Answers the most frequent ones, of each level by itself.
pub(super) async fn patterns(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let mut args = Args::read(app, request).await?;
    let range = args.range()?;
    let width = time::step(&mut args.params, &range)?;
    if range.to.0.saturating_sub(range.from.0) / width > HISTOGRAM_BUCKETS_MAX as i64 {
        let why = format!("makes more than {HISTOGRAM_BUCKETS_MAX} buckets; take a longer one");
        return Err(Failure::parameter("step", why).into());
    }
    let query = args.selection(range).await?.query(pipes(width))?;
    let rows = args.whole(query).await?.rows;
    Ok(envelope::plain(most_frequent(&rows)))
}

/// Lines made alike, and counted by when, how bad and what.
fn pipes(width: i64) -> [Pipe; 2] {
    let bucket = Bucket::Time { width, offset: 0 };
    let mut by = vec![GroupKey { field: TIME_FIELD.to_owned(), bucket: Some(bucket) }];
    by.extend(roles::LEVEL.into_iter().chain(roles::MESSAGE).map(GroupKey::plain));
    [Pipe::Collapse(Collapse { at: None, only_if: None }), counted(by, [])]
}

fn most_frequent(rows: &[Row]) -> Vec<Pattern> {
    let mut found: BTreeMap<(String, &'static str), Counts> = BTreeMap::new();
    for row in rows {
        let message = roles::MESSAGE.iter().find_map(|field| fields::text(row, field));
        let (Some(message), Some(at)) = (message, entry::time(row)) else { continue };
        let level = level_of(&roles::LEVEL.iter().find_map(|field| fields::text(row, field)).unwrap_or_default());
        *found.entry((pattern(&message), level)).or_default().entry(at).or_default() += Size::of(row).events;
    }
    let mut found: Vec<((String, &'static str), Counts)> = found.into_iter().collect();
    found.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.values().sum::<u64>()));
    found.truncate(LOKI_PATTERNS_MAX);
    let samples = |counts: Counts| counts.into_iter().map(|(at, count)| (time::seconds(at), count)).collect();
    let shown = |((pattern, level), counts): ((String, &'static str), Counts)| Pattern {
        pattern,
        level,
        samples: samples(counts),
    };
    found.into_iter().map(shown).collect()
}

/// With the sign of these clients; several in a row are one.
fn pattern(message: &str) -> String {
    let mut pattern = SIGNS.iter().fold(message.to_owned(), |text, sign| text.replace(sign, ANY));
    let twice = [ANY, ANY].concat();
    while pattern.contains(&twice) {
        pattern = pattern.replace(&twice, ANY);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_one_sign() {
        assert_eq!(pattern("GET /<ID>/<N> <N>ms from <IP>:<N><N><N>"), "GET /<_>/<_> <_>ms from <_>:<_>");
        assert_eq!(pattern("<b>bold</b>"), "<b>bold</b>");
    }
}
