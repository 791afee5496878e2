//! Inserts what arrives out of order: messages of the archive (XEP-0313), its gaps, and what an earlier
//! run of the program has stored.

use std::collections::VecDeque;
use std::time::SystemTime;

use engine::{ArchiveGap, ArchivePlace, GapState};

use super::Timeline;
use super::content::Content;
use super::item::Item;

/// Number of gaps whose place is remembered; all but a few are filled soon.
const ANCHORS_MAX: usize = 64;

/// The places of gaps of the archive: pairs of the gap's number and the key of the first item below
/// it.
#[derive(Default)]
pub(super) struct Anchors(VecDeque<(u64, u64)>);

impl Anchors {
    fn find(&self, gap: u64) -> Option<u64> {
        self.0.iter().find(|anchor| anchor.0 == gap).map(|anchor| anchor.1)
    }

    /// Remembers a gap that lies above the item that is added next.
    fn drop_at(&mut self, gap: u64, next_key: u64) {
        if self.find(gap).is_some() {
            return;
        }
        if self.0.len() == ANCHORS_MAX {
            self.0.pop_front();
        }
        self.0.push_back((gap, next_key));
    }
}

impl Timeline {
    /// Adds, updates or removes the item of a gap.
    pub(in crate::screen::chat) fn observe_gap(&mut self, gap: ArchiveGap) {
        self.anchors.drop_at(gap.number, self.next_key);
        // An account that was started again tells of its gaps anew.
        let is_old = |item: &Item| item.content.gap().is_some_and(|old| old.run != gap.run);
        while let Some(index) = self.items.iter().position(is_old) {
            self.take_out(index);
        }
        let is_it = |item: &Item| item.content.gap().is_some_and(|old| old.number == gap.number);
        let index = self.items.iter().position(is_it);
        let is_shown = match gap.state {
            // Nobody needs to see the first moment of each sign-in.
            GapState::Filling => gap.before.is_some(),
            GapState::Open | GapState::Incomplete => true,
            GapState::Closed => false,
        };
        match (index.and_then(|index| self.items.get_mut(index)), is_shown) {
            (Some(item), true) => (item.content, item.height) = (Content::Gap(gap), None),
            (Some(_), false) => index.into_iter().for_each(|index| self.take_out(index)),
            (None, true) => {
                let item = self.new_item(None, Content::Gap(gap));
                let place = Some(ArchivePlace { gap: gap.number, order: i64::MIN });
                self.insert(Item { place, ..item });
            }
            (None, false) => {}
        }
    }

    /// The index at which an item of the archive, written at this time, is inserted.
    pub(super) fn index_of(&self, place: ArchivePlace, at: SystemTime) -> usize {
        let anchor = self.anchors.find(place.gap);
        let stands_above = |item: &Item| match (item.place, anchor) {
            (Some(other), _) => other <= place,
            (None, Some(anchor)) => item.key < anchor,
            // An earlier life of the program showed it, and closed its gap. What we wrote here in a
            // life like that has no place, and its time is of the same clock.
            (None, None) => item.content.outgoing().is_some() && item.at() <= at,
        };
        self.items.iter().rposition(stands_above).map_or(0, |above| above + 1)
    }

    /// Inserts an item. What is shown stays shown; if the item stands above the first new one, it
    /// becomes that.
    pub(super) fn insert_at(&mut self, index: usize, item: Item) {
        if let Some(shown) = self.kept_back_from.as_mut().filter(|shown| index < **shown) {
            *shown += 1;
        }
        if item.text().is_some()
            && let Some(first_new) = self.first_new
            && self.items.iter().skip(index).any(|below| below.key == first_new)
        {
            self.first_new = Some(item.key);
        }
        self.items.insert(index, item);
    }

    /// Removes an item.
    pub(super) fn take_out(&mut self, index: usize) {
        self.items.remove(index);
        if let Some(shown) = self.kept_back_from.as_mut().filter(|shown| index < **shown) {
            *shown -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use engine::{ChatEvent, Delivery, HeldReason, Label, Notice, Outgoing, Provenance};

    use super::super::WEIGHT_MAX;
    use super::*;

    fn received(text: &str) -> ChatEvent {
        let (text, at) = (text.to_owned(), SystemTime::now());
        let (provenance, label) = (Provenance::Plain, Label::default());
        ChatEvent::Received { text, provenance, at, label, place: None }
    }

    fn from_archive(text: &str, gap: u64, order: i64) -> ChatEvent {
        let (text, at) = (text.to_owned(), SystemTime::UNIX_EPOCH);
        let (provenance, label) = (Provenance::Plain, Label::default());
        let place = Some(ArchivePlace { gap, order });
        ChatEvent::Received { text, provenance, at, label, place }
    }

    fn gap(number: u64, state: GapState) -> ArchiveGap {
        let at = Some(SystemTime::UNIX_EPOCH);
        ArchiveGap { number, run: 0, after: at, before: at, state }
    }

    fn lines(timeline: &Timeline) -> Vec<&str> {
        let line = |item: &Item| item.content.gap().map_or("", |_| "…");
        timeline.items.iter().map(|item| item.text().unwrap_or(line(item))).collect::<Vec<_>>()
    }

    #[test]
    fn what_is_read_backwards_stands_in_order_where_it_was_missing() {
        let mut timeline = Timeline::default();
        timeline.observe(received("before"));
        timeline.observe_gap(gap(1, GapState::Filling));
        timeline.observe(received("live"));
        for (text, order) in [("5", -2), ("6", -1), ("3", -4), ("4", -3)] {
            timeline.observe(from_archive(text, 1, order));
        }
        timeline.observe(received("live, too"));
        assert_eq!(lines(&timeline), ["before", "…", "3", "4", "5", "6", "live", "live, too"]);
        // It stops, and life goes on: another absence, and only then the rest is fetched.
        timeline.observe_gap(gap(1, GapState::Open));
        timeline.observe_gap(gap(2, GapState::Filling));
        timeline.observe(from_archive("8", 2, 0));
        timeline.observe_gap(gap(2, GapState::Closed));
        timeline.observe(received("9"));
        for (text, order) in [("1", -6), ("2", -5)] {
            timeline.observe(from_archive(text, 1, order));
        }
        timeline.observe_gap(gap(1, GapState::Closed));
        let all = ["before", "1", "2", "3", "4", "5", "6", "live", "live, too", "8", "9"];
        assert_eq!(lines(&timeline), all);
    }

    #[test]
    fn what_an_earlier_life_left_stands_above_what_was_missed_since_whenever_it_is_told() {
        // In an earlier life gap 2 was read from its end on, and something came by itself.
        let left = [("4", 2, -1), ("5", 3, 0)];
        let missed = [("6", 7, 0), ("7", 7, 1)];
        let rest = [("2", 2, -3), ("3", 2, -2)];
        for told_first in [0, 1, 2] {
            let mut timeline = Timeline::default();
            let mut parts = [left, missed, rest];
            parts.rotate_left(told_first);
            timeline.observe_gap(gap(2, GapState::Open));
            timeline.observe_gap(gap(7, GapState::Filling));
            for (text, gap, order) in parts.into_iter().flatten() {
                timeline.observe(from_archive(text, gap, order));
            }
            timeline.observe_gap(gap(2, GapState::Closed));
            timeline.observe_gap(gap(7, GapState::Closed));
            timeline.observe(received("8"));
            let in_order = ["2", "3", "4", "5", "6", "7", "8"];
            assert_eq!(lines(&timeline), in_order, "{told_first}");
        }
    }

    /// What we wrote so many seconds after the beginning, and is held.
    fn held(text: &str, seconds: u64) -> ChatEvent {
        ChatEvent::Outgoing(Outgoing {
            id: text.to_owned().into(),
            text: text.to_owned(),
            at: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds),
            delivery: Delivery::Held(HeldReason::GoingPrivate),
            replaces: None,
            resent: false,
        })
    }

    fn told_earlier(seconds: u64, order: i64) -> ChatEvent {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let place = ArchivePlace { gap: 3, order };
        ChatEvent::EarlierNotice { notice: Notice::DowngradeRefused, at, place }
    }

    #[test]
    fn what_an_earlier_life_told_stands_below_what_we_had_written_by_then_and_above_what_we_wrote_since()
     {
        // What is ours is told first.
        let mut timeline = Timeline::default();
        for event in [held("first", 1), held("second", 3), told_earlier(2, 0), told_earlier(4, 1)] {
            timeline.observe(event);
        }
        assert_eq!(lines(&timeline), ["first", "", "second", ""]);
        timeline.observe(received("now"));
        assert_eq!(lines(&timeline), ["first", "", "second", "", "now"]);
    }

    #[test]
    fn what_is_put_in_between_moves_nothing_that_is_read_and_begins_what_is_new() {
        let mut timeline = Timeline::default();
        timeline.observe(received("before"));
        timeline.observe_gap(gap(1, GapState::Open));
        timeline.mark_new();
        timeline.observe(received("new"));
        let _ = timeline.scrolled(500.0, 300.0, 800.0);
        timeline.observe(received("kept back"));
        assert_eq!(timeline.waiting(), 1);
        timeline.observe(from_archive("older and new", 1, -1));
        assert_eq!(timeline.waiting(), 1, "what is shown stays shown");
        assert_eq!(timeline.first_new(), Some(timeline.items[2].key));
        timeline.observe_gap(gap(1, GapState::Closed));
        assert_eq!(timeline.waiting(), 1);
    }

    #[test]
    fn where_messages_are_missing_stays_said_however_much_is_let_go() {
        let mut timeline = Timeline::default();
        timeline.observe_gap(gap(1, GapState::Open));
        for _ in 0..3 {
            timeline.observe(received(&"x".repeat(WEIGHT_MAX / 2)));
        }
        assert!(timeline.let_go() > 0);
        assert!(lines(&timeline)[0] == "…");
        // An account that is started again begins anew.
        timeline.observe_gap(ArchiveGap { run: 1, ..gap(2, GapState::Filling) });
        assert_eq!(lines(&timeline).last(), Some(&"…"));
        assert_eq!(timeline.items.iter().filter(|item| item.content.gap().is_some()).count(), 1);
    }
}
