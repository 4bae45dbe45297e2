//! What a request asks for by name: query strings, forms and JSON objects, read alike.

use axum::http::Uri;

use crate::failure::Failure;

/// The parameter that may be a tree.
const TREE: &str = "query";

/// Named values of one request. Each must be taken; what is left over is refused.
#[derive(Debug, Default)]
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
    /// The parameter `query` where it is a tree.
    tree: Option<serde_json::Value>,
}

impl Params {
    /// From the query string of `uri`.
    pub(crate) fn of_uri(uri: &Uri) -> Params {
        Params::of_form(uri.query().unwrap_or_default().as_bytes())
    }

    /// From `application/x-www-form-urlencoded` bytes.
    pub(crate) fn of_form(bytes: &[u8]) -> Params {
        Params { pairs: form_urlencoded::parse(bytes).into_owned().collect(), tree: None }
    }

    /// From a JSON object of texts, lists of texts, numbers and flags; null is as if it were not there.
    pub(crate) fn of_json(bytes: &[u8]) -> Result<Params, Failure> {
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(bytes)
            .map_err(|error| Failure::Body(format!("not a JSON object with the parameters: {error}")))?;
        let mut params = Params::default();
        for (name, value) in object {
            match value {
                serde_json::Value::Null => {}
                serde_json::Value::String(text) => params.pairs.push((name, text)),
                serde_json::Value::Number(number) => params.pairs.push((name, number.to_string())),
                serde_json::Value::Bool(flag) => params.pairs.push((name, flag.to_string())),
                serde_json::Value::Object(_) if name == TREE => params.tree = Some(value),
                serde_json::Value::Array(items) => params.push_list(&name, items)?,
                _ => return Err(Failure::parameter(&name, "must be a text or a number")),
            }
        }
        Ok(params)
    }

    /// A list of texts is a parameter that is given several times.
    fn push_list(&mut self, name: &str, items: Vec<serde_json::Value>) -> Result<(), Failure> {
        for item in items {
            match item {
                serde_json::Value::String(text) => self.pairs.push((name.to_owned(), text)),
                _ => return Err(Failure::parameter(name, "must be a list of texts")),
            }
        }
        Ok(())
    }

    /// The query as a tree, if it is said so.
    pub(crate) fn take_tree(&mut self) -> Option<serde_json::Value> {
        self.tree.take()
    }

    /// Adds those of `other`.
    pub(crate) fn extend(&mut self, other: Params) {
        self.tree = self.tree.take().or(other.tree);
        self.pairs.extend(other.pairs);
    }

    /// The value of `name`, which must not be given twice.
    pub(crate) fn take(&mut self, name: &str) -> Result<Option<String>, Failure> {
        let Some(at) = self.pairs.iter().position(|(given, _)| given == name) else { return Ok(None) };
        let (_, value) = self.pairs.remove(at);
        match self.pairs.iter().any(|(given, _)| given == name) {
            true => Err(Failure::parameter(name, "is given twice")),
            false => Ok(Some(value)),
        }
    }

    /// The first value of `name`, which stays.
    pub(crate) fn peek(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The first of these names that is given.
    pub(crate) fn first_of(&self, names: &[&str]) -> Option<String> {
        names.iter().find(|name| self.peek(name).is_some()).map(|name| (*name).to_owned())
    }

    /// Every value of `name`, in order.
    pub(crate) fn take_all(&mut self, name: &str) -> Vec<String> {
        self.pairs.extract_if(.., |(given, _)| given == name).map(|(_, value)| value).collect()
    }

    /// The value of `name` read by `FromStr`; an empty text is as if it were not there.
    pub(crate) fn read<T: std::str::FromStr>(&mut self, name: &str) -> Result<Option<T>, Failure>
    where
        T::Err: std::fmt::Display,
    {
        let Some(text) = self.take(name)?.filter(|text| !text.is_empty()) else { return Ok(None) };
        text.parse().map(Some).map_err(|error: T::Err| Failure::parameter(name, format!("`{text}`: {error}")))
    }

    /// Everything was taken; else the first stranger is named.
    pub(crate) fn finish(self, known: &'static [&'static str]) -> Result<(), Failure> {
        let tree = self.tree.map(|_| (TREE.to_owned(), String::new()));
        match self.pairs.into_iter().next().or(tree) {
            None => Ok(()),
            Some((name, _)) => Err(Failure::UnknownParameter { name, known }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_json_say_the_same() {
        let mut form = Params::of_form(b"q=level%3Aerror+x&limit=5");
        let mut json = Params::of_json(br#"{"q":"level:error x","limit":5,"cursor":null}"#).expect("an object");
        for params in [&mut form, &mut json] {
            assert_eq!(params.take("q"), Ok(Some("level:error x".to_owned())));
            assert_eq!(params.take("limit"), Ok(Some("5".to_owned())));
            assert_eq!(params.take("cursor"), Ok(None));
        }
        assert_eq!(form.finish(&["q"]), Ok(()));
    }

    #[test]
    fn twins_strangers_and_nonsense_are_named() {
        let error = |failure: Failure| failure.to_string();
        let mut twins = Params::of_form(b"q=1&q=2");
        assert_eq!(twins.take("q").map_err(error), Err("parameter `q`: is given twice".to_owned()));
        let stranger = Params::of_form(b"qery=1").finish(&["q", "limit"]).map_err(error);
        assert_eq!(stranger, Err("there is no parameter `qery`".to_owned()));
        let class = Params::of_form(b"class=noise").read::<vigil_model::Class>("class").map_err(error);
        assert!(class.is_err_and(|why| why.starts_with("parameter `class`: ")));
        assert!(Params::of_json(b"[1]").is_err());
        assert!(Params::of_json(br#"{"q":{}}"#).is_err());
    }
}
