//! Stories of a cluster in a text file: commands, and what the nodes made of them.
//!
//! `docs/guides/simulation-scripts.md` explains the format. A story reads as a page of a
//! tutorial, and is a test: what the nodes do is written below each command, and must stay so.

mod parse;
mod show;
mod stage;

use stage::Stage;

/// Plays a story and answers its text with what happens now in place of what is written there.
/// The error is a line that cannot be read, or a promise that was broken, with its place.
pub fn play(text: &str) -> Result<String, String> {
    let mut trace = crate::trace::Trace::new(false);
    let mut stage = Stage::new(&mut trace);
    let mut played = String::new();
    for (n, line) in text.lines().enumerate() {
        if line.starts_with("  ") {
            continue;
        }
        played.push_str(line);
        played.push('\n');
        if let Some(command) = line.strip_prefix("> ") {
            let command = parse::parse(command).map_err(|why| format!("line {}: {why}", n + 1))?;
            let said = stage.act(command).map_err(|why| format!("line {}: {why}", n + 1))?;
            said.iter().for_each(|line| {
                played.push_str(format!("  {line}").trim_end());
                played.push('\n');
            });
        }
    }
    Ok(played)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_story_goes_as_it_is_written() {
        for path in crate::stories::files().expect("readable") {
            let text = std::fs::read_to_string(&path).expect("readable");
            let played = play(&text).expect("no promise is broken");
            assert_eq!(played, text, "{}: `cargo xtask sim stories --bless` rewrites it", path.display());
        }
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        assert_eq!(play("# x\n> jump\n"), Err("line 2: no command: `jump`".to_owned()));
        assert_eq!(play("> nodes 2\n> crash z\n"), Err("line 2: there is no node `z`".to_owned()));
    }
}
