//! Where a line starts and ends in the language of the window: left and right, or for Arabic, Hebrew
//! and Persian the other way round. iced mirrors nothing by itself; whatever belongs to the start or
//! the end of a line is placed by these, and left and right are named only where they are meant, as
//! for the room beside a scrollbar.

use iced::Padding;
use iced::alignment::Horizontal;

use crate::text;

/// Where a line starts.
#[must_use]
pub fn start() -> Horizontal {
    if text::is_language_rtl() { Horizontal::Right } else { Horizontal::Left }
}

/// Where a line ends.
#[must_use]
pub fn end() -> Horizontal {
    if text::is_language_rtl() { Horizontal::Left } else { Horizontal::Right }
}

/// Room before a line starts, in logical pixels.
#[must_use]
pub fn padding_start(width: f32) -> Padding {
    padding_at(start(), width)
}

/// Room after a line ends, in logical pixels.
#[must_use]
pub fn padding_end(width: f32) -> Padding {
    padding_at(end(), width)
}

fn padding_at(side: Horizontal, width: f32) -> Padding {
    match side {
        Horizontal::Right => Padding::ZERO.right(width),
        Horizontal::Left | Horizontal::Center => Padding::ZERO.left(width),
    }
}
