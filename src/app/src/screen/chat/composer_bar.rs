//! The bar with the composer below the timeline. Its frame shows who can read what is typed.

use engine::{ContactInfo, Padlock, Subscription};
use iced::widget::{button, container, mouse_area, row, text_editor};
use iced::{Center, Element, Fill, Size, Theme, border};

use super::Message;
use super::composer::{self, Composer};
use super::view::ROOMY_HEIGHT;
use crate::icon::Icon;
use crate::t;
use crate::theme::{self, Tone, colors, space};
use crate::widget::button::{focusable_button, with_tooltip};
use crate::widget::{body, id, padlock as lock, strong};

/// Tallest the composer grows, in logical pixels; then it scrolls.
const HEIGHT_MAX: f32 = 180.0;
/// The same as a share of the conversation, where that is low.
const SHARE_MAX: f32 = 0.35;
/// Narrower than this, in logical pixels, and there is no room for words in the button.
const ROOMY_WIDTH: f32 = 480.0;

/// The composer; closed while the person has to choose how to go on. While something else `asks`,
/// nothing is sent.
pub(super) fn view<'a>(
    composer: &'a Composer,
    (padlock, closed, asks): (Padlock, Option<Closed>, bool),
    (name, is_online): (&str, bool),
    size: Size,
) -> Element<'a, Message> {
    let words = closed.map_or_else(|| placeholder(padlock, name, is_online), |why| why.words(name));
    let editor: Element<'_, Message> = match closed {
        // What is typed while the other side ends it is a draft like any other: it is kept, and
        // stays here until the person has chosen how to go on.
        None | Some(Closed::Finished) => editor(composer, padlock, words, size),
        // Nothing can be typed, and no caret says otherwise.
        Some(Closed::Unaccepted | Closed::Blocked) => {
            let words = body(words).size(15.0).style(theme::tone_style(Tone::Muted));
            container(words).padding([space::S, space::XS]).width(Fill).into()
        }
    };
    let closed = closed.is_some();
    let ready = !closed && !asks && !composer.is_blank();
    let is_low = size.height < ROOMY_HEIGHT;
    let send = Message::Composer(composer::Message::Send { seen: padlock });
    let has_room = size.width >= ROOMY_WIDTH;
    let label = strong(send_label(padlock)).style(theme::tone_style(Tone::OnAccent));
    let label = row![Icon::Send.view(16.0, Tone::OnAccent)]
        .push(has_room.then_some(label))
        .spacing(space::XS + 2.0)
        .align_y(Center);
    let send = focusable_button(
        button(label).padding([if is_low { 6.0 } else { 9.0 }, space::M]).style(theme::primary),
        ready.then_some(send),
    );
    // The same words wherever they stand.
    let send = if has_room { send } else { with_tooltip(send, send_label(padlock)) };
    let who = lock::icon(padlock).view(18.0, lock::tone(padlock));
    let beside = if is_low { 5.0 } else { 10.0 };
    let line = row![container(who).padding([beside, 0.0]), editor, send]
        .spacing(space::S)
        .align_y(iced::Bottom);
    let frame = container(line)
        .padding([if is_low { space::XS } else { space::XS + 2.0 }, space::SM])
        .width(Fill)
        .style(move |theme: &Theme| frame(theme, padlock, closed));
    let around = if has_room { [space::SM, space::M] } else { [space::XS, space::S] };
    // Whoever misses it by a little goes on writing.
    mouse_area(container(frame).padding(around).width(Fill))
        .on_press(Message::BesideComposer)
        .into()
}

/// The text editor in the bar.
fn editor(
    composer: &Composer,
    padlock: Padlock,
    words: String,
    size: Size,
) -> Element<'_, Message> {
    let is_empty = composer.content().text().is_empty();
    text_editor(composer.content())
        .id(id::COMPOSER)
        .placeholder(words)
        .size(15.0)
        .padding([if size.height < ROOMY_HEIGHT { space::XS } else { space::S }, space::XS])
        .max_height(HEIGHT_MAX.min(size.height * SHARE_MAX))
        .key_binding(move |press| composer::key_binding(press, padlock, is_empty).map(wrap))
        .on_action(|action| Message::Composer(composer::Message::Edited(action)))
        .style(ink)
        .into()
}

/// Why nothing can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// The person has to choose how to go on.
    Finished,
    /// The contact waits to be accepted; nothing answers them before.
    Unaccepted,
    /// The server keeps the contact away.
    Blocked,
}

impl Closed {
    fn words(self, name: &str) -> String {
        match self {
            Self::Finished => t!("composer-finished"),
            Self::Unaccepted => t!("composer-unaccepted", name = name),
            Self::Blocked => t!("composer-blocked", name = name),
        }
    }
}

/// Why nothing can be sent now, if so.
pub(super) const fn closed(padlock: Padlock, info: &ContactInfo) -> Option<Closed> {
    match info.subscription {
        _ if info.blocked => Some(Closed::Blocked),
        Subscription::Requested | Subscription::Wrote => Some(Closed::Unaccepted),
        Subscription::None | Subscription::Asked | Subscription::OneWay | Subscription::Both => {
            if is_closed(padlock) {
                Some(Closed::Finished)
            } else {
                None
            }
        }
    }
}

/// Whether this padlock lets nothing be sent.
pub(super) const fn is_closed(padlock: Padlock) -> bool {
    matches!(padlock, Padlock::Finished)
}

fn placeholder(padlock: Padlock, name: &str, is_online: bool) -> String {
    match padlock {
        Padlock::NotPrivate => t!("composer-plain"),
        Padlock::Unasked => t!("composer-unasked"),
        Padlock::Starting => t!("composer-starting"),
        // Of who is there nothing is known while we are not.
        Padlock::Waiting if !is_online => t!("composer-offline"),
        Padlock::Waiting => t!("composer-waiting", name = name),
        Padlock::Unanswered => t!("composer-unanswered", name = name),
        Padlock::Private(_) | Padlock::Verified(_) => t!("composer-private"),
        Padlock::Finished => t!("composer-finished"),
        Padlock::KeyChanged(_) => t!("composer-key-changed"),
        Padlock::Doubted(_) => t!("composer-doubted"),
    }
}

fn send_label(padlock: Padlock) -> String {
    match padlock {
        Padlock::NotPrivate | Padlock::Finished => t!("composer-send"),
        Padlock::Private(_) | Padlock::Verified(_) => t!("composer-send-private"),
        // A moment, and not until somebody is back or something is decided.
        Padlock::Unasked | Padlock::Starting => t!("composer-send-starting"),
        Padlock::Waiting | Padlock::Unanswered | Padlock::KeyChanged(_) | Padlock::Doubted(_) => {
            t!("composer-send-later")
        }
    }
}

fn wrap(binding: text_editor::Binding<composer::Message>) -> text_editor::Binding<Message> {
    use text_editor::Binding;
    match binding {
        Binding::Custom(message) => Binding::Custom(Message::Composer(message)),
        Binding::Sequence(all) => Binding::Sequence(all.into_iter().map(wrap).collect()),
        Binding::Unfocus => Binding::Unfocus,
        Binding::Copy => Binding::Copy,
        Binding::Cut => Binding::Cut,
        Binding::Paste => Binding::Paste,
        Binding::Move(motion) => Binding::Move(motion),
        Binding::Select(motion) => Binding::Select(motion),
        Binding::SelectWord => Binding::SelectWord,
        Binding::SelectLine => Binding::SelectLine,
        Binding::SelectAll => Binding::SelectAll,
        Binding::Insert(c) => Binding::Insert(c),
        Binding::Enter => Binding::Enter,
        Binding::Backspace => Binding::Backspace,
        Binding::Delete => Binding::Delete,
    }
}

fn ink(theme: &Theme, status: text_editor::Status) -> text_editor::Style {
    let colors = colors(theme);
    let value = match status {
        text_editor::Status::Disabled => colors.muted,
        text_editor::Status::Active
        | text_editor::Status::Hovered
        | text_editor::Status::Focused { .. } => colors.text,
    };
    text_editor::Style {
        background: iced::Color::TRANSPARENT.into(),
        border: border::width(0),
        placeholder: colors.muted,
        value,
        selection: colors.accent.scale_alpha(0.25),
    }
}

fn frame(theme: &Theme, padlock: Padlock, closed: bool) -> container::Style {
    let colors = colors(theme);
    let edge = match padlock {
        Padlock::Unasked
        | Padlock::Starting
        | Padlock::Waiting
        | Padlock::Unanswered
        | Padlock::Finished => colors.line,
        Padlock::NotPrivate
        | Padlock::Private(_)
        | Padlock::Verified(_)
        | Padlock::KeyChanged(_)
        | Padlock::Doubted(_) => colors.of(lock::tone(padlock)).scale_alpha(0.55),
    };
    let background = if closed { colors.background } else { colors.surface };
    container::Style {
        background: Some(background.into()),
        border: border::rounded(theme::radius::CARD).color(edge).width(1.0),
        ..container::Style::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_out_in_a_moment_is_told_from_what_waits_for_somebody() {
        assert_eq!(send_label(Padlock::Starting), "Send when private");
        assert_eq!(send_label(Padlock::Unasked), "Send when private");
        assert_eq!(send_label(Padlock::Waiting), "Send later");
    }

    #[test]
    fn while_we_are_offline_nothing_is_said_of_when_they_are_back() {
        let said = |is_online| placeholder(Padlock::Waiting, "Bob", is_online);
        assert_eq!(said(true), "Goes out privately when Bob is back");
        assert_eq!(said(false), "Kept here while you are offline");
    }
}
