//! Do nodes that exchange only the blocks that count come to one state, after removals that did
//! not know of each other?
//!
//! Each node takes another's blocks below the bounds of its own fold, and both must be members in
//! each other's eyes. Not verified here: forks, and links that fail half-way.

use proptest::prelude::*;

use super::*;

/// A node: the blocks that it holds (one record each), and what follows.
#[derive(Clone)]
struct World {
    logs: BTreeMap<LogId, Vec<ControlRecord>>,
    control: Control,
    me: u8,
}

impl World {
    fn new(me: u8) -> World {
        let mut control = Control::new(cluster());
        control.introduce(&key(0));
        World { logs: BTreeMap::new(), control, me }
    }

    fn own_log(&self) -> LogId {
        log(self.me, 0)
    }

    fn held(&self, log: &LogId) -> u64 {
        self.logs.get(log).map_or(0, |blocks| blocks.len() as u64)
    }

    fn take(&mut self, log: LogId, record: ControlRecord) {
        let place = Place { log, seq: self.held(&log), offset: 0 };
        assert!(self.control.insert(place, record.clone()));
        self.logs.entry(log).or_default().push(record);
    }

    fn author(&mut self, op: Op) {
        let record = ControlRecord { seen: self.control.heads(), at: Timestamp(0), op };
        self.take(self.own_log(), record);
    }

    /// Whatever a person at this node asks for, if it is admissible.
    fn ask(&mut self, op: Op) {
        if self.control.admissible(&key(self.me), &op).is_ok() {
            self.author(op);
        }
    }

    fn removal_of(&self, n: u8) -> Op {
        let positions = vec![(log(n, 0), self.held(&log(n, 0)))];
        Op::Remove { node: key(n), positions, reason: String::new() }
    }

    fn restate(&mut self) {
        for op in self.control.restate(&key(self.me)) {
            self.author(op);
        }
    }

    /// Takes the blocks of `other` that count; whether there was one.
    fn pull(&mut self, other: &World) -> bool {
        let linked = self.control.active(&key(other.me)) && other.control.active(&key(self.me));
        let mut moved = false;
        while linked && self.pull_one(other) {
            moved = true;
        }
        moved
    }

    fn pull_one(&mut self, other: &World) -> bool {
        for (log, blocks) in &other.logs {
            let next = self.held(log);
            let counts = self.control.bound(log).is_none_or(|bound| next < bound);
            if let Some(record) = blocks.get(next as usize)
                && counts
            {
                self.take(*log, record.clone());
                return true;
            }
        }
        false
    }
}

#[derive(Clone, Debug)]
enum Step {
    Admit(u8, u8),
    Remove(u8, u8),
    Revoke(u8, u8),
    Pull(u8, u8),
    Restate(u8),
}

fn any_step() -> impl Strategy<Value = Step> {
    let node = || 0..NODES;
    prop_oneof![
        1 => (node(), node()).prop_map(|(by, n)| Step::Admit(by, n)),
        2 => (node(), node()).prop_map(|(by, n)| Step::Remove(by, n)),
        1 => (node(), 0..3u8).prop_map(|(by, n)| Step::Revoke(by, n)),
        6 => (node(), node()).prop_map(|(to, from)| Step::Pull(to, from)),
        2 => node().prop_map(Step::Restate),
    ]
}

/// Everyone is admitted and knows it.
fn founded() -> Vec<World> {
    let mut founder = World::new(0);
    (1..NODES).for_each(|n| founder.author(admit(n)));
    (0..3).for_each(|secret| founder.author(token(secret, Role::Reader)));
    let follow = |n| World { me: n, ..founder.clone() };
    (0..NODES).map(follow).collect()
}

fn run(worlds: &mut [World], step: &Step) {
    match *step {
        Step::Admit(by, n) => worlds[usize::from(by)].ask(admit(n)),
        Step::Remove(by, n) => {
            let op = worlds[usize::from(by)].removal_of(n);
            worlds[usize::from(by)].ask(op);
        }
        Step::Revoke(by, n) => worlds[usize::from(by)].ask(Op::RevokeToken { id: token_id(n) }),
        Step::Pull(to, from) => pull(worlds, to, from),
        Step::Restate(n) => worlds[usize::from(n)].restate(),
    }
}

fn pull(worlds: &mut [World], to: u8, from: u8) {
    let other = worlds[usize::from(from)].clone();
    worlds[usize::from(to)].pull(&other);
}

/// Everyone exchanges with everyone and restates until nothing moves.
fn calm(worlds: &mut [World]) {
    for _ in 0..40 {
        let before: Vec<usize> = worlds.iter().map(|world| world.control.len()).collect();
        for to in 0..NODES {
            (0..NODES).for_each(|from| pull(worlds, to, from));
            worlds[usize::from(to)].restate();
        }
        if worlds.iter().map(|world| world.control.len()).eq(before) {
            return;
        }
    }
    panic!("restating never ends");
}

/// What every node must agree on: members, positions, tokens, and the end of each log.
fn view(world: &World) -> impl PartialEq + std::fmt::Debug + use<> {
    let logs: Vec<_> = (0..NODES).map(|n| log(n, 0)).collect();
    let ends: Vec<_> = logs.iter().map(|log| world.control.bound(log).unwrap_or(world.held(log))).collect();
    (world.control.members().clone(), world.control.tokens().clone(), ends, world.control.heads())
}

/// Every two members that see each other as members agree.
fn check(worlds: &[World]) -> Result<(), TestCaseError> {
    for a in worlds {
        for b in worlds {
            if a.control.active(&key(b.me)) && b.control.active(&key(a.me)) && a.control.active(&key(a.me)) {
                prop_assert!(b.control.active(&key(b.me)), "{} knows that {} is removed", b.me, b.me);
                prop_assert_eq!(view(a), view(b), "{} and {}", a.me, b.me);
            }
        }
    }
    Ok(())
}

#[test]
fn a_cluster_cut_in_two_by_mutual_removals_agrees_again() {
    let mut worlds = founded();
    // 0 removes 1 and tells 2; 1 removes 0 and tells 3.
    for step in [Step::Remove(0, 1), Step::Remove(1, 0), Step::Pull(2, 0), Step::Pull(3, 1)] {
        run(&mut worlds, &step);
    }
    assert_eq!(active(&worlds[2].control), [0, 2, 3, 4, 5]);
    assert_eq!(active(&worlds[3].control), [1, 2, 3, 4, 5]);
    calm(&mut worlds);
    for world in &worlds[2..] {
        assert_eq!(active(&world.control), [2, 3, 4, 5], "{}", world.me);
    }
    check(&worlds).expect("one state");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn after_calm_members_agree(steps in prop::collection::vec(any_step(), 0..60)) {
        let mut worlds = founded();
        let mut removed: Vec<Vec<NodeId>> = vec![Vec::new(); worlds.len()];
        for step in &steps {
            run(&mut worlds, step);
            for (world, removed) in worlds.iter().zip(&mut removed) {
                prop_assert!(removed.iter().all(|node| !world.control.active(node)), "nobody comes back");
                removed.extend(world.control.members().keys().filter(|node| !world.control.active(node)));
                removed.dedup();
            }
        }
        calm(&mut worlds);
        check(&worlds)?;
    }
}
