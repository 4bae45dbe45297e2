//! What a list in JSON names: a bundle of STIX 2.1, an event or an answer of MISP, a warning list of MISP, a plain array.

use serde_json::Value;

/// Deeper JSON is no such document; `serde_json` itself reads 128 levels.
const DEPTH_MAX: usize = 16;

/// Every text of a document that may be an indicator.
pub(super) fn indicators(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    gather(document, 0, &mut found);
    found
}

fn gather(value: &Value, depth: usize, found: &mut Vec<String>) {
    if depth > DEPTH_MAX {
        return;
    }
    match value {
        Value::Array(items) if depth == 0 && items.iter().all(Value::is_string) => texts(items, found),
        Value::Array(items) => items.iter().for_each(|item| gather(item, depth + 1, found)),
        Value::Object(members) => match (text(value, "type"), text(value, "pattern")) {
            (Some("indicator"), Some(pattern)) => stix(value, pattern, found),
            (Some(kind), _) if value.get("value").is_some() => misp(value, kind, found),
            _ => {
                if let Some(Value::Array(items)) = members.get("list") {
                    texts(items, found);
                }
                members.values().for_each(|member| gather(member, depth + 1, found));
            }
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn texts(items: &[Value], found: &mut Vec<String>) {
    found.extend(items.iter().filter_map(Value::as_str).map(str::to_owned));
}

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name)?.as_str()
}

/// An attribute: of two parts, `domain|ip`, each is an indicator; what is not meant for detection is none.
fn misp(attribute: &Value, kind: &str, found: &mut Vec<String>) {
    let Some(value) = text(attribute, "value") else { return };
    if attribute.get("to_ids") == Some(&Value::Bool(false)) {
        return;
    }
    match kind.contains('|') {
        true => found.extend(value.split('|').map(str::to_owned)),
        false => found.push(value.to_owned()),
    }
}

/// The compared values of a pattern such as `[ipv4-addr:value = '1.2.3.4' OR url:value = 'http://x']`. Where more than
/// one thing must be seen together no value is an indicator by itself.
fn stix(indicator: &Value, pattern: &str, found: &mut Vec<String>) {
    let revoked = indicator.get("revoked") == Some(&Value::Bool(true));
    let foreign = text(indicator, "pattern_type").is_some_and(|kind| kind != "stix");
    if revoked || foreign {
        return;
    }
    let (mut values, mut outside, mut behind_key) = (Vec::new(), String::new(), false);
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('\'') {
        let Some((value, behind)) = quoted(after) else { return };
        if is_equal(before, behind_key) {
            values.push(value);
        }
        // `file:hashes.'SHA-256'`: the quotes are part of the name of what is compared.
        behind_key = before.ends_with(":hashes.");
        outside.push_str(before);
        outside.push(' ');
        rest = behind;
    }
    outside.push_str(rest);
    let together = outside.split_whitespace().any(|word| ["AND", "FOLLOWEDBY", "NOT"].contains(&word));
    if !together {
        found.extend(values);
    }
}

/// Whether what stands before a quoted text compares a value or a hash with it.
fn is_equal(before: &str, behind_key: bool) -> bool {
    let path = before.trim_end().strip_suffix('=').filter(|path| !path.ends_with(['!', '<', '>'])).map(str::trim);
    path.is_some_and(|path| match path {
        "" => behind_key,
        path => path.ends_with(":value") || path.contains(":hashes."),
    })
}

/// A text in single quotes behind the first, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\'' => return Some((value, &text[at + 1..])),
            '\\' => value.extend(chars.next().map(|(_, c)| c)),
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use proptest::prelude::*;

    use super::indicators;

    fn read(json: &str) -> String {
        indicators(&serde_json::from_str(json).expect("JSON")).join(" ")
    }

    #[test]
    fn documents_of_every_kind() {
        let told = [
            r#"{"type":"bundle","objects":[
                {"type":"indicator","pattern_type":"stix","pattern":"[ipv4-addr:value = '1.2.3.4' OR url:value='http://a\\'b/']"},
                {"type":"indicator","pattern":"[file:hashes.'SHA-256' = 'aa' OR file:hashes.MD5 = 'bb']"},
                {"type":"indicator","pattern":"[domain-name:value = 'x.example' AND ipv4-addr:value = '5.6.7.8']"},
                {"type":"indicator","pattern":"[domain-name:value != 'good.example']"},
                {"type":"indicator","pattern":"[file:name = 'a.exe']"},
                {"type":"indicator","revoked":true,"pattern":"[ipv4-addr:value = '9.9.9.9']"},
                {"type":"indicator","pattern_type":"yara","pattern":"rule x { 'y' }"},
                {"type":"malware","name":"evil"}]}"#,
            r#"{"response":[{"Event":{"info":"x","Attribute":[
                {"type":"ip-dst","value":"1.2.3.4","to_ids":true},{"type":"domain|ip","value":"bad.example|5.6.7.8"},
                {"type":"comment","value":"no","to_ids":false}],
                "Object":[{"name":"file","Attribute":[{"type":"sha256","value":"cc"}]}]}}]}"#,
            r#"{"name":"warninglist","type":"hostname","list":["good.example","1.1.1.1"]}"#,
            r#"["a.example","b.example"]"#,
            "7",
        ];
        let told: String = told.iter().map(|json| format!("{}\n", read(json))).collect();
        expect![[r#"
            1.2.3.4 http://a'b/ aa bb
            1.2.3.4 bad.example 5.6.7.8 cc
            good.example 1.1.1.1
            a.example b.example

        "#]]
        .assert_eq(&told);
    }

    proptest! {
        #[test]
        fn no_pattern_is_a_panic(pattern in "(\\[|\\]|'|\\\\|=|!|é|:value|AND | |[a-z]){0,30}") {
            indicators(&serde_json::json!({ "type": "indicator", "pattern": pattern }));
        }
    }
}
