//! A question before what cannot be undone.

use std::io::{BufRead, IsTerminal, Write};

use crate::exit::{Exit, Failure};

/// Returns when the answer is yes, or was given before with `-y`.
pub(super) fn confirm(question: &str, yes: bool) -> Result<(), Failure> {
    let stdin = std::io::stdin();
    if yes {
        return Ok(());
    }
    if !stdin.is_terminal() {
        let failure = Failure::new(Exit::Usage, format!("{question} Nobody is there to answer"));
        return Err(failure.hint("say -y to go on without being asked"));
    }
    ask(question, &mut stdin.lock(), &mut std::io::stderr())
}

fn ask(question: &str, input: &mut impl BufRead, out: &mut impl Write) -> Result<(), Failure> {
    write!(out, "{question} [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    input.read_line(&mut answer)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::new(Exit::No, "nothing was done")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        let asked = |answer: &str| {
            let mut out = Vec::new();
            let went_on = ask("Remove site-b?", &mut answer.as_bytes(), &mut out).is_ok();
            assert_eq!(String::from_utf8(out).expect("text"), "Remove site-b? [y/N] ");
            went_on
        };
        assert!(asked("y\n") && asked("YES\n"));
        assert!(!asked("\n") && !asked("n\n") && !asked("") && !asked("yeah\n"));
    }
}
