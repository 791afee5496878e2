//! Draws one message as a bubble: its text, how it was protected, and its delivery state.

use engine::{Delivery, Outgoing, Padlock, Provenance};
use iced::widget::{Column, Row, button, column, container, hover, row, stack, tooltip};
use iced::{Center, Element, Fill, Padding, Theme, border};

use super::delivery::{self, Retry};
use super::timeline::item::{Item, Remark, shown};
use super::{Confirmation, Message, provenance};
use crate::icon::Icon;
use crate::t;
use crate::text::{link, strip_redundant_isolates, untrusted};
use crate::theme::{self, Colors, Tone, colors, size, space};
use crate::time_format;
use crate::widget::button::focusable_button;
use crate::widget::{Text, body, small, strong};

/// Widest a bubble gets, in logical pixels: about seventy letters are read with ease.
const WIDTH_MAX: f32 = 560.0;

/// Size of the marks beside a bubble, in logical pixels. Room is left for them before the bubble
/// takes what it needs, so a long text never pushes them out.
const MARK: f32 = 14.0;

/// Room beside a message for its tools, in logical pixels.
const TOOLS: f32 = 52.0;

/// What surrounds a message.
pub(super) struct Around<'a> {
    /// How the contact is called.
    pub(super) name: &'a str,
    /// How we are called.
    pub(super) me: &'a str,
    /// Who can read what is sent now.
    pub(super) padlock: Padlock,
    /// Whether it stands under a heading of its own.
    pub(super) opens_group: bool,
    /// Whether it is our last one, whose state is always told in words.
    pub(super) is_last_of_ours: bool,
}

/// A message of theirs.
pub(super) fn received<'a>(
    item: &'a Item,
    text: &'a str,
    travelled: Provenance,
    around: &Around<'a>,
) -> Element<'a, Message> {
    let look = match travelled {
        Provenance::PlainInPrivate | Provenance::Unaccepted(_) => Look::Beware(travelled),
        Provenance::Plain | Provenance::Private(_) | Provenance::Verified(_) => Look::Theirs,
    };
    let bubble = bubble(item, text, around.name, look);
    let mark = container(mark(travelled)).width(Fill).align_x(theme::end()).align_bottom(Fill);
    let room = theme::padding_end(MARK + space::S);
    let line = stack![container(bubble).padding(room), mark];
    let tools = container(tools(item, None)).width(Fill).align_x(theme::end()).center_y(Fill);
    let line = hover(container(line).padding(theme::padding_end(TOOLS)), tools);
    let heading =
        around.opens_group.then(|| heading(around.name.to_owned(), item, Some(travelled)));
    column![].push(heading).push(line).push(remark(item, around.name)).spacing(space::XS).into()
}

/// A message of ours.
pub(super) fn sent<'a>(
    item: &'a Item,
    outgoing: &'a Outgoing,
    around: &Around<'a>,
) -> Element<'a, Message> {
    let look = match outgoing.delivery {
        Delivery::Held(_) => Look::Held,
        Delivery::Failed { .. } => Look::Failed,
        Delivery::Queued(_)
        | Delivery::Sent(_)
        | Delivery::Reported(_)
        | Delivery::Delivered(_) => Look::Ours,
    };
    let travelled = item.provenance();
    let marks = row![state(outgoing, around)].push(travelled.map(mark)).spacing(space::XS);
    let count = if travelled.is_some() { 2.0 } else { 1.0 };
    let room = theme::padding_start(count * (MARK + space::XS) + space::XS);
    let marks = container(marks).width(Fill).align_x(theme::start()).align_bottom(Fill);
    let correct = (around.is_last_of_ours && !delivery::is_exception(outgoing.delivery))
        .then_some(Message::EditLast);
    let bubble = bubble(item, &outgoing.text, around.me, look);
    let line = stack![container(bubble).padding(room), marks];
    let line = with_tools_before(line.into(), item, correct);
    let heading = around.opens_group.then(|| heading(t!("chat-you"), item, travelled));
    let below = (around.is_last_of_ours || delivery::is_exception(outgoing.delivery))
        .then(|| below(outgoing, around));
    column![]
        .push(heading)
        .push(line)
        .push(remark(item, around.name))
        .push(outgoing.resent.then(|| small(t!("message-resent"))))
        .push(below)
        .spacing(space::XS)
        .align_x(theme::end())
        .width(Fill)
        .into()
}

/// A message of ours that another device sent.
pub(super) fn sent_by_other_device<'a>(
    item: &'a Item,
    text: &'a str,
    around: &Around<'a>,
) -> Element<'a, Message> {
    let travelled = item.provenance();
    let marks = row![].push(travelled.map(mark));
    let room = theme::padding_start(MARK + 2.0 * space::XS);
    let marks = container(marks).width(Fill).align_x(theme::start()).align_bottom(Fill);
    let line = stack![container(bubble(item, text, around.me, Look::Ours)).padding(room), marks];
    let line = with_tools_before(line.into(), item, None);
    let heading = around.opens_group.then(|| heading(t!("chat-you"), item, travelled));
    column![]
        .push(heading)
        .push(line)
        .push(remark(item, around.name))
        .push(small(t!("message-other-device")))
        .spacing(space::XS)
        .align_x(theme::end())
        .width(Fill)
        .into()
}

#[derive(Clone, Copy)]
enum Look {
    Theirs,
    Ours,
    Held,
    Failed,
    /// It may not be the contact's, because of how it travelled.
    Beware(Provenance),
}

/// What is said of a message below it, and whose word that is.
fn remark<'a>(item: &Item, name: &str) -> Option<Text<'a>> {
    let words = match item.remark? {
        Remark::Edited => t!("message-edited"),
        Remark::Corrects => t!("message-corrects", name = name),
        Remark::SaidToCorrect => t!("message-said-to-correct", name = name),
    };
    Some(small(words))
}

/// The text, or the line of an action (XEP-0245) with the name of `who` acts.
fn words<'a>(start: &'a str, who: &str) -> Text<'a> {
    let text = match start.strip_prefix("/me ") {
        Some(action) => {
            // A name from right to left turns nothing of what it does.
            let line = format!("* \u{2068}{who}\u{2069} {}", untrusted::lines(action));
            body(strip_redundant_isolates(line))
                .font(theme::STRONG)
                .style(theme::tone_style(Tone::Muted))
        }
        None => body(untrusted::lines(start)),
    };
    text.size(15.0).line_height(1.4)
}

fn bubble<'a>(item: &'a Item, text: &'a str, who: &str, look: Look) -> Element<'a, Message> {
    let (start, more) = shown(text, item.steps);
    let beware = match look {
        Look::Beware(travelled) => Some(beware(travelled)),
        Look::Theirs | Look::Ours | Look::Held | Look::Failed => None,
    };
    let more = more.then(|| {
        let label = small(t!("message-show-more")).style(theme::tone_style(Tone::Accent));
        focusable_button(
            button(label).padding([2.0, 0.0]).style(theme::text_button),
            Some(Message::ShowMore(item.key)),
        )
    });
    let hosts = link::doubtful_hosts(start).into_iter().map(|host| {
        small(t!("message-host", host = host)).style(theme::tone_style(Tone::Danger)).into()
    });
    let inside =
        column![].push(beware).push(words(start, who)).extend(hosts).push(more).spacing(space::XS);
    container(inside)
        .padding([space::S, space::SM + 2.0])
        .max_width(WIDTH_MAX)
        .style(style(look))
        .into()
}

/// What can be done with a message, for whoever points at it.
fn tools<'a>(item: &Item, correct: Option<Message>) -> Row<'a, Message> {
    let tool = |icon: Icon, label: String, message: Message| {
        let face = button(icon.view(14.0, Tone::Muted)).padding(5.0).style(theme::secondary);
        with_tooltip(face.on_press(message), label)
    };
    row![].push(correct.map(|correct| tool(Icon::Pen, t!("message-edit"), correct))).push(tool(
        Icon::Copy,
        t!("message-copy"),
        Message::Copy(item.key),
    ))
}

/// A message of ours with its tools, which cover nothing of it.
fn with_tools_before<'a>(
    line: Element<'a, Message>,
    item: &Item,
    correct: Option<Message>,
) -> Element<'a, Message> {
    let tools = container(tools(item, correct)).width(Fill).align_x(theme::start()).center_y(Fill);
    hover(container(line).padding(theme::padding_start(TOOLS)), tools)
}

/// Why this may not be the contact's.
fn beware<'a>(travelled: Provenance) -> Row<'a, Message> {
    let why = provenance::warning(travelled);
    row![Icon::Warning.view(18.0, Tone::Danger), strong(why).style(theme::tone_style(Tone::Danger)),]
        .spacing(space::XS + 2.0)
}

fn style(look: Look) -> impl Fn(&Theme) -> container::Style {
    move |theme| {
        let colors: &Colors = colors(theme);
        let (background, edge, width) = match look {
            Look::Theirs => (colors.surface, colors.line, 1.0),
            Look::Ours => (colors.accent_soft, colors.accent_soft, 1.0),
            Look::Held => (colors.background, colors.muted, 1.0),
            Look::Failed => (colors.surface, colors.danger, 1.0),
            Look::Beware(_) => (colors.danger_soft, colors.danger, 2.0),
        };
        container::Style {
            text_color: Some(colors.text),
            background: Some(background.into()),
            border: border::rounded(theme::radius::CARD).color(edge).width(width),
            ..container::Style::default()
        }
    }
}

/// Who, when, and how what follows travelled.
fn heading<'a>(who: String, item: &Item, travelled: Option<Provenance>) -> Row<'a, Message> {
    let how = travelled.map(|travelled| {
        let tone = provenance::tone(travelled);
        small(provenance::word(travelled)).style(theme::tone_style(tone))
    });
    row![strong(who).size(size::SMALL), small(time_format::clock(item.at()))]
        .push(how)
        .spacing(space::S)
        .align_y(Center)
        .padding(Padding::ZERO.top(space::S))
}

/// How this very message travelled; the words show under the pointer.
fn mark<'a>(travelled: Provenance) -> Element<'a, Message> {
    let icon = provenance::icon(travelled).view(MARK, provenance::tone(travelled));
    with_tooltip(
        container(icon).padding(Padding::ZERO.bottom(11.0)),
        provenance::explained(travelled),
    )
}

/// Where this message of ours is; the words show under the pointer.
fn state<'a>(outgoing: &Outgoing, around: &Around<'a>) -> Element<'a, Message> {
    let icon = delivery::icon(outgoing.delivery).view(MARK, delivery::tone(outgoing.delivery));
    let words = delivery::words(outgoing.delivery, around.padlock, around.name);
    with_tooltip(container(icon).padding(Padding::ZERO.bottom(11.0)), words)
}

/// Where it is in words, and what can be done.
fn below<'a>(outgoing: &'a Outgoing, around: &Around<'a>) -> Column<'a, Message> {
    let tone = delivery::tone(outgoing.delivery);
    let words = delivery::words(outgoing.delivery, around.padlock, around.name);
    let words = small(words).style(theme::tone_style(tone));
    column![words].push(actions(outgoing, around.padlock)).spacing(2.0).align_x(theme::end())
}

fn actions<'a>(outgoing: &'a Outgoing, padlock: Padlock) -> Option<Row<'a, Message>> {
    if !delivery::is_exception(outgoing.delivery) {
        return None;
    }
    let id = || outgoing.id.clone();
    let retry = delivery::retry(outgoing.delivery, padlock).map(|retry| {
        let (label, message) = match retry {
            Retry::Again => (t!("message-retry"), Message::Retry { id: id(), seen: padlock }),
            Retry::Readable => (
                t!("message-retry-readable"),
                Message::Confirmation(Some(Confirmation::SendReadable(id()))),
            ),
        };
        action(Icon::Retry, label, message)
    });
    let rest = [
        action(Icon::Pen, t!("message-edit"), Message::Edit(id())),
        action(Icon::Copy, t!("message-copy"), Message::CopyOutgoing(id())),
        action(Icon::Trash, t!("message-discard"), Message::Discard(id())),
    ];
    Some(row![].push(retry).extend(rest).spacing(2.0))
}

fn action<'a>(icon: Icon, label: String, message: Message) -> Element<'a, Message> {
    let words = strong(label).size(size::SMALL).style(theme::tone_style(Tone::Accent));
    let face = row![icon.view(13.0, Tone::Accent), words].spacing(space::XS).align_y(Center);
    focusable_button(button(face).padding([3.0, 6.0]).style(theme::text_button), Some(message))
}

fn with_tooltip<'a>(face: impl Into<Element<'a, Message>>, words: String) -> Element<'a, Message> {
    let words = small(words).style(|_: &Theme| iced::widget::text::Style::default());
    let hint = container(words).padding([space::XS, space::S]).max_width(320.0).style(theme::hint);
    tooltip(face, hint, tooltip::Position::Top).gap(space::XS).into()
}
