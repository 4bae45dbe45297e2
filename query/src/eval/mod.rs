//! Whether one event answers a filter.
//!
//! [`naive`] says what is meant, [`matcher`] says the same fast; a property test holds them equal.

mod compare;
mod fields;
mod literal;
mod literals;
mod matcher;
mod naive;
mod needle;
mod sequence;
mod set;
mod span;
mod test;
mod text;

pub use literals::required_literals;
pub use matcher::Matcher;
pub(crate) use span::TYPES;
