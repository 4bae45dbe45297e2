//! Which files make up the repository?

use std::fs;
use std::io::ErrorKind;
use std::process::Command;

use crate::cargo;
use crate::error::Error;

/// One text file and where it stands, relative to the root, with `/` between folders.
#[derive(Clone, Debug)]
pub(crate) struct TextFile {
    /// Its path.
    pub(crate) path: String,
    /// All of it.
    pub(crate) text: String,
}

/// Every text file that git tracks or would track: a new file is checked before its first commit.
pub(crate) fn text_files() -> Result<Vec<TextFile>, Error> {
    let mut files = Vec::new();
    for path in paths()? {
        match fs::read(&path) {
            Ok(bytes) => files.extend(String::from_utf8(bytes).ok().map(|text| TextFile { path, text })),
            // Deleted but not yet committed, or a link to a folder: nothing to read.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) => {}
            Err(cause) => return Err(Error::File { path: path.into(), cause }),
        }
    }
    Ok(files)
}

fn paths() -> Result<Vec<String>, Error> {
    let listed =
        cargo::output(Command::new("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))?;
    Ok(listed.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
}
