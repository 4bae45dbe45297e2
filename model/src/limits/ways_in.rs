//! Limits of the ways in: formats, stages, sources, sockets and files.

use super::{KEYED_BYTES_MAX, NESTING_MAX};

/// Bytes of several lines, or parts of one, that are put together as one event; what is more begins the next.
pub const JOINED_BYTES_MAX: usize = 192 * 1024;
/// Lines of one event, when settings do not say how many.
pub const MULTILINE_LINES_USUAL: usize = 500;
/// Lines of one event that settings may ask for.
pub const MULTILINE_LINES_MAX: usize = 10_000;
/// Streams of one container whose parts of lines are held at once: it has two, `stdout` and `stderr`.
pub const CONTAINER_STREAMS_MAX: usize = 4;
/// Bytes of one field of the journal; a longer one (a core dump) is left out, and the event says so.
pub const JOURNAL_FIELD_BYTES_MAX: usize = 192 * 1024;
/// Bytes of the name of a field of the journal.
pub const JOURNAL_NAME_BYTES_MAX: usize = 64;
/// Bytes of a field of the journal that are skipped; a length beyond it is none, and the entry is refused.
pub const JOURNAL_SKIPPED_BYTES_MAX: u64 = 16 * 1024 * 1024 * 1024;
/// Chunks of one message of GELF, by its definition.
pub const GELF_CHUNKS_MAX: usize = 128;
/// Messages of GELF at once of which chunks are missing; for one more the oldest is dropped.
pub const GELF_MESSAGES_MAX: usize = 1_024;
/// Bytes of chunks of GELF that wait for others; beyond it the oldest message is dropped.
pub const GELF_WAITING_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How long a message of GELF waits for missing chunks, by its definition.
pub const GELF_WAIT_MS: i64 = 5_000;
/// Bytes of a line of a format whose fields repeat parts of it (raw, under names of ECS, in the message): three times this
/// and the names fit a record. A longer line is kept as plain text.
pub const PARSED_LINE_BYTES_MAX: usize = 60 * 1024;
/// Patterns of a source of a format of its own.
pub const PATTERNS_MAX: usize = 64;
/// Bytes of one pattern with all that it refers to put in.
pub const PATTERN_BYTES_MAX: usize = 64 * 1024;
/// Bytes of one such pattern compiled.
pub const PATTERN_COMPILED_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How deep patterns may refer to one another.
pub const PATTERN_DEPTH_MAX: usize = 16;
/// Names that one pattern may give.
pub const PATTERN_NAMES_MAX: usize = 256;
/// Stages of one source.
pub const STAGES_MAX: usize = 64;
/// Bytes of a table that a stage looks things up in, as a file: a GeoIP database, CSV, a list of indicators.
pub const TABLE_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Rows of one table of CSV that a stage looks things up in.
pub const TABLE_ROWS_MAX: usize = 1_000_000;
/// Indicators that one stage compares with, all of its lists together.
pub const INDICATORS_MAX: usize = 2_000_000;
/// Lists of indicators of one stage.
pub const INDICATOR_LISTS_MAX: usize = 64;
/// Names of indicators that match, which one event carries.
pub const INDICATORS_MATCHED_MAX: usize = 16;
/// Fields by which a stage tells groups of events apart.
pub const STAGE_KEYS_MAX: usize = 8;
/// Groups of events that a stage tells apart at once (dedupe, limit); beyond it the oldest are closed early, or share
/// what is left.
pub const STAGE_GROUPS_MAX: usize = 10_000;
/// Bytes of a text that a summary of events repeats.
pub const SUMMARY_TEXT_BYTES_MAX: usize = 256;
/// Summaries that wait to be asked for, and that one stage gives at once; of more it says the sum.
pub const SUMMARIES_MAX: usize = 1_000;
/// How long repeats of an event may be told by its first.
pub const DEDUPE_WINDOW_SECONDS_MAX: u64 = 24 * 3_600;
/// Names that settings of one scrubbing stage add, and that they take away.
pub const SCRUB_NAMES_MAX: usize = 256;
/// Patterns that settings of one scrubbing stage add.
pub const SCRUB_PATTERNS_MAX: usize = 64;
/// Sources that settings name.
pub const SOURCES_MAX: usize = 256;
/// Connections that one source takes at once when settings do not say.
pub const SOURCE_CONNECTIONS_USUAL: usize = 256;
/// Connections that settings may allow one source at once.
pub const SOURCE_CONNECTIONS_MAX: usize = 4_096;
/// Names of addresses that are kept.
pub const NAMES_KEPT_MAX: usize = 64 * 1024;
/// Addresses that wait to be asked for; beyond it an event goes without a name.
pub const NAMES_ASKED_MAX: usize = 256;
/// Bytes of the sample of a line that could not be read, as `status` shows it.
pub const SAMPLE_BYTES_MAX: usize = 256;
/// Lines at the start of a body that tell its format.
pub const DETECT_LINES_MAX: usize = 32;
/// Bytes in which those lines are looked for.
pub const DETECT_BYTES_MAX: usize = 64 * 1024;
/// Parts (elements, attributes, texts) of one record of the Windows event log.
pub const EVTX_TOKENS_MAX: usize = 16 * 1024;
/// How deep templates and fragments of one such record may stand inside of one another.
pub const EVTX_DEPTH_MAX: usize = 16;
/// Bytes of a body that is read whole before any of it is an event: Loki, `_bulk`, OTLP and the like. It is also what
/// OTLP recommends.
pub const WHOLE_BODY_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Actions in one body of Elasticsearch's `_bulk`; each has an answer of its own.
pub const BULK_ITEMS_MAX: usize = 100_000;
/// Names that a request may list for all of its events: fields to leave out, to take the time from, to add.
pub const ASKED_NAMES_MAX: usize = 64;
/// Patterns in `filter_path`, which says what of an answer is wanted; with more of them all is told.
pub const FILTER_PATHS_MAX: usize = 32;
/// Datagrams of one socket that wait to become events; one more is dropped and counted.
pub const DATAGRAMS_WAITING_MAX: usize = 16 * 1024;
/// Bytes of datagrams of one socket that wait likewise.
pub const DATAGRAMS_WAITING_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Bytes that the kernel is asked to hold for one socket of datagrams.
pub const SOCKET_BUFFER_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of one message of the forward protocol, as sent and again after decompression.
pub const FORWARD_MESSAGE_BYTES_MAX: usize = WHOLE_BODY_BYTES_MAX;
/// How deep a value of MessagePack may nest before nobody reads it: an event in a list in a message.
pub const MSGPACK_DEPTH_MAX: usize = NESTING_MAX + 8;
/// Seconds that a connection of a source may be silent.
pub const SOURCE_SILENT_SECONDS: u64 = 3_600;
/// Seconds that a connection may take until both sides agreed how to speak.
pub const HANDSHAKE_SECONDS: u64 = 15;
/// Milliseconds that events of a connection are gathered before they are handed on.
pub const GATHER_MILLISECONDS: u64 = 100;
/// Milliseconds of silence after which lines that wait for a continuation become an event.
pub const CONTINUATION_MILLISECONDS: u64 = 1_000;
/// Files that one source reads at once; those beyond wait until others have been silent for a while.
pub const FILES_OPEN_MAX: usize = 1_024;
/// Files of one source whose position is remembered, those that are gone included; those gone longest are forgotten.
pub const FILES_KNOWN_MAX: usize = 8 * 1024;
/// Bytes of a file that are read at once.
pub const FILE_CHUNK_BYTES: usize = 256 * 1024;
/// Bytes of the events of one request to the HEC, which are all held until the last is known to be good.
pub const HEC_BATCH_BYTES_MAX: usize = KEYED_BYTES_MAX;
/// Bytes of a request that asks the HEC for receipts.
pub const HEC_ACKS_BYTES_MAX: usize = 1024 * 1024;
