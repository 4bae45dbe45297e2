//! Does the command line do what a person at a terminal expects?

mod files;
mod refusals;
mod words;
