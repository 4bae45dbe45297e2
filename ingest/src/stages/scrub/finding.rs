//! What is a finding, and what stands in its place?

use std::borrow::Cow;
use std::ops::Range;

/// Stands in the place of a secret.
pub const REDACTED: &str = "***REDACTED***";

/// What kind of secret was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The value behind a name that makes it secret.
    Named,
    /// The password in an address such as `https://user:password@host`.
    Url,
    /// A JSON web token.
    Jwt,
    /// A private key as PEM.
    PrivateKey,
    /// A key or token that its vendor marks: AWS, GitHub, GitLab, Slack, Stripe, Google, npm, SendGrid, Twilio, OpenAI.
    Token,
    /// The number of a card.
    Card,
    /// A social security number of the USA.
    Ssn,
    /// An international bank account number.
    Iban,
    /// An e-mail address.
    Email,
    /// What a pattern of this name in the settings finds.
    Custom(String),
}

impl Kind {
    /// As it is shown, and as settings name it.
    pub fn name(&self) -> &str {
        match self {
            Kind::Named => "names",
            Kind::Url => "urls",
            Kind::Jwt => "jwt",
            Kind::PrivateKey => "private_keys",
            Kind::Token => "tokens",
            Kind::Card => "cards",
            Kind::Ssn => "ssn",
            Kind::Iban => "iban",
            Kind::Email => "email",
            Kind::Custom(name) => name,
        }
    }
}

/// A secret in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// Its bytes in the text as it came.
    pub span: Range<usize>,
    /// What stands in its place.
    pub with: String,
}

/// A finding on its way: bytes from `start` to `end` make room for `with`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) kind: Kind,
    pub(crate) with: Cow<'static, str>,
}

/// Whether what was taken out stands beside these bytes. It may have been a letter that made them part of something
/// else; so they are judged as if it still were, and scrubbing twice changes no more than scrubbing once.
pub(crate) fn beside_taken_out(text: &[u8], start: usize, end: usize) -> bool {
    text[..start].ends_with(b"***") || text[end..].starts_with(b"***")
}
