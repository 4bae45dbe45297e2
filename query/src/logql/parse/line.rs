//! `|= "a" or "b"`, `!~ "re"`, `|> "<_> failed <_>"`

use super::address::in_line;
use super::reader::Reader;
use super::text::bad_regex;
use super::{Result, error};
use crate::Pattern;
use crate::logql::ast::{LineFilter, LineOperator, Needle};

const OPERATORS: [(&str, LineOperator); 6] = [
    ("|=", LineOperator::Contains),
    ("!=", LineOperator::NotContains),
    ("|~", LineOperator::Matches),
    ("!~", LineOperator::NotMatches),
    ("|>", LineOperator::Like),
    ("!>", LineOperator::NotLike),
];

impl Reader<'_> {
    /// A line filter, if one stands here.
    pub(super) fn line_filter(&mut self) -> Result<Option<LineFilter>> {
        let Some((_, operator)) = OPERATORS.into_iter().find(|(sign, _)| self.eat(sign)) else { return Ok(None) };
        let mut needles = vec![self.needle(operator)?];
        while self.eat_word("or") {
            self.part(self.at)?;
            needles.push(self.needle(operator)?);
        }
        Ok(Some(LineFilter { operator, needles }))
    }

    fn needle(&mut self, operator: LineOperator) -> Result<Needle> {
        match operator {
            LineOperator::Matches | LineOperator::NotMatches => Ok(Needle::Regex(self.regex()?)),
            LineOperator::Like | LineOperator::NotLike => {
                let (text, span) = self.quoted("a pattern")?;
                self.regex_part(span.start)?;
                let regex = like(&text).map_err(|reason| error(span.clone(), reason, LIKE_HINT))?;
                let pattern = Pattern::new(&regex).map_err(|reason| bad_regex(span, &reason))?;
                Ok(Needle::Like(text, pattern))
            }
            LineOperator::Contains | LineOperator::NotContains => match self.ip()? {
                Some((text, span, range)) => {
                    self.regex_part(span.start)?;
                    in_line(text, span, range).map(Needle::Ip)
                }
                None => Ok(Needle::Text(self.quoted("a quoted text")?.0)),
            },
        }
    }
}

const LIKE_HINT: &str = "write literal text with <_> for anything between";

/// A pattern such as `<_> failed <_>` as a regular expression of the whole line.
fn like(text: &str) -> std::result::Result<String, &'static str> {
    let pieces: Vec<&str> = text.split("<_>").collect();
    if pieces[1..].iter().rev().skip(1).any(|piece| piece.is_empty()) {
        return Err("two `<_>` touch, and nothing says where the first one ends");
    }
    let escaped: Vec<String> = pieces.iter().map(|piece| regex::escape(piece)).collect();
    Ok(format!("(?s)^{}$", escaped.join(".*")))
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn a_pattern_is_the_whole_line() {
        assert_eq!(like("<_> a.b <_>").expect("good"), r"(?s)^.* a\.b .*$");
        assert_eq!(like("a").expect("good"), "(?s)^a$");
        assert_eq!(like("<_>").expect("good"), "(?s)^.*$");
        assert_eq!(like("").expect("good"), "(?s)^$");
        assert!(like("<_><_>").is_err());
    }
}
