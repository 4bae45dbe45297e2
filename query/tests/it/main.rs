//! Does the query crate keep its promises to everyone who builds on it?

mod errors;
mod errors_in_pipes;
mod grammar;
mod guide;
mod logql;
mod oracle;
mod permission;
mod robust;
mod roundtrip;
mod support;
mod words;
