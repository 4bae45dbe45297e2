//! Where bytes come from: files, packed or not, and stdin.

use std::fs::File;
use std::io::{self, BufReader, IsTerminal, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::cli::output::say;
use crate::exit::{Exit, Failure};

/// Bytes read at once.
const CHUNK_BYTES: usize = 256 * 1024;
/// The first bytes of what zstd packed.
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// Chunks of stdin that wait to be cut into batches.
const CHUNKS_WAITING: usize = 4;

/// A file or stdin, opened.
pub(crate) struct Input {
    /// As the user named it.
    pub(crate) name: String,
    /// Bytes on disk; 0 where nobody knows.
    pub(crate) length: u64,
    /// Bytes on disk of the inputs before it.
    pub(crate) before: u64,
    /// Bytes read of it so far.
    pub(crate) position: Arc<AtomicU64>,
    reader: Box<dyn Read + Send>,
    /// Whether bytes come when they come, so that what there is should not wait for more.
    live: bool,
}

/// What reading gives.
pub(crate) enum Chunk {
    /// Some bytes.
    Bytes(Vec<u8>),
    /// None for a while, but there may be more.
    Idle,
    /// The end.
    End,
}

/// Opens every input before the first is sent, so that a wrong name is found at once.
pub(crate) fn open_all(names: &[String]) -> Result<Vec<Input>, Failure> {
    if names.is_empty() {
        return Ok(vec![stdin()]);
    }
    if names.iter().filter(|name| *name == "-").count() > 1 {
        return Err(Failure::new(Exit::Usage, "stdin can be read only once"));
    }
    let mut before = 0;
    let open_next = |name: &String| {
        let input = if name == "-" { stdin() } else { open(name)? };
        let input = Input { before, ..input };
        before += input.length;
        Ok(input)
    };
    names.iter().map(open_next).collect()
}

fn stdin() -> Input {
    if io::stdin().is_terminal() {
        say("reading from the terminal; Ctrl-D ends");
    }
    let position = Arc::default();
    let reader = Box::new(Unpacking::Unread(counted(io::stdin(), &position)));
    Input { name: "stdin".into(), length: 0, before: 0, reader, position, live: true }
}

fn open(name: &str) -> Result<Input, Failure> {
    let failed = |error: io::Error| Failure::new(Exit::Usage, format!("cannot read {name}: {error}"));
    let metadata = std::fs::metadata(name).map_err(failed)?;
    if metadata.is_dir() {
        let message = format!("{name} is a directory");
        return Err(Failure::new(Exit::Usage, message).hint(format!("name the files: vigil ingest {name}/*.log")));
    }
    let position = Arc::default();
    let file = counted(File::open(name).map_err(failed)?, &position);
    let reader = Box::new(Unpacking::Unread(file));
    let live = !metadata.is_file();
    Ok(Input { name: name.to_owned(), length: metadata.len(), before: 0, position, reader, live })
}

/// Bytes as they were before they were packed. Their beginning tells how, whatever the name; it is
/// read when the first bytes are asked for, because stdin may keep them waiting.
enum Unpacking<R> {
    Unread(R),
    Open(Box<dyn Read + Send>),
    Failed,
}

impl<R: Read + Send + 'static> Read for Unpacking<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if matches!(self, Unpacking::Unread(_))
            && let Unpacking::Unread(raw) = std::mem::replace(self, Unpacking::Failed)
        {
            *self = Unpacking::Open(unpacked(raw)?);
        }
        match self {
            Unpacking::Open(reader) => reader.read(buffer),
            Unpacking::Unread(_) | Unpacking::Failed => Ok(0),
        }
    }
}

fn unpacked<R: Read + Send + 'static>(mut raw: R) -> io::Result<Box<dyn Read + Send>> {
    let head = head(&mut raw)?;
    let whole = io::Cursor::new(head.clone()).chain(raw);
    Ok(match head.as_slice() {
        [0x1f, 0x8b, ..] => Box::new(flate2::read::MultiGzDecoder::new(BufReader::with_capacity(CHUNK_BYTES, whole))),
        ZSTD_MAGIC => Box::new(zstd::Decoder::new(whole)?),
        _ => Box::new(whole),
    })
}

/// As many first bytes as it takes to tell how they are packed.
fn head(raw: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while head.len() < ZSTD_MAGIC.len() && (ZSTD_MAGIC.starts_with(&head) || head == [0x1f]) {
        let mut byte = [0];
        match raw.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => head.push(byte[0]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(head)
}

fn counted<R>(inner: R, position: &Arc<AtomicU64>) -> Counted<R> {
    Counted { inner, position: Arc::clone(position) }
}

struct Counted<R> {
    inner: R,
    position: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.position.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Chunks of an input, with a note when a live one pauses.
pub(crate) enum Chunks {
    /// Read when asked.
    Direct(Box<dyn Read + Send>),
    /// Read on a thread, because reading may block.
    Live(Receiver<io::Result<Vec<u8>>>),
}

impl Input {
    /// Its bytes.
    pub(crate) fn into_chunks(self) -> Chunks {
        if !self.live {
            return Chunks::Direct(self.reader);
        }
        let (give, take) = crossbeam_channel::bounded(CHUNKS_WAITING);
        let mut reader = self.reader;
        std::thread::spawn(move || {
            loop {
                let chunk = read_chunk(&mut reader);
                let last = chunk.as_ref().map_or(true, Vec::is_empty);
                if give.send(chunk).is_err() || last {
                    return;
                }
            }
        });
        Chunks::Live(take)
    }
}

impl Chunks {
    /// The next; a live input is waited for as long as `patience`, if there is a limit.
    pub(crate) fn next(&mut self, patience: Option<Duration>) -> io::Result<Chunk> {
        let bytes = match self {
            Chunks::Direct(reader) => read_chunk(reader)?,
            Chunks::Live(chunks) => match patience {
                None => chunks.recv().unwrap_or_else(|_| Ok(Vec::new()))?,
                Some(patience) => match chunks.recv_timeout(patience) {
                    Ok(chunk) => chunk?,
                    Err(RecvTimeoutError::Timeout) => return Ok(Chunk::Idle),
                    Err(RecvTimeoutError::Disconnected) => Vec::new(),
                },
            },
        };
        Ok(if bytes.is_empty() { Chunk::End } else { Chunk::Bytes(bytes) })
    }
}

/// Some bytes, none at the end.
fn read_chunk(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; CHUNK_BYTES];
    loop {
        match reader.read(&mut bytes) {
            Ok(read) => {
                bytes.truncate(read);
                return Ok(bytes);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn text_of(name: &str) -> String {
        let mut text = String::new();
        let input = open(name).map_err(|failure| failure.to_string()).expect("it opens");
        { input }.reader.read_to_string(&mut text).expect("it reads");
        text
    }

    #[test]
    fn packed_files_are_unpacked() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = |name: &str| dir.path().join(name).display().to_string();
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(b"a\nb\n").expect("memory takes everything");
        // Two members, as log rotation makes them.
        let member = gz.finish().expect("memory takes everything");
        std::fs::write(path("x.gz"), [member.clone(), member].concat()).expect("written");
        std::fs::write(path("x.zst"), zstd::encode_all(&b"c\n"[..], 1).expect("packs")).expect("written");
        std::fs::copy(path("x.gz"), path("x.log")).expect("copied");
        for (name, text) in [("x.gz", "a\nb\na\nb\n"), ("x.zst", "c\n"), ("x.log", "a\nb\na\nb\n")] {
            assert_eq!(text_of(&path(name)), text, "{name}");
        }
    }

    #[test]
    fn what_is_not_packed_stays_as_it_is() {
        for text in ["", "d\n", "(", "(\u{b5}", "\u{1f}x"] {
            let mut read = String::new();
            Unpacking::Unread(io::Cursor::new(text)).read_to_string(&mut read).expect("it reads");
            assert_eq!(read, text);
        }
    }

    #[test]
    fn directories_and_missing_files_are_refused_before_anything_is_sent() {
        let dir = tempfile::tempdir().expect("a directory");
        let name = dir.path().display().to_string();
        let failure = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            open_all(&names).err().map(|failure| (failure.exit, failure.message))
        };
        assert_eq!(failure(&[&name]), Some((Exit::Usage, format!("{name} is a directory"))));
        assert!(failure(&["/nonexistent/x.log"]).is_some());
        assert!(failure(&["-", "-"]).is_some());
    }
}
