//! Prints what a durable signed append costs: `append DIR EVENTS`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let dir = arguments.next().ok_or("give a directory")?;
    let events = arguments.next().map_or(Ok(1_000_000), |text| text.parse())?;
    let figures = vigil_crdt_rocksdb::bench::append(dir.as_ref(), events)?;
    #[allow(clippy::print_stdout, reason = "printing is what it is for")]
    {
        println!("{figures:?}");
        println!("{:.0} events per CPU-second", figures.per_cpu_second());
    }
    Ok(())
}
