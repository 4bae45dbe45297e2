//! How a body is read: in pieces, unpacked, within its cap, and not for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::{HeaderMap, header};
use futures::{StreamExt, stream};
use vigil_model::limits::DRAIN_BYTES_MAX;

use crate::failure::Failure;
use crate::inflate::{Encoding, Inflater};

/// Bytes worked on at once, so that one body does not keep a thread from the others.
pub(crate) const PIECE_BYTES: usize = 64 * 1024;
/// How long a refused body is still read.
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// A body on its way in.
pub(crate) struct BodyReader {
    stream: BodyDataStream,
    inflater: Option<Inflater>,
    buffer: Vec<u8>,
    current: Bytes,
    /// Bytes of `current` that were handed out.
    handed: usize,
    /// The first bytes are still to be looked at: they may be packed without saying so.
    sniffs: bool,
    limit: usize,
    received: usize,
    produced: usize,
    patience: Duration,
    over: bool,
}

impl BodyReader {
    /// A body that may have `limit` bytes, packed and again unpacked, and may pause for `patience`.
    /// One that cannot be read is refused as it should be.
    pub(crate) async fn open(
        headers: &HeaderMap,
        body: Body,
        limit: usize,
        patience: Duration,
    ) -> Result<BodyReader, Failure> {
        BodyReader::of(inflater(headers, limit, false), headers, body, limit, patience).await
    }

    /// As [`BodyReader::open`], of a body that is read to its end before it is looked at; a block of snappy stays packed.
    pub(crate) async fn open_whole(
        headers: &HeaderMap,
        body: Body,
        limit: usize,
        patience: Duration,
    ) -> Result<BodyReader, Failure> {
        BodyReader::of(inflater(headers, limit, true), headers, body, limit, patience).await
    }

    async fn of(
        inflater: Result<Option<Inflater>, Failure>,
        headers: &HeaderMap,
        body: Body,
        limit: usize,
        patience: Duration,
    ) -> Result<BodyReader, Failure> {
        match inflater {
            Ok(inflater) => Ok(BodyReader::new(inflater, body, limit, patience)),
            Err(failure) => {
                refuse(headers, body).await;
                Err(failure)
            }
        }
    }

    fn new(inflater: Option<Inflater>, body: Body, limit: usize, patience: Duration) -> BodyReader {
        let buffer = vec![0; if inflater.is_some() { PIECE_BYTES } else { 0 }];
        let stream = body.into_data_stream();
        let current = Bytes::new();
        BodyReader {
            stream,
            inflater,
            buffer,
            current,
            handed: 0,
            sniffs: false,
            limit,
            received: 0,
            produced: 0,
            patience,
            over: false,
        }
    }

    /// Unpacks also what is packed without saying so: no text begins like that.
    #[must_use]
    pub(crate) fn sniffing(self) -> BodyReader {
        BodyReader { sniffs: self.inflater.is_none(), ..self }
    }

    /// The next bytes, unpacked, at most [`PIECE_BYTES`]; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<&[u8]>, Failure> {
        if std::mem::take(&mut self.sniffs) {
            self.sniff().await?;
        }
        let piece = match self.inflater.is_some() {
            true => self.next_unpacked().await?,
            false => self.next_plain().await?,
        };
        self.produced += piece;
        if self.produced > self.limit {
            return Err(Failure::TooLarge { limit: self.limit });
        }
        let bytes = if self.inflater.is_some() { &self.buffer[..piece] } else { &self.current[..piece] };
        Ok((piece > 0).then_some(bytes))
    }

    /// All of it. `admit` is asked before each piece is kept.
    pub(crate) async fn collect(
        &mut self,
        mut admit: impl FnMut(usize) -> Result<(), Failure>,
    ) -> Result<Vec<u8>, Failure> {
        let mut whole = Vec::new();
        while let Some(piece) = self.next().await? {
            admit(piece.len())?;
            whole.extend_from_slice(piece);
        }
        Ok(whole)
    }

    /// See [`drain`].
    pub(crate) async fn drain(&mut self) {
        drain(&mut self.stream).await;
    }

    async fn sniff(&mut self) -> Result<(), Failure> {
        let mut head = Bytes::new();
        let encoding = loop {
            if let Some(encoding) = Encoding::of_content(&head) {
                break encoding;
            }
            match self.receive().await? {
                Some(bytes) if head.is_empty() => head = bytes,
                Some(bytes) => head = [head, bytes].concat().into(),
                None => break Encoding::Plain,
            }
        };
        self.inflater = Inflater::new(encoding).map_err(broken)?;
        match &mut self.inflater {
            None => self.current = head,
            Some(inflater) => {
                inflater.feed(head);
                self.buffer = vec![0; PIECE_BYTES];
            }
        }
        Ok(())
    }

    async fn next_plain(&mut self) -> Result<usize, Failure> {
        let _ = self.current.split_to(self.handed);
        while self.current.is_empty() {
            match self.receive().await? {
                Some(bytes) => self.current = bytes,
                None => {
                    self.handed = 0;
                    return Ok(0);
                }
            }
        }
        self.handed = self.current.len().min(PIECE_BYTES);
        Ok(self.handed)
    }

    async fn next_unpacked(&mut self) -> Result<usize, Failure> {
        loop {
            let inflater = self.inflater.as_mut().expect("only called for packed bodies");
            match inflater.read(&mut self.buffer).map_err(broken)? {
                Some(bytes) => return Ok(bytes),
                None => self.refill().await?,
            }
        }
    }

    async fn refill(&mut self) -> Result<(), Failure> {
        let received = self.receive().await?;
        let inflater = self.inflater.as_mut().expect("only called for packed bodies");
        match received {
            Some(bytes) => inflater.feed(bytes),
            None => inflater.end(),
        }
        Ok(())
    }

    /// The next bytes from the socket, as they were sent.
    async fn receive(&mut self) -> Result<Option<Bytes>, Failure> {
        if self.over {
            return Ok(None);
        }
        let next = tokio::time::timeout(self.patience, self.stream.next()).await;
        let bytes = match next.map_err(|_| Failure::Slow(self.patience))? {
            Some(Ok(bytes)) => bytes,
            Some(Err(error)) => return Err(Failure::Body(error.to_string())),
            None => {
                self.over = true;
                return Ok(None);
            }
        };
        self.received += bytes.len();
        if self.received > self.limit {
            return Err(Failure::TooLarge { limit: self.limit });
        }
        Ok(Some(bytes))
    }
}

/// The body, and a note that is true once it was read to its end.
pub(crate) fn noted(body: Body) -> (Body, Arc<AtomicBool>) {
    let read = Arc::new(AtomicBool::new(false));
    let note = Arc::clone(&read);
    let end = stream::poll_fn(move |_| {
        note.store(true, Ordering::Relaxed);
        Poll::Ready(None::<Result<Bytes, axum::Error>>)
    });
    (Body::from_stream(body.into_data_stream().chain(end)), read)
}

/// Refuses a body unread, see [`drain`]. Who asked first whether to send it has not begun.
pub(crate) async fn refuse(headers: &HeaderMap, body: Body) {
    if !headers.contains_key(header::EXPECT) {
        drain(&mut body.into_data_stream()).await;
    }
}

/// Reads on for a moment without looking, so that a sender who is still writing gets to see the
/// answer instead of a broken connection.
async fn drain(stream: &mut BodyDataStream) {
    let reading = async {
        let mut drained = 0;
        while let Some(Ok(bytes)) = stream.next().await {
            drained += bytes.len();
            if drained > DRAIN_BYTES_MAX {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(DRAIN_TIME, reading).await;
}

/// What unpacks the body, if it is packed and not announced as too large. A block of snappy cannot be read piece by
/// piece.
fn inflater(headers: &HeaderMap, limit: usize, whole: bool) -> Result<Option<Inflater>, Failure> {
    let encoding = Encoding::of(headers)?;
    if encoding == Encoding::Snappy && !whole {
        return Err(Failure::ContentEncoding("snappy".to_owned()));
    }
    match announced(headers).is_some_and(|length| length > limit as u64) {
        true => Err(Failure::TooLarge { limit }),
        false => Inflater::new(encoding).map_err(broken),
    }
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn broken(error: std::io::Error) -> Failure {
    Failure::Body(format!("unpacking failed: {error}"))
}
