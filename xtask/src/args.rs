//! What did the command line ask for? Flags, values and plain words, nothing left over.

use std::str::FromStr;

use crate::error::Error;

/// The words after a verb, taken one by one.
pub(crate) struct Args {
    verb: String,
    words: Vec<String>,
}

impl Args {
    /// The words that follow `verb`.
    pub(crate) fn new(verb: &str, words: Vec<String>) -> Args {
        Args { verb: verb.to_owned(), words }
    }

    /// Whether `--name` was given.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.words.len();
        self.words.retain(|word| word != name);
        self.words.len() < before
    }

    /// The value of `--name VALUE` or `--name=VALUE`.
    pub(crate) fn value(&mut self, name: &str) -> Result<Option<String>, Error> {
        let prefix = format!("{name}=");
        let Some(at) = self.words.iter().position(|word| word == name || word.starts_with(&prefix)) else {
            return Ok(None);
        };
        let word = self.words.remove(at);
        if let Some(value) = word.strip_prefix(&prefix) {
            return Ok(Some(value.to_owned()));
        }
        if at == self.words.len() {
            return Err(self.usage(format!("{name} needs a value")));
        }
        Ok(Some(self.words.remove(at)))
    }

    /// The number of `--name N`.
    pub(crate) fn number<N: FromStr>(&mut self, name: &str) -> Result<Option<N>, Error> {
        let Some(text) = self.value(name)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| self.usage(format!("{name} needs a number, not `{text}`")))
    }

    /// All remaining words; a flag that nobody took is refused.
    pub(crate) fn words(&mut self) -> Result<Vec<String>, Error> {
        if let Some(unknown) = self.words.iter().find(|word| word.starts_with('-')) {
            return Err(self.usage(format!("unknown option `{unknown}`")));
        }
        Ok(std::mem::take(&mut self.words))
    }

    /// Refuses whatever is left.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        match self.words()?.first() {
            Some(word) => Err(self.usage(format!("`{word}` is not expected here"))),
            None => Ok(()),
        }
    }

    /// A usage error that points at this verb's help.
    pub(crate) fn usage(&self, what: String) -> Error {
        Error::Usage { what, verb: self.verb.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(words: &[&str]) -> Args {
        Args::new("sim", words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn values_come_in_both_spellings() {
        let mut args = args(&["--seeds", "5", "--from=7", "--list", "name"]);
        assert_eq!(args.number::<u64>("--seeds").expect("a number"), Some(5));
        assert_eq!(args.number::<u64>("--from").expect("a number"), Some(7));
        assert_eq!(args.number::<u64>("--replay").expect("absent"), None);
        assert!(args.flag("--list"));
        assert_eq!(args.words().expect("no flag left"), ["name"]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert!(args(&["--seeds"]).value("--seeds").is_err());
        assert!(args(&["--seeds", "many"]).number::<u64>("--seeds").is_err());
        assert!(args(&["--sedes", "5"]).finish().is_err());
        assert!(args(&["extra"]).finish().is_err());
    }
}
