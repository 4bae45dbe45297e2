//! How the program ends: one exit code for each kind of outcome.

use std::fmt;
use std::io;

/// An exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Ok,
    /// It ran, and the answer is no, or there are findings.
    No,
    /// The command line is wrong, or the query or a value in it; clap ends with it by itself.
    Usage,
    /// The configuration is wrong.
    Config,
    /// No node answers.
    Unreachable,
    /// Not allowed.
    Denied,
    /// The answer is partial, or it took too long.
    Partial,
    /// Data are not what was signed.
    Integrity,
    /// Stopped by Ctrl-C.
    Interrupted,
}

impl Exit {
    /// Every code, in order.
    pub(crate) const ALL: [Exit; 9] = [
        Exit::Ok,
        Exit::No,
        Exit::Usage,
        Exit::Config,
        Exit::Unreachable,
        Exit::Denied,
        Exit::Partial,
        Exit::Integrity,
        Exit::Interrupted,
    ];

    /// The number that the shell sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Ok => 0,
            Exit::No => 1,
            Exit::Usage => 2,
            Exit::Config => 3,
            Exit::Unreachable => 4,
            Exit::Denied => 5,
            Exit::Partial => 6,
            Exit::Integrity => 7,
            Exit::Interrupted => 130,
        }
    }

    /// What it means, for `vigil help exit-codes`.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Exit::Ok => "done; a query without hits too, unless --exit-empty",
            Exit::No => "it ran, and the answer is no, or there are findings (rejected lines, failed checks)",
            Exit::Usage => "the command line is wrong, or the query or ticket in it",
            Exit::Config => "the configuration is wrong, or the node cannot start with it",
            Exit::Unreachable => "no node answers, or not the one that was meant",
            Exit::Denied => "not allowed: no token, a wrong one, too small a role; or removed from the cluster",
            Exit::Partial => "the answer is partial, not everything is in step, or it took too long",
            Exit::Integrity => "data are not what was signed, or a peer is not who it should be",
            Exit::Interrupted => "stopped by Ctrl-C",
        }
    }

    /// What a status of HTTP means for the shell.
    pub(crate) fn of_status(status: u16) -> Exit {
        match status {
            200..300 => Exit::Ok,
            401 | 403 => Exit::Denied,
            408 | 429 | 503 | 504 | 507 => Exit::Partial,
            _ => Exit::No,
        }
    }

    /// What a refusal means for the shell: its code where that says more than its status.
    pub(crate) fn of_refusal(status: u16, code: &str) -> Exit {
        match (status, code) {
            (400, "query_parse" | "not_a_ticket" | "own_ticket" | "invite" | "name") => Exit::Usage,
            (400, code) if code.starts_with("bad_") || code.starts_with("ticket_") => Exit::Usage,
            (_, "unreachable") => Exit::Unreachable,
            (_, "removed" | "rejected" | "secret_refused") => Exit::Denied,
            (_, "waiting") => Exit::Partial,
            (_, "wrong_key" | "issuer_unproved") => Exit::Integrity,
            _ => Exit::of_status(status),
        }
    }
}

/// Why a command does not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    /// How the program ends.
    pub(crate) exit: Exit,
    /// A stable word for it, when the node gave one.
    pub(crate) code: String,
    /// What was wrong, where. Empty where the reader went away: then nothing is said.
    pub(crate) message: String,
    /// What to do.
    pub(crate) hint: Option<String>,
}

impl Failure {
    /// A failure without a hint.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Failure {
        Failure { exit, code: String::new(), message: message.into(), hint: None }
    }

    /// With what to do about it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }
}

/// For writing to stdout: whoever read it has seen enough, which is no failure.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::new(Exit::Ok, ""),
            _ => Failure::new(Exit::No, format!("cannot write the output: {error}")),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code.as_str() {
            _ if self.message.starts_with("error:") => write!(f, "{}", self.message)?,
            "" => write!(f, "error: {}", self.message)?,
            code => write!(f, "error[{code}]: {}", self.message)?,
        }
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_as_documented() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 130]);
    }

    #[test]
    fn statuses_map_to_codes() {
        let table = [
            (200, Exit::Ok),
            (400, Exit::No),
            (404, Exit::No),
            (410, Exit::No),
            (401, Exit::Denied),
            (403, Exit::Denied),
            (429, Exit::Partial),
            (503, Exit::Partial),
            (507, Exit::Partial),
            (500, Exit::No),
        ];
        for (status, exit) in table {
            assert_eq!(Exit::of_status(status), exit, "{status}");
        }
    }

    #[test]
    fn a_code_says_more_than_its_status() {
        let table = [
            (400, "bad_role", Exit::Usage),
            (400, "ticket_mistyped", Exit::Usage),
            (400, "query", Exit::No),
            (401, "bad_authorization", Exit::Denied),
            (403, "role_needed", Exit::Denied),
            (409, "ticket_used", Exit::No),
            (409, "ticket_expired", Exit::No),
            (409, "removed", Exit::Denied),
            (409, "wrong_key", Exit::Integrity),
            (409, "waiting", Exit::Partial),
            (504, "unreachable", Exit::Unreachable),
            (429, "rate_limited", Exit::Partial),
        ];
        for (status, code, exit) in table {
            assert_eq!(Exit::of_refusal(status, code), exit, "{status} {code}");
        }
    }

    #[test]
    fn a_closed_pipe_is_no_failure() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!((failure.exit, failure.message.as_str()), (Exit::Ok, ""));
    }
}
