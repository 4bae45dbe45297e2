//! Prints what columns cost and how fast questions are answered by them: `columns DIR EVENTS`.

use std::time::Instant;

use vigil_index_tantivy::bench::{Searched, column_cost, index_blocks, synthetic};
use vigil_model::Timestamp;

const QUESTIONS: [&str; 9] = [
    "* | stats count() by (host)",
    "* | top 10 by (service)",
    "* | uniq by (host, service)",
    "* | stats by (_time:1m, level) count()",
    "* | stats by (_time:10s) count()",
    "level:error AND service:pay* | stats count() by (host)",
    "* | stats quantile(0.95, duration_ms) by (host)",
    "* | stats sum(duration_ms), max(duration_ms) by (service)",
    "* | stats count_uniq(duration_ms)",
];
const RUNS: usize = 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let dir = arguments.next().ok_or("give a directory")?;
    let events = arguments.next().map_or(Ok(1_100_000), |text| text.parse())?;
    let start = Timestamp::from_millis(1_780_272_000_000);
    let blocks = synthetic(events, start, 7);
    let cost = column_cost(&blocks);
    let index = index_blocks(dir.as_ref(), &blocks)?;
    let opened = Searched::open(dir.as_ref(), &blocks)?;
    #[allow(clippy::print_stdout, reason = "printing is what it is for")]
    {
        println!("{cost:?}");
        println!("{:.0} ns and {:.2} bytes for a record", cost.ns_per_record(), cost.bytes_per_record());
        println!("{index:?}");
        for text in QUESTIONS {
            let query = vigil_query::parse(text, start)?;
            let began = Instant::now();
            let (first, _) = opened.query(&query, 10, 1)?;
            let cold = began.elapsed().as_secs_f64() * 1_000.0;
            let cpu = opened.query_cpu(&query, 10, RUNS)?;
            let stats = first.stats;
            println!(
                "{cold:8.1} ms the first time, {cpu:7.1} ms of CPU then; {} rows by columns, {} frames read: {text}",
                stats.rows_by_columns, stats.frames_read
            );
        }
    }
    Ok(())
}
