//! How a request of OTLP, however it came, is taken in: read in a thread of its own, handed on piece by piece.

use std::sync::Arc;

use axum::http::request::Parts;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use vigil_ingest::protocols::otlp::{Encoding, Export};
use vigil_ingest::{Batch, Door, Recipe, Rejects, Writer};
use vigil_model::Records;
use vigil_model::limits::REQUEST_BYTES_MAX;

use crate::app::App;
use crate::failure::Failure;
use crate::{Backend, access, doors};

/// Chunks that wait between the thread that reads and the node.
const CHUNKS_BETWEEN: usize = 2;

/// A place among the requests that bring events, and how they are read.
pub(super) struct Place {
    recipe: Recipe,
    _permit: OwnedSemaphorePermit,
}

impl Place {
    /// For the source of this request.
    pub(super) fn take(app: &App, parts: &Parts) -> Result<Place, Failure> {
        let source = doors::source(app, Door::Otlp, access::source_of(&parts.extensions))?;
        Ok(Place { recipe: source.recipe.clone(), _permit: app.ingest_place()? })
    }
}

/// Takes a whole request in; answers how many records were rejected, and why.
pub(super) async fn export(
    app: &Arc<App>,
    place: Place,
    encoding: Encoding,
    body: Vec<u8>,
) -> Result<(u64, String), Failure> {
    let Place { recipe, _permit } = place;
    let (sender, mut chunks) = mpsc::channel(CHUNKS_BETWEEN);
    let backend = Arc::clone(&app.backend);
    let reading = tokio::task::spawn_blocking(move || Reading { recipe, backend, sender }.read(encoding, &body));
    let mut submitter = doors::deliverer(app);
    while let Some(records) = chunks.recv().await {
        submitter.offer(records, doors::options()).await;
        if submitter.failure.is_some() {
            break;
        }
    }
    drop(chunks);
    let delivered = doors::delivered(submitter).await;
    // What was not kept comes again as a whole: events twice are better than events lost.
    if let Some(failure) = delivered.failure {
        return Err(failure);
    }
    let read = reading.await.map_err(|error| Failure::Internal(error.to_string()))??;
    app.meter.rejected(read.rejected());
    match read.rejected() > 0 && read.rejected() == read.total {
        true => Err(Failure::AllRejected(read.why())),
        false => Ok((read.rejected(), read.why())),
    }
}

/// Reads one request.
struct Reading {
    recipe: Recipe,
    backend: Arc<dyn Backend>,
    sender: mpsc::Sender<Records>,
}

/// What came of it.
struct Read {
    total: u64,
    rejects: Rejects,
    /// Records at the end that were not looked at, because those before had grown too large.
    beyond: u64,
}

impl Reading {
    fn read(self, encoding: Encoding, body: &[u8]) -> Result<Read, Failure> {
        let mut export = Export::open(encoding, body).map_err(|error| Failure::Body(error.to_string()))?;
        let (mut writer, mut batch) = (Writer::new(self.recipe), Batch::new());
        writer.count_bytes(body.len());
        let (mut done, mut bytes) = (0, 0);
        'records: while bytes <= REQUEST_BYTES_MAX && export.next(&mut writer, self.backend.now(), &mut batch).is_some()
        {
            done += 1;
            for records in batch.take_full() {
                bytes += records.bytes().len();
                // Nobody listens any more where the node took no more, which is answered there.
                if self.sender.blocking_send(records).is_err() {
                    break 'records;
                }
            }
        }
        for records in batch.take_rest() {
            let _ = self.sender.blocking_send(records);
        }
        Ok(Read { total: export.total(), rejects: batch.rejects().clone(), beyond: export.total() - done })
    }
}

impl Read {
    fn rejected(&self) -> u64 {
        self.rejects.count() + self.beyond
    }

    /// The reasons of the first few.
    fn why(&self) -> String {
        let named = self.rejects.named().iter().take(3);
        let mut why: Vec<String> = named.map(|reject| format!("record {}: {}", reject.line, reject.reason)).collect();
        if self.rejects.count() > why.len() as u64 {
            why.push("and more".to_owned());
        }
        if self.beyond > 0 {
            why.push(format!("the last {} would make the request larger than it may be", self.beyond));
        }
        why.join("; ")
    }
}
