//! How what is piped into the process becomes events.

use std::io::Read;
use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};
use tokio::time::sleep_until;

use crate::order::Job;
use crate::stream::Flow;

/// Bytes read at once.
const READ_BYTES: usize = 64 * 1024;
/// Pieces that wait to become events; beyond it the pipe is not read.
const PIECES_MAX: usize = 4;

/// What comes out of the pipe. It stays when settings change: a pipe cannot be opened again.
pub(crate) type Pipe = Arc<Mutex<mpsc::Receiver<Vec<u8>>>>;

/// Reads in a thread of its own: a read from a terminal or pipe cannot be called off, and must not keep the process from
/// ending.
pub(crate) fn open(mut reader: impl Read + Send + 'static) -> std::io::Result<Pipe> {
    let (pieces, pipe) = mpsc::channel(PIECES_MAX);
    let read = move || {
        let mut buffer = vec![0; READ_BYTES];
        loop {
            match reader.read(&mut buffer) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => return,
                Ok(read) if pieces.blocking_send(buffer[..read].to_vec()).is_err() => return,
                Ok(_) => {}
            }
        }
    };
    std::thread::Builder::new().name("stdin".to_owned()).spawn(read)?;
    Ok(Arc::new(Mutex::new(pipe)))
}

/// Reads until the pipe ends or it is to stop.
pub(crate) async fn listen(pipe: Pipe, job: Job) {
    let mut stop = job.clone();
    let mut pipe = tokio::select! {
        pipe = pipe.lock() => pipe,
        () = stop.stopping() => return,
    };
    let mut flow = Flow::new(job, None);
    loop {
        let due = flow.due();
        let room = flow.parts().0.has_room();
        tokio::select! {
            biased;
            () = stop.stopping() => break,
            () = flow.parts().0.settle() => {}
            piece = pipe.recv(), if room => match piece {
                Some(piece) => flow.take(&piece),
                None => break,
            },
            () = sleep_until(due) => flow.pass_time(),
        }
    }
    drop(pipe);
    flow.end().await;
}
