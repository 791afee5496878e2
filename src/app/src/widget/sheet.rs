//! A card over the window. What lies behind can be seen but not clicked.

use iced::Element;
use iced::widget::{center, container, mouse_area, opaque, stack};

use crate::theme::{self, space};

/// Lays `card` over `behind`; a click beside it sends `dismiss`.
pub fn sheet<'a, Message: Clone + 'a>(
    behind: impl Into<Element<'a, Message>>,
    card: impl Into<Element<'a, Message>>,
    dismiss: Message,
) -> Element<'a, Message> {
    let card = container(card).padding(space::L).max_width(560.0).style(theme::card);
    let over = center(opaque(card)).padding(space::L).style(theme::veil);
    stack![behind.into(), opaque(mouse_area(over).on_press(dismiss))].into()
}
