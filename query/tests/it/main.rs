//! Does the query crate keep its promises to everyone who builds on it?

mod aggregates;
mod errors;
mod errors_in_functions;
mod errors_in_pipes;
mod errors_in_shaping;
mod errors_in_tests;
mod expressions;
mod grammar;
mod grammar_of_pipes;
mod grammar_of_tests;
mod guide;
mod hostile;
mod json;
mod literals;
mod logql;
mod oracle;
mod permission;
mod pipes;
mod robust;
mod roundtrip;
mod support;
mod words;
