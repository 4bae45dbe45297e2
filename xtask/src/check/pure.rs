//! Which words would let floors 0 to 3 touch the world, or depend on chance?

use crate::source::{Line, holds_path, words};

/// Paths of `std` that reach outside, and where the need belongs.
const OUTSIDE: [(&str, &str); 8] = [
    ("std::fs", "files belong to the shells"),
    ("std::net", "sockets belong to the shells; addresses as values are fine"),
    ("std::thread", "threads belong to the shells"),
    ("std::process", "processes belong to the shells"),
    ("std::env", "the environment is read by the daemon"),
    ("std::io::stdin", "input arrives as bytes"),
    ("std::io::stdout", "output leaves as a value"),
    ("std::io::stderr", "output leaves as a value"),
];
/// Values of `std::net` that do nothing by themselves.
const ADDRESSES: [&str; 7] =
    ["IpAddr", "Ipv4Addr", "Ipv6Addr", "SocketAddr", "SocketAddrV4", "SocketAddrV6", "AddrParseError"];
/// Words that read a clock.
const CLOCKS: [&str; 2] = ["Instant", "SystemTime"];
/// Words that draw randomness.
const CHANCE: [&str; 5] = ["getrandom", "OsRng", "SysRng", "thread_rng", "RandomState"];
/// What excuses an unordered map.
const LOOKUP_ONLY: &str = "lookup only";

/// What is wrong with line `n`, given the paths that a `use` on it names.
pub(super) fn complaints(lines: &[Line], n: usize, used: &[&str]) -> Vec<String> {
    let code = lines[n].code.as_str();
    let mut complaints: Vec<String> = OUTSIDE.iter().filter_map(|(path, why)| outside(code, used, path, why)).collect();
    complaints.extend(clock(code, used));
    complaints.extend(chance(code, used));
    complaints.extend(unordered(lines, n, used));
    complaints
}

fn outside(code: &str, used: &[&str], path: &str, why: &str) -> Option<String> {
    let named = std::iter::once(code).chain(used.iter().copied()).any(|text| reaches(text, path));
    named.then(|| format!("{path} on a pure floor; {why}"))
}

fn reaches(text: &str, path: &str) -> bool {
    if path != "std::net" {
        return holds_path(text, path);
    }
    // A tree such as `std::net::{…}` is judged by its branches.
    text.match_indices("std::net").any(|(at, _)| {
        let rest = text[at + path.len()..].strip_prefix("::").unwrap_or_default();
        !rest.starts_with('{') && !words(rest).next().is_some_and(|word| ADDRESSES.contains(&word))
    })
}

fn clock(code: &str, used: &[&str]) -> Option<String> {
    let read = code.contains("::now(") || mentions(code, used, |word| CLOCKS.contains(&word));
    read.then(|| "a clock on a pure floor; take the time as an argument".to_owned())
}

fn chance(code: &str, used: &[&str]) -> Option<String> {
    let drawn = holds_path(code, "rand") || mentions(code, used, |word| CHANCE.contains(&word));
    drawn.then(|| "randomness on a pure floor; take it as an argument".to_owned())
}

fn unordered(lines: &[Line], n: usize, used: &[&str]) -> Option<String> {
    let named = mentions(&lines[n].code, used, |word| word.ends_with("HashMap") || word.ends_with("HashSet"));
    let excused = lines[n.saturating_sub(1)..=n].iter().any(|line| line.comment.contains(LOOKUP_ONLY));
    (named && !excused)
        .then(|| format!("an unordered map on a pure floor; use BTreeMap or BTreeSet, or say `// {LOOKUP_ONLY}: why`"))
}

fn mentions(code: &str, used: &[&str], bad: impl Fn(&str) -> bool) -> bool {
    words(code).any(&bad) || used.iter().flat_map(|path| words(path)).any(&bad)
}
