//! How bad an event is, in one scale: the words and numbers that senders use, and the six levels that they mean.
//!
//! The numbers are those of OpenTelemetry's log data model (`SeverityNumber`), of RFC 5424 (§6.2.1), of Bunyan and Pino,
//! and of Windows event logs.

/// How bad an event is. The order is that of growing urgency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Every step.
    Trace,
    /// For who looks for a fault.
    Debug,
    /// Normal.
    Info,
    /// Worth a look.
    Warn,
    /// Something failed.
    Error,
    /// Nothing goes on.
    Fatal,
}

impl Severity {
    /// The word that events carry as `level`.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Trace => "trace",
            Severity::Debug => "debug",
            Severity::Info => "info",
            Severity::Warn => "warn",
            Severity::Error => "error",
            Severity::Fatal => "fatal",
        }
    }

    /// The lowest number that OpenTelemetry has for it: 1, 5, 9, 13, 17, 21.
    pub fn otel_number(self) -> i64 {
        1 + 4 * (self as i64)
    }

    /// Of a word, in any case: `WARNING`, `err`, `crit`, `E`, `notice`.
    pub fn of_word(word: &str) -> Option<Severity> {
        let mut lower = [0; 16];
        let word = word.trim_ascii();
        let lower = lower.get_mut(..word.len())?;
        lower.copy_from_slice(word.as_bytes());
        lower.make_ascii_lowercase();
        Some(match &*lower {
            b"trace" | b"trc" | b"finest" | b"finer" | b"verbose" | b"t" | b"v" => Severity::Trace,
            b"debug" | b"dbg" | b"fine" | b"d" => Severity::Debug,
            b"info" | b"information" | b"informational" | b"inf" | b"notice" | b"note" | b"i" | b"n" | b"success"
            | b"audit success" => Severity::Info,
            b"warn" | b"warning" | b"wrn" | b"w" => Severity::Warn,
            b"error" | b"err" | b"eror" | b"severe" | b"failure" | b"e" | b"audit failure" => Severity::Error,
            b"fatal" | b"crit" | b"critical" | b"alert" | b"emerg" | b"emergency" | b"panic" | b"f" | b"c" => {
                Severity::Fatal
            }
            _ => return None,
        })
    }

    /// Of a severity of syslog, 0 (emergency) to 7 (debug).
    pub fn of_syslog(code: i64) -> Option<Severity> {
        Some(match code {
            0..=2 => Severity::Fatal,
            3 => Severity::Error,
            4 => Severity::Warn,
            5 | 6 => Severity::Info,
            7 => Severity::Debug,
            _ => return None,
        })
    }

    /// Of a `SeverityNumber` of OpenTelemetry, 1 to 24.
    pub fn of_otel(number: i64) -> Option<Severity> {
        Some(match number {
            1..=4 => Severity::Trace,
            5..=8 => Severity::Debug,
            9..=12 => Severity::Info,
            13..=16 => Severity::Warn,
            17..=20 => Severity::Error,
            21..=24 => Severity::Fatal,
            _ => return None,
        })
    }

    /// Of a level of Bunyan and Pino: 10 to 60 in tens.
    pub fn of_bunyan(level: i64) -> Option<Severity> {
        Some(match level {
            10 => Severity::Trace,
            20 => Severity::Debug,
            30 => Severity::Info,
            40 => Severity::Warn,
            50 => Severity::Error,
            60 => Severity::Fatal,
            _ => return None,
        })
    }

    /// Of the level of an event of Windows: 1 (critical) to 5 (verbose); 0 is always logged.
    pub fn of_windows(level: i64) -> Option<Severity> {
        Some(match level {
            0 | 4 => Severity::Info,
            1 => Severity::Fatal,
            2 => Severity::Error,
            3 => Severity::Warn,
            5 => Severity::Debug,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_any_case() {
        for (word, level) in [
            ("WARNING", Some(Severity::Warn)),
            (" Err ", Some(Severity::Error)),
            ("notice", Some(Severity::Info)),
            ("EMERGENCY", Some(Severity::Fatal)),
            ("purple", None),
            ("", None),
            ("a word of far more than sixteen letters", None),
        ] {
            assert_eq!(Severity::of_word(word), level, "{word}");
        }
    }

    #[test]
    fn numbers_of_opentelemetry_read_back() {
        for number in 1..=24 {
            let level = Severity::of_otel(number).expect("a level");
            assert!((level.otel_number()..level.otel_number() + 4).contains(&number));
        }
        assert_eq!(Severity::of_otel(0), None);
    }
}
