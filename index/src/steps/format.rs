//! `format`: a text put together from fields.

use std::fmt::Write;

use vigil_model::limits::STEP_BYTES_MAX;
use vigil_model::{Timestamp, Value, roles};
use vigil_query::template::{FormatPart, FormatTemplate, Style};

use super::Step;
use super::unpack::set;
use crate::OwnedValue;
use crate::value::{Cell, Number};
use crate::view::View;

pub(super) struct Format {
    format: vigil_query::Format,
    /// `None` where the template cannot be read, which parsers refuse: it makes nothing.
    template: Option<FormatTemplate>,
}

impl Format {
    pub(super) fn new(format: &vigil_query::Format) -> Format {
        Format { template: FormatTemplate::parse(&format.template).ok(), format: format.clone() }
    }
}

impl Step for Format {
    fn change<'a>(&'a self, view: &mut View<'a>) -> bool {
        let Some(template) = &self.template else { return true };
        let mut out = String::new();
        for part in template.parts() {
            match part {
                FormatPart::Literal(text) => out.push_str(text),
                FormatPart::Field { name, style } => put(view, name, *style, &mut out),
            }
            if out.len() > STEP_BYTES_MAX / 2 {
                view.scratch().leave_out();
                return true;
            }
        }
        let scratch = view.scratch();
        let name = scratch.text(view.message(self.format.into.as_deref()).unwrap_or(roles::MESSAGE[0]));
        set(view, name, Cell::Model(Value::Str(scratch.text(&out))), self.format.keep_original);
        true
    }
}

/// Appends a field in its style; a missing one, and a time or duration that is no number, as its text.
fn put(view: &View<'_>, name: &str, style: Style, out: &mut String) {
    let Some(cell) = view.get(name) else {
        return if style == Style::Quoted {
            out.push_str("\"\"")
        };
    };
    let text = view.scratch().text_of(cell);
    match (style, nanos(cell)) {
        (Style::Time, Some(nanos)) => write!(out, "{}", Timestamp(nanos)).expect("a string takes everything"),
        (Style::Duration, Some(nanos)) => put_duration(nanos, out),
        (Style::Plain | Style::Time | Style::Duration, _) => out.push_str(text),
        (Style::Quoted, _) => out.push_str(&serde_json::Value::from(text).to_string()),
        (Style::Upper, _) => out.push_str(&text.to_uppercase()),
        (Style::Lower, _) => out.push_str(&text.to_lowercase()),
    }
}

fn nanos(cell: Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Model(Value::Time(_)) | Cell::Owned(OwnedValue::Time(_)) => None,
        _ => match cell.number()? {
            Number::Int(nanos) => Some(nanos),
            Number::Float(nanos) => nanos.is_finite().then_some(nanos as i64),
        },
    }
}

const UNITS: [(u64, &str); 7] = [
    (86_400_000_000_000, "d"),
    (3_600_000_000_000, "h"),
    (60_000_000_000, "m"),
    (1_000_000_000, "s"),
    (1_000_000, "ms"),
    (1_000, "µs"),
    (1, "ns"),
];

/// Each unit that there is some of, greatest first: `1h30m`.
fn put_duration(nanos: i64, out: &mut String) {
    if nanos == 0 {
        return out.push_str("0s");
    }
    if nanos < 0 {
        out.push('-');
    }
    let mut rest = nanos.unsigned_abs();
    for (unit, name) in UNITS {
        if rest >= unit {
            write!(out, "{}{name}", rest / unit).expect("a string takes everything");
            rest %= unit;
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use vigil_query::{Format, Pipe};

    use crate::steps::testing::check;

    #[test]
    fn fields_become_a_text() {
        let format = |template: &str, into: Option<&str>| {
            let into = into.map(str::to_owned);
            Pipe::Format(Format { template: template.into(), into, keep_original: false, only_if: None })
        };
        let row = r#"{"a":"é \"x\"","n":5400000000000,"l":[1,2],"msg":"old"}"#;
        let only = |name: &str| Pipe::Fields(vec![name.into()]);
        check(
            &[format("<a>|<q:a>|<uc:a>|<lc:a>|<l>|<none>|<q:none>", Some("o")), only("o")],
            row,
            expect![[r#"{"o":"é \"x\"|\"é \\\"x\\\"\"|É \"X\"|é \"x\"|1, 2||\"\""}"#]],
        );
        check(
            &[format("<time:n> <duration:n> <duration:a>", None), only("msg")],
            row,
            expect![[r#"{"msg":"1970-01-01T01:30:00Z 1h30m é \"x\""}"#]],
        );
        check(&[format("x", None)], "{}", expect![[r#"{"message":"x"}"#]]);
    }

    #[test]
    fn durations_have_units() {
        let written = |nanos: i64| {
            let mut out = String::new();
            super::put_duration(nanos, &mut out);
            out
        };
        let all: Vec<String> = [0, 1, -1_500_000, 90_061_001_001_001, i64::MIN].into_iter().map(written).collect();
        expect!["0s 1ns -1ms500µs 1d1h1m1s1ms1µs1ns -106751d23h47m16s854ms775µs808ns"].assert_eq(&all.join(" "));
    }
}
