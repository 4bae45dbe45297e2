//! The stages that change lines and labels: `line_format`, `label_format`, `drop`, `keep`.

use super::Result;
use super::reader::Reader;
use super::template::template;
use crate::logql::ast::{LabelFormat, Pick, StageKind};

impl Reader<'_> {
    pub(super) fn line_format(&mut self) -> Result<StageKind> {
        let (text, span) = self.quoted("a template")?;
        template(&text, span).map(StageKind::LineFormat)
    }

    pub(super) fn label_format(&mut self) -> Result<StageKind> {
        let mut formats = Vec::new();
        loop {
            self.part(self.at)?;
            let to = self.label()?;
            self.need("=", "write label_format new=old, or label=\"{{.other}}\"")?;
            self.skip_space();
            if matches!(self.peek(), Some('"' | '`')) {
                let (text, span) = self.quoted("a template")?;
                formats.push(LabelFormat::Template { to, template: template(&text, span)? });
            } else {
                formats.push(LabelFormat::Rename { to, from: self.label()? });
            }
            if !self.eat(",") {
                return Ok(StageKind::LabelFormat(formats));
            }
        }
    }

    pub(super) fn drop_labels(&mut self) -> Result<StageKind> {
        self.picks().map(StageKind::Drop)
    }

    pub(super) fn keep_labels(&mut self) -> Result<StageKind> {
        self.picks().map(StageKind::Keep)
    }

    fn picks(&mut self) -> Result<Vec<Pick>> {
        let mut picks = Vec::new();
        loop {
            self.part(self.at)?;
            picks.push(Pick { label: self.label()?, test: self.text_test()? });
            if !self.eat(",") {
                return Ok(picks);
            }
        }
    }
}
