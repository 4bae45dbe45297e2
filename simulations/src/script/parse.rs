//! What a line of a script means.

use vigil_model::Class;

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// `nodes 3`: so many nodes that are one cluster; the first founded it.
    Nodes(usize),
    /// `alone d`: a node that founds a cluster of its own.
    Alone(String),
    /// `submit a "text" [class]` or `submit a 100 [class]`.
    Submit { site: String, what: What, class: Class },
    /// `cut a | b c`: nothing passes between the groups; `cut a > b`: nothing from a to b.
    Cut { groups: Vec<Vec<String>>, one_way: bool },
    /// `heal`: everything passes.
    Heal,
    /// `crash a`, `crash a power`: with `power` the machine goes down, too.
    Crash { site: String, power: bool },
    /// `start a`.
    Start(String),
    /// `stop a`.
    Stop(String),
    /// `snapshot a`: puts a copy of the disk away.
    Snapshot(String),
    /// `restore a`: puts the copy back in its place.
    Restore(String),
    /// `clone a`: a second process on a copy of the directory, called a'.
    Clone(String),
    /// `join d by a`.
    Join { site: String, by: String },
    /// `remove c by a`.
    Remove { site: String, by: String },
    /// `equivocate x for a | b c`: a new member x that shows one branch to a and another one, as
    /// x', to b and c.
    Equivocate { site: String, groups: Vec<Vec<String>> },
    /// `flip a`: bits of the blocks that a sends flip; `flip a off`.
    Flip { site: String, on: bool },
    /// `run 10s`, `run 50ms`.
    Run(u64),
    /// `settle`: runs until all are in step.
    Settle,
    /// `listen` or `listen off`: tells what the nodes say to each other.
    Listen(bool),
    /// `show frontier`, `show members`, `show forks`, `show links`, `show bytes`, `show a`.
    Show(String),
}

/// What is submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// One record with this message.
    Text(String),
    /// So many records.
    Count(u64),
}

/// Reads one command.
pub(crate) fn parse(line: &str) -> Result<Command, String> {
    let words = words(line)?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let own = |name: &str| name.to_owned();
    Ok(match words[..] {
        ["nodes", count] => Command::Nodes(number(count)? as usize),
        ["alone", site] => Command::Alone(own(site)),
        ["submit", site, what] => Command::Submit { site: own(site), what: submitted(what)?, class: Class::Logs },
        ["submit", site, what, name] => {
            let class = Class::ALL.into_iter().find(|class| class.to_string() == name);
            let class = class.ok_or_else(|| format!("there is no class `{name}`"))?;
            Command::Submit { site: own(site), what: submitted(what)?, class }
        }
        ["cut", from, ">", to] => Command::Cut { groups: vec![vec![own(from)], vec![own(to)]], one_way: true },
        ["cut", ref rest @ ..] => Command::Cut { groups: groups(rest)?, one_way: false },
        ["heal"] => Command::Heal,
        ["crash", site] => Command::Crash { site: own(site), power: false },
        ["crash", site, "power"] => Command::Crash { site: own(site), power: true },
        ["start", site] => Command::Start(own(site)),
        ["stop", site] => Command::Stop(own(site)),
        ["snapshot", site] => Command::Snapshot(own(site)),
        ["restore", site] => Command::Restore(own(site)),
        ["clone", site] => Command::Clone(own(site)),
        ["join", site, "by", by] => Command::Join { site: own(site), by: own(by) },
        ["remove", site, "by", by] => Command::Remove { site: own(site), by: own(by) },
        ["equivocate", site, "for", ref rest @ ..] => Command::Equivocate { site: own(site), groups: groups(rest)? },
        ["flip", site] => Command::Flip { site: own(site), on: true },
        ["flip", site, "off"] => Command::Flip { site: own(site), on: false },
        ["run", time] => Command::Run(millis(time)?),
        ["settle"] => Command::Settle,
        ["listen"] => Command::Listen(true),
        ["listen", "off"] => Command::Listen(false),
        ["show", what] => Command::Show(own(what)),
        _ => return Err(format!("no command: `{line}`")),
    })
}

/// Words, and texts in double quotes with the quote in front.
fn words(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(text) => {
                let (text, after) = text.split_once('"').ok_or_else(|| format!("a text without its end: `{line}`"))?;
                (format!("\"{text}"), after)
            }
            None => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        words.push(word);
        rest = after.trim_start();
    }
    Ok(words)
}

fn submitted(word: &str) -> Result<What, String> {
    match word.strip_prefix('"') {
        Some(text) => Ok(What::Text(text.to_owned())),
        None => number(word).map(What::Count),
    }
}

fn number(word: &str) -> Result<u64, String> {
    word.parse().map_err(|_| format!("`{word}` is not a number"))
}

fn millis(word: &str) -> Result<u64, String> {
    match (word.strip_suffix("ms"), word.strip_suffix('s')) {
        (Some(count), _) => number(count),
        (None, Some(count)) => Ok(number(count)? * 1_000),
        (None, None) => Err(format!("`{word}` is no time: 50ms, 10s")),
    }
}

fn groups(words: &[&str]) -> Result<Vec<Vec<String>>, String> {
    let groups: Vec<Vec<String>> =
        words.split(|word| *word == "|").map(|group| group.iter().map(|name| (*name).to_owned()).collect()).collect();
    let sound = groups.len() > 1 && groups.iter().all(|group| !group.is_empty());
    if sound { Ok(groups) } else { Err("groups are written as `a | b c`".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read() {
        let submit = |what| Ok(Command::Submit { site: "a".to_owned(), what, class: Class::Logs });
        assert_eq!(parse("submit a \"x  y\""), submit(What::Text("x  y".to_owned())));
        assert_eq!(parse(" submit  a 12"), submit(What::Count(12)));
        let groups = vec![vec!["a".to_owned()], vec!["b".to_owned(), "c".to_owned()]];
        assert_eq!(parse("cut a | b c"), Ok(Command::Cut { groups, one_way: false }));
        assert!(matches!(parse("cut a > b"), Ok(Command::Cut { one_way: true, .. })));
        assert_eq!((parse("run 10s"), parse("run 50ms")), (Ok(Command::Run(10_000)), Ok(Command::Run(50))));
    }

    #[test]
    fn what_is_no_command_is_refused() {
        for line in
            ["", "jump a", "submit a", "submit a \"x", "submit a 1 smells", "cut a", "cut a |", "run 10", "run s"]
        {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
