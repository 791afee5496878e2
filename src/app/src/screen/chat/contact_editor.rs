//! The contact editor: the name in the roster and the roster groups of a contact (RFC 6121 §2).

use engine::ContactInfo;
use iced::widget::{Row, button, column, container, row, scrollable};
use iced::{Center, Element, Fill};

use crate::icon::Icon;
use crate::names::{NAME_CHARS_MAX, roster_name};
use crate::t;
use crate::text::untrusted;
use crate::theme::{self, Tone, size, space};
use crate::widget::{self, field, id};

/// Longest name of a group that can be typed, in characters.
const GROUP_CHARS_MAX: usize = 64;
/// Nobody is put into more groups.
const GROUPS_MAX: usize = 32;
/// Tallest that the groups stand here, in logical pixels; more are scrolled.
const HEIGHT_MAX: f32 = 120.0;

/// What was typed so far.
#[derive(Debug)]
pub(super) struct ContactEditor {
    name: String,
    groups: Vec<String>,
    typed: String,
}

/// What a person can do here.
#[derive(Clone, Debug)]
pub enum Message {
    /// Typed a name for them.
    Name(String),
    /// Typed the name of a group.
    Group(String),
    /// Puts them into the group that was typed.
    AddGroup,
    /// Takes them out of this group.
    RemoveGroup(String),
    /// Leaves all as it was.
    Cancel,
    /// Has it so from now on.
    Done,
}

impl Message {
    /// Whether it only changes a text.
    pub(super) const fn is_typing(&self) -> bool {
        match self {
            Self::Name(_) | Self::Group(_) => true,
            Self::AddGroup | Self::RemoveGroup(_) | Self::Cancel | Self::Done => false,
        }
    }
}

impl ContactEditor {
    /// Begins with what is so now.
    pub(super) fn of(info: &ContactInfo) -> Self {
        // As it is shown, so that what is hidden in it is not taken over.
        Self::with(roster_name(info), info.groups.clone())
    }

    /// Goes on with what was asked for before.
    pub(super) fn with(name: Option<String>, groups: Vec<String>) -> Self {
        Self { name: name.unwrap_or_default(), groups, typed: String::new() }
    }

    /// Handles what the person did.
    pub(super) fn update(&mut self, message: Message) {
        match message {
            Message::Name(name) => self.name = name,
            Message::Group(typed) => self.typed = typed.chars().take(GROUP_CHARS_MAX).collect(),
            Message::AddGroup => self.join(),
            Message::RemoveGroup(group) => self.groups.retain(|one| *one != group),
            Message::Cancel | Message::Done => {}
        }
    }

    /// Whether the name of a group was typed and not yet taken.
    pub(super) fn is_joining(&self) -> bool {
        !self.typed.trim().is_empty()
    }

    /// The name, which an empty one takes away, and the groups.
    pub(super) fn finish(mut self) -> (Option<String>, Vec<String>) {
        self.join();
        let name = untrusted::line(&self.name, NAME_CHARS_MAX);
        (Some(name).filter(|name| !name.is_empty()), self.groups)
    }

    fn join(&mut self) {
        let group = untrusted::line(&self.typed, GROUP_CHARS_MAX);
        self.typed.clear();
        if !group.is_empty() && self.groups.len() < GROUPS_MAX && !self.groups.contains(&group) {
            self.groups.push(group);
        }
    }

    /// Draws it.
    pub(super) fn view(&self) -> Element<'_, Message> {
        let name = field::input(&t!("contact-editor-name"), &self.name)
            .id(id::CONTACT_NAME)
            .on_input(Message::Name)
            .on_submit(Message::Done);
        let first = row![
            Icon::Pen.view(20.0, Tone::Accent),
            name,
            widget::primary(t!("contact-editor-done"), Some(Message::Done)),
            widget::secondary(t!("chat-cancel"), Some(Message::Cancel)),
        ]
        .spacing(space::SM)
        .align_y(Center);
        let typed = (self.groups.len() < GROUPS_MAX).then(|| {
            let input =
                field::input(&t!("contact-editor-group"), &self.typed).id(id::CONTACT_GROUP);
            input
                .padding([6.0, space::S])
                .width(180)
                .on_input(Message::Group)
                .on_submit(Message::AddGroup)
        });
        let groups = Row::with_children(self.groups.iter().map(|group| joined(group)))
            .push(typed)
            .spacing(space::XS)
            .align_y(Center)
            .wrap();
        let groups = scrollable(groups.vertical_spacing(space::XS)).style(theme::scroll);
        let second = row![
            Icon::Person.view(20.0, Tone::Accent),
            container(groups.width(Fill)).max_height(HEIGHT_MAX),
        ]
        .spacing(space::SM)
        .align_y(Center);
        column![first, second].spacing(space::S).into()
    }
}

/// A group they are in, which a click takes them out of.
fn joined<'a>(group: &str) -> Element<'a, Message> {
    let label = widget::strong(untrusted::line(group, GROUP_CHARS_MAX)).size(size::SMALL);
    let face = row![label, Icon::Cross.view(12.0, Tone::Muted)].spacing(space::XS).align_y(Center);
    let face = button(face).padding([5.0, space::S + 2.0]).style(theme::pill(false));
    let face = widget::focusable_button(face, Some(Message::RemoveGroup(group.to_owned())));
    widget::with_tooltip(face, t!("contact-editor-leave"))
}
