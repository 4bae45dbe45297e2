//! Which seeds, stories, mutants or scenarios are run, and what is said of them.

use std::process::ExitCode;

use vigil_simulations::{mutants, say, scale, seeds, stories};

const USAGE: &str = "\
vigil-simulations [seeds] [--seeds N] [--from S] [--world alone|cluster]
vigil-simulations replay SEED [--world alone|cluster] [--verbose]
vigil-simulations stories [--bless] [NAME…]
vigil-simulations mutants [--seeds N]
vigil-simulations scale [--bless] [NAME…]";

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    match run(std::env::args().skip(1).collect()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            say(&format!("{why}\nusage:\n{USAGE}"));
            ExitCode::from(2)
        }
    }
}

fn run(mut words: Vec<String>) -> Result<bool, String> {
    let verb = match words.first() {
        Some(word) if !word.starts_with('-') => words.remove(0),
        _ => "seeds".to_owned(),
    };
    let options = Options::parse(words)?;
    match verb.as_str() {
        "seeds" => Ok(seeds::run_all(&options.seeds.unwrap_or(200), options.from, options.world.as_deref())),
        "replay" => seeds::replay(options.seed()?, options.world.as_deref(), options.verbose),
        "stories" => stories::run_all(&options.words, options.bless),
        "mutants" => Ok(mutants::run_all(options.seeds.unwrap_or(400))),
        "scale" => scale::run_all(&options.words, options.bless),
        other => Err(format!("there is no verb `{other}`")),
    }
}

#[derive(Default)]
struct Options {
    seeds: Option<u64>,
    from: u64,
    world: Option<String>,
    verbose: bool,
    bless: bool,
    words: Vec<String>,
}

impl Options {
    fn parse(words: Vec<String>) -> Result<Options, String> {
        let mut options = Options::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--seeds" => options.seeds = Some(number(&value()?)?),
                "--from" => options.from = number(&value()?)?,
                "--world" => options.world = Some(value()?),
                "--verbose" => options.verbose = true,
                "--bless" => options.bless = true,
                _ if word.starts_with('-') => return Err(format!("unknown option `{word}`")),
                _ => options.words.push(word),
            }
        }
        Ok(options)
    }

    fn seed(&self) -> Result<u64, String> {
        number(self.words.first().ok_or("which seed?")?)
    }
}

fn number(word: &str) -> Result<u64, String> {
    word.parse().map_err(|_| format!("`{word}` is not a number"))
}
