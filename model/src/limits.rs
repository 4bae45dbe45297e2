//! How much of anything is allowed at once: every buffer's maximum, in one place.
//!
//! A limit that depends on another is proved at compile time, with the sentence why.

mod ways_in;

pub use ways_in::{
    ASKED_NAMES_MAX, BULK_ITEMS_MAX, CONTAINER_STREAMS_MAX, CONTINUATION_MILLISECONDS, DATAGRAMS_WAITING_BYTES_MAX,
    DATAGRAMS_WAITING_MAX, DEDUPE_WINDOW_SECONDS_MAX, DETECT_BYTES_MAX, DETECT_LINES_MAX, EVTX_DEPTH_MAX,
    EVTX_TOKENS_MAX, FILE_CHUNK_BYTES, FILES_KNOWN_MAX, FILES_OPEN_MAX, FILTER_PATHS_MAX, FORWARD_MESSAGE_BYTES_MAX,
    GATHER_MILLISECONDS, GELF_CHUNKS_MAX, GELF_MESSAGES_MAX, GELF_WAIT_MS, GELF_WAITING_BYTES_MAX, HANDSHAKE_SECONDS,
    HEC_ACKS_BYTES_MAX, HEC_BATCH_BYTES_MAX, INDICATOR_LISTS_MAX, INDICATORS_MATCHED_MAX, INDICATORS_MAX,
    JOINED_BYTES_MAX, JOURNAL_FIELD_BYTES_MAX, JOURNAL_NAME_BYTES_MAX, JOURNAL_SKIPPED_BYTES_MAX, MSGPACK_DEPTH_MAX,
    MULTILINE_LINES_MAX, MULTILINE_LINES_USUAL, NAMES_ASKED_MAX, NAMES_KEPT_MAX, PARSED_LINE_BYTES_MAX,
    PATTERN_BYTES_MAX, PATTERN_COMPILED_BYTES_MAX, PATTERN_DEPTH_MAX, PATTERN_NAMES_MAX, PATTERNS_MAX,
    SAMPLE_BYTES_MAX, SCRUB_NAMES_MAX, SCRUB_PATTERNS_MAX, SOCKET_BUFFER_BYTES, SOURCE_CONNECTIONS_MAX,
    SOURCE_CONNECTIONS_USUAL, SOURCE_SILENT_SECONDS, SOURCES_MAX, STAGE_GROUPS_MAX, STAGE_KEYS_MAX, STAGES_MAX,
    SUMMARIES_MAX, SUMMARY_TEXT_BYTES_MAX, TABLE_BYTES_MAX, TABLE_ROWS_MAX, WHOLE_BODY_BYTES_MAX,
};

/// Bytes of one record, encoded. A larger event is rejected with its line.
pub const RECORD_BYTES_MAX: usize = 256 * 1024;
/// Fields in one record. Real events stay below 400; more is a generator gone wild.
pub const RECORD_FIELDS_MAX: usize = 2_000;
/// Bytes of one field name.
pub const FIELD_NAME_BYTES_MAX: usize = 512;
/// How deep objects and lists of one event may nest before the event is rejected.
pub const NESTING_MAX: usize = 32;

/// Records in one block, all classes together. A block is sealed at the latest here.
pub const BLOCK_RECORDS_MAX: usize = 1_024;
/// Bytes of one body, unencoded. A block is sealed at the latest here.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
/// Milliseconds that the oldest record of a part-filled block waits on a node alone.
pub const SEAL_INTERVAL_MS: u64 = 20;

/// Records in one frame: the run of neighbours that is compressed, indexed and read together.
pub const FRAME_RECORDS_MAX: usize = 64;
/// Bytes of one frame, unencoded; a single larger record has a frame to itself.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;

/// Bytes of header extensions.
pub const HEADER_EXTENSION_BYTES_MAX: usize = 4 * 1024;
/// Bytes of one signed header: its fixed part, six classes, extensions.
pub const HEADER_BYTES_MAX: usize = HEADER_EXTENSION_BYTES_MAX + 1024;

/// Ranges of missing bodies of one class in one log; a body that would split one more is not taken
/// before those in front of it.
pub const MISSING_RANGES_MAX: usize = 1_024;
/// Bytes of one body as it rests and travels; what does not shrink is a little longer than plain.
pub const PACKED_BODY_BYTES_MAX: usize = BODY_BYTES_MAX + 32 * 1024;
/// Bytes of one frame on a stream between two nodes; a block with its header is one frame.
pub const WIRE_FRAME_BYTES_MAX: usize = 1024 * 1024;

/// Records in one submission to the machine; a request is cut into submissions.
pub const SUBMISSION_RECORDS_MAX: usize = BLOCK_RECORDS_MAX;
/// Bytes accepted but not yet durable; beyond it a submission is refused as busy.
pub const PENDING_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Blocks that may be hashing or waiting for the disk at once.
pub const PENDING_BLOCKS_MAX: usize = 512;
/// Durable bytes that the index may lag behind before ingest is refused as busy.
pub const INDEX_LAG_BYTES_MAX: usize = 96 * 1024 * 1024;

/// Bytes of peers' blocks that are being checked or wait for the disk; no more is pulled.
pub const RECEIVED_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Peers' blocks that are being checked or wait for the disk; one more is dropped and pulled later.
pub const RECEIVED_BLOCKS_MAX: usize = 1_024;
/// Bodies found damaged that are fetched again at once; more are found and fetched later.
pub const DAMAGED_BODIES_MAX: usize = 4_096;
/// Headers for a place that is taken that are kept until they are compared, and forks that are
/// being reported; the comparison of frontiers finds every other one in the end.
pub const SUSPECTS_MAX: usize = 64;
/// Part-filled blocks a second that all members of a cluster together seal for long: so many
/// headers everyone takes in while hardly anything happens.
pub const PART_FILLED_PER_SECOND_MAX: u32 = 100;
/// Milliseconds that the oldest record of a part-filled block waits at most, however many members
/// there are: a client waits as long for its receipt.
pub const SEAL_INTERVAL_MAX_MS: u64 = 1_000;

/// Submissions a second that are sealed at once because the client asked; more wait as usual.
pub const SEAL_NOW_PER_SECOND_MAX: u32 = 100;
/// Blocks handed to the operating system but not yet synced (`sync: interval`); beyond it a
/// submission is refused as busy, because the disk does not keep up.
pub const UNSYNCED_BLOCKS_MAX: usize = 8 * PENDING_BLOCKS_MAX;
/// Idempotency keys in use, or in use a moment ago; beyond it a keyed submission is refused as busy.
pub const IDEMPOTENCY_KEYS_MAX: usize = 64 * 1024;
/// How old the store's answer to a key's look-up may be when its first submission arrives: so long
/// the machine remembers the keys that it has finished.
pub const IDEMPOTENCY_LOOKUP_MS: u64 = 10_000;

/// Bytes of one request body, as sent and again after decompression.
pub const REQUEST_BYTES_MAX: usize = 1024 * 1024 * 1024;
/// Bytes of one request body that carries an idempotency key: it is held whole.
pub const KEYED_REQUEST_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Bytes of one line of input.
pub const LINE_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of the identifier, or a parameter's name, of structured data of syslog; with longer ones it is text.
pub const SYSLOG_NAME_BYTES_MAX: usize = 128;
/// Bytes of all bodies with an idempotency key that are held at once; beyond it a request is
/// refused as busy.
pub const KEYED_BYTES_MAX: usize = 128 * 1024 * 1024;
/// Visible characters of an idempotency key.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;
/// Submissions of one request that wait for the disk at once; beyond it the socket is not read.
pub const REQUEST_SUBMISSIONS_MAX: usize = 8;
/// Requests that bring events at once; beyond it one is refused as busy.
pub const INGEST_REQUESTS_MAX: usize = 256;
/// Connections open at once; beyond it a new one waits to be taken.
pub const CONNECTIONS_MAX: usize = 1_024;
/// Live tails open at once; each evaluates every event that comes in.
pub const TAILS_MAX: usize = 64;
/// Askers (tokens, addresses) whose requests are counted at once; beyond it those are forgotten who
/// asked least.
pub const RATE_KEYS_MAX: usize = 4_096;
/// Bytes of a request about members or tokens: a few names and a filter.
pub const CLUSTER_REQUEST_BYTES_MAX: usize = 16 * 1024;
/// Bytes of the filter that a token is limited by; it rests in the control log of every node.
pub const TOKEN_FILTER_BYTES_MAX: usize = 4 * 1024;
/// Seconds that a request may wait for other nodes: for copies of events, or until in step.
pub const WAIT_SECONDS_MAX: u64 = 600;
/// Bytes of a body that is refused early and still read, so that the sender sees the answer.
pub const DRAIN_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Logarithm of the window that a zstd body may ask for: 8 MiB, as RFC 9659 sets it for HTTP.
pub const ZSTD_WINDOW_LOG_MAX: u32 = 23;
/// Rejected lines named one by one in an answer; the rest are counted.
pub const REJECTS_NAMED_MAX: usize = 100;
/// Streams of one HTTP/2 connection at once; further requests on it wait.
pub const HTTP2_STREAMS_MAX: u32 = 128;
/// Bytes of all bodies of one HTTP/2 connection that came and were not read yet.
pub const HTTP2_CONNECTION_BYTES_MAX: u32 = 1024 * 1024;
/// The same of one of its streams.
pub const HTTP2_STREAM_BYTES_MAX: u32 = 256 * 1024;
/// Bytes of the headers of one HTTP/2 request.
pub const HTTP2_HEADERS_BYTES_MAX: u32 = 64 * 1024;
/// How long a receipt is kept for its idempotency key.
pub const IDEMPOTENCY_HOURS: u64 = 24;

/// Bytes of frames that wait on one link for the peer to take them; beyond it the link is ended,
/// because what is on it can no longer be told from what is lost. The replication machine stays
/// far below.
pub const TRANSPORT_QUEUE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Transport events that wait for the shell; beyond it links and streams are not read.
pub const TRANSPORT_EVENTS_MAX: usize = 64;
/// Answers to pulls that one link may have open at once; beyond it a new one is closed at once.
pub const SERVINGS_PER_LINK_MAX: usize = 32;
/// Connections of keys that are no members, open at once; beyond it a new one is closed.
pub const STRANGERS_MAX: usize = 32;
/// The same from one IP address.
pub const STRANGERS_PER_ADDRESS_MAX: usize = 8;
/// Seconds that a key that is no member may stay connected.
pub const STRANGER_SECONDS: u64 = 10;
/// Bytes of a request or an answer at the join door.
pub const KNOCK_BYTES_MAX: usize = 64 * 1024;
/// Connections that one member may have open at once (two that dial at once, a relayed one).
pub const CONNECTIONS_PER_MEMBER_MAX: u32 = 6;
/// Incoming connections that have not finished the handshake; beyond it a new one is dropped.
pub const HANDSHAKES_MAX: u32 = 256;
/// Bytes of one announcement that spreads by gossip; a larger one goes on the sync streams only.
pub const ANNOUNCEMENT_BYTES_MAX: usize = 2 * 1024;
/// Announcements that wait for one peer; beyond it they are let go, because they are hints.
pub const ANNOUNCEMENTS_PER_PEER_MAX: usize = 512;
/// Addresses remembered and dialled for one member.
pub const MEMBER_ADDRESSES_MAX: usize = 16;

/// Bytes of one query text.
pub const QUERY_BYTES_MAX: usize = 64 * 1024;
/// How deep parentheses of a query may nest.
pub const QUERY_DEPTH_MAX: usize = 64;
/// Queries that wait until others have ended; beyond it a query is refused at once.
pub const QUERIES_WAITING_MAX: usize = 64;
/// Functions, operators and stages of one LogQL query.
pub const LOGQL_PARTS_MAX: usize = 512;
/// Steps of one LogQL range query, the limit that Prometheus and Grafana know.
pub const LOGQL_STEPS_MAX: usize = 11_000;
/// Series of one LogQL answer, or of one part of a query on the way there.
pub const LOGQL_SERIES_MAX: usize = 20_000;
/// Samples of all series of one part of a LogQL query.
pub const LOGQL_SAMPLES_MAX: usize = 2_000_000;
/// Buckets of time that overlapping windows of a LogQL query are put together from.
pub const LOGQL_BUCKETS_MAX: i64 = 4 * LOGQL_STEPS_MAX as i64;
/// Windows that one event of a LogQL query may be in: range divided by step.
pub const LOGQL_WINDOWS_MAX: u64 = 1_000;
/// Bytes that a compiled regular expression of a query may take.
pub const REGEX_BYTES_MAX: usize = 1024 * 1024;
/// Regular expressions in one query text; all of them together then take at most so many times the bytes of one.
pub const QUERY_REGEXES_MAX: usize = 128;
/// Rows in one answer.
pub const ANSWER_ROWS_MAX: usize = 10_000;
/// Rows in one answer when nobody says how many.
pub const ANSWER_ROWS_DEFAULT: usize = 100;
/// Lines in one answer to a client of Loki.
pub const LOKI_ENTRIES_MAX: usize = 5_000;
/// Fields that are detected in lines for a client of Loki.
pub const LOKI_FIELDS_MAX: usize = 5_000;
/// Patterns of lines that are told to a client of Loki.
pub const LOKI_PATTERNS_MAX: usize = 500;
/// Filters that a request adds to its query.
pub const EXTRA_FILTERS_MAX: usize = 64;
/// Fields by which a histogram is split.
pub const HISTOGRAM_FIELDS_MAX: usize = 16;
/// Buckets of one series of a histogram that has a bucket for each step of its range.
pub const HISTOGRAM_BUCKETS_MAX: usize = 11_000;
/// Neighbours of an event, on each side of it.
pub const CONTEXT_ROWS_MAX: usize = 1_000;
/// Bytes of bodies that a tail which goes on where it was cut reads at once.
pub const TAIL_CATCH_UP_BYTES: usize = 1024 * 1024;
/// Groups that one aggregation holds; beyond it the answer is partial and says so.
pub const GROUPS_MAX: usize = 100_000;
/// Rows that a sort holds, or that one pipe hands to the next; beyond it the answer is partial and says so.
pub const ROWS_HELD_MAX: usize = 100_000;
/// Bytes of rows, or of group keys, that one query holds; beyond it a page is shorter, or the answer partial.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Values of a group of which a quantile is one of them; of more it is within 0.4 % of one.
pub const QUANTILE_EXACT_MAX: usize = 4_096;
/// Different values of a group that are counted exactly; of more the number is within about 1 %.
pub const COUNT_UNIQ_EXACT_MAX: usize = 16_384;
/// Values that one list of `values` or `uniq_values` holds; beyond it the answer is partial and says so.
pub const VALUES_MAX: usize = 10_000;
/// Bytes of the values of one such list.
pub const VALUES_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of rows that one pipe hands to the next in memory; a row takes a few times what its record does.
pub const ROWS_BYTES_MAX: usize = 4 * ANSWER_BYTES_MAX;
/// Bytes that the pipes of a query make of one event, before they are looked at; what is more is left out, and the
/// answer says so.
pub const STEP_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Rows that the pipes of a query make of one event; as [`STEP_BYTES_MAX`].
pub const STEP_ROWS_MAX: usize = ROWS_HELD_MAX;
/// Rows that a query takes from one inside of it; more is an error, because a value left out would make rows
/// appear or disappear.
pub const SUBQUERY_ROWS_MAX: usize = ANSWER_ROWS_MAX;
/// How deep queries may stand inside of one another.
pub const SUBQUERY_DEPTH_MAX: usize = 4;
/// Queries inside of one query, at any depth.
pub const SUBQUERIES_MAX: usize = 32;
/// Blocks that are looked at for neighbours on either side of an event; most hold some, a class that is rare has few.
pub const CONTEXT_BLOCKS_MAX: usize = 256;
/// Events of one answer whose neighbours are looked for; of more the answer is partial and says so.
pub const CONTEXT_EVENTS_MAX: usize = 1_000;
/// Problems of one answer named one by one; the rest are counted.
pub const PROBLEMS_NAMED_MAX: usize = 20;
/// Bytes of one cursor, as text.
pub const CURSOR_BYTES_MAX: usize = 512;

/// Rows in one chunk of columns; a dictionary has an entry more at most, so that 16 bits name each.
pub const CHUNK_ROWS_MAX: usize = 1_023 * FRAME_RECORDS_MAX;
/// Frames in one chunk of columns: where a frame holds one record a chunk ends here.
pub const CHUNK_FRAMES_MAX: usize = 8_192;
/// Bytes of values and codes that a chunk in the making holds; beyond it the chunk ends.
pub const CHUNK_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Fields that one chunk of columns tries; of further ones nothing is known.
pub const COLUMN_CANDIDATES_MAX: usize = 512;
/// Columns that one chunk keeps.
pub const COLUMNS_MAX: usize = 64;
/// Different values of a column that are not numbers; a field with more has no column.
pub const COLUMN_TEXTS_MAX: usize = 4_096;
/// Bytes of one value in a column, encoded; a field with a longer one has no column.
pub const COLUMN_VALUE_BYTES_MAX: usize = 256;
/// A chunk of columns takes at most one byte for so many bytes of its records.
pub const COLUMNS_SHARE: usize = 36;
/// Chunks of columns in the making at once; for one more the one longest idle ends.
pub const CHUNKS_OPEN_MAX: usize = 6;
/// Finished chunks of columns that wait for the commit of their shelf; one more is let go.
pub const CHUNKS_WAITING_MAX: usize = 64;
/// Bytes of columns that are held unpacked, over all shelves.
pub const COLUMN_CACHE_BYTES: usize = 96 * 1024 * 1024;
/// Fields of which is remembered how often questions named them.
pub const FIELD_USES_MAX: usize = 256;

/// Logs that one control record says it had seen: those that nothing else implies. More are left out;
/// that makes the record look older than it is, and no right hangs on it.
pub const CONTROL_SEEN_MAX: usize = 1_024;
/// Logs named by one removal. Every start of a process makes a log; of more than these those with
/// the most blocks are named, and the others do not count.
pub const CONTROL_POSITIONS_MAX: usize = 6_144;
/// Earlier logs that one admission adopts.
pub const CONTROL_ADOPTED_MAX: usize = 1_024;
/// Addresses of one member.
pub const CONTROL_ADDRESSES_MAX: usize = 8;
/// Bytes of one address: a name of 253, a colon, a port; rounded up.
pub const ADDRESS_BYTES_MAX: usize = 264;
/// Characters of the name of a member or a token: one label of DNS.
pub const NAME_BYTES_MAX: usize = 63;
/// Bytes of the reason of a removal.
pub const CONTROL_REASON_BYTES_MAX: usize = 1_024;
/// Members that say a removal again in logs of their own, so that it outlives the log it was said in.
pub const REMOVAL_WITNESSES: usize = 16;
/// Addresses in one ticket.
pub const TICKET_ADDRESSES_MAX: usize = 4;

/// Bytes of one answer that the command line reads: an answer is [`ANSWER_BYTES_MAX`] of rows, and
/// JSON escapes can make a byte six.
pub const CLIENT_ANSWER_BYTES_MAX: usize = 8 * ANSWER_BYTES_MAX;
/// Bytes of one batch that the command line sends; small enough to be held under an idempotency key.
pub const CLIENT_BATCH_BYTES_MAX: usize = KEYED_REQUEST_BYTES_MAX / 2;

/// Bytes of peers' blocks that were read from the network and are not written yet; beyond it nothing
/// more is read.
pub const OFFERED_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Nodes that wait for approval at once, and logs that one of them may bring along.
pub const JOIN_PENDING_MAX: usize = 256;
/// How long a ticket may be good.
pub const INVITE_SECONDS_MAX: u64 = 30 * 24 * 3_600;
/// How far the clock of a node that joins may be off.
pub const JOIN_CLOCK_OFF_MAX_MS: u64 = 5 * 60 * 1000;

/// How far ahead another clock may be before it no longer advances ours.
pub const CLOCK_AHEAD_MAX_MS: u64 = 10 * 60 * 1000;

const _: () = assert!(
    CONTROL_SEEN_MAX * 58 + CONTROL_POSITIONS_MAX * 26 + 16 * 1024 <= RECORD_BYTES_MAX,
    "a removal with both lists full is one record"
);
const _: () = assert!(
    CONTROL_SEEN_MAX * 58 + CONTROL_ADOPTED_MAX * 90 + 16 * 1024 <= RECORD_BYTES_MAX,
    "an admission with both lists full is one record"
);
/// Bytes of one message between two replication machines, encoded.
pub const GOSSIP_MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// Bytes given to the sync stream of one link that have not left yet; beyond it nothing is sent there.
pub const LINK_QUEUE_BYTES_MAX: usize = 1024 * 1024;
/// Bytes waiting on a link beyond which announcements leave their bodies out.
pub const LINK_EAGER_BYTES_MAX: usize = 256 * 1024;
/// Bytes waiting on a link beyond which nothing is announced there: the frontier tells it later.
pub const LINK_ANNOUNCE_BYTES_MAX: usize = 512 * 1024;
/// Bytes of bodies that ride along with an announcement; a larger block is pulled.
pub const EAGER_BLOCK_BYTES_MAX: usize = 64 * 1024;
/// Byte credit of one pull.
pub const PULL_BYTES_MAX: usize = 1024 * 1024;
/// Byte credit of the smallest pull: with less room than this none is made.
pub const PULL_BYTES_MIN: usize = 64 * 1024;
/// Blocks asked for by one pull.
pub const PULL_BLOCKS_MAX: u64 = 4_096;
/// Byte credit of all pulls under way on one link.
pub const LINK_CREDIT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Pulls under way on one link.
pub const LINK_PULLS_MAX: usize = 32;
/// Pulls of one peer that are answered at once; one more is declined as busy.
pub const LINK_SERVES_MAX: usize = 2 * LINK_PULLS_MAX;
/// Pulls of all peers that are answered at once; one more is declined as busy.
pub const SERVES_MAX: usize = 512;
/// Logs that a peer claims and of which nothing is here yet, for each link.
pub const LINK_CLAIMS_MAX: usize = 8 * 1024;
/// Headers looked up at once on behalf of one link.
pub const LINK_LOOKUPS_MAX: usize = 16;
/// Searches for a first difference under way on one link.
pub const LINK_SEARCHES_MAX: usize = 4;
/// Ranges of missing bodies told of one log and class; more are told merged, as less held.
pub const GAPS_TOLD_MAX: usize = 16;
/// Peers whose state is remembered.
pub const PEERS_MAX: usize = 16 * 1024;
/// Nodes that an interest names; beyond it a node follows all.
pub const INTEREST_NODES_MAX: usize = 1_024;

const _: () = assert!(
    CONTROL_SEEN_MAX * 58 + CONTROL_POSITIONS_MAX * 26 + 16 * 1024 <= RECORD_BYTES_MAX,
    "a removal with both lists full is one record"
);
const _: () = assert!(
    CONTROL_SEEN_MAX * 58 + CONTROL_ADOPTED_MAX * 90 + 16 * 1024 <= RECORD_BYTES_MAX,
    "an admission with both lists full is one record"
);
const _: () = assert!(RECORD_BYTES_MAX <= BODY_BYTES_MAX, "a record must fit in a body");
const _: () = assert!(
    RECORD_BYTES_MAX <= LINE_BYTES_MAX,
    "a line longer than a record is readable enough to be rejected by name"
);
const _: () = assert!(JOINED_BYTES_MAX + 32 * 1024 <= RECORD_BYTES_MAX, "lines put together make a record");
const _: () = assert!(JOURNAL_FIELD_BYTES_MAX + 32 * 1024 <= RECORD_BYTES_MAX, "a field of the journal fits a record");
const _: () = assert!(KEYED_REQUEST_BYTES_MAX <= KEYED_BYTES_MAX, "one keyed request alone is never refused as busy");
const _: () =
    assert!(REQUEST_SUBMISSIONS_MAX * BODY_BYTES_MAX <= PENDING_BYTES_MAX, "one request alone does not fill the queue");
const _: () = assert!(RECEIVED_BYTES_MAX >= 6 * BODY_BYTES_MAX, "any one block of a peer can come in whole");
const _: () = assert!(SEAL_INTERVAL_MS <= SEAL_INTERVAL_MAX_MS, "the interval grows from one to the other");
const _: () = assert!(
    HEADER_BYTES_MAX + 3 * PACKED_BODY_BYTES_MAX <= WIRE_FRAME_BYTES_MAX,
    "a block of full bodies of three classes fits a frame; a node seals when all classes together are one body long"
);
const _: () = assert!(FRAME_RECORDS_MAX <= BLOCK_RECORDS_MAX, "a frame is a part of a body");
const _: () = assert!(
    BLOCK_RECORDS_MAX <= u16::MAX as usize,
    "a frame number of a block fits 16 bits even at one record a frame"
);
const _: () = assert!(PENDING_BYTES_MAX >= 64 * BODY_BYTES_MAX, "the queue holds more than the blocks in flight");
const _: () = assert!(CHUNK_ROWS_MAX < u16::MAX as usize, "16 bits name every value of a chunk, and the missing one");
const _: () = assert!(ANSWER_ROWS_MAX <= ROWS_HELD_MAX, "a page of sorted rows can be held");
const _: () = assert!(VALUES_BYTES_MAX * 4 <= ANSWER_BYTES_MAX, "no one list fills an answer");
const _: () = assert!(RECORD_BYTES_MAX <= VALUES_BYTES_MAX, "any one value is in a list");
const _: () = assert!(RECORD_BYTES_MAX <= ANSWER_BYTES_MAX, "any one row can be answered");
const _: () = assert!(LOKI_ENTRIES_MAX <= ANSWER_ROWS_MAX, "the lines of an answer are one page");
const _: () = assert!(ANSWER_ROWS_DEFAULT <= ANSWER_ROWS_MAX, "the default is allowed");
const _: () = assert!(
    CLIENT_BATCH_BYTES_MAX + LINE_BYTES_MAX <= KEYED_REQUEST_BYTES_MAX,
    "a batch and the line that fills it fit one keyed request"
);
const _: () = assert!(LINK_EAGER_BYTES_MAX <= LINK_ANNOUNCE_BYTES_MAX, "bodies are left out before headers are");
const _: () = assert!(
    LINK_ANNOUNCE_BYTES_MAX + EAGER_BLOCK_BYTES_MAX + GOSSIP_MESSAGE_BYTES_MAX <= LINK_QUEUE_BYTES_MAX,
    "what was still allowed fits the queue"
);
const _: () = assert!(PULL_BYTES_MIN <= PULL_BYTES_MAX && PULL_BYTES_MAX <= LINK_CREDIT_BYTES_MAX, "one pull fits");
const _: () = assert!(LINK_SERVES_MAX >= LINK_PULLS_MAX, "a peer that keeps the limit is never refused for it");
const _: () = assert!(INTEREST_NODES_MAX * 32 < GOSSIP_MESSAGE_BYTES_MAX - 1_024, "an interest fits a greeting");
const _: () = assert!(BODY_BYTES_MAX * 3 <= WIRE_FRAME_BYTES_MAX, "a full body of each class of data fits one frame");
const _: () = assert!(WIRE_FRAME_BYTES_MAX <= LINK_QUEUE_BYTES_MAX, "one frame alone never ends a link");
const _: () = assert!(STRANGERS_PER_ADDRESS_MAX < STRANGERS_MAX, "one address cannot close the join door to all");
