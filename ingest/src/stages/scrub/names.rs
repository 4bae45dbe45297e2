//! What does a name say about its value? The same answer for fields of events and for `name=value` inside of texts.
//!
//! The end of a name decides: `db_password`, `clientSecret`, `X-Api-Key` hold secrets, `password_changed_at` and
//! `token_count` do not. Only the last dotted part counts, `_`, `-` and capitals do not, nor do digits at the end. The
//! answer is found anew each time: two table look-ups for nearly every name, which is cheaper than a memory of names.

/// What a name says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// Nothing.
    Nothing,
    /// It is a secret, whatever it looks like.
    Secret,
    /// A secret as `Authorization` has it: how, then the secret.
    Authorization,
    /// A secret, but in a text only if it is no plain word: code and help speak of credentials.
    Credentials,
    /// Cookies, each a name and a value.
    Cookie,
    /// A secret if it looks like one drawn by lot: `session=17` is none.
    Drawn,
    /// A secret if it is no number: `pass=12 fail=3` are counts.
    Word,
    /// A secret if it is long and looks drawn by lot.
    Key,
    /// A card's number.
    Card,
    /// Which key was used, not the key: AWS needs it to be known.
    KeyId,
}

/// Ends of names, small and without separators; whether a name may go on before it without a new word.
const ENDS: [(&str, bool, Says); 40] = [
    ("password", true, Says::Secret),
    ("passwords", true, Says::Secret),
    ("passwort", true, Says::Secret),
    ("passwd", true, Says::Secret),
    ("pwd", true, Says::Secret),
    ("passphrase", true, Says::Secret),
    ("passcode", true, Says::Secret),
    ("pass", false, Says::Word),
    ("secret", true, Says::Secret),
    ("secrets", true, Says::Secret),
    ("token", true, Says::Secret),
    ("apikey", true, Says::Secret),
    ("apikeys", true, Says::Secret),
    ("accesskey", true, Says::Secret),
    ("privatekey", true, Says::Secret),
    ("secretkey", true, Says::Secret),
    ("accountkey", true, Says::Secret),
    ("sharedkey", true, Says::Secret),
    ("encryptionkey", true, Says::Secret),
    ("signingkey", true, Says::Secret),
    ("masterkey", true, Says::Secret),
    ("authkey", true, Says::Secret),
    ("sessionkey", true, Says::Drawn),
    ("key", false, Says::Key),
    ("authorization", true, Says::Authorization),
    ("cookie", true, Says::Cookie),
    ("cookies", true, Says::Cookie),
    ("credential", true, Says::Credentials),
    ("credentials", true, Says::Credentials),
    ("session", false, Says::Drawn),
    ("sessionid", true, Says::Drawn),
    ("sessid", true, Says::Drawn),
    ("accesskeyid", true, Says::KeyId),
    ("card", false, Says::Card),
    ("cardnumber", true, Says::Card),
    ("cardno", true, Says::Card),
    ("cardnum", true, Says::Card),
    ("ccnumber", false, Says::Card),
    ("ccnum", false, Says::Card),
    ("pan", false, Says::Card),
];

/// Ends of names that look like those above and hold no secret.
const HARMLESS: [&str; 35] = [
    "publickeytoken",
    "elevatedtoken",
    "nexttoken",
    "pagetoken",
    "continuationtoken",
    "continuetoken",
    "synctoken",
    "cancellationtoken",
    "maxtoken",
    "numtoken",
    "pertoken",
    "nopasswd",
    "nopassword",
    "haspassword",
    "ispassword",
    "issecret",
    "publickey",
    "pubkey",
    "hostkey",
    "partitionkey",
    "primarykey",
    "foreignkey",
    "cachekey",
    "sortkey",
    "hashkey",
    "rangekey",
    "rowkey",
    "idempotencykey",
    "routingkey",
    "groupkey",
    "objectkey",
    "s3key",
    "registrykey",
    "layerkey",
    "sublayerkey",
];

/// Names are at most so long: behind that many bytes nobody means one.
pub(crate) const NAME_BYTES_MAX: usize = 96;

/// What names say, with those that settings add and take away.
#[derive(Debug)]
pub(crate) struct Names {
    /// For each last byte which bytes may stand before it, both by their last five bits.
    ends: [u32; 32],
    /// Names that are secret, folded.
    added: Vec<String>,
    /// Names that say nothing, folded.
    kept: Vec<String>,
}

impl Names {
    /// The usual names, `added` ones and without `kept` ones.
    pub(crate) fn new(added: &[String], kept: &[String]) -> Names {
        let fold = |names: &[String]| names.iter().map(|name| folded(name)).collect();
        let mut names = Names { ends: [0; 32], added: fold(added), kept: fold(kept) };
        let own = ENDS.iter().map(|(end, ..)| *end);
        for end in own.chain(names.added.iter().map(String::as_str)) {
            if let [.., before, last] = end.as_bytes() {
                names.ends[usize::from(last & 31)] |= 1 << (before & 31);
            } else if let [last] = end.as_bytes() {
                names.ends[usize::from(last & 31)] = u32::MAX;
            }
        }
        names
    }

    /// What a name says. It may be dotted, quoted, in brackets.
    #[inline]
    pub(crate) fn say(&self, name: &[u8]) -> Says {
        let mut back = name.iter().rev().filter(|byte| byte.is_ascii_alphabetic() || **byte >= 0x80);
        let last = back.next().copied().unwrap_or_default();
        let before = back.next().copied().unwrap_or_default();
        // `.value` at the end is looked through.
        let through = last | 32 == b'e' && before | 32 == b'u';
        if !through && self.ends[usize::from(last & 31)] & (1 << (before & 31)) == 0 {
            return Says::Nothing;
        }
        self.say_exactly(name)
    }

    fn say_exactly(&self, name: &[u8]) -> Says {
        let name = last_part(name);
        if !self.kept.is_empty() && self.keeps(name) {
            return Says::Nothing;
        }
        let part = name.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
        if !self.added.is_empty() && self.added.iter().any(|added| is_folded(name, added) || is_folded(part, added)) {
            return Says::Secret;
        }
        let found = ENDS.iter().filter(|(end, whole, _)| match folded_end(part, end) {
            Some(from) => *whole || begins_word(part, from),
            None => false,
        });
        let longest = found.max_by_key(|(end, ..)| end.len()).map_or(Says::Nothing, |(_, _, says)| *says);
        let harmless = longest != Says::Nothing && HARMLESS.iter().any(|end| folded_end(part, end).is_some());
        if harmless { Says::Nothing } else { longest }
    }

    /// Whether settings say that a name is to be left alone.
    pub(crate) fn keeps(&self, name: &[u8]) -> bool {
        let part = name.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
        self.kept.iter().any(|kept| is_folded(name, kept) || is_folded(part, kept))
    }

    /// The names that settings add, folded.
    pub(crate) fn added(&self) -> &[String] {
        &self.added
    }
}

/// A name without what stands behind its last letter, and without `.value`.
fn last_part(name: &[u8]) -> &[u8] {
    let end = |name: &[u8]| name.iter().rposition(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80);
    let cut = |name| end(name).map_or(&b""[..], |at| &name[..=at]);
    let name = cut(name);
    match name.len().checked_sub(6) {
        Some(at) if name[at..].eq_ignore_ascii_case(b".value") => cut(&name[..at]),
        _ => name,
    }
}

/// Small letters and digits and dots of a name: what makes two of them one.
fn folded(name: &str) -> String {
    let name = last_part(name.as_bytes());
    String::from_utf8_lossy(name).chars().filter(|letter| !is_between(*letter)).flat_map(char::to_lowercase).collect()
}

fn is_between(letter: char) -> bool {
    matches!(letter, '_' | '-' | ' ')
}

/// Whether a name is, separators and capitals aside.
fn is_folded(name: &[u8], folded: &str) -> bool {
    folded_end(name, folded) == Some(0)
}

/// Where in `name` the end begins that is `end`, separators and capitals aside.
#[inline]
fn folded_end(name: &[u8], end: &str) -> Option<usize> {
    let mut at = name.len();
    for wanted in end.bytes().rev() {
        loop {
            at = at.checked_sub(1)?;
            if !is_between(char::from(name[at])) {
                break;
            }
        }
        if name[at].to_ascii_lowercase() != wanted {
            return None;
        }
    }
    Some(at)
}

/// Whether a word begins there: nothing, no letter, or a small letter before a capital.
fn begins_word(name: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| name[before]) else { return true };
    !before.is_ascii_alphabetic() || (before.is_ascii_lowercase() && name[at].is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(name: &str) -> Says {
        Names::new(&[], &[]).say(name.as_bytes())
    }

    #[test]
    fn names_of_secrets_are_known_however_they_are_written() {
        for name in [
            "password",
            "PASSWORD",
            "user.passwd",
            "pwd",
            "DB_PASSWORD",
            "dbPassword",
            "dbpassword",
            "password2",
            "password_1",
            "passwords[0]",
            "http.request.header.x-api-key",
            "apiKey",
            "api_key",
            "api-key",
            "APIKey",
            "aws_secret_access_key",
            "SecretAccessKey",
            "private_key",
            "client_secret",
            "clientSecret",
            "refresh_token",
            "refreshToken",
            "x-amz-security-token",
            "token",
            "passphrase",
            "data.password.value",
            "Passwort",
        ] {
            assert_eq!(say(name), Says::Secret, "{name}");
        }
        for (name, says) in [
            ("Authorization", Says::Authorization),
            ("http.request.header.proxy-authorization", Says::Authorization),
            ("set-cookie", Says::Cookie),
            ("credentials", Says::Credentials),
            ("Set_Cookie", Says::Cookie),
            ("session_id", Says::Drawn),
            ("PHPSESSID", Says::Drawn),
            ("session", Says::Drawn),
            ("smtp_pass", Says::Word),
            ("key", Says::Key),
            ("some_key", Says::Key),
            ("userIdentity.accessKeyId", Says::KeyId),
            ("credit_card", Says::Card),
        ] {
            assert_eq!(say(name), says, "{name}");
        }
    }

    #[test]
    fn names_that_only_look_alike_say_nothing() {
        for name in [
            "",
            ".",
            "_",
            "1",
            "token_count",
            "tokens",
            "token_type",
            "max_tokens",
            "password_changed_at",
            "secretary",
            "TokenElevationType",
            "authorization_result",
            "LogonType",
            "PrivilegeList",
            "CallerProcessId",
            "ProcessId",
            "PublicKeyToken",
            "ElevatedToken",
            "nextToken",
            "next_page_token",
            "NOPASSWD",
            "monkey",
            "compass",
            "obsession",
            "CountOfCredentialsReturned",
            "KeyLength",
            "Keywords",
            "passed",
            "author",
            "session.id",
            "public_key",
            "cookie_count",
            "japan",
            "secretName",
            "value",
            "sessions",
        ] {
            assert_eq!(say(name), Says::Nothing, "{name}");
        }
    }

    #[test]
    fn settings_add_and_take_away() {
        let names = Names::new(&["employee_pin".into(), "x".into()], &["refresh-token".into(), "a.token".into()]);
        for (name, says) in [
            ("employeePIN", Says::Secret),
            ("staff.employee-pin", Says::Secret),
            ("x", Says::Secret),
            ("refreshToken", Says::Nothing),
            ("a.token", Says::Nothing),
            ("b.token", Says::Secret),
            ("ax", Says::Nothing),
        ] {
            assert_eq!(names.say(name.as_bytes()), says, "{name}");
        }
    }
}
