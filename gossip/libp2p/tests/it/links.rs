//! Links between members: frames, pulls, ends.

use vigil_gossip::Goodbye;
use vigil_gossip_libp2p::{StreamError, TransportEvent};

use crate::support::{config, pair, start};

const FRAME_BYTES: usize = 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_go_both_ways_in_order_and_whole() {
    let (mut a, from_a, mut b, from_b) = pair().await;
    for number in 0..500u32 {
        assert!(a.transport.send(from_a, 1, &number.to_be_bytes().repeat(number as usize), 7));
    }
    assert!(b.transport.send(from_b, 2, &vec![5; FRAME_BYTES - 1], 1));
    for number in 0..500u32 {
        let (link, tag, bytes) = b.frame().await;
        assert_eq!((link, tag, bytes), (from_b, 1, number.to_be_bytes().repeat(number as usize)));
    }
    assert_eq!(a.frame().await, (from_a, 2, vec![5; FRAME_BYTES - 1]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_left_is_told_exactly() {
    let (mut a, from_a, _b, _) = pair().await;
    for _ in 0..100 {
        assert!(a.transport.send(from_a, 1, &[0; 1000], 11));
    }
    let mut left = 0;
    while left < 1_100 {
        left += a
            .wait("sent", |event| if let TransportEvent::Sent { bytes, .. } = event { Some(bytes) } else { None })
            .await;
    }
    assert_eq!(left, 1_100);
    assert_eq!(a.transport.stats(from_a).map(|stats| stats.waiting), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pull_brings_many_frames_to_a_slow_reader() {
    let (a, from_a, mut b, from_b) = pair().await;
    let serving = tokio::spawn(async move {
        let asked = |event| if let TransportEvent::Asked(serving) = event { Some(serving) } else { None };
        let mut serving = b.wait("pull", asked).await;
        assert_eq!((serving.link(), serving.request()), (from_b, &b"all of it"[..]));
        for number in 0..100u8 {
            serving.send(&vec![number; FRAME_BYTES]).await.expect("the reader is slow, not gone");
        }
        serving.send(b"end").await.expect("it goes");
        serving.finish().await.expect("it ends");
        b
    });
    let mut reader = a.transport.pull(from_a, b"all of it").await.expect("a stream");
    for number in 0..100u8 {
        if number % 10 == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let frame = reader.next().await.expect("it comes").expect("not the end");
        assert!(frame.len() == FRAME_BYTES && frame.iter().all(|byte| *byte == number));
    }
    assert_eq!(reader.next().await, Ok(Some(b"end".to_vec())));
    assert_eq!(reader.next().await, Ok(None));
    serving.await.expect("no panic");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_goes_away_ends_the_answer() {
    let (a, from_a, mut b, _) = pair().await;
    let reader = a.transport.pull(from_a, b"x").await.expect("a stream");
    let asked = |event| if let TransportEvent::Asked(serving) = event { Some(serving) } else { None };
    let mut serving = b.wait("pull", asked).await;
    drop(reader);
    let gone = async { while serving.send(&vec![0; FRAME_BYTES]).await.is_ok() {} };
    tokio::time::timeout(crate::support::PATIENCE, gone).await.expect("it is told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hanging_up_sends_what_waits_and_says_why() {
    let (mut a, from_a, mut b, from_b) = pair().await;
    for number in 0..50u8 {
        a.transport.send(from_a, 1, &[number; 10_000], 0);
    }
    a.transport.hang_up(from_a, Goodbye::Faults);
    assert!(!a.transport.send(from_a, 1, &[0], 0), "nothing enters a link that ends");
    for number in 0..50u8 {
        assert_eq!(b.frame().await.2, vec![number; 10_000]);
    }
    let (link, goodbye, _) = b.disconnected().await;
    assert_eq!((link, goodbye), (from_b, Some(Goodbye::Faults)));
    assert_eq!(a.disconnected().await.0, from_a);
    assert!(matches!(a.transport.pull(from_a, b"x").await, Err(StreamError::NoLink)));
    // Both dial again, and there is a link again.
    assert_ne!(a.connected().await.link, from_a);
    assert_ne!(b.connected().await.link, from_b);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_says_goodbye_and_a_node_that_comes_back_is_linked_again() {
    let (mut a, _, b, _) = pair().await;
    let address = b.address;
    b.transport.stop().await;
    assert_eq!(a.disconnected().await.1, Some(Goodbye::Stopping));
    drop(b);
    let mut config = config(2);
    config.listen = address;
    let b = start(config).await;
    b.knows(&[&a]);
    assert_eq!(a.connected().await.peer, b.id());
}
