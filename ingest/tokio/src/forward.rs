//! How a client of Fluentd's forward protocol is served, and when it is told that its events are safe.
//!
//! A message with a `chunk` is answered once all of its events are kept, never before; where they cannot be kept it is
//! not answered, and the connection ends: the client sends them again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep_until, timeout};
use vigil_ingest::protocols::forward::{Broken, Message, Messages, Ping, helo, pong};
use vigil_ingest::{Refusal, Writer};
use vigil_model::limits::{HANDSHAKE_SECONDS, SOURCE_SILENT_SECONDS};

use crate::gather::Gatherer;
use crate::order::Job;
use crate::unpack;

/// Bytes read at once.
const READ_BYTES: usize = 64 * 1024;
/// Bytes of the nonce.
const NONCE_BYTES: usize = 32;

/// One connection, until it ends or is to stop.
pub(crate) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(stream: S, peer: SocketAddr, job: Job) {
    let mut link =
        Link { stream, bytes: Vec::new(), at: 0, messages: Messages::default(), gather: Gatherer::new(&job), job };
    if let Err(why) = link.run().await {
        link.job.note(&format!("forward from {}: {why}", peer.ip()));
    }
    // What is not kept was counted.
    let _ = link.gather.flush(&mut link.job).await;
}

struct Link<S> {
    stream: S,
    /// What came; the message that is read next begins at `at`.
    bytes: Vec<u8>,
    at: usize,
    messages: Messages,
    gather: Gatherer,
    job: Job,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Link<S> {
    async fn run(&mut self) -> Result<(), String> {
        if let Some(key) = self.job.source().spec.secret.clone() {
            let patience = Duration::from_secs(HANDSHAKE_SECONDS);
            timeout(patience, self.greet(&key)).await.map_err(|_| "the client did not prove its key in time")??;
        }
        let mut writer = Writer::new(self.job.recipe(None));
        while let Some(length) = self.next().await? {
            if self.job.changed() {
                writer = Writer::new(self.job.recipe(None));
            }
            let message = self.cut(length);
            self.message(&message, &mut writer).await?;
        }
        Ok(())
    }

    /// The length of the next message, once it is there; `None` at the end.
    async fn next(&mut self) -> Result<Option<usize>, String> {
        let silent = Instant::now() + Duration::from_secs(SOURCE_SILENT_SECONDS);
        loop {
            if let Some(length) =
                self.messages.next(&self.bytes[self.at..]).map_err(|broken| self.unreadable(&broken))?
            {
                return Ok(Some(length));
            }
            let (due, room) = (self.gather.due().unwrap_or(silent), self.gather.has_room());
            self.bytes.drain(..std::mem::take(&mut self.at));
            self.bytes.reserve(READ_BYTES);
            tokio::select! {
                biased;
                () = self.job.stopping() => return Ok(None),
                () = self.gather.settle() => {}
                read = self.stream.read_buf(&mut self.bytes), if room => match read {
                    Ok(0) if self.bytes.is_empty() => return Ok(None),
                    Ok(0) => return Err("the connection ended within a message".to_owned()),
                    Ok(_) => {}
                    Err(error) => return Err(error.to_string()),
                },
                () = sleep_until(due) => {
                    if silent <= Instant::now() {
                        return Ok(None);
                    }
                    self.gather.hand_on();
                }
            }
        }
    }

    fn cut(&mut self, length: usize) -> Vec<u8> {
        let begin = self.at;
        self.at += length;
        self.bytes[begin..self.at].to_vec()
    }

    fn unreadable(&mut self, broken: &Broken) -> String {
        let writer = Writer::new(self.job.recipe(None));
        writer.reject(0, Refusal::Item(broken.to_string()), b"", self.gather.now(), &mut self.gather.batch);
        broken.to_string()
    }

    async fn message(&mut self, bytes: &[u8], writer: &mut Writer) -> Result<(), String> {
        let mut message = match Message::read(bytes, &unpack::entries) {
            Ok(Some(message)) => message,
            Ok(None) => return Ok(()),
            Err(broken) => {
                writer.reject(0, Refusal::Item(broken.to_string()), b"", self.gather.now(), &mut self.gather.batch);
                return Ok(());
            }
        };
        let mut more = true;
        while more {
            let now = self.gather.now();
            more = message.events(writer, now, &mut self.gather.batch);
            self.gather.took();
            if !self.gather.make_room(&mut self.job).await {
                return Err("the node stops".to_owned());
            }
        }
        match message.ack() {
            None => Ok(()),
            Some(ack) => {
                self.gather.flush(&mut self.job).await?;
                self.say(&ack).await
            }
        }
    }

    /// Both sides prove that they know the key.
    async fn greet(&mut self, key: &str) -> Result<(), String> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|error| format!("no nonce can be made: {error}"))?;
        self.say(&helo(&nonce)).await?;
        let Some(length) = self.next().await? else {
            return Err("the client left before it proved its key".to_owned());
        };
        let ping = Ping::read(&self.cut(length)).filter(|ping| ping.knows(&nonce, key));
        self.say(&pong(ping.as_ref(), &self.job.source().spec.name, &nonce, key)).await?;
        if ping.is_some() { Ok(()) } else { Err("the client does not know the key that `secret` says".to_owned()) }
    }

    async fn say(&mut self, bytes: &[u8]) -> Result<(), String> {
        let said = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        tokio::select! {
            said = said => said.map_err(|error| error.to_string()),
            () = self.job.abandoned() => Err("the node stops".to_owned()),
        }
    }
}

/// Answers the heartbeats that older clients send as datagrams, to the port where they connect.
pub(crate) async fn heartbeats(socket: Arc<UdpSocket>, mut job: Job) {
    let mut byte = [0; 2];
    loop {
        tokio::select! {
            biased;
            () = job.stopping() => return,
            received = socket.recv_from(&mut byte) => {
                // Only a single byte is echoed, so that nobody can be flooded by way of this port.
                if let Ok((1, peer)) = received {
                    let _ = socket.send_to(&byte[..1], peer).await;
                }
            }
        }
    }
}
