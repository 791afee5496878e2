//! Base 64, several symbols at a time. The crate, which takes one after another, needs a third of
//! the time of a long message; here it still does what is at the end or irregular.

use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Two symbols for each 12 bits.
static PAIRS: [[u8; 2]; 1 << 12] = pairs();

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "both indices have 6 bits, and all of this is done by the compiler"
)]
const fn pairs() -> [[u8; 2]; 1 << 12] {
    let mut pairs = [[0; 2]; 1 << 12];
    let mut bits = 0;
    while bits < pairs.len() {
        pairs[bits] = [ALPHABET[bits >> 6], ALPHABET[bits & 0x3f]];
        bits += 1;
    }
    pairs
}

/// No symbol: more than 24 bits, wherever it stands.
const NONE: u32 = 1 << 31;
/// What a byte adds to the 24 bits as the first, second, third or fourth symbol.
static PLACES: [[u32; 256]; 4] = [place(18), place(12), place(6), place(0)];

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a symbol is a byte, there are 64 of them, and all of this is done by the compiler"
)]
const fn place(shift: u32) -> [u32; 256] {
    let mut place = [NONE; 256];
    let mut value = 0_u32;
    while value < 64 {
        place[ALPHABET[value as usize] as usize] = value << shift;
        value += 1;
    }
    place
}

/// Appends the symbols of `bytes`, with padding. Not inlined: what looks up here is about to be
/// sent, and nothing secret (`tests/constant_time.rs`).
#[inline(never)]
pub(super) fn encode(bytes: &[u8], text: &mut String) {
    /// Bytes that are encoded before they are appended.
    const RUN: usize = 192;
    let (triples, rest) = bytes.as_chunks::<3>();
    for run in triples.chunks(RUN / 3) {
        let mut symbols = [[0_u8; 4]; RUN / 3];
        for (quad, [a, b, c]) in symbols.iter_mut().zip(run) {
            let bits = u32::from_be_bytes([0, *a, *b, *c]);
            let pair = |bits: u32| PAIRS.get((bits & 0xfff) as usize).copied().unwrap_or_default();
            let ([w, x], [y, z]) = (pair(bits >> 12), pair(bits));
            *quad = [w, x, y, z];
        }
        let symbols = symbols.get(..run.len()).unwrap_or_default().as_flattened();
        text.push_str(core::str::from_utf8(symbols).unwrap_or_default());
    }
    STANDARD.encode_string(rest, text);
}

/// The bytes of symbols with padding; `None` if anything else is among them.
pub(super) fn decode(symbols: &[u8]) -> Option<Vec<u8>> {
    let (quads, odd) = symbols.as_chunks::<4>();
    // Only the last may be padded.
    let Some((last, quads)) = quads.split_last().filter(|_| odd.is_empty()) else {
        return STANDARD.decode(symbols).ok();
    };
    let mut bytes = Vec::with_capacity(quads.len().saturating_add(1).saturating_mul(3));
    let mut seen = 0;
    bytes.extend(quads.iter().flat_map(|quad| {
        let [a, b, c, d] = *quad;
        let [first, second, third, fourth] = &PLACES;
        let at = |place: &[u32; 256], symbol: u8| {
            place.get(usize::from(symbol)).copied().unwrap_or(NONE)
        };
        let bits = at(first, a) | at(second, b) | at(third, c) | at(fourth, d);
        seen |= bits;
        let [_, x, y, z] = bits.to_be_bytes();
        [x, y, z]
    }));
    if seen & NONE != 0 {
        return None;
    }
    bytes.extend_from_slice(&STANDARD.decode(last).ok()?);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

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
