//! One step of a log pipeline, by its sign or its name.

use super::Result;
use super::reader::Reader;
use crate::logql::ast::{LogQuery, Span, Stage, StageKind};
use crate::parse::nearest::nearest;

const NAMES: [&str; 12] = [
    "json",
    "logfmt",
    "regexp",
    "pattern",
    "unpack",
    "line_format",
    "label_format",
    "decolorize",
    "drop",
    "keep",
    "unwrap",
    "offset",
];

impl Reader<'_> {
    /// A selector and its stages.
    pub(super) fn log_query(&mut self) -> Result<LogQuery> {
        let matchers = self.selector()?;
        let mut stages = Vec::new();
        self.stages(&mut stages)?;
        Ok(LogQuery { matchers, stages })
    }

    /// Stages up to something else, or up to `| unwrap`.
    pub(super) fn stages(&mut self, stages: &mut Vec<Stage>) -> Result<()> {
        loop {
            self.skip_space();
            let start = self.at;
            self.part(start)?;
            if let Some(filter) = self.line_filter()? {
                stages.push(Stage { span: Span(self.since(start)), kind: StageKind::Line(filter) });
                continue;
            }
            if !self.eat("|") {
                return Ok(());
            }
            if self.peek_word() == "unwrap" {
                self.at = start;
                return Ok(());
            }
            let kind = self.stage()?;
            stages.push(Stage { span: Span(self.since(start)), kind });
        }
    }

    fn stage(&mut self) -> Result<StageKind> {
        let name = self.peek_word();
        let after_name = self.at + name.len();
        let parse = match name {
            "json" => Reader::json,
            "logfmt" => Reader::logfmt,
            "regexp" => Reader::regexp,
            "pattern" => Reader::pattern,
            "unpack" => |_: &mut Self| Ok(StageKind::Unpack),
            "decolorize" => |_: &mut Self| Ok(StageKind::Decolorize),
            "line_format" => Reader::line_format,
            "label_format" => Reader::label_format,
            "drop" => Reader::drop_labels,
            "keep" => Reader::keep_labels,
            _ => return self.label_stage(name),
        };
        self.at = after_name;
        parse(self)
    }

    fn label_stage(&mut self, name: &str) -> Result<StageKind> {
        if name.is_empty() && self.peek() != Some('(') {
            return self.missing("a stage", &format!("stages are {}, or a label and a test", NAMES[..11].join(", ")));
        }
        let start = self.at;
        let after = self.text[start + name.len()..].trim_start();
        let tests = after.starts_with(['=', '!', '<', '>']);
        if !name.is_empty() && !tests {
            let known = NAMES[..11].iter().copied();
            let hint = nearest(name, known).map_or_else(
                || format!("stages are {}; a test of a label is written {name}=\"value\"", NAMES[..11].join(", ")),
                |known| format!("did you mean `{known}`?"),
            );
            let message = format!("unknown stage `{}`", crate::error::shown(name));
            return self.fail(start..start + name.len(), message, &hint);
        }
        self.label_filter().map(StageKind::Label)
    }
}
