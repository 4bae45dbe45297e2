//! Frames as nodes send them: announcements of a few events, of the kinds that people log.

use vigil_model::{
    BodyDigest, Class, ClusterId, Epoch, Hash, Header, Hlc, LogId, NodeId, RecordBuilder, Records, Timestamp, Value,
};

/// Numbers that are the same on every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.roll(choices.len() as u64) as usize]
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.roll(256) as u8)
    }
}

const HOSTS: [&str; 6] = ["web-01.example.com", "db-2", "edge-gw", "ip-10-0-3-17", "build7", "srv-dc-04.corp.local"];
const SERVICES: [&str; 8] =
    ["checkout", "payments", "auth", "api-gateway", "nginx", "postgres", "kubelet", "scheduler"];
const LEVELS: [&str; 6] = ["info", "info", "info", "warn", "error", "debug"];
const PATHS: [&str; 6] =
    ["/", "/api/v1/orders", "/login", "/static/app.js", "/healthz", "/api/v2/users/42/sessions?limit=100"];
const MESSAGES: [&str; 10] = [
    "connection refused: upstream timed out while connecting to upstream",
    "request completed",
    "user logged in",
    "retrying after error: deadline exceeded",
    "slow query took longer than expected",
    "cache miss for key session",
    "Failed password for invalid user admin from",
    "Accepted publickey for deploy from",
    "job finished successfully in",
    "GET /healthz HTTP/1.1 200",
];
const USERS: [&str; 5] = ["root", "admin", "alice", "deploy", "svc-backup"];
const AGENTS: [&str; 2] =
    ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0", "curl/8.5.0"];

/// So many frames; another seed gives others of the same kind.
pub(crate) fn frames(seed: u64, count: usize) -> impl Iterator<Item = Vec<u8>> {
    let mut dice = Dice(seed);
    (0..count).map(move |number| frame(&mut dice, number as u64))
}

/// A frame of the sync stream: tag 2, then a block frame with its bodies plain (wire.md).
fn frame(dice: &mut Dice, number: u64) -> Vec<u8> {
    let mut records = Records::new();
    let count = dice.of(&[0, 1, 1, 1, 2, 3, 5, 8]);
    for _ in 0..count {
        event(dice, &mut records, number);
    }
    let mut header = header(dice, number, &records);
    header.extend_from_slice(&dice.bytes::<64>());
    let mut frame = vec![2, 1, 1];
    frame.extend_from_slice(&(header.len() as u16).to_le_bytes());
    frame.extend_from_slice(&header);
    frame.push(u8::from(count > 0));
    if count > 0 {
        let body = plain(dice, &records);
        frame.extend_from_slice(&[Class::Logs.number(), 2]);
        frame.extend_from_slice(&(body.len() as u32).to_le_bytes());
        frame.extend_from_slice(&body);
    }
    frame
}

fn plain(dice: &mut Dice, records: &Records) -> Vec<u8> {
    let mut body = dice.bytes::<32>().to_vec();
    body.extend_from_slice(&(records.len() as u16).to_le_bytes());
    for raw in records.iter_raw() {
        let mut length = raw.len();
        while length >= 0x80 {
            body.push(length as u8 | 0x80);
            length >>= 7;
        }
        body.push(length as u8);
    }
    body.extend_from_slice(records.bytes());
    body
}

fn header(dice: &mut Dice, number: u64, records: &Records) -> Vec<u8> {
    let (first, last) = records.time_span().unwrap_or_default();
    let body = BodyDigest {
        class: Class::Logs,
        count: records.len().max(1) as u32,
        raw_len: records.bytes().len() as u32,
        root: Hash(dice.bytes()),
        first,
        last,
    };
    let header = Header {
        cluster: ClusterId(dice.bytes()),
        log: LogId { node: NodeId(dice.bytes()), epoch: Epoch(dice.bytes()) },
        seq: dice.roll(100_000),
        previous: Hash(dice.bytes()),
        tree_head: Hash(dice.bytes()),
        sealed: Hlc((1_790_000_000_000 + number * 20) << 16),
        frontier: Hash(dice.bytes()),
        bodies: vec![body],
        previous_epoch: None,
    };
    header.encode()
}

fn event(dice: &mut Dice, records: &mut Records, number: u64) {
    let mut builder = RecordBuilder::new();
    let time = Timestamp::from_millis(1_790_000_000_000 + (number * 20 + dice.roll(20)) as i64);
    let kind = dice.roll(4);
    let numbered = format!("{} id={}", dice.of(&MESSAGES), dice.roll(1_000_000));
    builder.push("message", Value::Str(&numbered));
    builder.push("host.name", Value::Str(dice.of(&HOSTS)));
    builder.push("log.level", Value::Str(dice.of(&LEVELS)));
    let address = format!("10.{}.{}.{}", dice.roll(4), dice.roll(256), dice.roll(256));
    match kind {
        0 => web(dice, &mut builder, &address),
        1 => login(dice, &mut builder, &address),
        2 => trace(dice, &mut builder),
        _ => short(dice, &mut builder),
    }
    records.push(&mut builder, time, false).expect("a small record");
}

fn web(dice: &mut Dice, builder: &mut RecordBuilder, address: &str) {
    builder.push("service.name", Value::Str("nginx"));
    builder.push("http.request.method", Value::Str(dice.of(&["GET", "POST", "PUT", "DELETE"])));
    builder.push("url.path", Value::Str(dice.of(&PATHS)));
    builder.push("http.response.status_code", Value::Int(dice.of(&[200, 200, 201, 304, 404, 500, 502])));
    builder.push("http.response.bytes", Value::Int(dice.roll(100_000) as i64));
    builder.push("source.ip", Value::Str(address));
    builder.push("user_agent.original", Value::Str(dice.of(&AGENTS)));
    builder.push("event.duration", Value::Float(dice.roll(5_000) as f64 / 1_000.0));
}

fn login(dice: &mut Dice, builder: &mut RecordBuilder, address: &str) {
    builder.push("event.action", Value::Str(dice.of(&["login", "logout", "ssh_login", "sudo"])));
    builder.push("event.category", Value::Str("authentication"));
    builder.push("event.outcome", Value::Str(dice.of(&["success", "failure"])));
    builder.push("user.name", Value::Str(dice.of(&USERS)));
    builder.push("source.ip", Value::Str(address));
    builder.push("source.port", Value::Int(dice.roll(65_536) as i64));
    builder.push("process.name", Value::Str("sshd"));
    builder.push("process.pid", Value::Int(dice.roll(32_768) as i64));
}

fn trace(dice: &mut Dice, builder: &mut RecordBuilder) {
    let (trace, span) = (Hash(dice.bytes()).to_hex(), Hash(dice.bytes()).to_hex());
    builder.push("service.name", Value::Str(dice.of(&SERVICES)));
    builder.push("service.version", Value::Str(dice.of(&["1.4.2", "2.0.0", "2024.11"])));
    builder.push("trace.id", Value::Str(&trace[..32]));
    builder.push("span.id", Value::Str(&span[..16]));
    builder.push("labels.env", Value::Str(dice.of(&["production", "staging"])));
    builder.push("kubernetes.pod.name", Value::Str(dice.of(&["checkout-7d9f8b6c5-x2x4q", "auth-5b7c9d-k8s2p"])));
    builder.push("kubernetes.namespace", Value::Str(dice.of(&["default", "payments", "kube-system"])));
}

fn short(dice: &mut Dice, builder: &mut RecordBuilder) {
    builder.push("service", Value::Str(dice.of(&SERVICES)));
    builder.push("level", Value::Str(dice.of(&LEVELS)));
    builder.push("host", Value::Str(dice.of(&HOSTS)));
    builder.push("status", Value::Int(dice.of(&[200, 404, 500])));
    builder.push("duration_ms", Value::Int(dice.roll(2_000) as i64));
    builder.push("user", Value::Str(dice.of(&USERS)));
}
