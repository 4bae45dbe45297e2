//! Who asks: a token, read from a file and never shown.

use std::path::Path;

use crate::exit::{Exit, Failure};

/// Bytes of a token file. A secret has 52 characters or so; more is another file.
const FILE_BYTES_MAX: u64 = 4 * 1024;

/// A secret.
pub(crate) struct Token(String);

impl Token {
    /// Reads the first line of `file`.
    pub(crate) fn read(file: &Path) -> Result<Token, Failure> {
        let fault = |why: String| {
            let message = format!("the token file {}: {why}", file.display());
            Failure::new(Exit::Config, message)
                .hint("write the secret of `vigil token create` into it, and nothing else")
        };
        let length = std::fs::metadata(file).map_err(|error| fault(error.to_string()))?.len();
        if length > FILE_BYTES_MAX {
            return Err(fault(format!("{length} bytes are no token")));
        }
        let text = std::fs::read_to_string(file).map_err(|error| fault(error.to_string()))?;
        let secret = text.trim();
        let good = !secret.is_empty() && secret.bytes().all(|byte| byte.is_ascii_graphic());
        good.then(|| Token(secret.to_owned())).ok_or_else(|| fault("that is no token".into()))
    }

    /// The header that carries it.
    pub(super) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

/// Never the secret.
impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_one_secret() {
        let dir = tempfile::tempdir().expect("a directory");
        let read = |text: &str| {
            let file = dir.path().join("token");
            std::fs::write(&file, text).expect("written");
            Token::read(&file).map(|token| token.header()).map_err(|failure| failure.exit)
        };
        assert_eq!(read("abc123\n").as_deref(), Ok("Bearer abc123"));
        for wrong in ["", "\n", "two words", "a\nb", &"x".repeat(5_000)] {
            assert_eq!(read(wrong), Err(Exit::Config), "{wrong}");
        }
        assert!(Token::read(&dir.path().join("none")).is_err());
        assert_eq!(format!("{:?}", Token("secret".into())), "Token(…)");
    }
}
