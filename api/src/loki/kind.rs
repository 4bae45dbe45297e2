//! What the values of a field look like: Logs Drilldown draws numbers otherwise than texts.

use vigil_query::{Number, logql};

/// The type of a field, as these clients name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Float,
    Boolean,
    Duration,
    Bytes,
    String,
}

/// Units of sizes, without those that are durations, too.
const SIZES: [&str; 13] = ["B", "KB", "kB", "MB", "GB", "TB", "PB", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

impl Kind {
    /// Of one value, as text.
    pub(super) fn of(text: &str) -> Kind {
        let is_number = text.trim_start_matches(['-', '+', '.']).starts_with(|c: char| c.is_ascii_digit());
        match () {
            () if matches!(text, "true" | "false") => Kind::Boolean,
            () if !is_number => Kind::String,
            () if text.parse::<i64>().is_ok() => Kind::Int,
            () if text.parse::<f64>().is_ok_and(f64::is_finite) => Kind::Float,
            () if logql::duration(text).is_some() => Kind::Duration,
            () if is_size(text) => Kind::Bytes,
            () => Kind::String,
        }
    }

    /// Of values of both.
    pub(super) fn and(self, other: Kind) -> Kind {
        match (self, other) {
            (a, b) if a == b => a,
            (Kind::Int, Kind::Float) | (Kind::Float, Kind::Int) => Kind::Float,
            _ => Kind::String,
        }
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Int => "int",
            Kind::Float => "float",
            Kind::Boolean => "boolean",
            Kind::Duration => "duration",
            Kind::Bytes => "bytes",
            Kind::String => "string",
        }
    }
}

fn is_size(text: &str) -> bool {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ' ' | '+' | '-'));
    let number = text[..text.len() - unit.len()].trim();
    SIZES.contains(&unit) && Number::read(number).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_types() {
        for (text, kind) in [
            ("200", Kind::Int),
            ("-1.5", Kind::Float),
            ("true", Kind::Boolean),
            ("250ms", Kind::Duration),
            ("1h30m", Kind::Duration),
            ("20MB", Kind::Bytes),
            ("1.5 KiB", Kind::Bytes),
            ("10.0.0.1", Kind::String),
            ("5é", Kind::String),
            ("inf", Kind::String),
            ("-", Kind::String),
            ("", Kind::String),
        ] {
            assert_eq!(Kind::of(text), kind, "{text}");
        }
        assert_eq!(Kind::Int.and(Kind::Float).name(), "float");
        assert_eq!(Kind::Int.and(Kind::Boolean).name(), "string");
    }
}
