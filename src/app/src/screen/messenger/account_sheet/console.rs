//! The XML console: the stanzas that an account sends and receives. It is off until the person turns it
//! on, and off again when the page is left.

use std::collections::VecDeque;

use engine::{Console as LogLevel, Flow};
use iced::widget::{column, container, row, scrollable};
use iced::{Element, Fill};

use super::Message;
use crate::icon::Icon;
use crate::text::untrusted;
use crate::theme::{self, Tone, space};
use crate::{t, widget};

/// How many stanzas are kept.
const LINES_MAX: usize = 200;
/// Longest part of a stanza that is shown, in characters.
const CHARS_MAX: usize = 2_000;
/// Height of the list, in logical pixels.
const HEIGHT: f32 = 320.0;

/// The stanzas since the page was opened.
#[derive(Default)]
pub(super) struct Console {
    level: LogLevel,
    lines: VecDeque<Line>,
    dropped: u64,
}

struct Line {
    flow: Flow,
    xml: String,
}

impl std::fmt::Debug for Console {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console").field("level", &self.level).finish_non_exhaustive()
    }
}

impl Console {
    /// Sets how much is shown from now on. What was left out stays so.
    pub(super) fn set_level(&mut self, level: LogLevel) {
        self.level = level;
    }

    /// Adds a stanza that was sent or received.
    pub(super) fn record(&mut self, flow: Flow, xml: &str, dropped: u64) {
        self.dropped = self.dropped.saturating_add(dropped);
        if self.level == LogLevel::Off {
            return;
        }
        if self.lines.len() == LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(Line { flow, xml: untrusted::line(xml, CHARS_MAX) });
    }

    pub(super) fn view<'a>(&'a self) -> Element<'a, Message> {
        let choices = [
            (LogLevel::Off, t!("console-off"), t!("console-off-about")),
            (LogLevel::Hidden, t!("console-hidden"), t!("console-hidden-about")),
            (LogLevel::Whole, t!("console-whole"), t!("console-whole-about")),
        ]
        .map(|(one, label, about)| {
            widget::radio_row(label, Some(about), one == self.level, Message::Watch(one))
        });
        let dropped = (self.dropped > 0).then(|| {
            let count = i64::try_from(self.dropped).unwrap_or(i64::MAX);
            widget::hint(t!("console-dropped", count = count))
        });
        column![
            widget::title(t!("console")),
            widget::note(Icon::Warning, Tone::Warning, t!("console-warning")),
        ]
        .extend(choices)
        .push((self.level != LogLevel::Off).then(|| self.list()))
        .push(dropped)
        .spacing(space::SM)
        .into()
    }

    fn list(&self) -> Element<'_, Message> {
        let lines = self.lines.iter().map(|line| {
            let (mark, tone) = match line.flow {
                Flow::In => ("←", Tone::Muted),
                Flow::Out => ("→", Tone::Text),
            };
            let xml = widget::small(line.xml.as_str()).font(theme::MONO);
            row![
                widget::small(mark).font(theme::MONO),
                xml.style(theme::tone_style(tone)).width(Fill)
            ]
            .spacing(space::S)
            .into()
        });
        let list = column![].extend(lines).spacing(space::XS).padding(space::S);
        let list = scrollable(list).anchor_bottom().style(theme::scroll).height(HEIGHT);
        container(list.width(Fill)).style(theme::note(Tone::Text)).width(Fill).into()
    }
}
