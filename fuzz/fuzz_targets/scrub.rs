//! Does scrubbing come to an end: is a text that was scrubbed twice the same when it is scrubbed again?
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigil_ingest::scrub::Scrubber;

fuzz_target!(|text: &str| {
    let scrubber = Scrubber::usual();
    let once = scrubber.text(text);
    let twice = scrubber.text(&once);
    assert_eq!(scrubber.text(&twice), twice);
});
