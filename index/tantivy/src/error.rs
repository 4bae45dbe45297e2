//! Why the index cannot go on.

use std::path::PathBuf;

use vigil_index::SourceError;

/// Why the index cannot go on. The log has everything: open the [`crate::Shelves`] anew and replay
/// from where they say.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The file system refused.
    #[error("cannot {doing} {path}: {source}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Tantivy failed on a shelf.
    #[error("shelf {shelf}: {source}")]
    Shelf {
        /// Name of the shelf's directory.
        shelf: String,
        /// What Tantivy says.
        source: tantivy::TantivyError,
    },
    /// Blocks must come in the order of arrival, each once.
    #[error("block with arrival {arrival} came after {after}; the index takes blocks in the order of arrival")]
    OutOfOrder {
        /// What came.
        arrival: u64,
        /// What was there.
        after: u64,
    },
    /// An earlier error left the writers in an unknown state.
    #[error("the index failed before; open it anew and replay the log")]
    Failed,
}

impl IndexError {
    pub(crate) fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> IndexError {
        let path = path.into();
        move |source| IndexError::Io { doing, path, source }
    }

    pub(crate) fn shelf<E: Into<tantivy::TantivyError>>(shelf: impl ToString) -> impl FnOnce(E) -> IndexError {
        let shelf = shelf.to_string();
        move |source| IndexError::Shelf { shelf, source: source.into() }
    }
}

impl From<IndexError> for SourceError {
    fn from(error: IndexError) -> SourceError {
        SourceError::Failed(error.to_string())
    }
}
