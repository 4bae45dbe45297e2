//! The join door, and what strangers get to see.

use vigil_gossip_libp2p::{DialFailure, TransportEvent};
use vigil_model::NodeId;

use crate::support::{config, start};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_knocks_and_is_answered() {
    let (mut host, guest) = (start(config(1)).await, start(config(2)).await);
    let addresses = ["127.0.0.1:1".to_string(), host.address.to_string()];
    let (expected, known) = (host.id(), guest.id());
    let joining = tokio::spawn(async move { guest.transport.join(&addresses, Some(expected), b"let me in").await });
    let knock = |event| match event {
        TransportEvent::Knock { peer, request, answer, .. } => Some((peer, request, answer)),
        _ => None,
    };
    let (peer, request, answer) = host.wait("knock", knock).await;
    assert_eq!((peer, request), (known, b"let me in".to_vec()));
    answer.send(b"welcome".to_vec()).expect("it waits");
    let (node, address, words) = joining.await.expect("no panic").expect("answered");
    assert_eq!((node, address, words), (host.id(), host.address.to_string(), b"welcome".to_vec()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_to_fail_has_its_own_words() {
    let (mut host, guest) = (start(config(1)).await, start(config(2)).await);
    let there = host.address.to_string();
    let other = NodeId([7; 32]);
    let wrong = guest.transport.join(std::slice::from_ref(&there), Some(start(config(3)).await.id()), b"x").await;
    let expected_other = wrong.expect_err("another key");
    assert!(matches!(&expected_other[..], [DialFailure::WrongKey { found, .. }] if *found == host.id().to_string()));
    let nobody = guest.transport.join(&["127.0.0.1:1".into(), "nonsense".into()], Some(other), b"x").await;
    assert_eq!(nobody.expect_err("nobody there").len(), 2);
    let itself = guest.transport.join(&[guest.address.to_string()], None, b"x").await.expect_err("itself");
    assert!(matches!(&itself[..], [DialFailure::Broken { why, .. }] if why.contains("itself")));
    let ignored = tokio::spawn({
        let guest = guest.transport.clone();
        async move { guest.join(&[there], None, b"x").await }
    });
    let knock = |event| if let TransportEvent::Knock { answer, .. } = event { Some(answer) } else { None };
    drop(host.wait("knock", knock).await);
    let ignored = ignored.await.expect("no panic").expect_err("no answer");
    assert!(matches!(&ignored[..], [DialFailure::Broken { .. }]), "{ignored:?}");
}
