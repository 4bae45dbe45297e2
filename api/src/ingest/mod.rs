//! `POST /v1/ingest`: how a body becomes durable events and an answer that says where they lie.

mod answer;
mod keyed;
pub(crate) mod submit;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use axum::response::Response;
use tokio::sync::OwnedSemaphorePermit;
use vigil_ingest::{Batch, Decoder, Door, Format, Recipe};
use vigil_model::limits::{FIELD_NAME_BYTES_MAX, REQUEST_BYTES_MAX, REQUEST_SUBMISSIONS_MAX};
use vigil_model::{Class, Hash, Records};

use self::answer::{Outcome, Rejected};
use self::submit::Submitter;
use crate::app::App;
use crate::body::{self, BodyReader, PIECE_BYTES};
use crate::failure::Failure;
use crate::params::Params;
use crate::{Access, Backend, SubmitOptions, doors, sync};

const PARAMETERS: &[&str] = &["source", "format", "time_field", "message_field", "seal", "class", "durable", "timeout"];
/// How long to wait for copies when nobody says how long.
const COPIES_PATIENCE: Duration = Duration::from_secs(10);

/// What the request asks for beside its body.
struct Order {
    recipe: Recipe,
    class: Class,
    seal_now: bool,
    /// How many peers must hold it before the answer, and how long that may take.
    copies: Option<(u32, Duration)>,
}

/// Takes events in.
pub(crate) async fn ingest(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let (order, key, _place) = match prepare(&app, &parts) {
        Ok(prepared) => prepared,
        Err(failure) => {
            body::refuse(&parts.headers, body).await;
            return Err(failure);
        }
    };
    let copies = order.copies;
    let mut outcome = match key {
        Some(key) => keyed::ingest(&app, &parts.headers, body, order, key).await?,
        None => stream(&app, &parts.headers, body, order).await?,
    };
    app.meter.rejected(outcome.rejects.count());
    if let Some((asked, patience)) = copies {
        outcome.await_copies(&*app.backend, asked, patience).await;
    }
    Ok(outcome.respond())
}

/// Everything that can be said before the body is read.
fn prepare(app: &App, parts: &Parts) -> Result<(Order, Option<Hash>, OwnedSemaphorePermit), Failure> {
    let order = Order::read(app, &parts.uri, &parts.headers)?;
    if let Some((copies, _)) = order.copies {
        check_copies(app, copies)?;
    }
    let token = parts.extensions.get::<Access>().and_then(|access| access.token);
    Ok((order, keyed::key(&parts.headers, token)?, app.ingest_place()?))
}

/// What can never be reached is refused at once, not after the time that it may take.
fn check_copies(app: &App, copies: u32) -> Result<(), Failure> {
    let peers = app.backend.cluster(false).members.saturating_sub(1);
    match copies as usize <= peers {
        true => Ok(()),
        false => {
            Err(Failure::parameter("durable", format!("{copies} peers are asked for, and this cluster has {peers}")))
        }
    }
}

/// Submits while the body still comes in.
async fn stream(app: &App, headers: &HeaderMap, body: Body, order: Order) -> Result<Outcome, Failure> {
    let reader = BodyReader::open(headers, body, REQUEST_BYTES_MAX, app.options.patience).await?;
    let mut reader = reader.sniffing();
    let options = order.submit_options();
    let mut intake = Intake::new(order.recipe, Arc::clone(&app.backend));
    let mut submitter = submitter(app, REQUEST_SUBMISSIONS_MAX, 0);
    let end = loop {
        match reader.next().await {
            Ok(Some(piece)) => intake.feed(piece).await,
            Ok(None) => break End::Whole,
            Err(failure) => break End::Broken(failure),
        }
        submitter.offer_all(intake.batch.take_full(), &options).await;
        if submitter.failure.is_some() {
            break End::Refused;
        }
    };
    if !matches!(end, End::Whole) {
        reader.drain().await;
    }
    let rest = intake.finish(&end);
    submitter.offer_all(rest, &SubmitOptions { seal_now: order.seal_now, ..options }).await;
    submitter.settle().await;
    Ok(outcome(app, submitter, &intake.batch, end))
}

/// Where reading a body ended.
enum End {
    /// Everything was read.
    Whole,
    /// The body could not be read further.
    Broken(Failure),
    /// The node took no more, so nothing more was read.
    Refused,
}

fn submitter(app: &App, at_once: usize, before: u64) -> Submitter {
    Submitter::new(Arc::clone(&app.backend), app.options.busy_patience, at_once, before)
}

fn outcome(app: &App, submitter: Submitter, batch: &Batch, end: End) -> Outcome {
    let accepted = submitter.accepted();
    let mut refused = submitter.refused;
    let mut refused_events = submitter.refused_events;
    let refusal = submitter.failure.map(Failure::Refused);
    let unread = match end {
        End::Whole => None,
        End::Broken(failure) => Some(failure),
        End::Refused => refusal.clone(),
    };
    if let Some(failure) = &unread {
        let line = batch.accepted() + batch.rejects().count() + 1;
        refused.push(Rejected { line, reason: format!("nothing from here on was read: {failure}") });
        refused_events += 1;
    }
    Outcome {
        accepted,
        before: submitter.before,
        log: submitter.log,
        blocks: submitter.blocks,
        rejects: batch.rejects().clone(),
        refused,
        refused_events,
        time_assumed: batch.time_assumed(),
        failure: unread.or(refusal),
        replayed: false,
        durable: app.backend.acknowledged_is_durable(),
        peers: None,
    }
}

/// Decodes piece by piece.
struct Intake {
    decoder: Option<Decoder>,
    batch: Batch,
    backend: Arc<dyn Backend>,
}

impl Intake {
    fn new(recipe: Recipe, backend: Arc<dyn Backend>) -> Intake {
        Intake { decoder: Some(Decoder::new(recipe)), batch: Batch::new(), backend }
    }

    /// Decodes one piece, then lets others have the thread.
    async fn feed(&mut self, piece: &[u8]) {
        assert!(piece.len() <= PIECE_BYTES, "decoding a piece takes well under a millisecond");
        let decoder = self.decoder.as_mut().expect("nothing is fed after the end");
        decoder.feed(piece, self.backend.now(), &mut self.batch);
        tokio::task::yield_now().await;
    }

    /// The last chunks. What is unfinished counts only when the body came to its end.
    fn finish(&mut self, end: &End) -> Vec<Records> {
        if let (End::Whole, Some(decoder)) = (end, self.decoder.take()) {
            decoder.finish(self.backend.now(), &mut self.batch);
        }
        self.batch.take_rest()
    }
}

impl Order {
    fn read(app: &App, uri: &Uri, headers: &HeaderMap) -> Result<Order, Failure> {
        let mut params = Params::of_uri(uri);
        let named_source = named(&mut params, "source")?;
        let usual = doors::source(app, Door::Ingest, named_source.as_deref())?.recipe.clone();
        let recipe = Recipe {
            format: format(&mut params, headers)?.unwrap_or(usual.format),
            source: named_source.or(usual.source),
            time_field: named(&mut params, "time_field")?.or(usual.time_field),
            message_field: named(&mut params, "message_field")?.or(usual.message_field),
            // Who sends is there to be told what could not be read.
            lenient: false,
            ..usual
        };
        let seal_now = match params.take("seal")?.as_deref() {
            None | Some("") => false,
            Some("now") => true,
            Some(_) => return Err(Failure::parameter("seal", "can only be `now`")),
        };
        let class = params.read::<Class>("class")?.unwrap_or(Class::Logs);
        if class != Class::Logs {
            return Err(Failure::parameter("class", "clients can only send `logs`"));
        }
        let copies = copies(&mut params)?;
        params.finish(PARAMETERS)?;
        Ok(Order { recipe, class, seal_now, copies })
    }

    fn submit_options(&self) -> SubmitOptions {
        SubmitOptions { class: self.class, seal_now: false, idempotent: None }
    }
}

/// `durable=` and the `timeout=` that goes with it.
fn copies(params: &mut Params) -> Result<Option<(u32, Duration)>, Failure> {
    let asked = params.read::<u32>("durable")?.filter(|copies| *copies > 0);
    let patience = sync::patience(params)?;
    match (asked, patience) {
        (None, Some(_)) => {
            Err(Failure::parameter("timeout", "says how long to wait for `durable=` peers, which is not given"))
        }
        (asked, patience) => Ok(asked.map(|copies| (copies, patience.unwrap_or(COPIES_PATIENCE)))),
    }
}

/// What `format=` says, else the type of the body; `None` where neither does.
fn format(params: &mut Params, headers: &HeaderMap) -> Result<Option<Format>, Failure> {
    if let Some(name) = params.take("format")?.filter(|name| !name.is_empty()) {
        let known = || Format::names().collect::<Vec<_>>().join(", ");
        let unknown = || Failure::parameter("format", format!("is none of {}", known()));
        return Format::of_name(&name).map(Some).ok_or_else(unknown);
    }
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(None) };
    let text = String::from_utf8_lossy(value.as_bytes());
    if let Some(charset) = Format::foreign_charset(&text) {
        return Err(Failure::Charset(charset));
    }
    let format = Format::from_content_type(&text).ok_or_else(|| Failure::ContentType(text.into_owned()))?;
    Ok(Some(format).filter(|format| *format != Format::Detect))
}

/// A name, not longer than a field's name may be.
fn named(params: &mut Params, name: &str) -> Result<Option<String>, Failure> {
    let value = params.take(name)?.filter(|value| !value.is_empty());
    match value {
        Some(value) if value.len() > FIELD_NAME_BYTES_MAX => {
            Err(Failure::parameter(name, format!("is longer than {FIELD_NAME_BYTES_MAX} bytes")))
        }
        value => Ok(value),
    }
}
