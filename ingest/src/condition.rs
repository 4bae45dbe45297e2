//! How a filter that settings write down, in VQL, decides on events that are not in the log yet.

use vigil_model::Timestamp;
use vigil_query::{Field, Filter, Matcher, ParseError, Query, parse};

use crate::fields::OWN_NAMES;
use crate::stage::Event;

/// A filter, compiled.
#[derive(Debug)]
pub(crate) struct Condition {
    matcher: Matcher,
}

impl Condition {
    /// Reads a filter. An error says what is wrong in one line, and draws the place below it where that helps.
    pub(crate) fn read(text: &str) -> Result<Condition, String> {
        let drawn = |error: ParseError| format!("not a filter\n{}", error.render(text));
        let query = parse(text, Timestamp(0)).map_err(drawn)?;
        if !query.pipes.is_empty() {
            return Err("a filter alone decides here; take away what begins with `|`".to_owned());
        }
        if query.has_subqueries() {
            return Err("a filter here asks nothing of other events; take the query inside of it away".to_owned());
        }
        if is_relative(text, &query) {
            let hint = "a filter here holds for ever; write a date, or take the time away";
            return Err(format!("a time that counts back from now is not the same tomorrow; {hint}"));
        }
        if let Some(name) = own_name(&query.filter) {
            return Err(format!("`{name}` is not known before an event is in the log; take it away"));
        }
        Ok(Condition { matcher: Matcher::for_query(&query) })
    }

    /// Whether the event passes.
    pub(crate) fn holds(&self, event: &Event<'_>) -> bool {
        self.matcher.matches(event)
    }
}

/// Whether the text means something else at another time. One nanosecond earlier is enough, and can saturate nothing.
fn is_relative(text: &str, query: &Query) -> bool {
    parse(text, Timestamp(-1)).as_ref() != Ok(query)
}

/// The first field that only events in the log have.
fn own_name(filter: &Filter) -> Option<&str> {
    let own = |name: &String| name != "_time" && OWN_NAMES.contains(&name.as_str());
    match filter {
        Filter::All => None,
        Filter::Not(inner) => own_name(inner),
        Filter::And(parts) | Filter::Or(parts) => parts.iter().find_map(own_name),
        Filter::Field { field: Field::Any, .. } => None,
        Filter::Field { field: Field::Named(name), .. } => own(name).then_some(name),
        Filter::Fields { left, right, .. } => [left, right].into_iter().find(|name| own(name)).map(String::as_str),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::Condition;

    #[test]
    fn what_decides_nothing_here_is_refused() {
        let texts = [
            "level:",
            "* | limit 5",
            "a:in(error | fields b)",
            "_time:5m",
            "a NOT _time:>now-2h",
            "x OR _class:data",
            "a:eq_field(_id)",
        ];
        let told: String = texts.iter().map(|text| format!("{}\n", Condition::read(text).expect_err(text))).collect();
        expect![[r#"
            not a filter
            error: a value is missing after `level:`
            1 | level:
              | ^^^^^^
              = hint: write field:* for events that have the field
            a filter alone decides here; take away what begins with `|`
            a filter here asks nothing of other events; take the query inside of it away
            a time that counts back from now is not the same tomorrow; a filter here holds for ever; write a date, or take the time away
            a time that counts back from now is not the same tomorrow; a filter here holds for ever; write a date, or take the time away
            `_class` is not known before an event is in the log; take it away
            `_id` is not known before an event is in the log; take it away
        "#]].assert_eq(&told);
        for text in ["*", "level:debug AND service:chatty", "_time:>2026-08-01", "_time:day_range[08:00, 18:00)"] {
            Condition::read(text).expect(text);
        }
    }
}
