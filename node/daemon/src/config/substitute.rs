//! What `${VAR}`, `${VAR:-default}` and `${file:PATH}` stand for inside a value. `$$` is a dollar.

use std::io::Read;

/// Bytes that `${file:…}` may bring in.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// The text with everything put in; else what could not be, one sentence each.
pub(crate) fn substitute(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, Vec<String>> {
    let (mut out, mut faults, mut rest) = (String::with_capacity(text.len()), Vec::new(), text);
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = match step(&rest[at..], variable) {
            Ok((part, rest)) => {
                out.push_str(&part);
                rest
            }
            Err((fault, rest)) => {
                faults.push(fault);
                rest
            }
        };
    }
    out.push_str(rest);
    if faults.is_empty() { Ok(out) } else { Err(faults) }
}

/// What stands at the dollar that `text` begins with, and what follows it.
fn step<'t>(text: &'t str, variable: &dyn Fn(&str) -> Option<String>) -> Result<(String, &'t str), (String, &'t str)> {
    if let Some(rest) = text.strip_prefix("$$") {
        return Ok(("$".into(), rest));
    }
    let Some(inner) = text.strip_prefix("${") else {
        return Ok(("$".into(), &text[1..]));
    };
    let Some((name, rest)) = inner.split_once('}') else {
        return Err(("`${` without a closing `}`; write `$$` for a dollar sign".into(), ""));
    };
    resolve(name, variable).map(|part| (part, rest)).map_err(|fault| (fault, rest))
}

fn resolve(name: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    if let Some(path) = name.strip_prefix("file:") {
        return file(path);
    }
    let (name, default) = name.split_once(":-").map_or((name, None), |(name, default)| (name, Some(default)));
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(is_name) {
        return Err(format!("`${{{name}}}` does not name a variable"));
    }
    let set = variable(name).filter(|value| default.is_none() || !value.is_empty());
    let missing = || format!("variable {name} is not set; write ${{{name}:-DEFAULT}} to do without");
    set.or(default.map(str::to_owned)).ok_or_else(missing)
}

fn file(path: &str) -> Result<String, String> {
    let mut text = String::new();
    let opened = std::fs::File::open(path).map_err(|error| format!("cannot open {path}: {error}"))?;
    let read = opened.take(FILE_BYTES_MAX + 1).read_to_string(&mut text);
    read.map_err(|error| format!("cannot read {path}: {error}"))?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(format!("{path} is longer than {FILE_BYTES_MAX} bytes"));
    }
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_host(text: &str) -> Result<String, Vec<String>> {
        substitute(text, &|name| match name {
            "HOST" => Some("a".into()),
            "EMPTY" => Some(String::new()),
            _ => None,
        })
    }

    #[test]
    fn values() {
        let table = [
            ("plain", "plain"),
            ("${HOST}:1", "a:1"),
            ("${NONE:-b}", "b"),
            ("${EMPTY:-b}", "b"),
            ("[${EMPTY}]", "[]"),
            ("$$HOST $5", "$HOST $5"),
            ("${HOST}${HOST}", "aa"),
            ("${NONE:-}", ""),
        ];
        for (text, wanted) in table {
            assert_eq!(with_host(text).as_deref(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn every_fault_is_told() {
        assert_eq!(with_host("${A} ${B} ${").map_err(|faults| faults.len()), Err(3));
        assert!(with_host("${a b}").is_err());
        assert!(with_host("${file:/nonexistent/secret}").is_err());
    }

    #[test]
    fn a_file_is_put_in_without_its_last_line_end() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("secret");
        std::fs::write(&path, "s3cret\n").expect("written");
        assert_eq!(with_host(&format!("${{file:{}}}", path.display())).as_deref(), Ok("s3cret"));
    }
}
