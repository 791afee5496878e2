//! Texts with records behind them.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| otr::fuzzing::tlv(data));
