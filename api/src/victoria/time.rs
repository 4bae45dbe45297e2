//! Which moment `start=`, `end=` and `time=` mean to clients of VictoriaLogs.

use vigil_model::Timestamp;

use crate::failure::Failure;
use crate::params::Params;
use crate::when;

/// What a shortened RFC 3339 time leaves out, of the shortest to the longest.
const FILLED: &str = "0000-01-01T00:00:00";

/// A parameter that is a moment. `now` is what distances count from.
pub(super) fn moment(params: &mut Params, name: &str, now: Timestamp) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = params.take(name)?.filter(|text| !text.is_empty()) else { return Ok(None) };
    let moment = partial(text.trim()).map_or_else(|| when::read(&text, now), Ok);
    moment.map(Some).map_err(|why| Failure::parameter(name, why))
}

/// `2026`, `2026-01`, `2026-01-31T12`, `2026-01-31T12:30`, with `Z` or without a zone, which is UTC.
fn partial(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix('Z').unwrap_or(text).replacen(' ', "T", 1);
    let shape =
        |text: &str| text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte }).collect::<Vec<u8>>();
    let expected = shape(FILLED);
    let ends_well = matches!(text.len(), 4 | 7 | 10 | 13 | 16 | 19);
    if !ends_well || shape(&text) != expected[..text.len()] {
        return None;
    }
    format!("{text}{}Z", &FILLED[text.len()..]).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_769_860_800_000_000_000);

    #[test]
    fn times_may_be_cut_short() {
        let read = |text: &str| {
            let form = form_urlencoded::Serializer::new(String::new()).append_pair("start", text).finish();
            moment(&mut Params::of_form(form.as_bytes()), "start", NOW)
        };
        for (text, time) in [
            ("2026", "2026-01-01T00:00:00Z"),
            ("2026-02", "2026-02-01T00:00:00Z"),
            ("2026-01-31", "2026-01-31T00:00:00Z"),
            ("2026-01-31T12", "2026-01-31T12:00:00Z"),
            ("2026-01-31 12:30", "2026-01-31T12:30:00Z"),
            ("2026-01-31T12:30:05Z", "2026-01-31T12:30:05Z"),
            ("2026-01-31T12:30:05.5+01:00", "2026-01-31T11:30:05.5Z"),
            ("1769860800", "2026-01-31T12:00:00Z"),
            ("1769860800001", "2026-01-31T12:00:00.001Z"),
            ("-5m", "2026-01-31T11:55:00Z"),
            ("5m", "2026-01-31T11:55:00Z"),
        ] {
            assert_eq!(read(text).map(|time| time.map(|time| time.to_string())), Ok(Some(time.to_owned())), "{text}");
        }
        for wrong in ["2026-", "2026-13", "é026", "yesterday"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
