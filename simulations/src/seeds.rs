//! Which seeds run in which world, on all processors, and how a failure is told.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::{ClusterStats, Outcome, Stats, Sums, World, run, say};

/// Seeds that failed once, each with a line why: always run first.
const REGRESSIONS: &str = include_str!("../regressions.txt");

/// Runs the kept seeds and then `count` from `from` on, each in one world or in both.
pub fn run_all(count: &u64, from: u64, world: Option<&str>) -> bool {
    let Some(worlds) = worlds(world) else { return false };
    let mut jobs: Vec<(World, u64)> = regressions(REGRESSIONS).filter(|(world, _)| worlds.contains(world)).collect();
    let kept = jobs.len();
    jobs.extend((from..from.saturating_add(*count)).flat_map(|seed| worlds.iter().map(move |world| (*world, seed))));
    let all = Gathering::new(jobs.len());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(|| all.work(&jobs)))));
    let passed = !all.failed.load(Ordering::Relaxed);
    if passed {
        say(&format!("{count} seeds and {kept} kept ones pass"));
        all.sums.lock().map(|sums| sums.tell(&worlds)).unwrap_or_default();
    }
    passed
}

/// Runs one seed again; with `verbose` every line of its trace is printed.
pub fn replay(seed: u64, world: Option<&str>, verbose: bool) -> Result<bool, String> {
    let worlds = worlds(world).ok_or("the worlds are `alone` and `cluster`")?;
    let mut passed = true;
    for world in worlds {
        let outcome = run(world, seed, verbose);
        match &outcome.result {
            Ok(stats) => {
                let (hash, lines) = (outcome.trace_hash, outcome.trace_lines);
                say(&format!("seed {seed} passes in the world {world}; trace {hash:016x}, {lines} lines\n{stats}"));
            }
            Err(_) => {
                tell(&outcome);
                passed = false;
            }
        }
    }
    Ok(passed)
}

fn worlds(name: Option<&str>) -> Option<Vec<World>> {
    match name {
        None => Some(World::ALL.to_vec()),
        Some(name) => World::ALL.into_iter().find(|world| world.name() == name).map(|world| vec![world]),
    }
}

/// What the threads share.
struct Gathering {
    next: AtomicU64,
    failed: AtomicBool,
    jobs: usize,
    sums: Mutex<Sums>,
}

impl Gathering {
    fn new(jobs: usize) -> Gathering {
        Gathering { next: AtomicU64::new(0), failed: AtomicBool::new(false), jobs, sums: Mutex::default() }
    }

    /// Takes seed after seed until there is none, or one fails.
    fn work(&self, jobs: &[(World, u64)]) {
        while !self.failed.load(Ordering::Relaxed) {
            let n = self.next.fetch_add(1, Ordering::Relaxed) as usize;
            let Some((world, seed)) = jobs.get(n) else { break };
            let outcome = run(*world, *seed, false);
            let Ok(mut sums) = self.sums.lock() else { break };
            match &outcome.result {
                Ok(stats) => sums.add(stats),
                Err(_) => {
                    tell(&outcome);
                    self.failed.store(true, Ordering::Relaxed);
                }
            }
            if (n + 1).is_multiple_of(200) {
                say(&format!("{} of {}", n + 1, self.jobs));
            }
        }
    }
}

fn tell(outcome: &Outcome) {
    let Err(violation) = &outcome.result else { return };
    outcome.last.iter().for_each(|line| say(line));
    let (seed, world) = (outcome.seed, outcome.world);
    say(&format!("seed {seed} breaks a promise in the world {world}: {}", violation.invariant));
    say(&format!("  {}", violation.what));
    say(&format!("replay: cargo xtask sim --replay {seed} --world {world}"));
}

/// Lines of `world seed why`; a seed without a world is of the node alone.
fn regressions(text: &str) -> impl Iterator<Item = (World, u64)> {
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines.map(|line| {
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or_default();
        let named = World::ALL.into_iter().find(|world| world.name() == first);
        let seed = if named.is_some() { words.next().unwrap_or_default() } else { first };
        let seed = seed.parse().expect("a line of regressions.txt names a seed");
        (named.unwrap_or(World::Alone), seed)
    })
}

impl Sums {
    fn add(&mut self, stats: &crate::WorldStats) {
        match stats {
            crate::WorldStats::Alone(stats) => self.alone.add(stats),
            crate::WorldStats::Cluster(stats) => self.cluster.add(stats),
        }
    }

    fn tell(&self, worlds: &[World]) {
        let (none, nothing): (Stats, ClusterStats) = Default::default();
        if worlds.contains(&World::Alone) && self.alone != none {
            say(&format!("alone: {}", self.alone));
        }
        if worlds.contains(&World::Cluster) && self.cluster != nothing {
            say(&format!("cluster: {}", self.cluster));
        }
    }
}
