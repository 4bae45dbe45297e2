//! Can any bytes break the format `cri`?
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigil_ingest::Format;

fuzz_target!(|body: &[u8]| vigil_fuzz::format(Format::Cri, body));
