//! Which events: a tree of tests on one event.

use std::net::Ipv6Addr;

use vigil_model::Timestamp;

use super::{Pattern, Query};

/// Which field a test reads. `_time` is the event time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// Any field: the test holds when one field passes it.
    Any,
    /// The field of this dotted name.
    Named(String),
}

/// A tree of tests on one event.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Every event.
    All,
    /// Events that do not pass.
    Not(Box<Filter>),
    /// Events that pass every part.
    And(Vec<Filter>),
    /// Events that pass some part.
    Or(Vec<Filter>),
    /// Events of which `field` passes `test`.
    Field {
        /// Which field.
        field: Field,
        /// What it must pass.
        test: FieldTest,
    },
    /// Events of which two fields relate so: `a:eq_field(b)`. A missing or empty field relates to nothing; a list is
    /// compared by its text, `x, y`.
    Fields {
        /// One field.
        left: String,
        /// How it must stand to the other.
        relation: Relation,
        /// The other field.
        right: String,
    },
}

/// How one field must stand to another. Two numbers compare as numbers, two times (one of which may be text) as times,
/// anything else by the bytes of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `eq_field`: the same text, so `5` is not `5.0`.
    Equal,
    /// `lt_field`
    Less,
    /// `le_field`
    LessOrEqual,
}

/// Whether letter case counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Case {
    /// It does not: `Error` finds `ERROR`.
    #[default]
    Folded,
    /// It does.
    Exact,
}

/// A test of one value. Text tests read the value's text form, whatever its type; a list passes
/// when one of its items does.
///
/// Null, the empty text and a list without any other item are empty. A phrase or exact text that
/// is empty asks what `Empty` asks; an empty prefix and a range open on both sides ask what
/// `Exists` asks. Any other test passes on no empty value, but for `value_type` and `contains_all()` of nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldTest {
    /// The words of this text stand in the value in this order, at word boundaries, letter case
    /// ignored: `error`, `"connection refused"`.
    Phrase(String),
    /// As a phrase, but the last word may go on: `err*`, `"connection ref"*`.
    Prefix(String),
    /// As a phrase, letter case respected: `c"Connection refused"`.
    CasedPhrase(String),
    /// As a prefix, letter case respected: `c"Connection ref"*`.
    CasedPrefix(String),
    /// The text stands anywhere in the value, inside of words too: `*onnec*`, `*"on ref"*`; with exact case
    /// `c*"onnec"*`. An empty text asks what `Exists` asks.
    Substring(String, Case),
    /// A regular expression finds something in the value: `~"time(d )?out"`, `/re/`.
    Regex(Pattern),
    /// The whole value is one of these texts, letter case respected: `in(a, b)`; the same as `Exact` of some of them,
    /// so that an empty text among them asks what `Empty` asks.
    In(Set),
    /// Each of these texts stands in the value as a phrase (letter case ignored): `contains_all(a, b)`. Each may stand
    /// in another item of a list. An empty text stands everywhere, and no texts at all are in everything.
    ContainsAll(Set),
    /// Some of these texts stands in the value as a phrase: `contains_any(a, b)`.
    ContainsAny(Set),
    /// The texts stand in the value as phrases (letter case ignored), one after another: `seq("a", "b")`.
    Sequence(Vec<String>),
    /// The text of the value lies between these, by bytes, low included, high excluded: `string_range(a, b)`.
    StringRange(String, String),
    /// The text has at least and at most so many characters: `len_range(1, 5)`.
    LengthRange(u64, u64),
    /// The value reads as an IP address inside this range: `ipv4_range(10.0.0.0/8)`, `ip_range(fe80::/10)`.
    IpRange(IpRange),
    /// The type of the value as it was taken in: `value_type(int)`; null, bool, int, float, string, bytes, time, list.
    ValueType(String),
    /// The value is a time, or reads as one, and its time of day lies within `from..to`, in nanoseconds since midnight
    /// of UTC plus `offset`: `_time:day_range[08:00, 18:00)`, `_time:day_range[08:00, 18:00) offset 2h`.
    DayRange {
        /// First instant of a day inside.
        from: i64,
        /// First one no longer inside.
        to: i64,
        /// Added to the time before it is cut into days.
        offset: i64,
    },
    /// The value is a time, or reads as one, and its day of the week lies within `from..=to`, 0 is Sunday:
    /// `_time:week_range[Mon, Fri]`.
    WeekRange {
        /// First day inside.
        from: u8,
        /// Last day inside.
        to: u8,
        /// Added to the time before it is cut into days.
        offset: i64,
    },
    /// The whole value is this text, letter case respected: `:=v`.
    Exact(String),
    /// The value begins with this text, letter case respected: `:=v*`.
    ExactPrefix(String),
    /// The field exists and its text is not empty: `field:*`.
    Exists,
    /// The field is missing or its text is empty: `field:""`.
    Empty,
    /// The value compares so to a number, time or text: `>5`.
    Compare(Comparison, Bound),
    /// The value lies between two bounds: `[1 TO 5]`, `{a TO b}`; the flags say whether the
    /// bound itself is inside.
    Range {
        /// Lower bound; `None` is open.
        low: Option<(Bound, bool)>,
        /// Upper bound; `None` is open.
        high: Option<(Bound, bool)>,
    },
}

/// How a value must compare to its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// What a value is compared with. A number compares with numbers and with text that reads as a
/// number; a time with times and RFC 3339 text; a text by its bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    /// A number, units already applied (`10KiB` is 10240, `5m` is 300 seconds in nanoseconds).
    Number(f64),
    /// A whole number that an `f64` cannot hold exactly; every other one is a `Number`.
    Integer(i64),
    /// A time.
    Time(Timestamp),
    /// A text.
    Text(String),
}

/// Texts that a value is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Set {
    /// These.
    Values(Vec<String>),
    /// Whatever the first column of this query answers. It is asked before the query that holds it, which then has
    /// `Values`; until then nothing is in it.
    Query(Box<Query>),
}

/// Addresses from `first` to `last`, both included; IPv4 as its mapped form `::ffff:a.b.c.d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpRange {
    /// The first address inside.
    pub first: Ipv6Addr,
    /// The last one.
    pub last: Ipv6Addr,
}
