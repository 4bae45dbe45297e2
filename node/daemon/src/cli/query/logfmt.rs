//! How a row becomes one line of `key=value` pairs.

use std::io::{self, Write};

use crate::cli::row::{Row, plain};

/// Writes the row; null has no pair, text with spaces or signs stands in quotes as in JSON.
pub(super) fn write(row: &Row, out: &mut impl Write) -> io::Result<()> {
    let there = row.columns().filter(|(_, value)| value.get() != "null");
    for (n, (name, value)) in there.enumerate() {
        let gap = if n > 0 { " " } else { "" };
        write!(out, "{gap}{}=", key(name))?;
        let text = plain(value);
        match text.is_empty() || text.contains(needs_quotes) {
            true => serde_json::to_writer(&mut *out, &text)?,
            false => out.write_all(text.as_bytes())?,
        }
    }
    out.write_all(b"\n")
}

fn needs_quotes(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '=' | '\\')
}

/// A name has no quotes in logfmt: what would end it becomes `_`.
fn key(name: &str) -> String {
    name.replace(needs_quotes, "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn pairs() {
        let row =
            Row::parse(br#"{"_time":"2026-01-31T12:00:00Z","a b":1,"msg":"x \"y\"\nz","no":null,"empty":"","n":1.50}"#);
        let mut out = Vec::new();
        write(&row.expect("a row"), &mut out).expect("memory takes everything");
        expect![[r#"
            _time=2026-01-31T12:00:00Z a_b=1 msg="x \"y\"\nz" empty="" n=1.50
        "#]]
        .assert_eq(&String::from_utf8(out).expect("text"));
    }
}
