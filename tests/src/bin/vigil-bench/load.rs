//! Events to measure with: made here, the same in every run.
//!
//! Short events are log lines of eight kinds with random ids, which is the worst case for a term
//! dictionary. Wide events imitate process-creation records; `VIGIL_BENCH_WIDE` names an NDJSON
//! file of real ones to use instead.

use std::fmt::Write;

/// A small generator of numbers; equal seeds, equal numbers.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// SplitMix64.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as u64) as usize]
    }
}

/// Bytes of an event of [`line_of_300`], with its line end.
const LINE_BYTES: usize = 300;

const LEVELS: [&str; 8] = ["info", "info", "info", "info", "info", "debug", "warn", "error"];
const SERVICES: [&str; 6] = ["checkout", "payments", "search", "gateway", "auth", "mailer"];
const USERS: [&str; 5] = ["root", "admin", "oracle", "deploy", "postgres"];

/// 2026-06-01T00:00:00Z in milliseconds.
const START_MS: u64 = 1_780_272_000_000;

/// One short event, about 270 bytes with its line end.
pub(crate) fn short_line(n: u64, random: &mut Random, out: &mut String) {
    let millis = START_MS + n * 20;
    let (level, service, host) = (random.pick(&LEVELS), random.pick(&SERVICES), random.below(40));
    write!(
        out,
        r#"{{"ts":{millis},"level":"{level}","host":"node-{host:02}","service":"{service}","pid":{},"env":"production","region":"eu-central","trace_id":"{:016x}{:016x}","message":""#,
        1000 + random.below(30_000),
        random.next(),
        random.next()
    )
    .expect("a string takes everything");
    short_message(random, out);
    out.push_str("\"}\n");
}

/// One short event that a random session fills up to 300 bytes; the few longer ones stay as they are.
pub(crate) fn line_of_300(n: u64, random: &mut Random, out: &mut String) {
    let begin = out.len();
    short_line(n, random, out);
    out.truncate(out.len() - "}\n".len());
    let written = out.len() - begin;
    let lacking = LINE_BYTES.saturating_sub(written + r#","session":""}"#.len() + 1);
    let session: String =
        std::iter::repeat_with(|| format!("{:016x}", random.next())).take(lacking.div_ceil(16)).collect();
    writeln!(out, ",\"session\":\"{}\"}}", &session[..lacking]).expect("a string takes everything");
}

fn short_message(random: &mut Random, out: &mut String) {
    let block = random.next() >> 1;
    let address = format!("10.{}.{}.{}", random.below(256), random.below(256), random.below(256));
    let user = random.pick(&USERS);
    let port = 1024 + random.below(60_000);
    let written = match random.below(8) {
        0 => write!(
            out,
            "PacketResponder {} for block blk_{block} terminating, receiver {address}:{port}",
            random.below(3)
        ),
        1 => write!(out, "Received block blk_{block} of size 67108864 from /{address} port {port}"),
        2 => write!(out, "Failed password for {user} from {address} port {port} ssh2, attempt {}", random.below(6)),
        3 => write!(
            out,
            "pam_unix(sshd:auth): authentication failure; logname= uid=0 ruser= rhost={address} user={user}"
        ),
        4 => write!(
            out,
            "GET /api/v1/orders/{block}/items HTTP/1.1 200 {port} upstream={address} took {} ms",
            random.below(900)
        ),
        5 => write!(out, "Notification time out: {port}; connection broken for id {block}, my id = 1, error = refused"),
        6 => write!(
            out,
            "Finished task {}.0 in stage {}.0 (TID {block}). {port} bytes result sent to driver",
            random.below(99),
            random.below(9)
        ),
        _ => write!(out, "NameSystem.addStoredBlock: blockMap updated: {address}:{port} is added to blk_{block}"),
    };
    written.expect("a string takes everything");
}

const IMAGES: [&str; 6] = ["svchost.exe", "powershell.exe", "cmd.exe", "lsass.exe", "explorer.exe", "WmiPrvSE.exe"];

/// One wide event, about 2.4 KB with its line end.
pub(crate) fn wide_line(n: u64, random: &mut Random, out: &mut String) {
    let millis = START_MS + n * 20;
    let image = random.pick(&IMAGES);
    let guid = format!(
        "{{{:08x}-{:04x}-{:04x}-0000-{:012x}}}",
        random.next() as u32,
        random.below(65536),
        random.below(65536),
        random.next() >> 16
    );
    write!(
        out,
        r#"{{"@timestamp":"{}","EventID":{},"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"WORKSTATION{}.theshire.local","SourceName":"Microsoft-Windows-Sysmon","ProviderGuid":"{{5770385F-C22A-43E0-BF4C-06F5698FFBD9}}","Severity":"INFO","SeverityValue":2,"Task":1,"Version":5,"RecordNumber":{},"ProcessId":"{}","ProcessGuid":"{guid}","Image":"C:\\Windows\\System32\\{image}","User":"NT AUTHORITY\\SYSTEM","LogonId":"0x{:x}""#,
        rfc3339(millis),
        1 + random.below(26),
        random.below(20),
        100_000 + n,
        random.below(9000),
        random.next() >> 40
    )
    .expect("a string takes everything");
    for field in 0..28 {
        let value = random.below(400);
        write!(
            out,
            r#","Attribute{field:02}":"C:\\Program Files\\Component {value}\\module-{} loaded by {image}""#,
            value % 37
        )
        .expect("a string takes everything");
    }
    write!(out, r#","Message":"Process Create: UtcTime {} ProcessGuid {guid} CommandLine \"{image} -k netsvcs -p -s Schedule {}\" Hashes SHA1={:016x}{:016x}"}}"#,
        rfc3339(millis), random.below(100), random.next(), random.next()).expect("a string takes everything");
    out.push('\n');
}

/// RFC 3339 of a millisecond in the days after the start, by arithmetic.
fn rfc3339(millis: u64) -> String {
    let since = millis - START_MS;
    let (day, second, milli) = (since / 86_400_000, since / 1000 % 86_400, since % 1000);
    assert!(day < 30, "the load spans June");
    format!("2026-06-{:02}T{:02}:{:02}:{:02}.{milli:03}Z", day + 1, second / 3600, second / 60 % 60, second % 60)
}
