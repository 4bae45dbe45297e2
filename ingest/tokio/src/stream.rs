//! How a stream of bytes becomes events, whatever it comes through.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::{Instant, sleep_until};
use vigil_ingest::{Decoder, Door};
use vigil_model::limits::{CONTINUATION_MILLISECONDS, SOURCE_SILENT_SECONDS};

use crate::gather::Gatherer;
use crate::order::{Job, PEER};

/// Bytes read at once, as a decoder likes them.
const READ_BYTES: usize = 64 * 1024;

/// One connection, until it ends or is to stop.
pub(crate) async fn read<S: AsyncRead + Unpin>(mut stream: S, peer: SocketAddr, job: Job) {
    let mut flow = Flow::new(job, Some(peer));
    let mut buffer = vec![0; READ_BYTES];
    while let Some(read) = flow.next(&mut stream, &mut buffer).await {
        flow.take(&buffer[..read]);
    }
    flow.end().await;
}

/// A decoder with its events on their way.
pub(crate) struct Flow {
    job: Job,
    peer: Option<SocketAddr>,
    decoder: Decoder,
    gather: Gatherer,
    /// When the last byte came.
    heard: Instant,
    /// Whether lines wait that silence may end.
    continues: bool,
}

impl Flow {
    pub(crate) fn new(job: Job, peer: Option<SocketAddr>) -> Flow {
        let peer = peer.filter(|_| matches!(job.source().spec.door, Door::Syslog | Door::Socket));
        let (decoder, gather) = (Decoder::new(recipe(&job, peer)), Gatherer::new(&job));
        Flow { job, peer, decoder, gather, heard: Instant::now(), continues: false }
    }

    /// The next bytes; `None` at the end, after long silence, and when it is to stop.
    async fn next<S: AsyncRead + Unpin>(&mut self, stream: &mut S, buffer: &mut [u8]) -> Option<usize> {
        loop {
            let (due, room) = (self.due(), self.gather.has_room());
            tokio::select! {
                biased;
                () = self.job.stopping() => return None,
                () = self.gather.settle() => {}
                read = stream.read(buffer), if room => return self.heard(read),
                () = sleep_until(due) => {
                    if self.heard.elapsed() >= Duration::from_secs(SOURCE_SILENT_SECONDS) {
                        self.job.note(&format!("a connection was silent for {SOURCE_SILENT_SECONDS} s and was closed"));
                        return None;
                    }
                    self.pass_time();
                }
            }
        }
    }

    fn heard(&self, read: std::io::Result<usize>) -> Option<usize> {
        if let Err(error) = &read {
            self.job.note(&format!("a connection broke: {error}"));
        }
        read.ok().filter(|read| *read > 0)
    }

    /// When something happens by itself.
    pub(crate) fn due(&self) -> Instant {
        let silence = if self.continues { continuation() } else { Duration::from_secs(SOURCE_SILENT_SECONDS) };
        let silent = self.heard + silence;
        self.gather.due().map_or(silent, |due| due.min(silent))
    }

    /// Time passed without a byte.
    pub(crate) fn pass_time(&mut self) {
        if self.continues && self.heard.elapsed() >= continuation() {
            self.continues = false;
            let now = self.gather.now();
            self.decoder.idle(now, &mut self.gather.batch);
            self.gather.took();
        }
        if self.gather.due().is_some_and(|due| due <= Instant::now()) {
            self.gather.hand_on();
        }
    }

    /// Bytes came.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        self.follow();
        self.heard = Instant::now();
        self.continues = true;
        let now = self.gather.now();
        self.decoder.feed(bytes, now, &mut self.gather.batch);
        self.gather.took();
    }

    /// Reads by the settings that hold now.
    fn follow(&mut self) {
        if self.job.changed() && !self.decoder.follow(recipe(&self.job, self.peer)) {
            let fresh = Decoder::new(recipe(&self.job, self.peer));
            let now = self.gather.now();
            std::mem::replace(&mut self.decoder, fresh).finish(now, &mut self.gather.batch);
        }
    }

    /// Events on their way, and what to stop by.
    pub(crate) fn parts(&mut self) -> (&mut Gatherer, &mut Job) {
        (&mut self.gather, &mut self.job)
    }

    /// Nothing more comes: waits until everything is kept.
    pub(crate) async fn end(mut self) {
        let now = self.gather.now();
        self.decoder.finish(now, &mut self.gather.batch);
        // What is not kept was counted.
        let _ = self.gather.flush(&mut self.job).await;
    }
}

fn recipe(job: &Job, peer: Option<SocketAddr>) -> vigil_ingest::Recipe {
    job.recipe(peer.map(|peer| (PEER, peer.ip().to_string())))
}

fn continuation() -> Duration {
    Duration::from_millis(CONTINUATION_MILLISECONDS)
}
