//! How the stages of a log pipeline are written.

use std::fmt;

use super::{List, Quoted};
use crate::logql::ast::{Assignment, LabelFormat, LineFilter, LineOperator, Needle, Pick, StageKind};

impl fmt::Display for StageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StageKind::Line(filter) => write!(f, "{filter}"),
            StageKind::Json(fields) if fields.is_empty() => f.write_str("| json"),
            StageKind::Json(fields) => write!(f, "| json {}", List(fields)),
            StageKind::Logfmt { strict, keep_empty, fields } => {
                let strict = if *strict { " --strict" } else { "" };
                let keep_empty = if *keep_empty { " --keep-empty" } else { "" };
                write!(f, "| logfmt{strict}{keep_empty}")?;
                fields.iter().enumerate().try_for_each(|(n, field)| {
                    write!(f, "{} {}={}", if n > 0 { "," } else { "" }, field.label, Quoted(&field.path.concat()))
                })
            }
            StageKind::Regexp(pattern) => write!(f, "| regexp {}", Quoted(pattern.text())),
            StageKind::Pattern(text, _) => write!(f, "| pattern {}", Quoted(text)),
            StageKind::Unpack => f.write_str("| unpack"),
            StageKind::Label(filter) => write!(f, "| {filter}"),
            StageKind::LineFormat(template) => write!(f, "| line_format {}", Quoted(&template.text)),
            StageKind::LabelFormat(formats) => write!(f, "| label_format {}", List(formats)),
            StageKind::Decolorize => f.write_str("| decolorize"),
            StageKind::Drop(picks) => write!(f, "| drop {}", List(picks)),
            StageKind::Keep(picks) => write!(f, "| keep {}", List(picks)),
        }
    }
}

/// As `json` writes it; a key of `logfmt` has no parts.
impl fmt::Display for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.len() == 1 && self.path[0] == self.label {
            return f.write_str(&self.label);
        }
        // In brackets wherever a key could be read as several.
        let plain = |key: &str| !key.is_empty() && !key.contains(['.', '[']);
        if self.path.iter().all(|key| plain(key)) {
            return write!(f, "{}={}", self.label, Quoted(&self.path.join(".")));
        }
        let keys: String = self.path.iter().map(|key| format!("[\"{key}\"]")).collect();
        write!(f, "{}={}", self.label, Quoted(&keys))
    }
}

impl fmt::Display for LineFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.operator {
            LineOperator::Contains => "|=",
            LineOperator::NotContains => "!=",
            LineOperator::Matches => "|~",
            LineOperator::NotMatches => "!~",
            LineOperator::Like => "|>",
            LineOperator::NotLike => "!>",
        };
        for (n, needle) in self.needles.iter().enumerate() {
            write!(f, "{} {needle}", if n > 0 { " or" } else { sign })?;
        }
        Ok(())
    }
}

impl fmt::Display for Needle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Needle::Text(text) | Needle::Like(text, _) => write!(f, "{}", Quoted(text)),
            Needle::Regex(pattern) => write!(f, "{}", Quoted(pattern.text())),
            Needle::Ip(address) => write!(f, "ip({})", Quoted(&address.text)),
        }
    }
}

impl fmt::Display for LabelFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LabelFormat::Rename { to, from } => write!(f, "{to}={from}"),
            LabelFormat::Template { to, template } => write!(f, "{to}={}", Quoted(&template.text)),
        }
    }
}

impl fmt::Display for Pick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.test {
            Some(test) => write!(f, "{}{test}", self.label),
            None => f.write_str(&self.label),
        }
    }
}
