//! A stretch of the archive that is not told, and how it is filled: backwards.

use std::collections::HashMap;

use xmpp::{ArchivePage, ArchivePosition, ForwardedMessage};

use super::names::Names;
use super::record::{Position, Stretch};
use crate::message::{ArchiveGap, GapState};

/// A gap, and how far it is filled.
#[derive(Debug)]
pub(super) struct Gap {
    pub(super) kept: Stretch,
    /// Whether it could not be read since we signed in.
    pub(super) has_stopped: bool,
    /// Which run of the account tells of it.
    run: u64,
    /// How many names were known when it was opened; nothing that was told later lies before it.
    /// Of an earlier process nobody knows.
    opened_at: u64,
    /// What the window was told last, and whether an end was known then.
    told: Option<(GapState, bool)>,
    /// Whether anything was read that is no newer than what was told before the gap: then nothing
    /// lies between that is not in the archive.
    touches_after: bool,
}

/// What is to be told of a page.
pub(super) struct Taken<'a> {
    /// Oldest first, each with its place in the gap.
    pub(super) messages: Vec<(&'a ForwardedMessage, i64)>,
    /// Whether it was the first page of the gap, so that what it ends with is the newest.
    pub(super) is_newest: bool,
    /// What becomes of the gap, if nothing is left of it.
    pub(super) end: Option<GapState>,
}

impl Gap {
    /// One that an earlier process left.
    pub(super) const fn new(kept: Stretch, run: u64) -> Self {
        Self { kept, has_stopped: false, run, opened_at: 0, told: None, touches_after: false }
    }

    /// All that follows this one, where so many names are known.
    pub(super) fn after(number: u64, after: Option<Position>, names: u64, run: u64) -> Self {
        let kept =
            Stretch { number, after, before: None, is_after_gone: false, since: None, lowest: 0 };
        Self { opened_at: names, ..Self::new(kept, run) }
    }

    /// A session began, where all gaps are told of.
    pub(super) const fn is_told_anew(&mut self) {
        self.told = None;
    }

    /// What the window is told of it, if that is news.
    pub(super) fn news(&mut self, state: GapState) -> Option<ArchiveGap> {
        let told = (state, self.kept.before.is_some());
        (self.told.replace(told) != Some(told)).then(|| self.told(state))
    }

    /// What the window is told of it.
    pub(super) fn told(&self, state: GapState) -> ArchiveGap {
        let at = |position: &Option<Position>| position.as_ref().and_then(|position| position.at);
        let (after, before) = (at(&self.kept.after), at(&self.kept.before));
        ArchiveGap { number: self.kept.number, run: self.run, after, before, state }
    }

    /// Begins where an older one begins.
    pub(super) fn take_over(&mut self, older: Self) {
        let Stretch { after, is_after_gone, since, .. } = older.kept;
        self.kept.after = after;
        (self.kept.is_after_gone, self.kept.since) = (is_after_gone, since);
    }

    /// Takes in the next page of it. `None` if that is the same page again.
    pub(super) fn take<'a>(&mut self, page: &'a ArchivePage, names: &Names) -> Option<Taken<'a>> {
        let is_newest = self.kept.before.is_none();
        let Some(first) = page.first() else {
            return Some(Taken { messages: Vec::new(), is_newest, end: Some(self.at_the_end()) });
        };
        let position = Position::from(first);
        let is_same = self.kept.before.as_ref().is_some_and(|before| before.id == position.id);
        if is_same && !page.complete {
            return None;
        }
        let told = self.told_of(page);
        let fresh = page.entries.iter().skip(told);
        let orders: HashMap<&str, i64> =
            fresh.rev().zip(1..).map(|(entry, nth)| (&*entry.id, self.kept.lowest - nth)).collect();
        self.kept.lowest -= i64::try_from(page.entries.len()).unwrap_or_default();
        let order =
            |message: &ForwardedMessage| orders.get(message.archive_id.as_deref()?).copied();
        let messages = page.messages.iter();
        let messages = messages.filter_map(|message| Some((message, order(message)?))).collect();
        self.touches_after |= self.touches(page, names);
        self.kept.before = Some(position);
        let end = if told > 0 {
            Some(GapState::Closed)
        } else {
            page.complete.then(|| self.at_the_end())
        };
        Some(Taken { messages, is_newest, end })
    }

    /// Whether a page has anything that is older than what was told before the gap. Of one second
    /// nobody knows, since stamps may be cut to that.
    pub(super) fn touches(&self, page: &ArchivePage, names: &Names) -> bool {
        let Some(after) = &self.kept.after else { return true };
        let is_told = |entry: &ArchivePosition| {
            Some(&entry.id) == after.id.as_ref() || entry.at.is_some_and(|at| Some(at) < after.at)
        };
        names.knew_any(page, self.opened_at) || page.entries.iter().any(is_told)
    }

    /// How many entries at the beginning of a page were told before there was a gap.
    fn told_of(&self, page: &ArchivePage) -> usize {
        let after = self.kept.after.as_ref().filter(|_| !self.kept.is_after_gone);
        let after = after.and_then(|after| after.id.as_deref());
        let since = self.kept.since.filter(|_| self.kept.is_after_gone);
        let is_told = |entry: &ArchivePosition| {
            Some(&*entry.id) == after
                || since.is_some_and(|since| entry.at.is_some_and(|at| at < since))
        };
        page.entries.iter().rposition(is_told).map_or(0, |last| last + 1)
    }

    /// The archive begins here.
    fn at_the_end(&self) -> GapState {
        let may_be_more = self.kept.after.is_some() && !self.touches_after;
        if may_be_more { GapState::Incomplete } else { GapState::Closed }
    }
}
