//! Which settings a tree sets, and everything that is wrong with it.

use std::collections::BTreeMap;

use super::kind::Value;
use super::near::{nearest, with_hint};
use super::problem::{Origin, Place, Problem};
use super::sections::{self, Section, Sections};
use super::substitute::substitute;
use super::table::{SETTINGS, Setting, find};
use super::yaml::{Content, Entry, Node};

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// The value.
    pub(crate) value: Value,
    /// Where it came from.
    pub(crate) origin: Origin,
}

/// Values by the path of their setting.
pub(crate) type Values = BTreeMap<&'static str, Found>;

/// Variables of the environment.
pub(crate) type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What one text sets, and what is wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// Values by the path of their setting.
    pub(crate) values: Values,
    /// Sections that others read.
    pub(crate) sections: Sections,
    /// What is wrong.
    pub(crate) problems: Vec<Problem>,
}

/// What one file sets, and what is wrong with it.
pub(crate) fn check(file: &str, root: Option<Node>, variables: Variables<'_>) -> Checked {
    let mut checker = Checker { file, variables, found: Checked::default() };
    match root {
        None | Some(Node { content: Content::Nothing, .. }) => {}
        Some(Node { content: Content::Map(entries), .. }) => checker.section("", &entries),
        Some(node) => checker.error(node.at, "expected settings such as `name: site-a`"),
    }
    checker.found
}

struct Checker<'a> {
    file: &'a str,
    variables: Variables<'a>,
    found: Checked,
}

impl Checker<'_> {
    fn section(&mut self, prefix: &str, entries: &[Entry]) {
        for entry in entries {
            let path = format!("{prefix}{}", entry.key);
            if let Some(name) = sections::NAMES.into_iter().find(|name| *name == path) {
                self.keep(name, entry);
                continue;
            }
            match find(&path) {
                Some(setting) if !entry.key.contains('.') => self.leaf(setting, entry),
                Some(_) => self.error(entry.at, format!("write `{path}` as nested keys, one below the other")),
                None if is_section(&path) => self.subsection(&path, entry),
                None => self.unknown(prefix, entry),
            }
        }
    }

    /// Keeps a section that others read.
    fn keep(&mut self, name: &'static str, entry: &Entry) {
        let (section, faults) = Section::new(self.file, &entry.value, self.variables);
        faults.into_iter().for_each(|(at, fault)| self.error(at, format!("`{name}`: {fault}")));
        self.found.sections.insert(name, section);
    }

    fn subsection(&mut self, path: &str, entry: &Entry) {
        match &entry.value.content {
            Content::Map(entries) => self.section(&format!("{path}."), entries),
            Content::Nothing => {}
            _ => self.error(entry.value.at, format!("`{path}` is a section: expected {} beneath it", inside(path))),
        }
    }

    fn leaf(&mut self, setting: &'static Setting, entry: &Entry) {
        let expected = setting.kind.expected();
        match &entry.value.content {
            Content::Scalar(text) => self.scalar(setting, entry.value.at, text),
            Content::Nothing if setting.kind.read("none") == Ok(Value::None) => {
                self.enter(setting, entry.at, Value::None);
            }
            Content::Nothing => self.error(entry.at, format!("`{}` has no value: expected {expected}", setting.path)),
            Content::Map(_) => {
                self.error(entry.value.at, format!("`{}` is not a section: expected {expected}", setting.path))
            }
            Content::List(items) if setting.kind.is_list() => self.list(setting, entry.value.at, items),
            Content::List(_) => {
                self.error(entry.value.at, format!("`{}` is not a list: expected {expected}", setting.path))
            }
        }
    }

    fn scalar(&mut self, setting: &'static Setting, at: Place, text: &str) {
        match substitute(text, self.variables) {
            Err(faults) => faults.into_iter().for_each(|fault| self.error(at, format!("`{}`: {fault}", setting.path))),
            Ok(text) => match setting.kind.read(&text) {
                Ok(value) => self.enter(setting, at, value),
                Err(fault) => self.error(at, format!("`{}`: {fault}", setting.path)),
            },
        }
    }

    /// Each item is read by itself, so that a fault is told where it stands.
    fn list(&mut self, setting: &'static Setting, at: Place, items: &[Node]) {
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match self.item(setting, item) {
                Ok(text) => texts.push(text),
                Err(fault) => return self.error(item.at, format!("`{}`: {fault}", setting.path)),
            }
        }
        match setting.kind.read(&texts.join(",")) {
            Ok(value) => self.enter(setting, at, value),
            Err(fault) => self.error(at, format!("`{}`: {fault}", setting.path)),
        }
    }

    fn item(&self, setting: &'static Setting, item: &Node) -> Result<String, String> {
        let Content::Scalar(text) = &item.content else { return Err("expected a text".into()) };
        let text = substitute(text, self.variables).map_err(|faults| faults.join("; "))?;
        setting.kind.read(&text).map(|_| text)
    }

    fn enter(&mut self, setting: &'static Setting, at: Place, value: Value) {
        let origin = Origin::File(self.file.to_owned(), at);
        self.found.values.insert(setting.path, Found { value, origin });
    }

    fn unknown(&mut self, prefix: &str, entry: &Entry) {
        let key = &entry.key;
        let message = format!("unknown setting `{prefix}{key}`");
        let known = keys_of(prefix);
        let hinted = with_hint(message.clone(), key, &known);
        let elsewhere = SETTINGS.iter().find(|setting| setting.path.rsplit('.').next() == Some(key.as_str()));
        match elsewhere {
            Some(setting) if hinted == message => self.error(entry.at, format!("{message}; it is `{}`", setting.path)),
            None if hinted == message => self.error(entry.at, format!("{message}; there are: {}", known.join(", "))),
            _ => self.error(entry.at, hinted),
        }
    }

    fn error(&mut self, at: Place, message: impl Into<String>) {
        self.found.problems.push(Problem::error(Origin::File(self.file.to_owned(), at), message));
    }
}

/// What flags set.
pub(crate) fn check_flags(flags: &[(&'static str, String)]) -> (Values, Vec<Problem>) {
    let named = flags.iter().filter_map(|(path, text)| {
        let setting = find(path)?;
        Some((setting, Origin::Flag(setting.flag()?), text.clone()))
    });
    read_all(named)
}

/// What variables set, and which look as if they were meant to.
pub(crate) fn check_variables(all: &BTreeMap<String, String>) -> (Values, Vec<Problem>) {
    let named = SETTINGS.iter().filter_map(|setting| {
        let names = [Some(setting.variable()), setting.alias.map(str::to_owned)];
        let name = names.into_iter().flatten().find(|name| all.contains_key(name))?;
        let text = all.get(&name)?.clone();
        Some((setting, Origin::Variable(name), text))
    });
    let (values, mut problems) = read_all(named);
    problems.extend(all.keys().filter_map(|name| misnamed(name)));
    (values, problems)
}

/// Variables that client commands read.
const OTHER_VARIABLES: [&str; 5] =
    ["VIGIL_URL", "VIGIL_CONFIG", "VIGIL_TOKEN_FILE", "VIGIL_CA_FILE", "VIGIL_FINGERPRINT"];

/// Other software sets VIGIL_ variables too (a container platform names services so), hence a
/// warning, and only where the name is near one of ours.
fn misnamed(name: &str) -> Option<Problem> {
    let ours: Vec<String> = SETTINGS.iter().map(Setting::variable).collect();
    let aliases = SETTINGS.iter().filter_map(|setting| setting.alias).chain(OTHER_VARIABLES);
    let known: Vec<&str> = ours.iter().map(String::as_str).chain(aliases).collect();
    if !name.starts_with("VIGIL_") || known.contains(&name) {
        return None;
    }
    let tail = |name: &'_ str| name["VIGIL_".len()..].to_owned();
    let tails: Vec<String> = known.iter().map(|name| tail(name)).collect();
    let near = nearest(&tail(name), tails.iter().map(String::as_str));
    if near.is_none() && !name.contains("__") {
        return None;
    }
    let hint = near.map(|near| format!("; did you mean VIGIL_{near}?")).unwrap_or_default();
    Some(Problem::warning(Origin::Variable(name.to_owned()), format!("no setting has this variable{hint}")))
}

fn read_all(named: impl Iterator<Item = (&'static Setting, Origin, String)>) -> (Values, Vec<Problem>) {
    let (mut values, mut problems) = (Values::new(), Vec::new());
    for (setting, origin, text) in named {
        match setting.kind.read(&text) {
            Ok(value) => drop(values.insert(setting.path, Found { value, origin })),
            Err(fault) => problems.push(Problem::error(origin, fault)),
        }
    }
    (values, problems)
}

fn is_section(path: &str) -> bool {
    SETTINGS.iter().any(|setting| setting.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
}

/// The keys directly beneath `prefix`, which is empty or ends in a dot.
fn keys_of(prefix: &str) -> Vec<&'static str> {
    let mut keys: Vec<&str> = SETTINGS.iter().filter_map(|setting| setting.path.strip_prefix(prefix)).collect();
    keys.iter_mut().for_each(|key| *key = key.split('.').next().unwrap_or(key));
    keys.dedup();
    if prefix.is_empty() {
        keys.extend(sections::NAMES);
    }
    keys
}

fn inside(path: &str) -> String {
    keys_of(&format!("{path}.")).join(", ")
}
