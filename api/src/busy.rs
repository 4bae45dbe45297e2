//! Whether an HTTP/2 connection has anything to do: a request under way, an answer not ended, or one a moment ago.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};

/// What is under way on one connection.
#[derive(Debug, Default)]
pub(crate) struct Busy {
    under_way: AtomicUsize,
    begun: AtomicU64,
}

/// One request, until this is dropped.
#[derive(Debug)]
pub(crate) struct UnderWay(Arc<Busy>);

impl Busy {
    /// A request came.
    pub(crate) fn begin(self: &Arc<Busy>) -> UnderWay {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        self.begun.fetch_add(1, Ordering::Relaxed);
        UnderWay(Arc::clone(self))
    }

    /// Resolves when nothing was under way, and nothing began, for `patience` to twice as long.
    pub(crate) async fn idle(&self, patience: Duration) {
        let mut begun = self.begun.load(Ordering::Relaxed);
        loop {
            tokio::time::sleep(patience).await;
            let now = self.begun.load(Ordering::Relaxed);
            if now == begun && self.under_way.load(Ordering::Relaxed) == 0 {
                return;
            }
            begun = now;
        }
    }
}

impl UnderWay {
    /// The body of the answer; the request is under way as long as it lasts.
    pub(crate) fn until_end(self, body: Body) -> Body {
        Body::new(Lasting { body, _under_way: self })
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Lasting {
    body: Body,
    _under_way: UnderWay,
}

impl HttpBody for Lasting {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
