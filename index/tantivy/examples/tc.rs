//! scratch
#![allow(clippy::all, missing_docs, clippy::print_stdout)]
use vigil_model::*;
fn main() {
    let blocks = vigil_index_tantivy::bench::synthetic(102400, Timestamp(0), 42);
    let mut c = vigil_index::TermCollector::default();
    let mut kinds = std::collections::BTreeMap::<u8, usize>::new();
    let mut frames = 0;
    let t = std::time::Instant::now();
    let mut keep = vec![];
    for b in &blocks {
        for r in b.frame_bounds() {
            for n in r {
                c.add(&b.get(n).unwrap());
            }
            frames += 1;
            keep.push(c.take());
        }
    }
    let el = t.elapsed();
    for ts in &keep {
        for t in ts.iter() {
            *kinds
                .entry(if t[0] < 0x80 { if t[0].is_ascii_digit() { b'0' } else { b'a' } } else { t[0] })
                .or_default() += 1;
        }
    }
    println!("terms: {:.3} us/event", el.as_secs_f64() * 1e6 / 102400.0);
    for (k, n) in kinds {
        println!("{k:#x} {:.1} per frame", n as f64 / frames as f64);
    }
}
