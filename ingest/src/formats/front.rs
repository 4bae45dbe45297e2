//! What stands in front of `CEF:` or `LEEF:` on a line: the header of syslog, or nothing.

use super::syslog;
use crate::draft::Draft;
use crate::{Refusal, time};

/// Takes time and host from what stands in front; what it does not understand stays in `event.original`.
pub(super) fn read(front: &str, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let mut rest = front.trim_ascii();
    if rest.is_empty() {
        return Ok(());
    }
    let (priority, behind) = syslog::priority(rest);
    syslog::put_priority(priority, draft)?;
    // The version of RFC 5424.
    rest = behind.strip_prefix("1 ").unwrap_or(behind).trim_ascii_start();
    let Some((found, behind)) = time_in_front(rest, draft) else { return Ok(()) };
    draft.time = Some(found);
    match behind.split_ascii_whitespace().next() {
        Some(host) if host != "-" && !host.ends_with(':') => draft.text("host.name", host),
        _ => Ok(()),
    }
}

/// The time that a text begins with, and what follows it.
fn time_in_front<'t>(text: &'t str, draft: &Draft<'_>) -> Option<(vigil_model::Timestamp, &'t str)> {
    let ends = text.match_indices(' ').map(|(at, _)| at).chain([text.len()]);
    // `Nov  1 2026 10:00:00 ` has the most words.
    ends.take(5).find_map(|end| {
        let (written, behind) = text.split_at(end);
        let time = time::year_first::read(written, draft.zone)
            .or_else(|| time::month_first::read(written, draft.now, draft.zone))?;
        Some((time, behind))
    })
}
