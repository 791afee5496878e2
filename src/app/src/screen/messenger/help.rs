//! The dialog with the keyboard shortcuts.

use iced::widget::{column, container, row};
use iced::{Element, Fill};

use crate::theme::{self, space};
use crate::widget::id;
use crate::{t, widget};

/// The shortcuts, and a button that sends `close`.
pub(super) fn view<'a, Message: Clone + 'a>(close: Message) -> Element<'a, Message> {
    let rows = [
        ("Ctrl+K", t!("help-search")),
        ("Ctrl+N", t!("help-new-contact")),
        ("Alt+↑ / Alt+↓", t!("help-step")),
        ("Enter", t!("help-send")),
        ("Shift+Enter", t!("help-break")),
        ("Ctrl+Shift+P", t!("help-go-private")),
        ("Ctrl+Shift+V", t!("help-verify")),
        ("Ctrl + / − / 0", t!("help-text-size")),
        ("Tab", t!("help-tab")),
        ("Esc", t!("help-escape")),
        ("Ctrl+W", t!("help-close")),
        ("Ctrl+Q", t!("help-quit")),
    ];
    let table = column(rows.map(|(keys, words)| {
        row![
            container(widget::strong(keys).style(theme::tone_style(theme::Tone::Accent)))
                .width(124.0),
            widget::body(words).width(Fill)
        ]
        .into()
    }))
    .spacing(space::S);
    column![
        widget::title(t!("help-title")),
        table,
        column![widget::primary_at(id::SHEET, t!("close"), Some(close))]
            .width(Fill)
            .align_x(theme::end()),
    ]
    .spacing(space::M)
    .into()
}
