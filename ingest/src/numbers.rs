//! How whole numbers of more than 64 bits survive a parser that would make them doubles.

/// The same JSON with every whole number beyond 64 bits put in quotes; `None` when it has none.
pub(crate) fn quote_huge(json: &str) -> Option<String> {
    let mut quoted = String::with_capacity(json.len() + 16);
    let mut rest = json;
    while let Some(start) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        let (before, token) = rest.split_at(start);
        let end = token_end(token.as_bytes());
        quoted.push_str(before);
        match &token[..end] {
            number if is_huge(number) => quoted.extend(["\"", number, "\""]),
            other => quoted.push_str(other),
        }
        rest = &token[end..];
    }
    quoted.push_str(rest);
    (quoted.len() > json.len()).then_some(quoted)
}

/// Where the string or number that `bytes` begins with ends.
fn token_end(bytes: &[u8]) -> usize {
    if bytes[0] == b'"' {
        return crate::scan::Scanner::default().advance(bytes).unwrap_or(bytes.len());
    }
    let is_part = |byte: &u8| matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E' | b'0'..=b'9');
    bytes.iter().position(|byte| !is_part(byte)).unwrap_or(bytes.len())
}

fn is_huge(token: &str) -> bool {
    let digits = token.strip_prefix('-').unwrap_or(token);
    let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    whole && token.parse::<i64>().is_err() && token.parse::<u64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_huge_whole_numbers_are_quoted() {
        let json = r#"{"é":"1\"99999999999999999999","b":-99999999999999999999,"c":[18446744073709551616,1e30,-1]}"#;
        let quoted =
            r#"{"é":"1\"99999999999999999999","b":"-99999999999999999999","c":["18446744073709551616",1e30,-1]}"#;
        assert_eq!(quote_huge(json).as_deref(), Some(quoted));
        assert_eq!(quote_huge(r#"{"a":1e300,"b":18446744073709551615}"#), None);
    }
}
