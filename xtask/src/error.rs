//! What can go wrong before a check has an answer, and what to do about it?

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a verb could not be carried out. A check that ran and found faults is not an error.
#[derive(Debug)]
pub(crate) enum Error {
    /// The command line makes no sense.
    Usage {
        /// What is wrong with it.
        what: String,
        /// The verb, or empty when the verb itself is unknown.
        verb: String,
    },
    /// A program did not start.
    Start {
        /// Its name.
        program: String,
        /// Why.
        cause: io::Error,
    },
    /// A program ran and failed, and nothing can go on without it.
    Failed {
        /// The command line.
        command: String,
    },
    /// `cargo metadata` said something unexpected.
    Metadata(String),
    /// A file could not be read or written.
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Cargo built no binary of this name.
    NoBinary(String),
}

impl Error {
    /// 2 for a wrong command line, else 1.
    pub(crate) fn exit_code(&self) -> u8 {
        if matches!(self, Error::Usage { .. }) { 2 } else { 1 }
    }

    /// For `map_err` on file access.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
        let path = path.into();
        move |cause| Error::File { path, cause }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Usage { what, verb } if verb.is_empty() => write!(f, "{what}; see `cargo xtask --help`"),
            Error::Usage { what, verb } => write!(f, "{what}; see `cargo xtask {verb} --help`"),
            Error::Start { program, cause } => {
                write!(f, "cannot start `{program}`: {cause}; install it or put it on PATH")
            }
            Error::Failed { command } => write!(f, "`{command}` failed; its own output above says why"),
            Error::Metadata(what) => write!(f, "cannot use the output of `cargo metadata`: {what}"),
            Error::File { path, cause } => write!(f, "cannot access {}: {cause}", path.display()),
            Error::NoBinary(name) => {
                write!(f, "the workspace builds no binary `{name}`; its crate needs src/main.rs or src/bin/{name}.rs")
            }
        }
    }
}
