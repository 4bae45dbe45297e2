//! Does the fold decide as people expect? One short story for each rule.

use super::*;

#[test]
fn the_founder_is_a_member_before_any_record() {
    let mut control = Control::new(cluster());
    assert!(control.members().is_empty());
    assert_eq!(control.bound(&log(0, 0)), Some(0));
    assert!(!control.introduce(&key(1)) && control.introduce(&key(0)));
    assert_eq!(active(&control), [0]);
    assert_eq!(control.bound(&log(0, 0)), None);
    assert_eq!(control.log_cluster(&log(0, 0)), Some(cluster()));
    assert_eq!(control.admissible(&key(0), &admit(1)), Ok(()));
}

#[test]
fn a_chain_of_admissions_leads_from_the_founder() {
    let control = history(&[(0, admit(1)), (1, admit(2)), (3, admit(4))]);
    assert_eq!(active(&control), [0, 1, 2]);
    assert_eq!(control.member(&key(2)).expect("admitted").by, key(1));
    assert_eq!(control.bound(&log(4, 0)), Some(0));
    assert_eq!(control.log_cluster(&log(4, 0)), None);
    assert_eq!(control.authors(), [0, 1, 2].map(key).into_iter().collect());
}

#[test]
fn strangers_who_admit_each_other_stay_strangers() {
    let control = history(&[(3, admit(4)), (4, admit(3)), (3, remove(0, 0)), (4, token(1, Role::Admin))]);
    assert_eq!(active(&control), [0]);
    assert!(control.tokens().is_empty());
}

#[test]
fn what_the_removed_wrote_beyond_its_position_falls_with_all_that_hangs_on_it() {
    let ops = [(0, admit(1)), (0, admit(2)), (1, admit(3)), (1, admit(4)), (4, token(1, Role::Reader))];
    let before = history(&ops);
    assert_eq!(active(&before), [0, 1, 2, 3, 4]);
    assert!(before.tokens().contains_key(&token_id(1)));
    let mut ops = ops.to_vec();
    ops.push((2, remove(1, 1)));
    let after = history(&ops);
    assert_eq!(active(&after), [0, 2, 3]);
    assert_eq!(after.bound(&log(1, 0)), Some(1));
    assert_eq!(after.bound(&log(1, 1)), Some(0));
    assert_eq!(after.bound(&log(4, 0)), Some(0));
    assert!(after.tokens().is_empty());
}

#[test]
fn mutual_removals_both_hold() {
    let control = history(&[(0, admit(1)), (0, remove(1, 0)), (1, remove(0, 2))]);
    assert_eq!(active(&control), [] as [u8; 0]);
    assert_eq!(control.bound(&log(0, 0)), Some(2));
    assert_eq!(control.admissible(&key(0), &admit(2)), Err(ControlError::NotMember));
}

#[test]
fn a_removal_holds_although_its_author_is_removed_below_it() {
    let control = history(&[(0, admit(1)), (0, admit(2)), (1, remove(2, 9)), (0, remove(1, 0))]);
    assert_eq!(active(&control), [0]);
}

#[test]
fn of_two_removals_the_lowest_positions_hold() {
    let both = [
        (place(0, 0, 0), record(admit(1))),
        (place(0, 0, 1), record(admit(2))),
        (place(0, 0, 2), record(remove(1, 7))),
        (
            place(2, 0, 0),
            record(Op::Remove {
                node: key(1),
                positions: vec![(log(1, 0), 5), (log(1, 1), 3)],
                reason: "laptop lost".to_owned(),
            }),
        ),
    ];
    let control = fold(&both);
    assert_eq!(control.bound(&log(1, 0)), Some(5));
    assert_eq!(control.bound(&log(1, 1)), Some(0), "the first does not name it");
}

#[test]
fn a_removed_key_never_comes_back() {
    let control = history(&[(0, admit(1)), (0, remove(1, 0)), (0, admit(1)), (0, admit(2)), (2, admit(1))]);
    assert_eq!(active(&control), [0, 2]);
    let error = control.admissible(&key(0), &admit(1)).expect_err("removed");
    assert!(matches!(error, ControlError::WasRemoved { .. }), "{error}");
}

#[test]
fn a_removal_before_the_admission_arrives_keeps_it_out() {
    let control = history(&[(0, remove(1, 0)), (0, admit(1))]);
    assert_eq!(active(&control), [0]);
}

#[test]
fn the_founder_can_be_removed_and_what_it_admitted_before_stays() {
    let control = history(&[(0, admit(1)), (0, admit(2)), (1, remove(0, 2)), (0, admit(3))]);
    assert_eq!(active(&control), [1, 2]);
    assert_eq!(control.bound(&log(0, 0)), Some(2));
}

#[test]
fn a_forked_log_grants_nothing_from_the_fork_on() {
    let control = history(&[(0, admit(1)), (1, admit(2)), (1, admit(3)), (1, remove(2, 0)), (0, fork(1, 0, 1))]);
    assert_eq!(active(&control), [0, 1], "the removal of 2 holds, the admission of 3 falls");
    assert_eq!(control.fork(&log(1, 0)).expect("proved").seq(), 1);
    assert_eq!(control.bound(&log(1, 0)), None, "a fork is told apart from an end");
}

#[test]
fn the_lowest_fork_is_the_one() {
    let control = history(&[(0, admit(1)), (0, fork(1, 0, 3)), (1, fork(1, 0, 2)), (0, fork(4, 0, 0))]);
    assert_eq!(control.fork(&log(1, 0)).expect("proved").seq(), 2);
    assert_eq!(control.forks().count(), 1, "node 4 is a stranger");
}

#[test]
fn headers_that_prove_no_fork_are_left_out() {
    let [a, _] = FORKS[&(1, 0, 0)].clone();
    let twice = Op::Fork { lower: Box::new(a.clone()), upper: Box::new(a) };
    let mut control = history(&[(0, admit(1))]);
    assert!(!control.insert(place(0, 0, 5), record(twice.clone())));
    assert!(control.admissible(&key(0), &twice).expect_err("none").to_string().contains("no fork"));
}

#[test]
fn adopted_logs_count_to_their_head_under_their_old_cluster() {
    let old = Adopted { log: log(1, 1), seq: 4, hash: Hash([7; 32]), cluster: ClusterId([8; 32]) };
    let op = Op::Admit { node: key(1), name: "b".to_owned(), profile: Profile::Edge, adopted: vec![old] };
    let control = history(&[(0, op)]);
    assert_eq!(control.adopted(&log(1, 1)), Some(&old));
    assert_eq!(control.bound(&log(1, 1)), Some(5));
    assert_eq!(control.log_cluster(&log(1, 1)), Some(ClusterId([8; 32])));
    assert_eq!(control.log_cluster(&log(1, 0)), Some(cluster()));
    assert_eq!(control.bound(&log(1, 0)), None);
}

#[test]
fn a_log_of_this_cluster_cannot_be_declared_an_earlier_one() {
    let lie = Adopted { log: log(1, 0), seq: 0, hash: Hash([7; 32]), cluster: ClusterId([8; 32]) };
    let op = Op::Admit { node: key(1), name: "b".to_owned(), profile: Profile::Full, adopted: vec![lie] };
    let control = history(&[(0, admit(1)), (0, op), (1, admit(2))]);
    assert_eq!(control.adopted(&log(1, 0)), None);
    assert_eq!(control.bound(&log(1, 0)), None);
}

#[test]
fn a_revoked_token_stays_revoked() {
    let control = history(&[(0, admit(1)), (1, Op::RevokeToken { id: token_id(1) }), (0, token(1, Role::Admin))]);
    let token = control.token_by_hash(&Hash::of("vigil token v1", &[1])).expect("known");
    assert!(token.revoked && !token.good_at(Timestamp(0)));
    assert_eq!(control.token_by_hash(&Hash::of("vigil token v1", &[2])), None);
}

#[test]
fn of_two_tokens_with_one_secret_the_weaker_is_the_one() {
    let control = history(&[(0, token(1, Role::Admin)), (0, token(1, Role::Reader)), (0, token(1, Role::Operator))]);
    assert_eq!(control.tokens()[&token_id(1)].role, Role::Reader);
}

#[test]
fn a_token_is_good_until_it_expires() {
    let Op::CreateToken { id, hash, name, role, scope, .. } = token(1, Role::Writer) else { panic!("a token") };
    let op = Op::CreateToken { id, hash, name, role, scope, expires: Some(Timestamp(10)) };
    let control = history(&[(0, op)]);
    let token = &control.tokens()[&id];
    assert!(token.good_at(Timestamp(9)) && !token.good_at(Timestamp(10)));
}

#[test]
fn the_later_name_is_the_one_whatever_the_clocks_say() {
    let named = |n: u8, seq, at, seen: &[(LogId, u64)], name: &str| {
        (place(n, 0, seq), ControlRecord { seen: seen.to_vec(), at: Timestamp(at), op: rename(2, name) })
    };
    let mut records = vec![(place(0, 0, 0), record(admit(1))), (place(0, 0, 1), record(admit(2)))];
    records.push(named(1, 0, 900, &[(log(0, 0), 2)], "first"));
    records.push(named(0, 2, 5, &[(log(1, 0), 1)], "second"));
    assert_eq!(fold(&records).member(&key(2)).expect("admitted").name, "second");
    records.push(named(1, 1, 1, &[(log(0, 0), 3)], "third"));
    assert_eq!(fold(&records).member(&key(2)).expect("admitted").name, "third");
}

#[test]
fn two_members_of_one_name_are_told_apart() {
    let same = |n| Op::Admit { node: key(n), name: "b".to_owned(), profile: Profile::Full, adopted: Vec::new() };
    let control = history(&[(0, same(1)), (0, same(2))]);
    let names: Vec<_> = [1, 2].map(|n| control.member(&key(n)).expect("admitted").name.clone()).into();
    assert!(names.contains(&"b".to_owned()) && names.iter().any(|name| name.starts_with("b-") && name.len() == 10));
    let error = control.admissible(&key(0), &rename(0, "b")).expect_err("taken");
    assert_eq!(error, ControlError::NameTaken("b".to_owned()));
}

#[test]
fn addresses_are_the_authors_own_and_the_latest() {
    let at = |address: &str| Op::Addresses { addresses: vec![address.to_owned()] };
    let control = history(&[(0, admit(1)), (1, at("a:1")), (1, at("b:2")), (0, at("c:3"))]);
    assert_eq!(control.member(&key(1)).expect("admitted").addresses, ["b:2"]);
    assert_eq!(control.member(&key(0)).expect("founder").addresses, ["c:3"]);
}

#[test]
fn heads_name_what_nothing_else_implies() {
    let mut records = vec![(place(0, 0, 0), record(admit(1))), (place(0, 0, 3), record(admit(2)))];
    assert_eq!(fold(&records).heads(), [(log(0, 0), 4)]);
    records.push((place(1, 0, 5), ControlRecord { seen: vec![(log(0, 0), 4)], ..record(admit(3)) }));
    assert_eq!(fold(&records).heads(), [(log(1, 0), 6)]);
    records.push((place(0, 0, 4), record(admit(4))));
    let mut heads = vec![(log(0, 0), 5), (log(1, 0), 6)];
    heads.sort();
    assert_eq!(fold(&records).heads(), heads);
}

#[test]
fn what_is_not_admissible_says_why() {
    let control = history(&[(0, admit(1)), (0, token(1, Role::Reader))]);
    let why = |author: u8, op: Op| control.admissible(&key(author), &op).expect_err("refused");
    assert_eq!(why(2, admit(3)), ControlError::NotMember);
    assert_eq!(why(0, admit(1)), ControlError::AlreadyMember(key(1)));
    assert_eq!(why(0, remove(2, 0)), ControlError::Unknown(key(2)));
    assert_eq!(why(1, rename(0, "a b")), ControlError::Name("a b".to_owned()));
    assert_eq!(why(1, Op::RevokeToken { id: token_id(2) }), ControlError::UnknownToken(token_id(2).to_string()));
    assert!(matches!(why(1, token(1, Role::Reader)), ControlError::Malformed(_)));
    let many = Op::Addresses { addresses: vec!["a:1".to_owned(); 9] };
    assert_eq!(why(0, many), ControlError::TooMany { what: "addresses", count: 9, max: 8 });
    assert_eq!(control.admissible(&key(1), &remove(1, 1)), Ok(()), "one may leave");
}

#[test]
fn a_free_name_is_a_name_and_free() {
    let control = history(&[(0, admit(1)), (0, admit(2)), (0, rename(2, "node-1-2"))]);
    let free = |wanted: &str| control.free_name(wanted, &key(3));
    assert_eq!(free("node-1"), "node-1-3");
    assert_eq!(free("büro 1"), "b-ro-1");
    assert_eq!(free(""), "node");
    assert_eq!(control.free_name("node-1", &key(1)), "node-1");
    assert!(control.admissible(&key(0), &rename(2, &free(&"x".repeat(500)))).is_ok());
}

#[test]
fn a_removal_is_made_of_anything_that_is_held() {
    let logs = [(log(1, 1), 4), (log(2, 0), 9), (log(1, 0), 7), (log(1, 1), 5)];
    let op = Op::remove(key(1), logs, &"ä".repeat(1_000));
    let Op::Remove { positions, reason, .. } = &op else { panic!("a removal") };
    assert_eq!(*positions, [(log(1, 0), 7), (log(1, 1), 5)]);
    assert_eq!(reason.chars().count(), 512);
    let control = history(&[(0, admit(1))]);
    assert_eq!(control.admissible(&key(0), &op), Ok(()));
    let epoch = |n: u64| Epoch([&n.to_be_bytes()[..], &[0; 8]].concat().try_into().expect("16 bytes"));
    let many = (0..7_000).map(|n| (LogId { node: key(1), epoch: epoch(n) }, n));
    let op = Op::remove(key(1), many, "");
    assert_eq!(control.admissible(&key(0), &op), Ok(()));
    let Op::Remove { positions, .. } = op else { panic!("a removal") };
    assert_eq!(positions.first().expect("some").1, 7_000 - 6_144);
}
