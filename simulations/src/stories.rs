//! The stories under `simulations/scripts`: played, compared with what is written, rewritten.

use std::path::{Path, PathBuf};

use crate::{say, script};

/// Where the stories lie.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts")
}

/// Plays the stories of these names, or all. With `bless`, what happens is written into the files;
/// without, a difference is a failure.
pub fn run_all(names: &[String], bless: bool) -> Result<bool, String> {
    let mut passed = true;
    for path in files()? {
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if names.is_empty() || names.contains(&name) {
            passed &= run(&name, &path, bless)?;
        }
    }
    Ok(passed)
}

/// All stories, by name.
pub fn files() -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder()).map_err(|error| error.to_string())?;
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut files: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|end| end == "txt")).collect();
    files.sort();
    Ok(files)
}

fn run(name: &str, path: &Path, bless: bool) -> Result<bool, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    match script::play(&text) {
        Ok(played) if played == text => {
            say(&format!("{name}: as written"));
            Ok(true)
        }
        Ok(played) if bless => {
            std::fs::write(path, played).map_err(|error| format!("{}: {error}", path.display()))?;
            say(&format!("{name}: rewritten"));
            Ok(true)
        }
        Ok(played) => {
            say(&format!("{name}: it goes otherwise now; `cargo xtask sim stories --bless` rewrites it\n{played}"));
            Ok(false)
        }
        Err(why) => {
            say(&format!("{name}: {why}"));
            Ok(false)
        }
    }
}
