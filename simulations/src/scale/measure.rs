//! What is measured of a large cluster: the first meeting, idleness, work, and a return.

use std::collections::BTreeMap;

use crate::scale::field::{Field, Meter};
use crate::scale::scenario::Scenario;

/// Figures by name; all of them are better when they are lower.
pub(crate) type Figures = BTreeMap<String, u64>;

/// Virtual milliseconds within which a cluster must come into step.
const PATIENCE_MS: u64 = 600_000;
/// Between two looks.
const LOOK_MS: u64 = 50;
const MS: u64 = 1_000_000;

/// Plays a scenario.
pub(crate) fn measure(scenario: &Scenario) -> Result<Figures, String> {
    let mut figures = Figures::new();
    let mut field = Field::new(scenario.clone());
    meet(&mut field, &mut figures)?;
    rest(&mut field, &mut figures);
    work(&mut field, &mut figures)?;
    come_back(&mut field, &mut figures)?;
    Ok(figures)
}

/// Nobody knows anything of the others; then everybody knows all.
fn meet(field: &mut Field, figures: &mut Figures) -> Result<(), String> {
    field.link_all();
    let took = until(field, "all meet", Field::in_step)?;
    let meter = take(field);
    let nodes = field.scenario.nodes as u64;
    figures.insert("meet: virtual ms".to_owned(), took);
    figures.insert("meet: talk bytes per node".to_owned(), meter.talk_bytes / nodes);
    figures.insert("meet: messages per node".to_owned(), meter.messages / nodes);
    figures.insert("meet: redundant headers percent".to_owned(), percent(meter.redundant, meter.headers));
    Ok(())
}

/// Nothing happens. A round is one look of both ends of a link at each other.
fn rest(field: &mut Field, figures: &mut Figures) {
    field.run(5_000);
    take(field);
    let idle_ms = field.scenario.idle_ms;
    field.run(idle_ms);
    let meter = take(field);
    let rounds = (field.link_count() as u64 * idle_ms / 1_000).max(1);
    figures.insert("idle: bytes per link and second".to_owned(), meter.talk_bytes / rounds);
    let seconds = (idle_ms / 1_000).max(1);
    figures
        .insert("idle: bytes per node and second".to_owned(), meter.talk_bytes / seconds / field.scenario.nodes as u64);
}

/// Blocks are written everywhere, and spread to everyone.
fn work(field: &mut Field, figures: &mut Figures) -> Result<(), String> {
    let (rate, work_ms) = (field.scenario.blocks_per_second, field.scenario.work_ms);
    let blocks = rate * work_ms / 1_000;
    field.delays.clear();
    for n in 0..blocks {
        let at_ms = n * work_ms / blocks;
        let next_ms = (n + 1) * work_ms / blocks;
        let machine = field.some_machine();
        field.seal(machine);
        field.run(next_ms - at_ms);
    }
    until(field, "all hold what was written", Field::in_step)?;
    let meter = take(field);
    let nodes = field.scenario.nodes as u64;
    let mut delays: Vec<u64> = field.delays.iter().map(|delay| delay / MS).collect();
    delays.sort_unstable();
    let at = |percent: usize| delays.get((delays.len() * percent / 100).min(delays.len() - 1)).copied().unwrap_or(0);
    if delays.is_empty() {
        return Err("no block reached everyone".to_owned());
    }
    figures.insert("work: ms to everyone, median".to_owned(), at(50));
    figures.insert("work: ms to everyone, p99".to_owned(), at(99));
    figures.insert("work: talk bytes per block and node".to_owned(), meter.talk_bytes / nodes / blocks);
    let ideal = blocks * (nodes - 1) * u64::from(field.scenario.header_bytes + field.scenario.body_bytes);
    let moved = meter.announced_bytes + meter.pulled_bytes;
    figures.insert("work: percent of the least bytes".to_owned(), percent(moved, ideal));
    figures.insert("work: redundant headers percent".to_owned(), percent(meter.redundant, meter.headers));
    Ok(())
}

/// One machine was away while the others worked.
fn come_back(field: &mut Field, figures: &mut Figures) -> Result<(), String> {
    let away = field.scenario.nodes / 2;
    field.leave(away);
    for _ in 0..field.scenario.missed {
        let machine = field.some_machine();
        field.seal(machine);
        field.run(2);
    }
    until(field, "the others hold what was written", Field::in_step)?;
    field.run(5_000);
    take(field);
    field.come_back(away);
    let took = until(field, "it has caught up", |field| field.caught_up(away))?;
    let meter = take(field);
    let links = (field.scenario.links as u64).max(1);
    figures.insert("return: virtual ms".to_owned(), took);
    figures.insert("return: talk bytes per link".to_owned(), meter.talk_bytes / links);
    Ok(())
}

fn until(field: &mut Field, what: &str, holds: impl Fn(&Field) -> bool) -> Result<u64, String> {
    let began = field.now_ns;
    while (field.now_ns - began) / MS < PATIENCE_MS {
        field.run(LOOK_MS);
        if holds(field) {
            return Ok((field.now_ns - began) / MS);
        }
    }
    Err(format!("not within {} s: {what}", PATIENCE_MS / 1_000))
}

fn take(field: &mut Field) -> Meter {
    std::mem::take(&mut field.meter)
}

fn percent(part: u64, whole: u64) -> u64 {
    (part * 100).checked_div(whole).unwrap_or(0)
}
