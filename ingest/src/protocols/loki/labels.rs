//! How the labels of a stream are read from their text: `{app="shop", pod="a\"b"}`.

use std::borrow::Cow;

use vigil_query::template::unquote_start;

use super::Pairs;

/// Names and values in their order; else what was expected where. Names may be quoted, as Prometheus 3 writes those that
/// are no identifiers.
pub(super) fn read(text: &str) -> Result<Pairs<'_>, String> {
    let at = |rest: &str| text.len() - rest.len();
    let expected = |what: &str, rest: &str| format!("expected {what} at byte {}", at(rest));
    let inside = text.trim().strip_prefix('{').ok_or_else(|| expected("`{`", text))?;
    let mut rest = inside.trim_start();
    let mut labels = Vec::new();
    loop {
        if let Some(after) = rest.strip_prefix('}') {
            return if after.is_empty() { Ok(labels) } else { Err(expected("the end", after)) };
        }
        let (name, after) = name(rest).ok_or_else(|| expected("the name of a label", rest))?;
        let after = after.trim_start();
        let quoted = after.strip_prefix('=').ok_or_else(|| expected("`=`", after))?.trim_start();
        let (value, after) = unquote_start(quoted).ok_or_else(|| expected("a value in quotes", quoted))?;
        labels.push((name, value));
        rest = after.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after.trim_start(),
            None if rest.starts_with('}') => {}
            None => return Err(expected("`,` or `}`", rest)),
        }
    }
}

/// The name that `text` begins with, and what is behind it.
fn name(text: &str) -> Option<(Cow<'_, str>, &str)> {
    if text.starts_with('"') {
        return unquote_start(text);
    }
    let end =
        text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '-' | '/'))).unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    (!name.is_empty()).then_some((Cow::Borrowed(name), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
        let owned =
            |labels: Pairs<'_>| labels.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        read(text).map(owned)
    }

    #[test]
    fn labels_as_go_writes_them() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(pairs("{}"), Ok(vec![]));
        assert_eq!(pairs(" {a=\"b\"} "), Ok(vec![pair("a", "b")]));
        assert_eq!(
            pairs(r#"{app="sh\"op", path="C:\\x\t\u00e9", raw=`a"b`, "k8s.pod"="p",}"#),
            Ok(vec![pair("app", "sh\"op"), pair("path", "C:\\x\té"), pair("raw", "a\"b"), pair("k8s.pod", "p")])
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, why) in [
            ("", "expected `{` at byte 0"),
            ("{a}", "expected `=` at byte 2"),
            ("{a=b}", "expected a value in quotes at byte 3"),
            ("{a=\"b\" c=\"d\"}", "expected `,` or `}` at byte 7"),
            ("{a=\"b\"", "expected `,` or `}` at byte 6"),
            ("{=\"b\"}", "expected the name of a label at byte 1"),
            ("{} x", "expected the end at byte 2"),
        ] {
            assert_eq!(pairs(text), Err(why.to_owned()), "{text}");
        }
    }
}
