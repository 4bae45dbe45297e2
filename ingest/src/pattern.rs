//! A format that an operator writes down: grok, or a regular expression with named groups.
//!
//! `%{NAME}` stands for a pattern of the [`library`] or of the source's own; `%{NAME:field}` puts what it matches into a
//! field, `%{NAME:field:int}` and `:float` as a number. A name such as `[client][ip]` means `client.ip`. Everything else is
//! a regular expression of the crate `regex`, whose named groups are fields as well. It takes time in proportion to the
//! line whatever is in it, and so knows neither look-around nor references back.

mod expand;
mod library;
mod read;

use std::sync::Arc;

use regex::{CaptureLocations, Regex, RegexBuilder};
use vigil_model::limits::PATTERN_COMPILED_BYTES_MAX;

pub(crate) use read::read;

/// A format of one's own: patterns that are tried in their order.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As they were written.
    text: String,
    alternatives: Vec<Alternative>,
    /// How the time is written, by strftime.
    time_form: Option<Arc<str>>,
}

/// One pattern.
#[derive(Clone, Debug)]
struct Alternative {
    regex: Regex,
    groups: Vec<Group>,
}

/// A part of a pattern that becomes a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// Its number in the expression.
    pub(crate) place: usize,
    /// The field.
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// What a part of a pattern becomes; text where it does not read as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Int,
    Float,
}

impl Pattern {
    /// Makes one of patterns as they were written, definitions (names and patterns) to use in them, and the form of the
    /// time. The error says which pattern is wrong, by its number from 0, and why.
    pub fn new(
        patterns: &[&str],
        definitions: &[(&str, &str)],
        time_form: Option<&str>,
    ) -> Result<Pattern, (usize, String)> {
        let alternative = |(n, text): (usize, &&str)| Alternative::new(text, definitions).map_err(|why| (n, why));
        let alternatives = patterns.iter().enumerate().map(alternative).collect::<Result<_, _>>()?;
        Ok(Pattern { text: patterns.join("\n"), alternatives, time_form: time_form.map(Arc::from) })
    }

    /// As it was written, one pattern a line.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How the time is written, by strftime.
    pub(crate) fn time_form(&self) -> Option<&str> {
        self.time_form.as_deref()
    }

    /// Room for what [`Pattern::find`] finds, made once for each reader.
    pub(crate) fn room(&self) -> Vec<CaptureLocations> {
        self.alternatives.iter().map(|alternative| alternative.regex.capture_locations()).collect()
    }

    /// The parts of a line by the first pattern that it has, and where they are.
    pub(crate) fn find<'p>(
        &'p self,
        line: &str,
        room: &'p mut [CaptureLocations],
    ) -> Option<(&'p [Group], &'p CaptureLocations)> {
        assert_eq!(room.len(), self.alternatives.len(), "the room was made for this pattern");
        let mut pairs = self.alternatives.iter().zip(&mut *room);
        let n = pairs.position(|(alternative, places)| alternative.regex.captures_read(places, line).is_some())?;
        Some((&self.alternatives[n].groups, &room[n]))
    }
}

impl Alternative {
    fn new(text: &str, definitions: &[(&str, &str)]) -> Result<Alternative, String> {
        let expanded = expand::expand(text, definitions)?;
        let regex = RegexBuilder::new(&expanded.regex)
            .size_limit(PATTERN_COMPILED_BYTES_MAX)
            .dfa_size_limit(PATTERN_COMPILED_BYTES_MAX)
            .build()
            .map_err(|error| explain(&error))?;
        let named = regex.capture_names().enumerate().filter_map(|(place, name)| Some((place, name?)));
        let groups = named.map(|(place, name)| match expand::number(name).and_then(|n| expanded.names.get(n)) {
            Some((name, kind)) => Group { place, name: name.clone(), kind: *kind },
            None => Group { place, name: name.to_owned(), kind: Kind::Text },
        });
        let groups = groups.collect();
        Ok(Alternative { regex, groups })
    }
}

fn explain(error: &regex::Error) -> String {
    let text = error.to_string();
    // The last line says what; those before it draw the expression with everything put in.
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}
