//! Which of the fields that matter to `normalise` an event has, seen in one pass over its names.

use vigil_model::{RecordBuilder, Value};

/// Where the fields stand, by their places in the builder.
#[derive(Default)]
pub(super) struct Sight {
    /// A field says in words how bad it is.
    pub(super) level_word: bool,
    /// `level`, if it is no word.
    pub(super) level: Option<usize>,
    /// `severity`, if it is no word.
    pub(super) severity: Option<usize>,
    /// Of the journal.
    pub(super) priority: Option<usize>,
    /// Of OpenTelemetry.
    pub(super) severity_number: Option<usize>,
    /// `Level`, which Windows has.
    pub(super) windows_level: Option<usize>,
    /// It came by way of syslog.
    pub(super) syslog: bool,
    channel: bool,
    event_id: bool,
    provider: bool,
}

impl Sight {
    pub(super) fn of(fields: &RecordBuilder) -> Sight {
        let mut sight = Sight::default();
        for (place, name) in fields.names().enumerate() {
            if is_candidate(name) {
                sight.see(place, name, fields);
            }
        }
        sight
    }

    /// An event of the Windows event log: two of its marks, because each alone is a name like others.
    pub(super) fn is_windows(&self) -> bool {
        u8::from(self.channel) + u8::from(self.event_id) + u8::from(self.provider) >= 2
    }

    fn see(&mut self, place: usize, name: &[u8], fields: &RecordBuilder) {
        match name {
            b"level" => self.worded(place, fields, |sight| &mut sight.level),
            b"severity" => self.worded(place, fields, |sight| &mut sight.severity),
            b"severity_text" | b"log.level" | b"lvl" | b"levelname" | b"loglevel" | b"SeverityText" => {
                self.level_word = true;
            }
            b"PRIORITY" => self.priority = Some(place),
            b"severityNumber" | b"severity_number" | b"SeverityNumber" => self.severity_number = Some(place),
            b"Level" => self.windows_level = Some(place),
            b"Channel" => self.channel = true,
            b"EventID" => self.event_id = true,
            b"Provider_Name" | b"ProviderName" | b"SourceName" => self.provider = true,
            b"facility" | b"facility_code" | b"SYSLOG_FACILITY" | b"SYSLOG_IDENTIFIER" | b"procid" | b"msgid" => {
                self.syslog = true;
            }
            name if name.starts_with(b"log.syslog.") => self.syslog = true,
            _ => {}
        }
    }

    /// A field that holds a word for some senders, a number for others.
    fn worded(&mut self, place: usize, fields: &RecordBuilder, number: fn(&mut Sight) -> &mut Option<usize>) {
        match fields.nth(place) {
            Some(Value::Str(text)) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                *number(self) = Some(place);
            }
            Some(Value::Int(_) | Value::Float(_)) => *number(self) = Some(place),
            _ => self.level_word = true,
        }
    }
}

/// Whether a name may be one of those looked for: most are not, and their first letter and length say so.
#[inline]
fn is_candidate(name: &[u8]) -> bool {
    const FIRST: [bool; 256] = {
        let letters = b"lsPSLCEfpm";
        let mut set = [false; 256];
        let mut n = 0;
        while n < letters.len() {
            set[letters[n] as usize] = true;
            n += 1;
        }
        set
    };
    name.len() >= 3 && FIRST[name[0] as usize]
}

#[cfg(test)]
mod tests {
    use vigil_model::roles;

    use super::Sight;
    use crate::stages::testing::fields;

    #[test]
    fn every_field_that_usually_says_how_bad_it_is_counts() {
        for name in roles::LEVEL {
            assert!(Sight::of(&fields(&format!(r#"{{"{name}":"x","message":"y"}}"#))).level_word, "{name}");
        }
    }
}
