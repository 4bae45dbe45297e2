//! How foreign bytes become events.
//!
//! Bytes arrive in chunks cut anywhere. A [`Decoder`] follows a [`Recipe`] and fills a [`Batch`]:
//! records in chunks that fit one submission, and rejects with their line and reason. Nothing
//! fails as a whole: a bad line costs itself only.
//!
//! What an event becomes:
//!
//! - Nested objects become dotted names; of a name given twice the last value stays. An empty
//!   object is the text `{}`. A list stays a list; an object inside it is its compact JSON text.
//! - Whole numbers beyond `i64` are kept as text, digit for digit; other numbers are doubles.
//! - The field that gave the event time moves into the envelope. A field that does not read as a
//!   time stays a field, and the time of arrival stands in.
//! - An event of the systemd journal, known by `__REALTIME_TIMESTAMP`, has its `MESSAGE` as
//!   `message`, unless it has one.
//! - Names that Vigil needs for itself (`_time`, `_id`, `_log`, `_class`, `_time_assumed`, and
//!   `message` where another field was named for it) get a trailing underscore, so nothing a
//!   client sends is lost or mistaken for Vigil's own.
//! - Text that is not UTF-8 is refused in JSON. A plain line is kept with U+FFFD in place of the
//!   wrong bytes and says so in `parse_error`.

mod asked;
mod batch;
mod carry;
mod condition;
mod counts;
mod decode;
mod detect;
mod draft;
mod event;
mod fields;
mod formats;
mod join;
mod json;
mod list;
mod multiline;
mod networks;
mod numbers;
mod octets;
mod options;
mod pattern;
mod pipeline;
mod recipe;
mod refusal;
mod scan;
mod severity;
mod source;
mod split;
mod stage;
mod stages;
mod time;
mod traces;
mod watch;
mod writer;

pub mod protocols;

pub mod scrub {
    //! Takes secrets out of texts: what the stage `scrub` does, for whoever shows or sends what is not stored.

    pub use crate::stages::scrub::{Finding, Kind, REDACTED, Scrubber};
}

pub use asked::Asked;
pub use batch::{Batch, Reject, Rejects};
pub use counts::{Counted, Counts, Problem};
pub use decode::Decoder;
pub use detect::Decision;
pub use event::{Explain, Shown, TIME_NAMES};
pub use multiline::{Multiline, Rule};
pub use pattern::Pattern;
pub use pipeline::Pipeline;
pub use recipe::{Format, Recipe};
pub use refusal::Refusal;
pub use severity::Severity;
pub use source::{Door, Listen, Source, Sources, Spec, Transport, read_sources};
pub use stage::{Event, Files, Making, NoFiles, NoNames, Resolver, Stage, Summary, SummaryValue, Verdict};
pub use writer::{Fate, Writer};
