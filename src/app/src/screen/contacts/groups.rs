//! The filter by roster group above the contact list.

use std::collections::BTreeMap;

use iced::widget::text::Wrapping;
use iced::widget::{Row, button, container, row, scrollable};
use iced::{Center, Element, Fill, Padding};

use super::{Entry, Message};
use crate::icon::Icon;
use crate::t;
use crate::text::untrusted;
use crate::theme::{self, Tone, size, space};
use crate::widget;

/// How many groups are offered: names are others' text, and each is laid out.
const GROUPS_MAX: usize = 64;
/// Longest name that is shown, in characters.
const NAME_CHARS_MAX: usize = 32;
/// Tallest that they stand above the list, in logical pixels: three lines, and half of one that says
/// that there are more.
const HEIGHT_MAX: f32 = 92.0;

/// All groups by name, and the one that is looked at.
#[derive(Debug, Default)]
pub(super) struct Groups<'a> {
    names: Vec<&'a str>,
    selected: Option<&'a str>,
    /// How many messages nobody looked at are from people of other groups.
    unread_elsewhere: usize,
}

impl<'a> Groups<'a> {
    /// The groups of these contacts. One that nobody is in any more is not looked at.
    pub(super) fn of(entries: &[Entry<'a>], selected: Option<&'a str>) -> Self {
        let names = entries.iter().flat_map(|entry| entry.groups);
        let names: BTreeMap<_, _> =
            names.map(|name| ((name.to_lowercase(), name), name.as_str())).collect();
        let names: Vec<_> = names.into_values().take(GROUPS_MAX).collect();
        let selected = selected.filter(|name| names.contains(name));
        Self { names, selected, unread_elsewhere: 0 }
    }

    /// Whether somebody is to be seen.
    pub(super) fn shows(&self, entry: &Entry<'_>) -> bool {
        self.selected.is_none_or(|group| entry.groups.iter().any(|name| name == group))
    }

    /// Somebody is not seen now.
    pub(super) fn miss(&mut self, entry: &Entry<'_>) {
        self.unread_elsewhere += entry.unread;
    }

    /// Draws them, if there are any.
    pub(super) fn view(&self) -> Option<Element<'a, Message>> {
        if self.names.is_empty() {
            return None;
        }
        let all = one(t!("groups-all"), self.selected.is_none(), None, self.unread_elsewhere);
        let groups = self.names.iter().map(|name| {
            let is_selected = self.selected == Some(*name);
            let shown = untrusted::line(name, NAME_CHARS_MAX);
            // One that is called as the first is called is another all the same.
            let shown = if shown == t!("groups-all") { format!("“{shown}”") } else { shown };
            one(shown, is_selected, Some((*name).to_owned()), 0)
        });
        let lines = Row::with_children([all]).extend(groups).spacing(space::XS).wrap();
        let lines = container(lines.vertical_spacing(space::XS))
            .padding(Padding::from([2.0, space::SM]).bottom(space::S));
        let lines = scrollable(lines).style(theme::scroll).direction(super::slim()).width(Fill);
        Some(container(lines).max_height(HEIGHT_MAX).into())
    }
}

/// One that can be looked at; the one that is carries a tick.
fn one<'a>(
    label: String,
    is_selected: bool,
    group: Option<String>,
    unread: usize,
) -> Element<'a, Message> {
    let tick = is_selected.then(|| Icon::Check.view(12.0, Tone::Accent));
    let label = widget::strong(label).size(size::SMALL).wrapping(Wrapping::None);
    let face =
        row![].push(tick).push(label).push((unread > 0).then(|| super::entry::count(unread)));
    let face = button(face.spacing(space::XS).align_y(Center))
        .padding([3.0, space::S + 2.0])
        .style(theme::pill(is_selected));
    widget::focusable_button(face, Some(Message::Look(group)))
}
