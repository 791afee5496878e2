//! Anything from the network, to one of ours.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| otr::fuzzing::receive(data));
