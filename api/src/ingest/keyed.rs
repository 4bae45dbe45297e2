//! How a request with an `Idempotency-Key` is told once, however often it is sent.

use std::sync::Arc;

use axum::body::Body;
use axum::http::HeaderMap;
use vigil_crdt::IdempotencyRow;
use vigil_crdt::control::TokenId;
use vigil_ingest::Recipe;
use vigil_model::limits::{IDEMPOTENCY_KEY_BYTES_MAX, KEYED_REQUEST_BYTES_MAX};
use vigil_model::{Hash, Records};
use vigil_node::{Idempotent, Refusal};

use super::answer::Outcome;
use super::submit::Submitter;
use super::{End, Intake, Order, outcome, submitter};
use crate::app::App;
use crate::body::PIECE_BYTES;
use crate::failure::Failure;
use crate::{SubmitOptions, doors};

const HEADER: &str = "idempotency-key";
const KEY_DOMAIN: &str = "vigil 2026 idempotency key";
const BODY_DOMAIN: &str = "vigil 2026 idempotency body";
const REQUEST_DOMAIN: &str = "vigil 2026 idempotency request";

/// The key that the request carries, hashed with the token: each bearer has keys of its own.
pub(crate) fn key(headers: &HeaderMap, token: Option<TokenId>) -> Result<Option<Hash>, Failure> {
    let mut given = headers.get_all(HEADER).iter();
    let Some(value) = given.next() else { return Ok(None) };
    let bytes = value.as_bytes();
    let visible = bytes.iter().all(u8::is_ascii_graphic);
    if given.next().is_some() || !visible || !(1..=IDEMPOTENCY_KEY_BYTES_MAX).contains(&bytes.len()) {
        return Err(Failure::Key);
    }
    let token = token.map_or_else(Vec::new, |token| token.0.to_vec());
    Ok(Some(Hash::of(KEY_DOMAIN, &[&token, &b"\0"[..], bytes].concat())))
}

/// Takes the request in, from where an earlier attempt ended.
pub(crate) async fn ingest(
    app: &App,
    headers: &HeaderMap,
    body: Body,
    order: Order,
    key: Hash,
) -> Result<Outcome, Failure> {
    let (bytes, _room) = doors::whole_body(app, headers, body, KEYED_REQUEST_BYTES_MAX).await?;
    let order = Order { recipe: Recipe { keyed: true, ..order.recipe }, ..order };
    let request = request_hash(&order.recipe, &bytes);
    let row = app.backend.idempotency(key).await.map_err(|why| Failure::Refused(Refusal::Store(why)))?;
    if row.as_ref().is_some_and(|row| row.body != request) {
        return Err(Failure::Refused(Refusal::KeyReused));
    }
    let mut parts = Parts::new(app, &order, key, request, row.clone());
    let intake = decode(app, order.recipe, &bytes, &mut parts).await;
    let submitter = parts.finish().await;
    Ok(joined(outcome(app, submitter, &intake.batch, End::Whole), row))
}

/// Two requests are the same when their bodies are, and when they are to be read alike: else the
/// records before a position would not be the same ones.
fn request_hash(recipe: &Recipe, bytes: &[u8]) -> Hash {
    let body = Hash::of(BODY_DOMAIN, bytes);
    Hash::of(REQUEST_DOMAIN, format!("{body} {}", recipe.identity()).as_bytes())
}

/// Decodes all of the body and hands the chunks on.
async fn decode(app: &App, recipe: Recipe, bytes: &[u8], parts: &mut Parts) -> Intake {
    let mut intake = Intake::new(recipe, Arc::clone(&app.backend));
    for piece in bytes.chunks(PIECE_BYTES) {
        intake.feed(piece).await;
        for records in intake.batch.take_full() {
            parts.take(records).await;
        }
    }
    for records in intake.finish(&End::Whole) {
        parts.take(records).await;
    }
    intake
}

/// Chunks of one keyed request, handed over one after another: the node takes a part only where
/// what it has ends.
struct Parts {
    submitter: Submitter,
    options: SubmitOptions,
    seal_now: bool,
    /// Records that are durable already and still to be passed over.
    skip: u64,
    complete: bool,
    /// Kept back until it is known whether it is the last.
    held: Option<Records>,
}

impl Parts {
    fn new(app: &App, order: &Order, key: Hash, body: Hash, row: Option<IdempotencyRow>) -> Parts {
        let skip = row.as_ref().map_or(0, |row| row.records);
        let complete = row.as_ref().is_some_and(|row| row.complete);
        let idempotent = Idempotent { key, body, from: skip, last: false, resumed: row };
        let options = SubmitOptions { idempotent: Some(idempotent), ..order.submit_options() };
        let submitter = submitter(app, 1, skip);
        Parts { submitter, options, seal_now: order.seal_now, skip, complete, held: None }
    }

    /// Takes the next chunk of the body; what is durable of it is passed over.
    async fn take(&mut self, records: Records) {
        let passed = self.skip.min(records.len() as u64);
        self.skip -= passed;
        if self.complete || passed == records.len() as u64 {
            return;
        }
        let fresh = if passed == 0 { records } else { records.slice(passed as usize..records.len()) };
        if let Some(held) = self.held.replace(fresh) {
            self.send(held, false).await;
        }
    }

    async fn finish(mut self) -> Submitter {
        if let Some(held) = self.held.take() {
            self.send(held, true).await;
        }
        self.submitter.settle().await;
        self.submitter
    }

    async fn send(&mut self, records: Records, last: bool) {
        let mut options = self.options.clone();
        options.seal_now = self.seal_now && last;
        if let Some(idempotent) = &mut options.idempotent {
            idempotent.last = last;
        }
        if let Some(next) = &mut self.options.idempotent {
            next.from += records.len() as u64;
            next.resumed = None;
        }
        self.submitter.offer(records, options).await;
    }
}

/// With what an earlier attempt made durable. A receipt names blocks of one log, the newest.
fn joined(mut outcome: Outcome, row: Option<IdempotencyRow>) -> Outcome {
    let Some(row) = row else { return outcome };
    outcome.replayed = row.complete;
    if outcome.log.is_none_or(|log| log == row.log) {
        outcome.log = Some(row.log);
        outcome.blocks.extend(row.blocks);
    }
    outcome
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(keys: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for key in keys {
            headers.append(HEADER, HeaderValue::from_str(key).expect("a header value"));
        }
        headers
    }

    #[test]
    fn a_key_is_visible_and_single() {
        assert_eq!(key(&headers(&[]), None), Ok(None));
        assert!(key(&headers(&["a"]), None).is_ok_and(|hash| hash.is_some()));
        let long = "k".repeat(IDEMPOTENCY_KEY_BYTES_MAX);
        assert!(key(&headers(&[&long]), None).is_ok());
        for wrong in [vec![""], vec!["a b"], vec!["a", "b"], vec![&*format!("{long}k")]] {
            assert_eq!(key(&headers(&wrong), None), Err(Failure::Key), "{wrong:?}");
        }
    }

    #[test]
    fn each_bearer_has_keys_of_its_own() {
        let of = |token: Option<u8>| key(&headers(&["a"]), token.map(|byte| TokenId([byte; 8])));
        assert_eq!(of(Some(1)), of(Some(1)));
        assert_ne!(of(Some(1)), of(Some(2)));
        assert_ne!(of(Some(1)), of(None));
    }

    #[test]
    fn reading_it_otherwise_makes_it_another_request() {
        let plain = Recipe::default();
        let named = Recipe { time_field: Some("at".to_owned()), ..Recipe::default() };
        assert_eq!(request_hash(&plain, b"x"), request_hash(&plain, b"x"));
        assert_ne!(request_hash(&plain, b"x"), request_hash(&plain, b"y"));
        assert_ne!(request_hash(&plain, b"x"), request_hash(&named, b"x"));
    }
}
