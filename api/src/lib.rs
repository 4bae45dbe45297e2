//! How people and programs talk to a node: HTTP in front of a [`Backend`].
//!
//! [`router`] answers, [`serve`] puts it on a socket. Nothing here decides what a node does.

mod access;
mod act;
mod aliases;
mod app;
mod audit;
mod backend;
mod body;
mod busy;
mod cluster;
mod discover;
mod doors;
mod event;
mod failure;
mod guard;
mod health;
mod inflate;
mod ingest;
mod labels;
mod loki;
mod meter;
mod params;
mod peers;
mod query;
mod rates;
mod reply;
mod router;
mod secure;
mod server;
mod slashes;
mod speech;
mod sync;
mod tail;
mod tls;
mod tokens;
mod victoria;
mod when;

pub use access::Connection;
pub use app::{Clock, HttpOptions, Stop, Stopper};
pub use backend::{
    Backend, Boxed, IndexStatus, IngestStatus, QueryAnswer, QueryFailure, QueryRequest, SourceStatus, Status,
    StorageStatus, SubmitOptions, TailBatch, TailReceiver,
};
pub use cluster::{
    Access, ClusterFailure, ClusterStatus, ForkStatus, Invite, InviteRequest, JoinRequest, JoinStatus, LogEnd, LogLag,
    Missing, PeerStatus, TokenRequest, TokenStatus,
};
pub use rates::{Rate, Rates};
pub use router::router;
pub use server::{Further, Server, serve};
pub use tls::{GENERATED_CERTIFICATE, GENERATED_KEY, Tls, TlsError, TlsOptions, fingerprint};
pub use tokens::TokenOrder;
