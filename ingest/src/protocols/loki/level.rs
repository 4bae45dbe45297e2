//! Which level a line has, as Loki detects it: by labels, by metadata, or by what the line says.

use std::fmt;

use serde::Deserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use vigil_query::logql::level_of;

use super::Pairs;

/// Names of fields that say it, in any case.
const KEYS: [&str; 6] = ["level", "log.level", "severity", "severitytext", "lvl", "severity_text"];
/// How deep objects are looked into; the line itself is the first.
const DEPTH: usize = 2;
/// What stands for the lack of a level.
const UNKNOWN: &str = "unknown";
/// Words that say a level in the middle of a line. Of others that [`level_of`] knows too many mean something else there.
const WORDS: [&str; 10] = ["trace", "debug", "info", "warn", "warning", "err", "error", "critical", "crit", "fatal"];

/// One of the words of [`level_of`]; `None` where nothing says it.
pub(super) fn of(labels: &Pairs<'_>, metadata: &Pairs<'_>, line: &str) -> Option<&'static str> {
    let named = |pairs: &Pairs<'_>| pairs.iter().find(|(name, _)| is_key(name)).map(|(_, value)| level_of(value));
    let level = named(labels).or_else(|| named(metadata)).or_else(|| of_line(line))?;
    (level != UNKNOWN).then_some(level)
}

fn is_key(name: &str) -> bool {
    KEYS.iter().any(|key| key.eq_ignore_ascii_case(name))
}

fn of_line(line: &str) -> Option<&'static str> {
    let json = line.trim_start().starts_with('{').then(|| of_json(line)).flatten();
    json.or_else(|| of_logfmt(line)).or_else(|| of_words(line))
}

fn of_json(line: &str) -> Option<&'static str> {
    let mut found = None;
    let mut json = serde_json::Deserializer::from_str(line);
    // What was found before a mistake counts.
    let _ = json.deserialize_map(Object { found: &mut found, depth: 1 });
    found
}

/// The first `level=…` of a line.
fn of_logfmt(line: &str) -> Option<&'static str> {
    memchr::memchr_iter(b'=', line.as_bytes()).find_map(|at| {
        let start = line[..at].rfind([' ', '\t', ',', '[', '{']).map_or(0, |space| space + 1);
        is_key(&line[start..at]).then_some(())?;
        let value = line[at + 1..].trim_start_matches('"');
        let end = value.find([' ', '\t', '"', ',', ']', '}']).unwrap_or(value.len());
        Some(level_of(&value[..end])).filter(|level| *level != UNKNOWN)
    })
}

/// The first word of a line that is one of a level.
fn of_words(line: &str) -> Option<&'static str> {
    let words = line.split(|c: char| !c.is_ascii_alphanumeric());
    let mut levels = words.filter(|word| WORDS.iter().any(|known| known.eq_ignore_ascii_case(word))).map(level_of);
    levels.next()
}

/// Looks through an object for the first field that says a level.
struct Object<'f> {
    found: &'f mut Option<&'static str>,
    depth: usize,
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(says)) = map.next_key()? {
            let value = Member { found: &mut *self.found, depth: self.depth, says };
            map.next_value_seed(value)?;
        }
        Ok(())
    }
}

/// Whether the name of a member is one of [`KEYS`].
struct Key(bool);

impl<'de> serde::Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Key, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_str<E>(self, name: &str) -> Result<Key, E> {
                Ok(Key(is_key(name)))
            }
        }
        json.deserialize_str(Name)
    }
}

/// The value of a member.
struct Member<'f> {
    found: &'f mut Option<&'static str>,
    depth: usize,
    says: bool,
}

impl<'de> serde::de::DeserializeSeed<'de> for Member<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        let level = self.says.then(|| level_of(text)).filter(|level| *level != UNKNOWN);
        *self.found = self.found.or(level);
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        match self.depth < DEPTH && self.found.is_none() {
            true => Object { found: self.found, depth: self.depth + 1 }.visit_map(map),
            false => {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(labels: &[(&str, &str)], metadata: &[(&str, &str)], line: &str) -> Option<&'static str> {
        let pairs = |given: &[(&str, &str)]| {
            given.iter().map(|(name, value)| ((*name).to_owned().into(), (*value).to_owned().into())).collect()
        };
        of(&pairs(labels), &pairs(metadata), line)
    }

    #[test]
    fn labels_come_before_metadata_and_these_before_the_line() {
        assert_eq!(level(&[("Level", "WARNING")], &[("lvl", "debug")], "error"), Some("warn"));
        assert_eq!(level(&[("app", "x")], &[("SeverityText", "err")], "info"), Some("error"));
        assert_eq!(level(&[], &[], "it is fatal"), Some("fatal"));
        assert_eq!(level(&[("level", "purple")], &[], "error"), None);
    }

    #[test]
    fn lines_say_it_in_three_ways() {
        for (line, found) in [
            (r#"{"a":1,"LEVEL":"error"}"#, Some("error")),
            (r#"{"a":{"severity":"debug"},"level":"info"}"#, Some("debug")),
            (r#"{"a":{"b":{"level":"error"}}}"#, Some("error")),
            (r#"{"a":{"b":{"level":"x"}},"level":3}"#, None),
            ("ts=1 level=warn msg=\"error seen\"", Some("warn")),
            ("ts=1 lvl=\"eror\" error", Some("error")),
            ("2026-01-01 [ERROR] disk", Some("error")),
            ("terror and information", None),
            ("", None),
            ("=", None),
            ("é=level=é", None),
        ] {
            assert_eq!(level(&[], &[], line), found, "{line}");
        }
    }
}
