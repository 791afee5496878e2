//! Base 64 of whole messages, many symbols at a time where the processor can. One symbol after
//! another is a third of the time of a long message.

use alloc::string::String;
use alloc::vec::Vec;

use base64_simd::STANDARD;

/// Appends the symbols of `bytes`, with padding. Not inlined: what is looked up here is about to be
/// sent, and nothing secret (`tests/constant_time.rs`).
#[inline(never)]
pub(super) fn encode(bytes: &[u8], text: &mut String) {
    STANDARD.encode_append(bytes, text);
}

/// The bytes of symbols with padding; `None` if anything else is among them.
pub(super) fn decode(symbols: &[u8]) -> Option<Vec<u8>> {
    STANDARD.decode_to_vec(symbols).ok()
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::{String, Vec, decode, encode};

    fn encoded(bytes: &[u8]) -> String {
        let mut text = String::new();
        encode(bytes, &mut text);
        text
    }

    #[test]
    fn every_length_is_encoded_as_the_crate_does() {
        let bytes: Vec<u8> = (0..1000_u32).map(|n| ((n * 167) >> 2) as u8).collect();
        for length in 0..=bytes.len() {
            let symbols = encoded(&bytes[..length]);
            assert_eq!(symbols, STANDARD.encode(&bytes[..length]));
            assert_eq!(decode(symbols.as_bytes()).as_deref(), Some(&bytes[..length]));
        }
    }

    #[test]
    fn every_byte_at_every_place_is_decoded_as_the_crate_does() {
        for place in 0..8 {
            for byte in 0..=255 {
                let mut symbols = vec![b'A'; 8];
                symbols[place] = byte;
                assert_eq!(decode(&symbols), STANDARD.decode(&symbols).ok(), "{symbols:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_decoded_as_the_crate_does(text in "[A-Za-f/+=.\n]{0,40}") {
            prop_assert_eq!(decode(text.as_bytes()), STANDARD.decode(&text).ok());
        }
    }
}
