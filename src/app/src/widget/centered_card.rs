//! A card alone in the window, a little above the middle; it scrolls when the window is low.

use iced::widget::{center_x, container, responsive, scrollable};
use iced::{Element, Fill};

use crate::theme::{self, space};

/// Narrower than this, in logical pixels, and there is no room to waste at the edges.
const ROOMY_WIDTH: f32 = 420.0;

/// How much room there is for a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// For words and a button side by side.
    Usual,
    /// For one below the other.
    Little,
}

/// Lays out the card that `card` draws, at most `width` logical pixels wide.
pub fn centered_card<'a, Message: 'a>(
    width: f32,
    card: impl Fn() -> Element<'a, Message> + 'a,
) -> Element<'a, Message> {
    centered_card_in(width, move |_| card())
}

/// The same, for a card that is told how much room there is.
pub fn centered_card_in<'a, Message: 'a>(
    width: f32,
    card: impl Fn(Room) -> Element<'a, Message> + 'a,
) -> Element<'a, Message> {
    responsive(move |size| {
        let room = if size.width < ROOMY_WIDTH { Room::Little } else { Room::Usual };
        let (within, beside) = match room {
            Room::Usual => (space::XL, space::L),
            Room::Little => (space::M, space::S),
        };
        let card = container(card(room)).padding(within).max_width(width).style(theme::card);
        let above = (size.height * 0.14).max(beside);
        let placed = center_x(card).padding(iced::padding::all(beside).top(above));
        scrollable(placed).style(theme::scroll).height(Fill).width(Fill).into()
    })
    .into()
}
