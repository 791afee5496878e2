//! Two of ours and an outsider, by a script.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| otr::fuzzing::two_parties(data));
