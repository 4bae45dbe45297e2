//! How people and programs talk to a node: HTTP in front of a [`Backend`].
//!
//! [`router`] answers, [`serve`] puts it on a socket. Nothing here decides what a node does.

mod app;
mod backend;
mod body;
mod cluster;
mod event;
mod failure;
mod guard;
mod health;
mod inflate;
mod ingest;
mod meter;
mod params;
mod query;
mod reply;
mod router;
mod server;
mod tail;
mod when;

pub use app::{HttpOptions, Stop, Stopper};
pub use backend::{
    Backend, Boxed, IndexStatus, IngestStatus, QueryAnswer, QueryFailure, QueryRequest, Status, StorageStatus,
    SubmitOptions, TailBatch, TailReceiver,
};
pub use cluster::{
    Access, ClusterFailure, ClusterStatus, ForkStatus, Invite, InviteRequest, JoinRequest, JoinStatus, LogEnd, LogLag,
    Missing, PeerStatus, TokenRequest, TokenStatus,
};
pub use router::router;
pub use server::serve;
