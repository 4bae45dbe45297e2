//! How bytes arrive by socket and file.
//!
//! Every way in that is not HTTP: datagrams, streams with and without TLS, Fluentd's forward protocol, files that grow,
//! and what is piped in. Each listener reads bytes, lets a decoder of `vigil-ingest` make events of them, and hands
//! those to an [`Intake`], which answers when they are kept for good. While the intake does not answer nobody reads on:
//! a stream fills its window and the sender waits, a file is simply read later, and datagrams, which nobody can hold
//! back, are dropped and counted.
//!
//! What is lost when the process ends at once: of streams without acknowledgement what was read within the last tenth
//! of a second and is not kept yet; of files and of the forward protocol with acknowledgements nothing: what was not
//! kept is read, or sent, again.

mod file;
mod forward;
mod gather;
mod intake;
mod order;
mod port;
mod running;
mod stdin;
mod stream;
mod tcp;
mod tls;
mod udp;
mod unpack;

pub use intake::{Intake, Submitted};
pub use running::{Bound, Running, StartError, start};
