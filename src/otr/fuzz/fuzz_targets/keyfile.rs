//! The key files of other clients.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| otr::fuzzing::keyfile(data));
