//! Prints what taking records over from a peer costs: `accept EVENTS [DIR]`, with a directory also
//! stored there.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let events = arguments.next().map_or(Ok(2_000_000), |text| text.parse())?;
    let checked = vigil_crdt_rocksdb::bench::accept(events)?;
    say(&format!("{checked:?}\nchecked: {:.0} events per CPU-second", checked.per_cpu_second()));
    if let Some(dir) = arguments.next() {
        let stored = vigil_crdt_rocksdb::bench::receive(dir.as_ref(), events)?;
        say(&format!("{stored:?}\nchecked and stored: {:.0} events per CPU-second", stored.per_cpu_second()));
    }
    Ok(())
}

fn say(text: &str) {
    #[allow(clippy::print_stdout, reason = "printing is what it is for")]
    {
        println!("{text}");
    }
}
