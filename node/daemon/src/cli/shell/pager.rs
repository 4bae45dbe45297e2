//! How an answer that is longer than the terminal is read: through `$PAGER`, else `less`.

use std::io::{IsTerminal, Write};
use std::process::{Command, Stdio};

use crate::cli::output::{Look, stdout};
use crate::exit::Failure;

/// Shows text, through a pager where it does not fit and there is one.
pub(super) fn show(text: &[u8], look: &Look) -> Result<(), Failure> {
    let lines = memchr::memchr_iter(b'\n', text).count();
    let fits = height().is_none_or(|height| lines < height);
    if look.width.is_some() && std::io::stdin().is_terminal() && !fits && paged(text) {
        return Ok(());
    }
    let mut out = stdout();
    out.write_all(text)?;
    out.flush()?;
    Ok(())
}

/// Whether a pager took it. That it was closed before the end is no failure.
fn paged(text: &[u8]) -> bool {
    let named = std::env::var("PAGER").ok().filter(|pager| !pager.trim().is_empty());
    let line = named.unwrap_or_else(|| "less -FRSX".to_owned());
    let mut words = line.split_whitespace();
    let Some(program) = words.next() else { return false };
    let Ok(mut pager) = Command::new(program).args(words).stdin(Stdio::piped()).spawn() else { return false };
    if let Some(mut input) = pager.stdin.take() {
        let _ = input.write_all(text);
    }
    pager.wait().is_ok()
}

fn height() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    Some(usize::from(size.ws_row)).filter(|rows| *rows > 0)
}
