//! What a request asks for all of its events: the arguments and headers of VictoriaLogs, which every door here obeys.

use axum::http::request::Parts;
use vigil_ingest::{Asked, Recipe};
use vigil_model::limits::{ASKED_NAMES_MAX, FIELD_NAME_BYTES_MAX};

use crate::failure::Failure;
use crate::params::Params;

/// What is asked, and whether it is only a trial: then nothing is stored.
pub(super) struct Order {
    pub(super) asked: Asked,
    pub(super) debug: bool,
}

impl Order {
    /// Of a request. What it leaves open is as `usual` has it, unless the source's settings say something.
    pub(super) fn read(parts: &Parts, recipe: &Recipe, usual: Asked) -> Result<Order, Failure> {
        let given = Given { parts, params: Params::of_uri(&parts.uri) };
        let or_usual = |given: Vec<String>, usual: Vec<String>, set: bool| match given.is_empty() && !set {
            true => usual,
            false => given,
        };
        // Streams are a matter of who asks here, not of who sends: `_stream_fields` is let pass.
        let asked = Asked {
            times: or_usual(given.names("_time_field", "vl-time-field")?, usual.times, recipe.time_field.is_some()),
            messages: or_usual(
                given.names("_msg_field", "vl-msg-field")?,
                usual.messages,
                recipe.message_field.is_some(),
            ),
            ignore: given.names("ignore_fields", "vl-ignore-fields")?,
            decolorize: given.names("decolorize_fields", "vl-decolorize-fields")?,
            extra: given.pairs("extra_fields", "vl-extra-fields")?,
        };
        let debug = given.text("debug", "vl-debug").is_some_and(|text| matches!(text.as_str(), "1" | "true"));
        Ok(Order { asked, debug })
    }
}

struct Given<'r> {
    parts: &'r Parts,
    params: Params,
}

impl Given<'_> {
    /// The argument, else the header; an empty one is as if it were not there.
    fn text(&self, argument: &str, header: &str) -> Option<String> {
        let argument = self.params.peek(argument).filter(|text| !text.is_empty());
        let header = self.parts.headers.get(header).and_then(|value| value.to_str().ok());
        argument.or(header).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// A list with commas.
    fn names(&self, argument: &str, header: &str) -> Result<Vec<String>, Failure> {
        let text = self.text(argument, header).unwrap_or_default();
        let names: Vec<String> =
            text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        match names.len() > ASKED_NAMES_MAX || names.iter().any(|name| name.len() > FIELD_NAME_BYTES_MAX) {
            true => Err(Failure::parameter(
                argument,
                format!("is more than {ASKED_NAMES_MAX} names, or one is longer than {FIELD_NAME_BYTES_MAX} bytes"),
            )),
            false => Ok(names),
        }
    }

    /// `name=value`, with commas between.
    fn pairs(&self, argument: &str, header: &str) -> Result<Vec<(String, String)>, Failure> {
        let pair = |text: &String| {
            let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
            let (name, value) =
                pair.ok_or_else(|| Failure::parameter(argument, format!("`{text}` is not `name=value`")))?;
            Ok((name.to_owned(), value.to_owned()))
        };
        self.names(argument, header)?.iter().map(pair).collect()
    }
}
