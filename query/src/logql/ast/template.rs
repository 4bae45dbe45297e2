//! A text put together from labels: the part of Go's templates that is known here.

/// `"{{.host}}: {{.msg | trunc 80}}"`
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// As it was written.
    pub text: String,
    /// What it says.
    pub parts: Vec<TemplatePart>,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum TemplatePart {
    /// Text as it is.
    Text(String),
    /// `{{ source | call | call }}`
    Value(Source, Vec<TemplateCall>),
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `.label`
    Label(String),
    /// `__line__`
    Line,
    /// `"text"`
    Text(String),
}

/// A function of one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateCall {
    /// `lower`, `ToLower`
    Lower,
    /// `upper`, `ToUpper`
    Upper,
    /// `title`
    Title,
    /// `trim`, `TrimSpace`
    Trim,
    /// `trunc 5`: the first characters, or with a negative number the last.
    Trunc(i64),
    /// `substr 2 5`: characters from the first number up to the second; a negative second one is the end.
    Substr(i64, i64),
    /// `replace "old" "new"`, `Replace "old" "new" -1`
    Replace(String, String),
    /// `trimPrefix "p"`
    TrimPrefix(String),
    /// `trimSuffix "s"`
    TrimSuffix(String),
    /// `default "-"`: instead of the empty text.
    Default(String),
}
