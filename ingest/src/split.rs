//! Where a line ends, when chunks are cut anywhere.

use crate::Refusal;
use crate::carry::Carry;

/// Cuts a stream into lines; holds at most one unfinished line.
#[derive(Default)]
pub(crate) struct Lines {
    /// Lines ended so far.
    count: u64,
    carry: Carry,
}

/// A line without its end, or why there is none.
pub(crate) type Line<'a> = Result<&'a [u8], Refusal>;

impl Lines {
    /// Calls `each` with number and content of every line that ends in `bytes` and is not empty.
    pub(crate) fn feed(&mut self, bytes: &[u8], mut each: impl FnMut(u64, Line<'_>)) {
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', bytes) {
            self.end_line(&bytes[start..end], &mut each);
            start = end + 1;
        }
        self.carry.keep(&bytes[start..]);
    }

    /// The last line, if it lacks its end.
    pub(crate) fn finish(&mut self, mut each: impl FnMut(u64, Line<'_>)) {
        if !self.carry.is_empty() {
            self.end_line(&[], &mut each);
        }
    }

    fn end_line(&mut self, tail: &[u8], each: &mut impl FnMut(u64, Line<'_>)) {
        self.count += 1;
        match self.carry.complete(tail).map(|line| trim(line, self.count)) {
            Ok([]) => {}
            line => each(self.count, line),
        }
        self.carry.clear();
    }
}

/// Without the byte order mark of the first line and the carriage return of any.
pub(crate) fn trim(line: &[u8], number: u64) -> &[u8] {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line }
}

#[cfg(test)]
mod tests {
    use vigil_model::limits::LINE_BYTES_MAX;

    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<(u64, Option<String>)> {
        let mut lines = Lines::default();
        let mut out = Vec::new();
        let mut each = |number, line: Line<'_>| {
            out.push((number, line.ok().map(|line| String::from_utf8_lossy(line).into_owned())));
        };
        chunks.iter().for_each(|chunk| lines.feed(chunk, &mut each));
        lines.finish(&mut each);
        out
    }

    fn line(number: u64, text: &str) -> (u64, Option<String>) {
        (number, Some(text.to_owned()))
    }

    #[test]
    fn empty_lines_count_and_are_skipped() {
        assert_eq!(lines(&[b"\xef\xbb", b"\xbfa\r\n\r", b"\n\nb"]), [line(1, "a"), line(4, "b")]);
    }

    #[test]
    fn a_line_at_the_limit_passes_and_one_beyond_is_skipped_to_its_end() {
        let fits = "x".repeat(LINE_BYTES_MAX);
        let long = "x".repeat(LINE_BYTES_MAX + 1);
        let body = format!("{fits}\n{long}\nshort\n{long}");
        let expected = vec![line(1, &fits), (2, None), line(3, "short"), (4, None)];
        assert_eq!(lines(&[body.as_bytes()]), expected);
        let chunks: Vec<_> = body.as_bytes().chunks(4_099).collect();
        assert_eq!(lines(&chunks), expected);
    }
}
