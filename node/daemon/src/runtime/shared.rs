//! What threads show each other: counters and last words, for status and metrics.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;

use super::pace::Pace;
use super::peers::PeerBoard;

/// Counters of one process.
pub(super) struct Shared {
    /// Events acknowledged.
    pub(super) accepted: AtomicU64,
    /// Events of class logs written.
    pub(super) logs: AtomicU64,
    /// Events refused.
    pub(super) refused: AtomicU64,
    /// The machine's own view, after its last input.
    pub(super) machine: Mutex<vigil_node::Status>,
    /// The last durable place in the order of arrival: the index may follow up to here.
    pub(super) durable: AtomicU64,
    /// The place up to which the index holds everything.
    pub(super) indexed: AtomicU64,
    /// Shelves of the index.
    pub(super) shelves: AtomicU64,
    /// The last damage that a query met; empty while none did.
    pub(super) damage: Mutex<String>,
    /// Why the index no longer follows; empty while it does.
    pub(super) index_problem: Mutex<String>,
    /// How far a rebuild of the index is, in percent; 100 while there is none.
    pub(super) rebuilt: AtomicU64,
    /// The node is stopping.
    pub(super) stopping: AtomicBool,
    /// The thread of decisions has ended: everything accepted is durable or refused.
    pub(super) stopped: AtomicBool,
    /// Why this node no longer writes; empty while it does.
    pub(super) fenced: Mutex<String>,
    /// Every way in, as the settings have it now; replaced whole when they change.
    pub(super) sources: RwLock<Arc<vigil_ingest::Sources>>,
    /// Why changed settings of the ways in are not in force; empty while they are.
    pub(super) settings_problem: Mutex<String>,
    /// How fast blocks of peers come in.
    pub(super) pace: Pace,
    /// How the peers stand.
    pub(super) peers: PeerBoard,
    /// The node belongs elsewhere now; the process starts anew.
    pub(super) moved: AtomicBool,
    /// Told once `moved` is set.
    pub(super) move_out: Notify,
}

impl Shared {
    /// What is known before the first event: the store's last block, and up to where the index holds all.
    pub(super) fn new(machine: vigil_node::Status, arrival: u64, indexed: u64, shelves: u64) -> Shared {
        Shared {
            accepted: AtomicU64::new(0),
            logs: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            machine: Mutex::new(machine),
            durable: AtomicU64::new(arrival),
            indexed: AtomicU64::new(indexed),
            shelves: AtomicU64::new(shelves),
            damage: Mutex::new(String::new()),
            index_problem: Mutex::new(String::new()),
            rebuilt: AtomicU64::new(100),
            stopping: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            fenced: Mutex::new(String::new()),
            sources: RwLock::new(Arc::new(vigil_ingest::Sources::usual())),
            settings_problem: Mutex::new(String::new()),
            pace: Pace::default(),
            peers: PeerBoard::default(),
            moved: AtomicBool::new(false),
            move_out: Notify::new(),
        }
    }
}
