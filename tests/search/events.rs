//! Events that the questions of these tests are about: the same in every run.

use std::fmt::Write;

use vigil_tests::NodeProcess;

const LEVELS: [&str; 5] = ["info", "info", "debug", "warn", "Error"];
const SERVICES: [&str; 3] = ["payments", "checkout", "auth"];

/// 2026-08-01T12:00:00Z in milliseconds.
pub(crate) const START_MS: u64 = 1_785_585_600_000;

/// So many lines, a second apart; some with fields that others lack, numbers as text, lists, ids, other scripts.
pub(crate) fn lines(count: u64) -> String {
    let mut lines = String::new();
    for n in 0..count {
        line(n, &mut lines);
    }
    lines
}

fn line(n: u64, out: &mut String) {
    let (level, service) = (LEVELS[(n % 5) as usize], SERVICES[(n / 2 % 3) as usize]);
    // Far from one another in order, so that no two fields go together.
    let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    write!(
        out,
        r#"{{"ts":{},"level":"{level}","host":"web-{:02}","service":"{service}","status":{},"took_ms":{}.5,"trace_id":"{mixed:016x}","ip":"10.0.{}.{}","#,
        START_MS + n * 1000,
        mixed % 7,
        [200, 200, 404, 500][(mixed % 4) as usize],
        mixed % 900,
        mixed % 4,
        mixed % 250,
    )
    .expect("a string takes everything");
    let message = match n % 6 {
        0 => format!("connection refused by upstream 10.1.2.{} after {} ms", mixed % 9, mixed % 900),
        1 => format!("user=alice action=login result=ok session={mixed:x}"),
        2 => format!(r#"{{\"user\":\"bob\",\"items\":{},\"nested\":{{\"deep\":true}}}}"#, mixed % 12),
        3 => format!("<34>Oct 11 22:14:15 web-01 su[{}]: 'su root' failed for lonvick", mixed % 999),
        4 => "größe überschritten, Verbindung ÜBERLASTET".to_owned(),
        _ => format!("GET /api/v1/orders/{mixed}/items 200 {}ms", mixed % 70),
    };
    write!(out, r#""message":"{message}""#).expect("a string takes everything");
    if n.is_multiple_of(4) {
        write!(out, r#","tags":["a{}","b"],"user":{{"email":"u{}@example.org"}}"#, n % 3, mixed % 5)
            .expect("a string takes everything");
    }
    out.push_str("}\n");
}

/// Sends the lines and waits until all are in the index.
pub(crate) fn fill(node: &NodeProcess, count: u64) {
    node.client().ingest(&lines(count));
    node.wait_indexed();
}
