//! Draws the timeline: day separators, messages, notices, gaps, and the buttons to its end and to what is
//! new.

use std::time::SystemTime;

use engine::{Notice, Padlock};
use iced::widget::{button, column, container, row, rule, scrollable, stack};
use iced::{Center, Element, Fill, Padding, Theme};

use super::bubble::{self, Around};
use super::notice::{self, Tone as Loudness};
use super::timeline::Timeline;
use super::timeline::content::Content;
use super::timeline::item::Item;
use super::{Message, gap};
use crate::icon::Icon;
use crate::t;
use crate::theme::{self, Tone, colors, space};
use crate::time_format;
use crate::widget::button::focusable_button;
use crate::widget::keyed_column::KeyedColumn;
use crate::widget::{hint, id, small, strong};

/// Widest the history gets, in logical pixels.
const WIDTH_MAX: f32 = 920.0;

/// Draws the rows near the viewport, and room for the others.
pub(super) fn view<'a>(
    timeline: &'a Timeline,
    (name, me): (&'a str, &'a str),
    padlock: Padlock,
    now: SystemTime,
) -> Element<'a, Message> {
    let window = timeline.window();
    let items = timeline.items();
    let last_of_ours =
        items.iter().rev().find(|item| item.content.outgoing().is_some()).map(|item| item.key);
    let before = window.items.start.checked_sub(1).and_then(|index| items.get(index));
    let shown = items.get(window.items.clone()).unwrap_or_default();
    let befores = std::iter::once(before).chain(shown.iter().map(Some));
    let built = shown.iter().zip(befores).map(|(item, before)| {
        let around = Around {
            name,
            me,
            padlock,
            opens_group: item.opens_group(before),
            is_last_of_ours: last_of_ours == Some(item.key),
        };
        let new = (timeline.first_new() == Some(item.key)).then(new_line);
        let day = item.opens_day(before).then(|| day_line(item, now));
        // Above the first that is left.
        let gone = before.is_none() && timeline.let_go() > 0;
        let gone = gone.then(|| small(t!("chat-let-go", count = timeline.let_go())));
        let gone = gone.map(|words| container(words).center_x(Fill).padding(space::SM));
        let row = column![].push(gone).push(day).push(new).push(line(item, &around)).width(Fill);
        let row = container(row).padding([3.0, 0.0]);
        (item.key, row.into())
    });
    let built =
        KeyedColumn::new(built).room(window.above, window.below).on_measured(Message::Measured);
    let inside = container(built).max_width(WIDTH_MAX).padding([space::S, space::L]);
    let scroll = scrollable(container(inside).center_x(Fill))
        .id(id::TIMELINE)
        .anchor_bottom()
        .width(Fill)
        .on_scroll(|viewport| Message::Scrolled {
            from_end: viewport.absolute_offset().y,
            viewport: viewport.bounds().height,
            width: viewport.bounds().width,
        })
        .style(theme::scroll);
    stack![KeyedColumn::one(
        timeline.epoch(),
        container(scroll).align_bottom(Fill).width(Fill).into()
    )]
    .push(timeline.is_scrolled_up().then(|| to_end(timeline.waiting())))
    .push(timeline.new_above().map(to_new))
    .into()
}

fn line<'a>(item: &'a Item, around: &Around<'a>) -> Element<'a, Message> {
    match &item.content {
        Content::Received { text, provenance, .. } => {
            bubble::received(item, text, *provenance, around)
        }
        Content::Outgoing(outgoing) => bubble::sent(item, outgoing, around),
        Content::SentByOtherDevice { text, .. } => bubble::sent_by_other_device(item, text, around),
        Content::Notice { notice, at } => notice_line(notice, around.name, *at),
        Content::Gap(gap) => gap::view(gap),
    }
}

fn notice_line<'a>(notice: &Notice, name: &str, at: SystemTime) -> Element<'a, Message> {
    let words = notice::words(notice, name, at);
    let (icon, tone) = match notice::tone(notice) {
        Loudness::Quiet => (Icon::Info, Tone::Muted),
        Loudness::Warning => (Icon::Warning, Tone::Warning),
    };
    let inside = row![icon.view(14.0, tone), small(words).style(theme::tone_style(tone))]
        .spacing(space::XS + 2.0)
        .align_y(Center);
    let pill = container(inside).padding([5.0, space::SM]).max_width(640.0);
    let pill = match notice::tone(notice) {
        Loudness::Quiet => pill,
        Loudness::Warning => pill.style(theme::note(Tone::Warning)),
    };
    container(pill).center_x(Fill).padding([space::XS, 0.0]).into()
}

fn day_line<'a>(item: &Item, now: SystemTime) -> Element<'a, Message> {
    let words = time_format::day_in_words(time_format::day(item.at()), time_format::day(now));
    rule_with(small(words).into(), theme::line)
}

fn new_line<'a>() -> Element<'a, Message> {
    let words = small(t!("chat-new")).font(theme::STRONG).style(theme::tone_style(Tone::Accent));
    rule_with(words.into(), |theme| rule::Style {
        color: colors(theme).accent,
        ..theme::line(theme)
    })
}

fn rule_with<'a>(
    words: Element<'a, Message>,
    style: fn(&Theme) -> rule::Style,
) -> Element<'a, Message> {
    let line = || rule::horizontal(1).style(style);
    row![line(), words, line()].spacing(space::SM).align_y(Center).padding([space::SM, 0.0]).into()
}

/// The way to what is new, where that begins above what is in sight.
fn to_new<'a>(count: usize) -> Element<'a, Message> {
    let words = strong(t!("chat-new-above", count = count)).style(theme::tone_style(Tone::Accent));
    let face = row![Icon::ChevronUp.view(16.0, Tone::Accent), words]
        .spacing(space::XS + 2.0)
        .align_y(Center);
    let button = button(face).padding([space::S, space::M]).style(theme::secondary);
    let button = focusable_button(button, Some(Message::ToNew));
    container(button).center_x(Fill).padding(Padding::ZERO.top(space::S)).into()
}

/// The way back to the end, and how many messages wait there.
fn to_end<'a>(waiting: usize) -> Element<'a, Message> {
    let words = if waiting == 0 {
        hint(t!("chat-to-end"))
    } else {
        strong(t!("chat-new-messages", count = waiting)).style(theme::tone_style(Tone::Accent))
    };
    let face = row![Icon::ChevronDown.view(16.0, Tone::Accent), words]
        .spacing(space::XS + 2.0)
        .align_y(Center);
    let button = button(face).padding([space::S, space::M]).style(theme::secondary);
    let button = focusable_button(button, Some(Message::ToEnd));
    container(button)
        .align_bottom(Fill)
        .center_x(Fill)
        .padding(Padding::ZERO.bottom(space::S))
        .into()
}
