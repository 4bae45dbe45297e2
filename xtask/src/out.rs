//! How does this program speak? Plain lines; a closed pipe is no failure.

use std::io::Write;

/// One line of result on standard output.
pub(crate) fn say(line: &str) {
    let _closed_pipe = writeln!(std::io::stdout(), "{line}");
}

/// One line of trouble on standard error.
pub(crate) fn complain(line: &str) {
    let _closed_pipe = writeln!(std::io::stderr(), "{line}");
}
