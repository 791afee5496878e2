//! A modal dialog: a card over the window. What lies behind is seen but cannot be clicked.

use iced::widget::{center, container, mouse_area, opaque, scrollable, stack};
use iced::{Element, Fill, Size};

use super::id;
use crate::theme::{self, space};

/// Smaller than this, in logical pixels, and there is no room to waste at the edges.
const ROOMY: Size = Size::new(480.0, 420.0);

/// Lays `card` over `behind`, which has this size; a click beside it sends `dismiss`. A card that is
/// higher than that scrolls.
pub fn modal<'a, Message: Clone + 'a>(
    behind: impl Into<Element<'a, Message>>,
    card: impl Into<Element<'a, Message>>,
    dismiss: Message,
    size: Size,
) -> Element<'a, Message> {
    let (beside, within) = if size.width < ROOMY.width || size.height < ROOMY.height {
        (space::S, space::SM)
    } else {
        (space::L, space::L)
    };
    // The scrollbar stands in what is left free at the edge.
    let padding = iced::padding::all(within).right(within.max(space::M));
    let card = scrollable(container(card).padding(padding).width(Fill))
        .id(id::ON_SHEET)
        .style(theme::scroll);
    let card = container(card.width(Fill)).max_width(560.0).style(theme::card);
    let over = center(opaque(card)).padding(beside).style(theme::scrim);
    stack![behind.into(), opaque(mouse_area(over).on_press(dismiss))].into()
}
