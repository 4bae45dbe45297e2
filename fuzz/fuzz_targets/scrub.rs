//! Is a text that was scrubbed the same when it is scrubbed again?
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigil_ingest::scrub::Scrubber;

fuzz_target!(|text: &str| {
    let scrubber = Scrubber::usual();
    let once = scrubber.text(text);
    assert_eq!(scrubber.text(&once), once);
});
