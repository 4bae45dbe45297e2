//! How people and programs talk to a node: HTTP in front of a [`Backend`].

mod backend;

pub use backend::{
    Backend, Boxed, IndexStatus, IngestStatus, QueryAnswer, QueryFailure, QueryRequest, Status, StorageStatus,
    SubmitOptions, TailBatch, TailReceiver,
};
