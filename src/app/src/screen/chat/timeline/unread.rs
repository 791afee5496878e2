//! Decides whether the person has seen all new messages: the line above the first was in view, and
//! nothing waits below.

use super::{Scroll, Timeline};

/// Height of the line above the first new item and some air, in logical pixels.
const ABOVE: f32 = 48.0;

impl Timeline {
    /// Whether all new messages were in view: the line above the first of them was, and none is kept back
    /// below.
    pub(in super::super) fn is_new_seen(&mut self) -> bool {
        self.new_seen |= self.is_new_in_sight();
        self.new_seen && self.waiting() == 0
    }

    /// Number of new messages, if the first of them was never in view.
    pub(in super::super) fn new_above(&self) -> Option<usize> {
        if self.new_seen || self.is_new_in_sight() {
            return None;
        }
        let new = self.items.iter().skip(self.first_new_index()?);
        Some(new.filter(|item| item.content.is_news()).count())
    }

    /// Scrolls to the line above the first new message.
    pub(in super::super) fn show_new(&mut self) -> Scroll {
        let Some(first) = self.first_new_index() else { return Scroll::Stay };
        self.kept_back_from.get_or_insert(self.items.len());
        self.from_end = (self.above_end(first) + ABOVE - self.viewport).max(0.0);
        Scroll::To(self.from_end)
    }

    fn is_new_in_sight(&self) -> bool {
        self.first_new_index()
            .is_none_or(|first| self.above_end(first) <= self.from_end + self.viewport)
    }

    fn first_new_index(&self) -> Option<usize> {
        let first = self.first_new?;
        self.items.iter().position(|item| item.key >= first)
    }

    /// Distance of the top of this item from the end, in logical pixels.
    fn above_end(&self, index: usize) -> f32 {
        let shown = self.items.iter().take(self.shown());
        shown.skip(index).map(|item| item.height(self.width)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::received;
    use super::*;

    const VIEWPORT: f32 = 400.0;

    fn with_new(count: usize) -> Timeline {
        let mut timeline = Timeline::default();
        let _ = timeline.scrolled(0.0, VIEWPORT, 800.0);
        timeline.observe(received("known", engine::Provenance::Plain));
        timeline.mark_new();
        for number in 0..count {
            timeline.observe(received(&format!("new {number}"), engine::Provenance::Plain));
        }
        timeline
    }

    #[test]
    fn what_fits_is_seen_at_once() {
        let mut timeline = with_new(3);
        assert_eq!(timeline.new_above(), None);
        assert!(timeline.is_new_seen());
        assert!(Timeline::default().is_new_seen(), "nothing is new");
    }

    #[test]
    fn what_begins_above_is_seen_once_the_person_was_there_and_back_at_the_end() {
        let mut timeline = with_new(60);
        assert!(!timeline.is_new_seen());
        assert_eq!(timeline.new_above(), Some(60));
        let Scroll::To(from_end) = timeline.show_new() else { panic!("there is a way") };
        let _ = timeline.scrolled(from_end, VIEWPORT, 800.0);
        assert!(timeline.is_new_seen());
        assert_eq!(timeline.new_above(), None);
        timeline.observe(received("and one more", engine::Provenance::Plain));
        assert!(!timeline.is_new_seen(), "it waits below");
        let _ = timeline.show_end();
        assert!(timeline.is_new_seen());
        // What is new later is new again.
        timeline.mark_new();
        for _ in 0..60 {
            timeline.observe(received("again", engine::Provenance::Plain));
        }
        assert!(!timeline.is_new_seen());
        timeline.clear_new();
        assert!(timeline.is_new_seen(), "whoever answers has read");
    }
}
