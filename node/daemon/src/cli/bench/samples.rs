//! Lines of every format, made in the style of the programs that write them; the same in every run.

use std::fmt::Write;

/// Writes line `n`.
pub(super) type Lines = fn(u64, &mut String);

const SERVICES: [&str; 8] = ["checkout", "payments", "search", "auth", "mail", "stock", "chatty", "report"];
const LEVELS: [&str; 6] = ["debug", "info", "info", "info", "warn", "error"];
const WORDS: [&str; 10] = [
    "connection accepted",
    "request finished",
    "cache miss for user profile",
    "retrying upstream after timeout",
    "session closed by peer",
    "job picked up by worker",
    "configuration reloaded",
    "slow query on table orders",
    "queue is draining",
    "certificate will expire soon",
];

/// Lines of one kind, `bytes` of them or a little more.
pub(super) fn body(lines: Lines, bytes: usize) -> Vec<u8> {
    let mut out = String::with_capacity(bytes + 4096);
    let mut n = 0;
    while out.len() < bytes {
        lines(n, &mut out);
        out.push('\n');
        n += 1;
    }
    out.into_bytes()
}

/// A table of services.
pub(super) fn table() -> Vec<u8> {
    let rows = SERVICES.iter().enumerate().map(|(n, service)| format!("{service},team-{}\n", n % 3));
    ["service,team\n".to_owned()].into_iter().chain(rows).collect::<String>().into_bytes()
}

/// Numbers that look like chance and are the same in every run (splitmix64).
fn mixed(n: u64) -> u64 {
    let mut x = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn pick<'a>(from: &[&'a str], n: u64) -> &'a str {
    from[(mixed(n) % from.len() as u64) as usize]
}

fn clock(n: u64) -> (u64, u64, u64) {
    (n / 3_600 % 24, n / 60 % 60, n % 60)
}

/// Events of 270 bytes.
pub(super) fn json(n: u64, out: &mut String) {
    let (h, m, s) = clock(n);
    let (level, service, words) = (pick(&LEVELS, n), pick(&SERVICES, n + 1), pick(&WORDS, n + 2));
    let (host, took, trace) = (mixed(n) % 40, mixed(n + 3) % 900, mixed(n + 4));
    let _ = write!(
        out,
        "{{\"@timestamp\":\"2026-08-01T{h:02}:{m:02}:{s:02}.{:03}Z\",\"level\":\"{level}\",\"service\":\"{service}\",\
         \"host\":\"node-{host:02}\",\"message\":\"{words} after {took} ms\",\"http\":{{\"method\":\"GET\",\"status\":200}},\
         \"duration_ms\":{took},\"trace_id\":\"{trace:016x}{:016x}\"}}",
        n % 1_000,
        mixed(trace)
    );
}

/// Plain text, as most programs write it.
pub(super) fn plain(n: u64, out: &mut String) {
    let (h, m, s) = clock(n);
    let (level, service, words) = (pick(&LEVELS, n), pick(&SERVICES, n + 1), pick(&WORDS, n + 2));
    let (took, peer) = (mixed(n + 3) % 900, mixed(n + 5));
    let _ = write!(
        out,
        "2026-08-01 {h:02}:{m:02}:{s:02},{:03} {level} [{service}-worker-{}] org.example.{service}.Handler: {words} \
         (10.{}.{}.{}:{}) after {took} ms, block blk_{}",
        n % 1_000,
        n % 16,
        peer % 256,
        peer / 256 % 256,
        peer / 65_536 % 256,
        1_024 + peer % 60_000,
        peer / 3
    );
}

/// RFC 3164 and RFC 5424, half of each.
pub(super) fn syslog(n: u64, out: &mut String) {
    let (h, m, s) = clock(n);
    let (service, words, host) = (pick(&SERVICES, n + 1), pick(&WORDS, n + 2), mixed(n) % 40);
    let (priority, pid) = (8 * (mixed(n + 6) % 20) + mixed(n + 7) % 8, mixed(n + 8) % 30_000);
    let _ = match n % 2 {
        0 => write!(
            out,
            "<{priority}>Aug  1 {h:02}:{m:02}:{s:02} node-{host:02} {service}[{pid}]: {words}; rhost=10.1.{host}.7 \
             port={} attempts={} user=operator tty=ssh uid=0 euid=0 ruser= logname= session opened for work",
            pid + 1_024,
            pid % 5
        ),
        _ => write!(
            out,
            "<{priority}>1 2026-08-01T{h:02}:{m:02}:{s:02}.{:03}Z node-{host:02} {service} {pid} ID{} \
             [meta@32473 sequence=\"{n}\" software=\"{service}\"] {words} for client 10.1.{host}.9",
            n % 1_000,
            n % 60
        ),
    };
}

/// A firewall, in ArcSight's format, about 400 bytes.
pub(super) fn cef(n: u64, out: &mut String) {
    let (words, peer) = (pick(&WORDS, n + 2), mixed(n + 5));
    let _ = write!(
        out,
        "CEF:0|Example|Gateway|7.1|{}|{words}|{}|rt={} src=10.{}.{}.{} spt={} dst=192.0.2.{} dpt=443 proto=TCP \
         act=blocked suser=operator{} shost=node-{:02} request=https://shop.example/cart?item\\={n} cs1Label=Rule \
         cs1=outbound web cs2Label=Zone cs2=dmz cn1Label=Hits cn1={} msg={words} on rule outbound web",
        100 + n % 40,
        n % 11,
        1_780_272_000_000u64 + n,
        peer % 256,
        peer / 256 % 256,
        peer / 65_536 % 256,
        1_024 + peer % 60_000,
        peer % 250,
        n % 90,
        n % 40,
        n % 7
    );
}

/// The same for QRadar.
pub(super) fn leef(n: u64, out: &mut String) {
    let (words, peer) = (pick(&WORDS, n + 2), mixed(n + 5));
    let _ = write!(
        out,
        "LEEF:1.0|Example|Gateway|7.1|{}|devTime={}\tsrc=10.{}.{}.{}\tdst=192.0.2.{}\tsrcPort={}\tdstPort=443\t\
         proto=TCP\tsev={}\tusrName=operator{}\tidentHostName=node-{:02}\tpolicy=outbound web\treason={words}\tbytes={}",
        100 + n % 40,
        1_780_272_000_000u64 + n,
        peer % 256,
        peer / 256 % 256,
        peer / 65_536 % 256,
        peer % 250,
        1_024 + peer % 60_000,
        n % 11,
        n % 90,
        n % 40,
        peer % 100_000
    );
}

/// As Go programs write it.
pub(super) fn logfmt(n: u64, out: &mut String) {
    let (h, m, s) = clock(n);
    let (level, service, words) = (pick(&LEVELS, n), pick(&SERVICES, n + 1), pick(&WORDS, n + 2));
    let _ = write!(
        out,
        "ts=2026-08-01T{h:02}:{m:02}:{s:02}.{:03}Z level={level} caller=handler.go:{} component={service} \
         host=node-{:02} msg=\"{words}\" duration={}ms status=200 method=GET path=/api/v1/items/{n} trace_id={:016x}",
        n % 1_000,
        n % 900,
        n % 40,
        n % 777,
        mixed(n)
    );
}

/// The combined form of nginx.
pub(super) fn access(n: u64, out: &mut String) {
    let ((h, m, s), peer) = (clock(n), mixed(n + 5));
    let _ = write!(
        out,
        "10.{}.{}.{} - - [01/Aug/2026:{h:02}:{m:02}:{s:02} +0000] \"GET /items/{n}?page={} HTTP/1.1\" {} {} \
         \"https://shop.example/\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)\"",
        peer % 256,
        peer / 256 % 256,
        peer / 65_536 % 256,
        n % 9,
        if n.is_multiple_of(17) { 404 } else { 200 },
        peer % 50_000
    );
}
