//! How settings say what is taken out.
//!
//! ```yaml
//! - scrub:
//!     email: partial            # off without this
//!     cards: off
//!     fields: [employee_pin]    # more names of secrets
//!     keep: [session_id]        # names whose values are left alone
//!     patterns:
//!       - name: employee
//!         regex: 'EMP-\d{6}'
//!         with: 'EMP-***'       # ***REDACTED*** without this
//! ```

use vigil_model::limits::{SCRUB_NAMES_MAX, SCRUB_PATTERNS_MAX};
use vigil_model::tree::{Content, Fault, Node};

use crate::options::Options;
use crate::stages::scrub::custom::Custom;
use crate::stages::scrub::finding::{Kind, REDACTED};

/// Every recogniser with a switch, and whether it is on where settings say nothing.
const SWITCHES: [(Kind, &str, bool); 9] = [
    (Kind::Named, "names", true),
    (Kind::Url, "urls", true),
    (Kind::Jwt, "jwt", true),
    (Kind::PrivateKey, "private_keys", true),
    (Kind::Token, "tokens", true),
    (Kind::Card, "cards", true),
    (Kind::Ssn, "ssn", true),
    (Kind::Iban, "iban", true),
    // Who did something is what an audit trail is for.
    (Kind::Email, "email", false),
];

/// Which recognisers are on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Switches(Vec<Kind>);

/// What settings say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) switches: Switches,
    /// Names of fields that are secret too.
    pub(crate) fields: Vec<String>,
    /// Names of fields that are left alone.
    pub(crate) keep: Vec<String>,
    pub(crate) patterns: Vec<Custom>,
}

impl Default for Switches {
    fn default() -> Switches {
        Switches(SWITCHES.into_iter().filter(|(_, _, usual)| *usual).map(|(kind, ..)| kind).collect())
    }
}

impl Switches {
    pub(crate) fn wants(&self, kind: &Kind) -> bool {
        self.0.contains(kind)
    }
}

/// Reads the options of the stage. `None` where it is off as a whole.
pub(crate) fn read(node: &Node, faults: &mut Vec<Fault>) -> Option<Settings> {
    match &node.content {
        Content::Scalar(text) if switch(text) == Some(false) => return None,
        Content::Scalar(text) if switch(text) == Some(true) => return Some(Settings::default()),
        _ => {}
    }
    let mut options = Options::of(node, "scrub", faults);
    let switches = SWITCHES.into_iter().filter(|(_, key, usual)| {
        let read = |text: &str| switch(text).ok_or_else(|| format!("`{text}` is neither `on`, `partial` nor `off`"));
        options.read(key, read).unwrap_or(*usual)
    });
    let switches = Switches(switches.map(|(kind, ..)| kind).collect());
    let (fields, keep) = (names("fields", &mut options), names("keep", &mut options));
    let patterns = patterns(&mut options);
    options.finish();
    Some(Settings { switches, fields, keep, patterns })
}

/// `partial` is what those that keep a part do anyway.
fn switch(text: &str) -> Option<bool> {
    match text {
        "on" | "true" | "partial" => Some(true),
        "off" | "false" => Some(false),
        _ => None,
    }
}

fn names(key: &'static str, options: &mut Options<'_, '_>) -> Vec<String> {
    let texts = options.texts(key);
    if let Some((at, _)) = texts.get(SCRUB_NAMES_MAX) {
        options.fault(*at, format_args!("`{key}`: more than {SCRUB_NAMES_MAX} names"));
    }
    for (at, text) in &texts {
        if !text.chars().any(char::is_alphabetic) {
            options.fault(*at, format_args!("`{key}`: `{text}` is no name: it has no letter"));
        }
    }
    texts.into_iter().take(SCRUB_NAMES_MAX).map(|(_, text)| text.to_owned()).collect()
}

fn patterns(options: &mut Options<'_, '_>) -> Vec<Custom> {
    let Some(node) = options.node("patterns") else { return Vec::new() };
    let Content::List(items) = &node.content else {
        options.fault(node.at, "`patterns` is a list, each with `name`, `regex` and perhaps `with`");
        return Vec::new();
    };
    if items.len() > SCRUB_PATTERNS_MAX {
        options.fault(node.at, format_args!("{} patterns are more than {SCRUB_PATTERNS_MAX}", items.len()));
    }
    items.iter().take(SCRUB_PATTERNS_MAX).filter_map(|item| pattern(item, options.faults())).collect()
}

fn pattern(item: &Node, faults: &mut Vec<Fault>) -> Option<Custom> {
    let mut options = Options::of(item, "pattern of scrub", faults);
    let (name, regex) = (options.required("name"), options.required("regex"));
    let with = options.text("with").map_or(REDACTED, |(_, with)| with);
    let made = name.zip(regex).and_then(|((_, name), (at, regex))| match Custom::new(name, regex, with) {
        Ok(custom) => Some(custom),
        Err(why) => {
            options.fault(at, format_args!("`{name}`: {why}"));
            None
        }
    });
    options.finish();
    made
}
