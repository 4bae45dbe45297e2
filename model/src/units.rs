//! How sizes and durations are written: `10GiB`, `64MiB`, `1s`, `500ms`.

use std::time::Duration;

const SIZES: [(&str, u64); 12] = [
    ("tib", 1 << 40),
    ("gib", 1 << 30),
    ("mib", 1 << 20),
    ("kib", 1 << 10),
    ("tb", 1_000_000_000_000),
    ("gb", 1_000_000_000),
    ("mb", 1_000_000),
    ("kb", 1_000),
    ("t", 1 << 40),
    ("g", 1 << 30),
    ("m", 1 << 20),
    ("k", 1 << 10),
];

const SPANS_MS: [(&str, u64); 6] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("min", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Bytes of a text such as `10GiB`, `1.5 GB`, `64M` or `4096`.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let (number, unit) = split_unit(text).ok_or_else(|| not_a_size(text))?;
    let factor = match unit.as_str() {
        "" | "b" => 1,
        unit => SIZES.iter().find(|(name, _)| *name == unit).ok_or_else(|| not_a_size(text))?.1,
    };
    scaled(number, factor).ok_or_else(|| format!("`{text}` is more than a size can be"))
}

/// The duration of a text such as `1s`, `500ms`, `1.5h`.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split_unit(text).ok_or_else(|| not_a_duration(text))?;
    let known = SPANS_MS.iter().find(|(name, _)| *name == unit);
    let zero = unit.is_empty() && number == 0.0;
    let factor = if zero { 1 } else { known.ok_or_else(|| not_a_duration(text))?.1 };
    scaled(number, factor).map(Duration::from_millis).ok_or_else(|| format!("`{text}` is too long"))
}

/// The shortest exact text of a size: `64MiB`, `1500B`.
pub fn size_text(bytes: u64) -> String {
    let exact = |(_, factor): &&(&str, u64)| bytes >= *factor && bytes.is_multiple_of(*factor);
    let unit = SIZES[..4].iter().find(exact);
    match unit {
        Some((name, factor)) => format!("{}{}iB", bytes / factor, name[..1].to_uppercase()),
        None => format!("{bytes}B"),
    }
}

/// The shortest exact text of a duration: `1s`, `1500ms`.
pub fn duration_text(span: Duration) -> String {
    let ms = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let units = [("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
    match units.iter().find(|(_, factor)| ms >= *factor && ms.is_multiple_of(*factor)) {
        Some((name, factor)) => format!("{}{name}", ms / factor),
        None => format!("{ms}ms"),
    }
}

/// A size for people, three digits or so: `1.2 GB`.
pub fn size_round(bytes: u64) -> String {
    let unit = SIZES[4..8].iter().find(|(_, factor)| bytes >= *factor);
    match unit {
        Some((name, factor)) => format!("{:.1} {}", bytes as f64 / *factor as f64, name.to_uppercase()),
        None => format!("{bytes} B"),
    }
}

/// A duration for people: `2 h 14 m`, `3.2 s`.
pub fn span_round(span: Duration) -> String {
    let s = span.as_secs();
    match s {
        0..60 => format!("{:.1} s", span.as_secs_f64()),
        60..3_600 => format!("{} m {} s", s / 60, s % 60),
        3_600..86_400 => format!("{} h {} m", s / 3_600, s % 3_600 / 60),
        _ => format!("{} d {} h", s / 86_400, s % 86_400 / 3_600),
    }
}

/// A count with its thousands apart: `1 204 000`.
pub fn count_text(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// A count of events: `1 event`, `1 204 events`.
pub fn events_text(n: u64) -> String {
    format!("{} event{}", count_text(n), if n == 1 { "" } else { "s" })
}

fn not_a_size(text: &str) -> String {
    format!("`{text}` is not a size such as 64MiB or 10GiB")
}

fn not_a_duration(text: &str) -> String {
    format!("`{text}` is not a duration such as 500ms, 1s or 5m")
}

fn split_unit(text: &str) -> Option<(f64, String)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(text.len());
    let number = text[..end].replace('_', "").parse().ok()?;
    Some((number, text[end..].trim().to_ascii_lowercase()))
}

fn scaled(number: f64, factor: u64) -> Option<u64> {
    let value = number * factor as f64;
    (value >= 0.0 && value < u64::MAX as f64).then_some(value.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let table = [
            ("0", Ok(0)),
            ("4096", Ok(4096)),
            ("10GiB", Ok(10 << 30)),
            ("64 mib", Ok(64 << 20)),
            ("1.5GB", Ok(1_500_000_000)),
            ("2k", Ok(2048)),
            ("1_000B", Ok(1000)),
            ("", Err(())),
            ("ten", Err(())),
            ("-1", Err(())),
            ("1.2.3", Err(())),
            ("5 parsecs", Err(())),
            ("99999999999TiB", Err(())),
        ];
        for (text, wanted) in table {
            assert_eq!(parse_size(text).map_err(|_| ()), wanted, "{text}");
        }
    }

    #[test]
    fn durations() {
        let table = [
            ("1s", Ok(1_000)),
            ("500ms", Ok(500)),
            ("1.5h", Ok(5_400_000)),
            ("5 min", Ok(300_000)),
            ("0", Ok(0)),
            ("10", Err(())),
            ("1 fortnight", Err(())),
            ("", Err(())),
        ];
        for (text, wanted) in table {
            assert_eq!(parse_duration(text).map(|d| d.as_millis()).map_err(|_| ()), wanted, "{text}");
        }
    }

    #[test]
    fn texts_read_back() {
        for bytes in [0, 1, 1023, 1024, 64 << 20, 10 << 30, 1_500] {
            assert_eq!(parse_size(&size_text(bytes)), Ok(bytes));
        }
        for ms in [0, 1, 500, 1_000, 90_000, 7_200_000] {
            let span = Duration::from_millis(ms);
            assert_eq!(parse_duration(&duration_text(span)), Ok(span));
        }
    }

    #[test]
    fn for_people() {
        assert_eq!(count_text(1_204_000), "1 204 000");
        assert_eq!(count_text(12), "12");
        assert_eq!(size_round(1_230_000_000), "1.2 GB");
        assert_eq!(span_round(Duration::from_secs(8_040)), "2 h 14 m");
    }
}
