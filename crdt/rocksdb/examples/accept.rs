//! Prints what checking the bodies that a peer sends costs: `accept EVENTS`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let events = std::env::args().nth(1).map_or(Ok(2_000_000), |text| text.parse())?;
    let figures = vigil_crdt_rocksdb::bench::accept(events)?;
    #[allow(clippy::print_stdout, reason = "printing is what it is for")]
    {
        println!("{figures:?}");
        println!("{:.0} events per CPU-second", figures.per_cpu_second());
    }
    Ok(())
}
