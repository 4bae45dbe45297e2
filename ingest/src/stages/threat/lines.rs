//! What a list of lines names: one indicator a line, the first column of CSV, a file of hosts.

/// The text of each line that may be an indicator.
pub(super) fn indicators(text: &str) -> impl Iterator<Item = &str> {
    text.trim_start_matches('\u{feff}').lines().filter_map(of_line)
}

fn of_line(line: &str) -> Option<&str> {
    let line = line.trim();
    if line.is_empty() || line.starts_with(['#', ';']) || line.starts_with("//") {
        return None;
    }
    if let Some(quoted) = line.strip_prefix('"') {
        return quoted.split('"').next();
    }
    let ends = |c: char| c.is_whitespace() || c == ',' || (c == ';' && !line.contains("://"));
    let mut words = line.split(ends).filter(|word| !word.is_empty());
    let first = words.next()?;
    // A file of hosts gives bad names an address that leads nowhere.
    match first {
        "0.0.0.0" | "127.0.0.1" | "::" | "::1" => words.next().or(Some(first)),
        _ => Some(first),
    }
}

#[cfg(test)]
mod tests {
    use super::indicators;

    #[test]
    fn lines_of_every_kind_of_list() {
        let text = "\u{feff}# comment\n; too\n// and\n\n1.2.3.0/24 ; SBL1\nbad.example,2026,x\n\"http://x/a,b\",y\n\
                    0.0.0.0 host.example # why\nhttp://x/a;b c\n127.0.0.1\n\"\n,\n";
        let read: Vec<&str> = indicators(text).collect();
        assert_eq!(
            read,
            ["1.2.3.0/24", "bad.example", "http://x/a,b", "host.example", "http://x/a;b", "127.0.0.1", ""]
        );
    }
}
