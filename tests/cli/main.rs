//! Does the command line do what a person at a terminal expects?

mod cluster_commands;
mod fake;
mod files;
mod join_failures;
mod refusals;
mod tokens;
mod words;
