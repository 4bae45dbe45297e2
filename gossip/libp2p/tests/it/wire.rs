//! What small frames weigh on the wire.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::samples;
use crate::support::pair;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn announcements_shrink_by_the_dictionary() {
    let (a, from_a, mut b, _) = pair().await;
    let raw = AtomicU64::new(0);
    // Others than those that the dictionary was trained on.
    for frame in samples::frames(99, 300) {
        raw.fetch_add(frame.len() as u64, Ordering::Relaxed);
        assert!(a.transport.send(from_a, frame[0], &frame[1..], 0));
        let (_, tag, bytes) = b.frame().await;
        assert_eq!((tag, &bytes[..]), (frame[0], &frame[1..]));
    }
    let (raw, sent) = (raw.into_inner(), a.transport.stats(from_a).expect("open").sent);
    // About half of a frame is hashes and signatures, which do not shrink.
    assert!(sent * 10 < raw * 7, "{sent} of {raw} bytes");
}
