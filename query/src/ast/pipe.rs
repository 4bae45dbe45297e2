//! The steps after the filter, one file each in `pipes`.
//!
//! Where a step takes an `only_if`, rows that do not pass it go through unchanged.

use super::{Expression, Filter, Pattern, Query, Stats};

/// One step after the filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Pipe {
    // Which rows.
    /// `where level:error`, `filter …`
    Where(Filter),
    /// `sort by (n desc, host)`
    Sort(Vec<SortKey>),
    /// `limit 10`, `head 10`
    Limit(u64),
    /// `offset 10`, `skip 10`
    Offset(u64),
    /// `sample 100`: about one row of so many, the same ones on every node (chosen by the event's id).
    Sample(u64),
    /// `top 10 by (host)`
    Top(Top),
    /// `uniq by (host) with hits`
    Uniq(Uniq),
    // Which columns.
    /// `fields host, level`, `keep …`: these, in this order. A name that ends in `*` takes all that begin so.
    Fields(Vec<String>),
    /// `delete a, b*`, `drop`, `rm`
    Delete(Vec<String>),
    /// `rename a as b, c as d`, `mv`
    Rename(Vec<(String, String)>),
    /// `copy a as b`, `cp`
    Copy(Vec<(String, String)>),
    /// `drop_empty_fields`
    DropEmpty,
    // What is in a text.
    /// `extract "ip=<ip> " from message`
    Extract(Extract),
    /// `extract_regexp "(?P<ip>…)" from message`
    ExtractRegex(ExtractRegex),
    /// `unpack_json from message fields (a, b) result_prefix "x."`
    UnpackJson(Unpack),
    /// `unpack_logfmt from message`
    UnpackLogfmt(Unpack),
    /// `unpack_syslog from message`
    UnpackSyslog(Unpack),
    /// `unroll by (tags)`: a row for each item of a list, or of a JSON array in a text.
    Unroll(Unroll),
    // What a value looks like.
    /// `format "<host>: <message>" as line`
    Format(Format),
    /// `replace ("old", "new") at message limit 1`
    Replace(Replace),
    /// `replace_regexp ("o(l)d", "$1") at message`
    ReplaceRegex(ReplaceRegex),
    /// `math a / b as share, round(a) as b`, `eval`
    Math(Vec<MathStep>),
    /// `len(message) as bytes`
    Len {
        /// Of which field.
        field: String,
        /// Name of the column; holds the number of bytes of the text.
        into: String,
    },
    /// `decolorize message`: without terminal colours.
    Decolorize(String),
    /// `collapse message`: numbers and ids become `<N>`, `<ID>`, …, so that like lines are equal.
    Collapse(Collapse),
    /// `pack_json fields (a, b) as all`
    PackJson(Pack),
    /// `pack_logfmt fields (a, b) as all`
    PackLogfmt(Pack),
    // What is there.
    /// `field_names`: columns `name`, `hits`.
    FieldNames,
    /// `field_values host limit 10`: columns `host`, `hits`.
    FieldValues(FieldValues),
    /// `facets 10`: the most frequent values of every field; columns `field_name`, `field_value`, `hits`.
    Facets(Facets),
    /// `context before 2 after 2`, `stream_context`: the neighbours of each row in its log.
    Context(Context),
    // More than one query.
    /// `join by (user) (level:error | stats by (user) count() errors)`
    Join(Join),
    /// `union (level:error)`: rows of another query behind these.
    Union(Box<Query>),
    // Groups.
    /// `stats by (host) count() as n`
    Stats(Stats),
    /// A row for each window of time that holds it, `_time` being the window's end. Of LogQL; in VQL
    /// `windows range 5m step 1m from <time> count 60`.
    Windows(Windows),
}

/// One criterion of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// The field or column.
    pub field: String,
    /// Greatest first.
    pub descending: bool,
}

/// The most frequent combinations of values.
#[derive(Clone, Debug, PartialEq)]
pub struct Top {
    /// How many.
    pub limit: u64,
    /// Of which fields.
    pub by: Vec<String>,
    /// Name of the column that counts.
    pub hits: String,
}

/// The different combinations of values.
#[derive(Clone, Debug, PartialEq)]
pub struct Uniq {
    /// Of which fields.
    pub by: Vec<String>,
    /// Name of the column that counts, if one is wanted.
    pub hits: Option<String>,
    /// At most so many.
    pub limit: Option<u64>,
}

/// A pattern of literal text and `<names>`; `<_>` and `<>` skip.
#[derive(Clone, Debug, PartialEq)]
pub struct Extract {
    /// As written. Its literal text and names are read by [`crate::template`].
    pub pattern: String,
    /// Of which field; `None` is the message.
    pub from: Option<String>,
    /// Fields that have something keep it.
    pub keep_original: bool,
    /// See the module.
    pub only_if: Option<Filter>,
}

/// A regular expression with named groups.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtractRegex {
    /// Its named groups become fields.
    pub pattern: Pattern,
    /// Of which field; `None` is the message.
    pub from: Option<String>,
    /// Fields that have something keep it.
    pub keep_original: bool,
    /// See the module.
    pub only_if: Option<Filter>,
}

/// Fields out of a text of a known form. A text that is not of the form leaves the row as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unpack {
    /// Of which field; `None` is the message.
    pub from: Option<String>,
    /// Only these; all when empty.
    pub fields: Vec<String>,
    /// Put before every name.
    pub prefix: String,
    /// Fields that have something keep it.
    pub keep_original: bool,
    /// See the module.
    pub only_if: Option<Filter>,
}

/// A row for each item.
#[derive(Clone, Debug, PartialEq)]
pub struct Unroll {
    /// Of which fields, side by side.
    pub by: Vec<String>,
    /// See the module.
    pub only_if: Option<Filter>,
}

/// A text put together from fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Format {
    /// As written: literal text and `<name>`, `<q:name>` (quoted as JSON), `<uc:name>`, `<lc:name>`, `<time:name>`,
    /// `<duration:name>`.
    pub template: String,
    /// Name of the column; `None` is the message.
    pub into: Option<String>,
    /// A column that has something keeps it.
    pub keep_original: bool,
    /// See the module.
    pub only_if: Option<Filter>,
}

/// One text in place of another.
#[derive(Clone, Debug, PartialEq)]
pub struct Replace {
    /// What is taken out; not empty.
    pub old: String,
    /// What is put in.
    pub new: String,
    /// In which field; `None` is the message.
    pub at: Option<String>,
    /// At most so often.
    pub limit: Option<u64>,
    /// See the module.
    pub only_if: Option<Filter>,
}

/// As [`Replace`], by a regular expression; `$1` and `${name}` are its groups.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplaceRegex {
    /// What is taken out.
    pub pattern: Pattern,
    /// What is put in.
    pub new: String,
    /// In which field; `None` is the message.
    pub at: Option<String>,
    /// At most so often.
    pub limit: Option<u64>,
    /// See the module.
    pub only_if: Option<Filter>,
}

/// One computed column.
#[derive(Clone, Debug, PartialEq)]
pub struct MathStep {
    /// What is computed.
    pub expression: Expression,
    /// Name of the column.
    pub into: String,
}

/// Like lines made equal.
#[derive(Clone, Debug, PartialEq)]
pub struct Collapse {
    /// Which field; `None` is the message.
    pub at: Option<String>,
    /// See the module.
    pub only_if: Option<Filter>,
}

/// Fields put into one text.
#[derive(Clone, Debug, PartialEq)]
pub struct Pack {
    /// Which; all when empty. A name that ends in `*` takes all that begin so.
    pub fields: Vec<String>,
    /// Name of the column; `None` is the message.
    pub into: Option<String>,
}

/// The values of a field and how often they are there.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldValues {
    /// Which field.
    pub field: String,
    /// At most so many, the most frequent first.
    pub limit: Option<u64>,
}

/// The most frequent values of every field.
#[derive(Clone, Debug, PartialEq)]
pub struct Facets {
    /// Values of each field.
    pub limit: u64,
    /// A field with more different values than this is left out.
    pub max_values: u64,
    /// A field with a value longer than this, in bytes, is left out.
    pub max_value_len: u64,
    /// Keep fields that have one value in all events.
    pub keep_const: bool,
}

/// The neighbours of a row in its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// How many before it.
    pub before: u64,
    /// How many after it.
    pub after: u64,
}

/// Columns of another query, where these fields are equal.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// Which fields must be equal.
    pub by: Vec<String>,
    /// The other query.
    pub query: Box<Query>,
    /// Rows without a partner are dropped.
    pub inner: bool,
    /// Put before the names of the columns that come in.
    pub prefix: String,
}

/// Windows of time that a row may be in more than one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// End of the first window, nanoseconds since 1970. A window holds the times after its start, up to its end.
    pub first: i64,
    /// From the end of one to the end of the next, above 0.
    pub step: i64,
    /// How many windows.
    pub count: u64,
    /// How long each is, above 0.
    pub range: i64,
}
