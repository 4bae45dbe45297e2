//! What becomes of a text or of a field's value when the secrets in it are taken out?

use std::borrow::Cow;

use regex::Regex;
use vigil_model::limits::NESTING_MAX;
use vigil_model::{List, Value};

use crate::stages::scrub::custom::{self, Custom};
use crate::stages::scrub::finding::{Cut, Finding, Kind, REDACTED};
use crate::stages::scrub::looks::{drawn, like_a_key};
use crate::stages::scrub::names::{Names, Says};
use crate::stages::scrub::settings::Settings;
use crate::stages::scrub::triggers::{Pass, Trigger, Triggers};
use crate::stages::scrub::{card, email, iban, jwt, pairs, pem, ssn, url, vendor};

/// No shorter text has a secret that the built-in recognisers know: `pwd=x`, `a@b.cd`.
const TEXT_MIN: usize = 5;

/// Takes secrets and personal data out of texts and fields. It knows nothing of other texts than the one it is given,
/// and the same text always becomes the same: scrubbed once more it stays as it is.
#[derive(Debug)]
pub struct Scrubber {
    names: Names,
    /// Whether names of fields say anything.
    by_name: bool,
    triggers: Triggers,
    /// Finds names that settings add inside of texts.
    added: Option<Regex>,
    customs: Vec<Custom>,
}

/// What a value becomes.
#[derive(Debug, PartialEq)]
pub(crate) enum Clean {
    Text(String),
    Bytes(Vec<u8>),
    /// Items, encoded.
    List(Vec<u8>),
}

/// How far parts of a text were looked at in vain.
#[derive(Default)]
struct Dead {
    jwt: usize,
    digits: usize,
}

impl Scrubber {
    /// By settings that say nothing: everything but e-mail addresses.
    pub fn usual() -> Scrubber {
        Scrubber::new(Settings::default())
    }

    pub(crate) fn new(settings: Settings) -> Scrubber {
        let names = Names::new(&settings.fields, &settings.keep);
        let triggers = Triggers::new(|trigger| settings.switches.wants(&kind(trigger)));
        let by_name = settings.switches.wants(&Kind::Named);
        let added = custom::added(&names).filter(|_| by_name);
        Scrubber { names, by_name, triggers, added, customs: settings.patterns }
    }

    /// The text without its secrets. It is the text itself where there are none.
    #[inline]
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if text.len() < TEXT_MIN && self.customs.is_empty() && self.added.is_none() {
            return Cow::Borrowed(text);
        }
        match self.cuts(text).as_slice() {
            [] => Cow::Borrowed(text),
            cuts => Cow::Owned(String::from_utf8_lossy(&replaced(text.as_bytes(), cuts)).into_owned()),
        }
    }

    /// The secrets in a text, in order, none inside of another.
    pub fn explain(&self, text: &str) -> Vec<Finding> {
        let cuts = self.cuts(text).into_iter();
        cuts.map(|cut| Finding { kind: cut.kind, span: cut.start..cut.end, with: cut.with.into_owned() }).collect()
    }

    /// What the value of a field becomes, as text; `None` where it stays.
    pub fn explain_field(&self, name: &str, value: &str) -> Option<String> {
        match self.field(name, &Value::Str(value))? {
            Clean::Text(text) => Some(text),
            Clean::Bytes(_) | Clean::List(_) => None,
        }
    }

    /// What the value of a field becomes; `None` where it stays.
    #[inline]
    pub(crate) fn field(&self, name: &str, value: &Value<'_>) -> Option<Clean> {
        let says = if self.by_name { self.names.say(name.as_bytes()) } else { Says::Nothing };
        let clean = self.value(name, says, value, 0)?;
        (!self.names.keeps(name.as_bytes())).then_some(clean)
    }

    fn value(&self, name: &str, says: Says, value: &Value<'_>, depth: usize) -> Option<Clean> {
        if says != Says::Nothing {
            if says == Says::KeyId && value.as_str().is_some_and(is_key_id) {
                return None;
            }
            if let Some(clean) = by_name(name, says, value) {
                return Some(clean);
            }
        }
        match value {
            Value::Str(text) => match self.text(text) {
                Cow::Owned(text) => Some(Clean::Text(text)),
                Cow::Borrowed(_) => None,
            },
            Value::List(list) => self.list(name, says, list, depth),
            Value::Bytes(bytes) => self.bytes(bytes),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Time(_) => None,
        }
    }

    fn list(&self, name: &str, says: Says, list: &List<'_>, depth: usize) -> Option<Clean> {
        if depth >= NESTING_MAX {
            return Some(Clean::Text(REDACTED.to_owned()));
        }
        let cleaned: Vec<_> = list.iter().map(|item| (self.value(name, says, &item, depth + 1), item)).collect();
        if cleaned.iter().all(|(clean, _)| clean.is_none()) {
            return None;
        }
        let mut items = Vec::new();
        for (clean, item) in &cleaned {
            clean.as_ref().map_or(*item, Clean::value).encode(&mut items);
        }
        Some(Clean::List(items))
    }

    fn bytes(&self, bytes: &[u8]) -> Option<Clean> {
        let cuts = match std::str::from_utf8(bytes) {
            Ok(text) => self.cuts(text),
            Err(_) => self.known(bytes),
        };
        (!cuts.is_empty()).then(|| Clean::Bytes(replaced(bytes, &cuts)))
    }

    fn cuts(&self, text: &str) -> Vec<Cut> {
        let mut cuts = self.known(text.as_bytes());
        if self.added.is_none() && self.customs.is_empty() {
            return cuts;
        }
        let known = cuts.len();
        if let Some(added) = &self.added {
            custom::find_added(added, &self.names, text, &mut cuts);
        }
        self.customs.iter().for_each(|custom| custom.find(text, &mut cuts));
        if cuts.len() > known { merged(cuts) } else { cuts }
    }

    /// What the built-in recognisers find.
    fn known(&self, text: &[u8]) -> Vec<Cut> {
        let (mut cuts, mut pass) = (Vec::new(), Pass::default());
        let (mut floor, mut dead) = (0, Dead::default());
        while let Some(hits) = self.triggers.next(text, &mut pass) {
            let mut owners = self.triggers.owners(hits);
            let Some(cut) = owners.find_map(|owner| self.recognise(owner, text, pass.at, floor, &mut dead)) else {
                continue;
            };
            // Its beginning may have been taken for the end of the secret before.
            let cut = Cut { start: cut.start.max(floor), ..cut };
            assert!(cut.start < cut.end && pass.at <= cut.end, "a secret lies around its trigger");
            floor = cut.end;
            pass = Pass::from(floor);
            // What was taken out before is passed over as it was then.
            if text[cut.start..cut.end] != *cut.with.as_bytes() {
                cuts.push(cut);
            }
        }
        cuts
    }

    fn recognise(&self, owner: Trigger, text: &[u8], at: usize, floor: usize, dead: &mut Dead) -> Option<Cut> {
        match owner {
            Trigger::Name => pairs::find(text, at, floor, &self.names),
            Trigger::Bearer => pairs::bearer(text, at),
            Trigger::Url => url::find(text, at),
            Trigger::Jwt => jwt::find(text, at, &mut dead.jwt),
            Trigger::Pem => pem::find(text, at),
            Trigger::Vendor => vendor::find(text, at),
            Trigger::CardGroups => card::groups(text, at),
            Trigger::CardDigits => card::digits(text, at, floor, &mut dead.digits),
            Trigger::Ssn => ssn::find(text, at),
            Trigger::Iban => iban::find(text, at),
            Trigger::Email => email::find(text, at, floor),
        }
    }
}

impl Clean {
    pub(crate) fn value(&self) -> Value<'_> {
        match self {
            Clean::Text(text) => Value::Str(text),
            Clean::Bytes(bytes) => Value::Bytes(bytes),
            Clean::List(items) => Value::List(List::from_encoded(items)),
        }
    }
}

/// Which recogniser a trigger is for.
fn kind(trigger: Trigger) -> Kind {
    match trigger {
        Trigger::Name | Trigger::Bearer => Kind::Named,
        Trigger::Url => Kind::Url,
        Trigger::Jwt => Kind::Jwt,
        Trigger::Pem => Kind::PrivateKey,
        Trigger::Vendor => Kind::Token,
        Trigger::CardGroups | Trigger::CardDigits => Kind::Card,
        Trigger::Ssn => Kind::Ssn,
        Trigger::Iban => Kind::Iban,
        Trigger::Email => Kind::Email,
    }
}

/// What a value becomes because of its name. Nothing and a yes or no tell no secret.
fn by_name(name: &str, says: Says, value: &Value<'_>) -> Option<Clean> {
    let secret = match (says, value) {
        (_, Value::Null | Value::Bool(_)) => false,
        (Says::Card, Value::Int(number)) => return card::whole(*number).map(Clean::Text),
        (Says::Drawn, Value::Str(text)) => drawn(text.as_bytes()),
        (Says::Word, Value::Str(text)) => pairs::is_word(text.as_bytes()),
        (Says::Key, Value::Str(text)) => like_a_key(text.as_bytes()),
        (Says::Secret | Says::Credentials | Says::Authorization | Says::Cookie, Value::Str(text)) => {
            !is_directory(name, text)
        }
        (Says::Secret | Says::Credentials | Says::Authorization | Says::Cookie, _) => true,
        _ => false,
    };
    let told = matches!(value, Value::Str("" | REDACTED));
    (secret && !told).then(|| Clean::Text(REDACTED.to_owned()))
}

/// The working directory that a shell calls `PWD`.
fn is_directory(name: &str, text: &str) -> bool {
    text.starts_with('/') && matches!(name.rsplit('.').next(), Some("PWD" | "OLDPWD"))
}

/// What AWS calls the id of a key.
fn is_key_id(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// In order, none over another: those that overlap become one.
fn merged(mut cuts: Vec<Cut>) -> Vec<Cut> {
    cuts.sort_by_key(|cut| (cut.start, std::cmp::Reverse(cut.end)));
    let mut merged: Vec<Cut> = Vec::with_capacity(cuts.len());
    for cut in cuts {
        match merged.last_mut() {
            Some(last) if cut.start < last.end => {
                if cut.end > last.end {
                    last.end = cut.end;
                    last.with = REDACTED.into();
                }
            }
            _ => merged.push(cut),
        }
    }
    merged
}

fn replaced(text: &[u8], cuts: &[Cut]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 16 * cuts.len());
    let mut at = 0;
    for cut in cuts {
        out.extend_from_slice(&text[at..cut.start]);
        out.extend_from_slice(cut.with.as_bytes());
        at = cut.end;
    }
    out.extend_from_slice(&text[at..]);
    out
}
