//! What stands between quotes.

use super::cursor::is_quote;
use super::{Parser, Result};
use crate::ParseError;

impl Parser<'_> {
    /// Quoted text, if a quote stands here. `"` and `'` know escapes, a backtick does not.
    pub(crate) fn quoted(&mut self) -> Result<Option<String>> {
        let Some(quote) = self.peek().filter(|c| is_quote(*c)) else { return Ok(None) };
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.next_char() {
                None => return self.unclosed(start, quote),
                Some(c) if c == quote => return Ok(Some(text)),
                Some('\\') if quote != '`' => text.push(self.escape()?),
                Some(c) => text.push(c),
            }
        }
    }

    fn next_char(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn unclosed<T>(&self, start: usize, quote: char) -> Result<T> {
        self.fail(start..start + 1, "this quote is never closed", &format!("end the text with {quote}"))
    }

    /// What a backslash, already read, stands for together with what follows it.
    fn escape(&mut self) -> Result<char> {
        let start = self.at - 1;
        match self.next_char() {
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some(c @ ('\\' | '"' | '\'' | '`')) => Ok(c),
            Some('u') => self.code_point().ok_or_else(|| {
                ParseError::new(self.since(start), "this is no character").hint(r"write \u0041 or \u{41}")
            }),
            _ => self.fail(
                self.since(start),
                "a backslash stands before `\"`, `'`, `\\`, `n`, `r`, `t` or `u`",
                r"write \\ for a backslash, or put the text between backticks",
            ),
        }
    }

    fn code_point(&mut self) -> Option<char> {
        let braced = self.eat("{");
        let digits = self.rest().bytes().take(6).take_while(u8::is_ascii_hexdigit).count();
        let digits = if braced { digits } else { digits.min(4) };
        let number = u32::from_str_radix(&self.rest()[..digits], 16).ok()?;
        self.at += digits;
        let complete = if braced { self.eat("}") } else { digits == 4 };
        char::from_u32(number).filter(|_| complete)
    }
}
