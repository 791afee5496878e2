//! Messages in pieces.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| otr::fuzzing::fragment(data));
