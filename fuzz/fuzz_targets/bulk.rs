//! Can any bytes break what is read of a body of this protocol?
#![no_main]

use libfuzzer_sys::fuzz_target;
use vigil_fuzz::NOW;
use vigil_ingest::protocols::bulk;
use vigil_ingest::{Batch, Recipe, Writer};

fuzz_target!(|body: &[u8]| {
    let (mut writer, mut batch) = (Writer::new(Recipe::default()), Batch::new());
    let _ = bulk::bulk(body, None, &mut writer, NOW, &mut batch);
});
