//! scratch
#![allow(clippy::all, missing_docs, clippy::print_stdout)]
use std::io::BufRead;
use vigil_index_tantivy::bench;
use vigil_model::*;
fn flat(b: &mut RecordBuilder, pre: &str, v: &serde_json::Value) {
    use serde_json::Value as J;
    match v {
        J::Object(m) => {
            for (k, v) in m {
                let n = if pre.is_empty() { k.clone() } else { format!("{pre}.{k}") };
                flat(b, &n, v)
            }
        }
        J::Null => b.push(pre, Value::Null),
        J::Bool(x) => b.push(pre, Value::Bool(*x)),
        J::Number(n) => {
            if let Some(i) = n.as_i64() {
                b.push(pre, Value::Int(i))
            } else {
                b.push(pre, Value::Float(n.as_f64().unwrap()))
            }
        }
        J::String(s) => b.push(pre, Value::Str(s)),
        J::Array(_) => b.push(pre, Value::Str(&v.to_string())),
    }
}
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let dir = std::path::PathBuf::from(&args[2]);
    let _ = std::fs::remove_dir_all(&dir);
    let start: Timestamp = "2026-11-20T08:00:00Z".parse().unwrap();
    let mut raw = 0u64;
    let blocks = if let Ok(n) = args[1].parse::<usize>() {
        let b = bench::synthetic(n, start, 42);
        let mut out = Vec::new();
        for r in b[0].iter().flatten() {
            vigil_index::Row::event(EventId { log: LogId::default(), seq: 0, class: Class::Logs, offset: 0 }, &r)
                .write_json(&mut out);
        }
        raw = ((out.len() - b[0].len() * 109) as f64 / b[0].len() as f64 * n as f64) as u64;
        b
    } else {
        let f = std::io::BufReader::new(std::fs::File::open(&args[1]).unwrap());
        let mut out = vec![];
        let mut cur = Records::new();
        let mut b = RecordBuilder::new();
        for (n, l) in f.lines().enumerate() {
            let l = l.unwrap();
            raw += l.len() as u64;
            let v: serde_json::Value = serde_json::from_str(&l).unwrap();
            b.clear();
            flat(&mut b, "", &v);
            if cur.push(&mut b, start.plus_millis(n as i64), false).is_err() {
                continue;
            }
            if cur.len() == 1024 || cur.bytes().len() > 250 * 1024 {
                out.push(std::mem::take(&mut cur));
            }
        }
        out.push(cur);
        out
    };
    let c = bench::index_blocks(&dir, &blocks).unwrap();
    println!(
        "{c:?} cpu us/event {:.2} record bytes/event {} raw/event {} index/raw {:.3}",
        c.cpu_s * 1e6 / c.events as f64,
        c.record_bytes / c.events,
        raw / c.events,
        c.index_bytes as f64 / raw as f64
    );
    if std::env::var("Q").is_ok() {
        let now = start;
        let s = bench::Searched::open(&dir, &blocks).unwrap();
        for q in std::env::var("Q").unwrap().split(';') {
            let query = match vigil_query::parse(q, now) {
                Ok(q) => q,
                Err(e) => {
                    println!("{q}: {e:?}");
                    continue;
                }
            };
            let (a, ms) = s.query(&query, 100, 3).unwrap();
            println!("{ms:9.3} ms  {q}  rows {} {:?}", a.rows.len(), a.stats);
        }
    }
}
