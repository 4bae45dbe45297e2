//! `{app="api", env=~"prod|test"}`

use super::Result;
use super::reader::Reader;
use crate::logql::ast::{LabelMatcher, TextTest};

const HINT: &str = "write {label=\"value\"}; operators are = != =~ !~";

impl Reader<'_> {
    /// The selector; `{}` takes every event.
    pub(super) fn selector(&mut self) -> Result<Vec<LabelMatcher>> {
        self.skip_space();
        let start = self.at;
        self.need("{", HINT)?;
        let mut matchers = Vec::new();
        while !self.eat("}") {
            self.part(self.at)?;
            matchers.push(self.matcher()?);
            if !self.eat(",") {
                if self.peek().is_none() {
                    return self.fail(start..start + 1, "this brace is never closed", "end the selector with `}`");
                }
                self.need("}", "put a comma between matchers, and end them with `}`")?;
                break;
            }
        }
        Ok(matchers)
    }

    fn matcher(&mut self) -> Result<LabelMatcher> {
        let label = self.label()?;
        match self.text_test()? {
            Some(test) => Ok(LabelMatcher { label, test }),
            None => self.missing("an operator", HINT),
        }
    }

    /// A text operator and its text, if such an operator stands here.
    pub(super) fn text_test(&mut self) -> Result<Option<TextTest>> {
        Ok(Some(if self.eat("=~") {
            TextTest::Matches(self.whole()?)
        } else if self.eat("!~") {
            TextTest::NotMatches(self.whole()?)
        } else if self.eat("!=") {
            TextTest::NotEqual(self.quoted("a quoted text")?.0)
        } else if self.eat("=") {
            TextTest::Equal(self.quoted("a quoted text")?.0)
        } else {
            return Ok(None);
        }))
    }
}
