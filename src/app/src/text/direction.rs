//! The direction in which a line is written (bidi).

use unicode_bidi::{BidiClass, bidi_class};

use super::character::{self, Kind};

/// A mark that gives a line the direction that this one has by its first letter (UAX 9 P2, P3).
#[must_use]
pub fn mark(line: &str) -> char {
    let mut depth = 0_usize;
    for class in line.chars().map(bidi_class) {
        if matches!(class, BidiClass::FSI | BidiClass::LRI | BidiClass::RLI) {
            depth += 1;
        } else if class == BidiClass::PDI {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && matches!(class, BidiClass::R | BidiClass::AL) {
            return '\u{200f}';
        } else if depth == 0 && class == BidiClass::L {
            return '\u{200e}';
        }
    }
    '\u{200e}'
}

/// Whether a line must not break before it.
#[must_use]
pub fn belongs_to_the_letter_before(c: char) -> bool {
    match character::kind(c) {
        Kind::Combining | Kind::Selector | Kind::Joiner | Kind::Tag => true,
        Kind::Seen
        | Kind::Break
        | Kind::Blank
        | Kind::Hidden
        | Kind::Direction
        | Kind::BreakHint
        | Kind::Filler
        | Kind::Prepended => false,
    }
}
