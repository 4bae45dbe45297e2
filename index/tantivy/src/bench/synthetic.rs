//! Events that look like those of a busy web service: about 270 bytes as JSON, ids at random.

use vigil_model::{RecordBuilder, Records, Timestamp, Value};

const BLOCK: usize = 1_024;
const SERVICES: [&str; 12] = [
    "payments",
    "checkout",
    "search",
    "gateway",
    "inventory",
    "billing",
    "accounts",
    "mailer",
    "catalog",
    "auth",
    "reports",
    "uploads",
];
const LEVELS: [&str; 8] = ["info", "info", "info", "info", "info", "debug", "warn", "error"];
const MESSAGES: [&str; 10] = [
    "request completed for customer after cache miss on replica",
    "connection refused by upstream while reading response header",
    "retrying job because lease of worker expired before commit",
    "user signed in from new device and second factor was accepted",
    "slow query on table orders took longer than threshold",
    "message published to topic and acknowledged by all brokers",
    "file stored in bucket with server side encryption",
    "health check passed, all dependencies answered in time",
    "rate limit reached, request rejected with retry after header",
    "configuration reloaded, feature flags were refreshed from source",
];

/// Numbers at random, the same for the same seed (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 33) as usize % limit
    }
}

/// `events` events in blocks of 1,024, a millisecond apart from `start` on. One message in a
/// hundred thousand contains `needle`.
pub fn synthetic(events: usize, start: Timestamp, seed: u64) -> Vec<Records> {
    let mut random = Random(seed | 1);
    let mut builder = RecordBuilder::new();
    let mut blocks = Vec::with_capacity(events / BLOCK + 1);
    for begin in (0..events).step_by(BLOCK) {
        let mut records = Records::new();
        for n in begin..events.min(begin + BLOCK) {
            fill(&mut builder, n, &mut random);
            let time = start.plus_millis(n as i64);
            records.push(&mut builder, time, false).expect("an event of 270 bytes is small");
        }
        blocks.push(records);
    }
    blocks
}

fn fill(builder: &mut RecordBuilder, n: usize, random: &mut Random) {
    let rare = if n % 100_000 == 77_777 { " needle" } else { "" };
    let message = format!(
        "{} order {} session {:012x}{rare}",
        MESSAGES[random.below(MESSAGES.len())],
        random.next() % 10_000_000,
        random.next() >> 16,
    );
    builder.clear();
    builder.push("host", Value::Str(&format!("web-{:02}", random.below(40))));
    builder.push("level", Value::Str(LEVELS[random.below(LEVELS.len())]));
    builder.push("service", Value::Str(SERVICES[random.below(SERVICES.len())]));
    builder.push("message", Value::Str(&message));
    builder.push("trace_id", Value::Str(&format!("{:016x}{:016x}", random.next(), random.next())));
    builder.push("status", Value::Int([200, 200, 200, 201, 204, 304, 404, 500][random.below(8)]));
    builder.push("duration_ms", Value::Float(random.below(90_000) as f64 / 100.0));
    builder
        .push("client_ip", Value::Str(&format!("10.{}.{}.{}", random.below(4), random.below(256), random.below(256))));
}
