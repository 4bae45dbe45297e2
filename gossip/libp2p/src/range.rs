//! The answer to a pull, seen from both ends: a stream of its own with a request and frames.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout};
use vigil_gossip::Link;
use vigil_model::limits::WIRE_FRAME_BYTES_MAX;

use crate::frames::{FrameReader, FrameWriter};
use crate::lane::Way;
use crate::lock::lock;
use crate::registry::OpenLink;
use crate::shared::Shared;
use crate::types::StreamError;

/// How long nothing may move on a stream of a pull: the other side may have to fetch from a slow
/// disk, or to wait until its own queues have room.
const STALL: Duration = Duration::from_secs(60);
/// How long a peer may take to say what it wants on a stream that it opened.
pub(crate) const REQUEST: Duration = Duration::from_secs(10);
/// Bytes of a request: a `Pull` is below a hundred.
pub(crate) const REQUEST_BYTES_MAX: usize = 4 * 1024;
/// Bytes that are written at once when frames are small.
const BATCH_BYTES: usize = 64 * 1024;

/// The frames that a pull brings, one after the other.
///
/// Nothing is read ahead beyond the window of the stream: a slow reader slows the sender down.
/// Dropping it ends the pull.
pub struct RangeReader {
    link: Arc<OpenLink>,
    shared: Arc<Shared>,
    reader: FrameReader,
    /// Kept open: a peer takes a closed one for a reader that went away.
    _writer: FrameWriter,
    way: Way,
    bytes: u64,
    waited: Duration,
}

impl RangeReader {
    pub(crate) async fn ask(
        shared: Arc<Shared>,
        link: Arc<OpenLink>,
        request: &[u8],
    ) -> Result<RangeReader, StreamError> {
        let (way, (read, write)) = shared.open_range(&link).await?;
        let (reader, mut writer) = (FrameReader::new(read, WIRE_FRAME_BYTES_MAX), FrameWriter::new(write));
        writer.add(request);
        within(writer.flush()).await?;
        Ok(RangeReader { link, shared, reader, _writer: writer, way, bytes: 0, waited: Duration::ZERO })
    }

    /// The next frame; nothing when the peer has finished.
    ///
    /// # Errors
    /// [`StreamError::Malformed`] is a fault of the peer; the others are not.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, StreamError> {
        let asked = Instant::now();
        let frame = within(self.reader.next()).await?;
        self.waited += asked.elapsed();
        let bytes = frame.as_ref().map_or(0, Vec::len) as u64;
        self.bytes += bytes;
        self.link.received.fetch_add(bytes, Ordering::Relaxed);
        Ok(frame)
    }
}

impl Drop for RangeReader {
    /// What it brought says how good the lane is.
    fn drop(&mut self) {
        let micros = u64::try_from(self.waited.as_micros()).unwrap_or(u64::MAX);
        lock(&self.link.meter).measured(self.way, self.bytes, micros, self.shared.now());
    }
}

/// A pull of a peer that is to be answered.
///
/// Dropping it without [`Serving::finish`] breaks the stream off; the peer asks again elsewhere.
pub struct Serving {
    pub(crate) link: Arc<OpenLink>,
    pub(crate) request: Vec<u8>,
    pub(crate) writer: FrameWriter,
    pub(crate) shared: Arc<Shared>,
    /// Kept open until the end: closing it tells the peer to stop.
    pub(crate) _reader: FrameReader,
    pub(crate) _place: OwnedSemaphorePermit,
}

impl Serving {
    /// On which link it was asked.
    pub fn link(&self) -> Link {
        self.link.link
    }

    /// What is asked.
    pub fn request(&self) -> &[u8] {
        &self.request
    }

    /// Sends a frame; waits while the peer does not take it. Small ones are gathered.
    ///
    /// # Panics
    /// When the frame is longer than `WIRE_FRAME_BYTES_MAX`.
    ///
    /// # Errors
    /// When the peer has gone or wants no more.
    pub async fn send(&mut self, frame: &[u8]) -> Result<(), StreamError> {
        self.writer.add(frame);
        if self.writer.waiting() >= BATCH_BYTES { self.flush().await } else { Ok(()) }
    }

    /// Sends what was gathered: to be called before waiting for something else.
    ///
    /// # Errors
    /// As [`Serving::send`].
    pub async fn flush(&mut self) -> Result<(), StreamError> {
        let bytes = self.writer.waiting();
        self.shared.limiter.pass(bytes).await;
        self.link.sent.fetch_add(bytes as u64, Ordering::Relaxed);
        within(self.writer.flush()).await
    }

    /// Nothing follows.
    ///
    /// # Errors
    /// As [`Serving::send`].
    pub async fn finish(mut self) -> Result<(), StreamError> {
        self.flush().await?;
        within(self.writer.close()).await
    }
}

impl std::fmt::Debug for Serving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Serving").field("link", &self.link.link).field("request", &self.request.len()).finish()
    }
}

async fn within<T>(moving: impl Future<Output = io::Result<T>>) -> Result<T, StreamError> {
    match timeout(STALL, moving).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => Err(StreamError::Malformed(error.to_string())),
        Ok(Err(error)) => Err(StreamError::Broken(error.to_string())),
        Err(_) => Err(StreamError::Stalled(STALL.as_secs())),
    }
}
