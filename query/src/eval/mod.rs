//! Whether one event answers a filter.
//!
//! [`naive`] says what is meant, [`matcher`] says the same fast; a property test holds them equal.

mod compare;
mod matcher;
mod naive;
mod needle;
mod text;

pub use matcher::Matcher;
