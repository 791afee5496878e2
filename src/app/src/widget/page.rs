//! A card alone in the window, a little above the middle; it scrolls when the window is low.

use iced::widget::{center_x, container, responsive, scrollable};
use iced::{Element, Fill};

use crate::theme::{self, space};

/// Lays out the card that `card` draws, at most `width` logical pixels wide.
pub fn page<'a, Message: 'a>(
    width: f32,
    card: impl Fn() -> Element<'a, Message> + 'a,
) -> Element<'a, Message> {
    responsive(move |size| {
        let card = container(card()).padding(space::XL).max_width(width).style(theme::card);
        let above = (size.height * 0.14).max(space::L);
        let placed = center_x(card).padding(iced::padding::all(space::L).top(above));
        scrollable(placed).style(theme::scroll).height(Fill).width(Fill).into()
    })
    .into()
}
