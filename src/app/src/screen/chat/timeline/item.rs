//! One item of the timeline: its place, its names, and how tall it is likely to be.

use std::time::{Duration, SystemTime};

use engine::{ArchivePlace, Label, MessageId, Provenance};

use super::content::{Content, Side};
use crate::time_format;

/// Characters of one message that are drawn at first, and that each "show more" adds.
pub(in crate::screen::chat) const SHOWN_STEP: usize = 1_500;

/// What a character counts that the built-in font lacks. If no other has it either, looking for it costs
/// the window's thread up to half a millisecond, and anybody can send thousands.
const FOREIGN_COST: usize = 4;

/// Our own font has Latin, Greek and Cyrillic: everything below.
const FOREIGN_FROM: char = '\u{530}';

/// Line breaks drawn within the same step; a thousand empty lines are as long as a novel.
pub(in crate::screen::chat) const LINES_STEP: usize = 40;

/// Number of ids that an item remembers, however often it is corrected.
const NAMES_MAX: usize = 16;

/// Messages of one side closer than this stand under one heading.
const GROUP_GAP: Duration = Duration::from_secs(5 * 60);

/// A message, a notice or a gap at its place in the timeline.
pub(in crate::screen::chat) struct Item {
    /// Identifies the item as long as it exists, wherever it moves.
    pub(in crate::screen::chat) key: u64,
    /// What it holds.
    pub(in crate::screen::chat) content: Content,
    /// Ids of the messages shown here: of the first one, and of its corrections (XEP-0308).
    pub(in crate::screen::chat) names: Vec<Name>,
    /// What a correction of ours replaced, until it has gone out: it may be taken back.
    pub(in crate::screen::chat) before: Option<Content>,
    /// What is said below it about corrections.
    pub(in crate::screen::chat) remark: Option<Remark>,
    /// How many times "show more" was pressed, plus one.
    pub(in crate::screen::chat) steps: usize,
    /// Its height in logical pixels as last drawn.
    pub(in crate::screen::chat) height: Option<f32>,
    /// Its place in the archive, if it is from there.
    pub(in crate::screen::chat) place: Option<ArchivePlace>,
}

/// The id of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::screen::chat) enum Name {
    /// Set by the author, inside the encryption or by this program.
    Own(MessageId),
    /// Set outside the encryption, where servers can change it.
    Given(MessageId),
}

impl Name {
    /// Of a message of theirs.
    pub(in crate::screen::chat) fn of(label: &Label) -> Option<Self> {
        match label {
            Label::Outside { id, .. } => id.clone().map(Self::Given),
            Label::Inside { id, .. } => Some(Self::Own(id.clone())),
        }
    }

    pub(in crate::screen::chat) const fn id(&self) -> &MessageId {
        match self {
            Self::Own(id) | Self::Given(id) => id,
        }
    }
}

/// What is said below a message about corrections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::screen::chat) enum Remark {
    /// It replaced an earlier message.
    Edited,
    /// It claims, inside the encryption, to correct an earlier one, which is still shown.
    Corrects,
    /// The same outside the encryption, where anybody on the way can claim it.
    SaidToCorrect,
}

impl Item {
    pub(in crate::screen::chat) fn new(key: u64, name: Option<Name>, content: Content) -> Self {
        let names = name.into_iter().collect();
        Self {
            key,
            content,
            names,
            before: None,
            remark: None,
            steps: 1,
            height: None,
            place: None,
        }
    }

    /// Memory that it takes, in bytes: its texts, and a fixed amount for the rest.
    pub(in crate::screen::chat) fn weight(&self) -> usize {
        const AROUND: usize = 256;
        AROUND + self.content.weight() + self.before.as_ref().map_or(0, Content::weight)
    }

    /// Whether one of its messages has this id, whoever set it.
    pub(in crate::screen::chat) fn is_called(&self, id: &MessageId) -> bool {
        self.names.iter().any(|name| name.id() == id)
    }

    /// Whether one of its messages has this id, set by its author.
    pub(in crate::screen::chat) fn calls_itself(&self, id: &MessageId) -> bool {
        self.names.iter().any(|name| matches!(name, Name::Own(own) if own == id))
    }

    /// Replaces what it holds by a correction.
    pub(in crate::screen::chat) fn correct(&mut self, name: Option<Name>, content: Content) {
        self.before = Some(std::mem::replace(&mut self.content, content));
        self.names.extend(name);
        if self.names.len() > NAMES_MAX {
            // The first, which most programs give, and the latest.
            self.names.remove(1);
        }
        self.remark = Some(Remark::Edited);
        self.height = None;
    }

    /// Takes back a correction that never went out; returns whether there was one.
    pub(in crate::screen::chat) fn restore(&mut self) -> bool {
        let Some(before) = self.before.take() else { return false };
        self.content = before;
        self.names.pop();
        let is_edited = self.content.outgoing().is_some_and(|one| one.replaces.is_some());
        self.remark = is_edited.then_some(Remark::Edited);
        self.height = None;
        true
    }

    /// When it happened.
    pub(in crate::screen::chat) const fn at(&self) -> SystemTime {
        self.content.at()
    }

    /// Who wrote it; nobody wrote a notice.
    pub(in crate::screen::chat) const fn side(&self) -> Option<Side> {
        self.content.side()
    }

    /// The text of a message; notices have none.
    pub(in crate::screen::chat) fn text(&self) -> Option<&str> {
        self.content.text()
    }

    /// How the message was protected; `None` while it is held or cannot be sent.
    pub(in crate::screen::chat) const fn provenance(&self) -> Option<Provenance> {
        self.content.provenance()
    }

    /// Whether a day separator stands above it, given the item before it.
    pub(in crate::screen::chat) fn opens_day(&self, before: Option<&Self>) -> bool {
        before.is_none_or(|before| time_format::day(before.at()) != time_format::day(self.at()))
    }

    /// Whether it starts a group of messages with a heading, given the item before it.
    pub(in crate::screen::chat) fn opens_group(&self, before: Option<&Self>) -> bool {
        let Some(before) = before else { return true };
        let one_side = self.side().is_some() && self.side() == before.side();
        let near = self.at().duration_since(before.at()).is_ok_and(|gap| gap < GROUP_GAP);
        let alike = before.provenance() == self.provenance();
        !(one_side && near && alike) || self.opens_day(Some(before))
    }

    /// The height as drawn, or an estimate for a timeline of this width; logical pixels.
    pub(in crate::screen::chat) fn height(&self, width: f32) -> f32 {
        self.height.unwrap_or_else(|| self.guess(width))
    }

    fn guess(&self, width: f32) -> f32 {
        const GLYPH: f32 = 7.0;
        const LINE: f32 = 21.0;
        const AROUND: f32 = 24.0;
        let Some(text) = self.text() else { return 36.0 };
        let per_line = ((width * 0.7) / GLYPH).max(16.0) as usize;
        let (shown, _) = shown(text, self.steps);
        let lines: usize =
            shown.split('\n').map(|line| line.chars().count().div_ceil(per_line).max(1)).sum();
        AROUND + LINE * lines as f32
    }
}

/// The part of a text that is drawn after this many "show more", and whether there is more.
pub(in crate::screen::chat) fn shown(text: &str, steps: usize) -> (&str, bool) {
    let (cost_max, lines_max) = (SHOWN_STEP * steps, LINES_STEP * steps);
    let (mut cost, mut lines) = (0, 0);
    for (end, c) in text.char_indices() {
        cost += if c < FOREIGN_FROM { 1 } else { FOREIGN_COST };
        lines += usize::from(c == '\n');
        if cost > cost_max || lines > lines_max {
            return (text.get(..end).unwrap_or_default(), true);
        }
    }
    (text, false)
}

#[cfg(test)]
mod tests {
    use engine::Notice;

    use super::*;

    fn received(at: SystemTime) -> Item {
        let content =
            Content::Received { text: "hi".to_owned(), provenance: Provenance::Plain, at };
        Item::new(0, None, content)
    }

    #[test]
    fn messages_of_one_side_within_five_minutes_share_a_heading() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(12 * 3600);
        let first = received(now);
        let soon = received(now + Duration::from_secs(60));
        let late = received(now + Duration::from_secs(600));
        assert!(first.opens_group(None));
        assert!(!soon.opens_group(Some(&first)));
        assert!(late.opens_group(Some(&soon)));
    }

    #[test]
    fn a_notice_in_between_asks_for_a_new_heading() {
        let at = SystemTime::now();
        let notice = Item::new(1, None, Content::Notice { notice: Notice::EndedByUs, at });
        assert!(received(at).opens_group(Some(&notice)));
    }

    #[test]
    fn a_row_remembers_its_first_name_and_the_latest_however_often_it_is_corrected() {
        let id = |number: usize| MessageId::from(number.to_string());
        let name = |number| Name::Own(id(number));
        let content = || received(SystemTime::UNIX_EPOCH).content;
        let mut item = Item::new(0, Some(name(0)), content());
        for number in 1..1_000 {
            item.correct(Some(name(number)), content());
        }
        assert_eq!(item.names.len(), NAMES_MAX);
        assert!(item.is_called(&id(0)) && item.is_called(&id(999)) && item.is_called(&id(990)));
    }

    #[test]
    fn another_day_is_told() {
        let now = SystemTime::now();
        let old = received(now - Duration::from_secs(25 * 3600));
        assert!(received(now).opens_day(Some(&old)));
        assert!(!received(now).opens_day(Some(&received(now))));
    }

    #[test]
    fn long_texts_are_cut_by_characters_and_by_lines() {
        let long = "ü".repeat(SHOWN_STEP + 1);
        let (start, more) = shown(&long, 1);
        assert_eq!((start.chars().count(), more), (SHOWN_STEP, true));
        assert_eq!(shown(&long, 2), (long.as_str(), false));

        let foreign = "ا".repeat(SHOWN_STEP);
        assert_eq!(shown(&foreign, 1).0.chars().count(), SHOWN_STEP / FOREIGN_COST);

        let tall = "\n".repeat(LINES_STEP * 10);
        let (start, more) = shown(&tall, 1);
        assert_eq!((start.len(), more), (LINES_STEP, true));
    }
}
