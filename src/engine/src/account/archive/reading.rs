//! What comes of a page, and which is asked for next.

use std::time::SystemTime;

use xmpp::{
    ArchivePage, ArchivePosition, ArchiveQuery, ArchiveRange, ForwardedMessage, RequestError,
};

use super::record::{Last, Position};
use super::{Archive, OVERLAP, PAGES, Phase, STAMP_CUT, STAMPING, Step, lies_ahead, names};
use crate::message::{ArchivePlace, GapState};
use crate::store::SHOWN_MAX;

impl Archive {
    /// The archive answers.
    pub(in crate::account) fn page(&mut self, page: &ArchivePage) -> Vec<Step> {
        match self.phase {
            Phase::Beginning => {
                self.last = page.last().map_or(Last::Empty, |last| Last::At(Position::from(last)));
                // What is older counts as told. It may still come by itself, and then it is told:
                // so its entry gets no name.
                for message in &page.messages {
                    if let Some(name) = origin(message) {
                        self.names.add(name, message.at, true);
                    }
                }
                self.names.forget_until(page.last().and_then(|last| last.at));
                let may_miss = std::mem::take(&mut self.asked_in_vain) && !page.entries.is_empty();
                self.phase = Phase::CaughtUp;
                let mut steps = Vec::new();
                if may_miss {
                    let number = self.open_gap(None, &mut steps);
                    steps.extend(self.close(number, GapState::Incomplete));
                } else {
                    steps.extend([Step::Save, Step::Settled]);
                }
                steps
            }
            Phase::Following(number) if page.complete || page.entries.is_empty() => {
                self.followed(number, page)
            }
            Phase::Following(number) => self.fill(number),
            Phase::Checking(number) => {
                let gap = self.gaps.iter().find(|gap| gap.kept.number == number);
                let touches = gap.is_none_or(|gap| gap.touches(page, &self.names));
                let state = if touches { GapState::Closed } else { GapState::Incomplete };
                self.close(number, state)
            }
            Phase::Filling(number) => self.filled(number, page),
            Phase::Stamping => {
                self.phase = Phase::CaughtUp;
                // Of one that was told: what lies before it counts as such.
                let is_told = |entry: &&ArchivePosition| {
                    entry.at.is_some() && self.names.knows(names::of_entry(&entry.id))
                };
                let stamp = page.entries.iter().rfind(is_told).and_then(|entry| entry.at);
                if let (Last::At(last), Some(_)) = (&mut self.last, stamp) {
                    last.at = stamp;
                }
                vec![Step::Save]
            }
            Phase::Idle | Phase::CaughtUp | Phase::Unknown => Vec::new(),
        }
    }

    /// The archive does not answer, or with an error.
    pub(in crate::account) fn failed(
        &mut self,
        error: &RequestError,
        now: SystemTime,
    ) -> Vec<Step> {
        if matches!(error, RequestError::Offline | RequestError::Lost) {
            self.lose();
            return Vec::new();
        }
        let is_too_long = *error == RequestError::TooLong && self.page + 1 < PAGES.len();
        self.page += usize::from(is_too_long);
        match self.phase {
            Phase::Beginning => {
                self.asked_in_vain = !is_unsupported(error);
                self.phase = Phase::Unknown;
                vec![Step::Save, Step::Settled]
            }
            Phase::Following(number) if is_unsupported(error) => self.is_missing(number),
            Phase::Following(number) => {
                let after = self.gap(number).and_then(|gap| gap.kept.after.clone());
                match after.and_then(|after| after.id) {
                    Some(id) if is_too_long => vec![self.ask(ArchiveRange::After(id))],
                    _ if is_gone(error) => {
                        self.after_is_gone(number, now);
                        self.fill(number)
                    }
                    Some(_) | None => self.stop_at(number),
                }
            }
            // What was read stays read; whether anything is missing before it, nobody has said.
            Phase::Checking(number) | Phase::Filling(number) if is_too_long => self.fill(number),
            Phase::Checking(number) | Phase::Filling(number) => {
                let before = self.gap(number).and_then(|gap| gap.kept.before.as_mut());
                let is_first = before.is_none();
                let id = before.filter(|_| is_gone(error)).and_then(|before| before.id.take());
                if id.is_some() {
                    // By its time, then.
                    self.fill(number)
                } else if is_first && is_unsupported(error) {
                    self.is_missing(number)
                } else {
                    self.stop_at(number)
                }
            }
            Phase::Stamping => {
                self.phase = Phase::CaughtUp;
                Vec::new()
            }
            Phase::Idle | Phase::CaughtUp | Phase::Unknown => Vec::new(),
        }
    }

    /// All that follows the last is on this page.
    fn followed(&mut self, number: u64, page: &ArchivePage) -> Vec<Step> {
        let mut steps = Vec::new();
        for (order, message) in (0..).zip(&page.messages) {
            steps.extend(self.show(message, ArchivePlace { gap: number, order }, true));
        }
        let (Some(first), Some(last)) = (page.first(), page.last()) else {
            steps.extend(self.close(number, GapState::Closed));
            return steps;
        };
        let before = self.gap(number).and_then(|gap| gap.kept.before.replace(first.into()));
        if before.is_none() {
            // Else something came by itself meanwhile, and that is the last.
            self.last = Last::At(Position::from(last));
        }
        // A server that goes by time does not say that the last is gone, nor what went with it.
        self.phase = Phase::Checking(number);
        let range = ArchiveRange::Before(first.id.clone());
        steps.extend([Step::Save, Step::Ask(ArchiveQuery { with: None, range, page: 1 })]);
        steps
    }

    /// Another page of a gap came; the newest that is left of it.
    fn filled(&mut self, number: u64, page: &ArchivePage) -> Vec<Step> {
        let Some(index) = self.gaps.iter().position(|gap| gap.kept.number == number) else {
            return self.fill_next();
        };
        let Some(gap) = self.gaps.get_mut(index) else { return Vec::new() };
        let Some(taken) = gap.take(page, &self.names) else { return self.stop_at(number) };
        let is_newest = taken.is_newest;
        let mut steps = Vec::new();
        for (message, order) in taken.messages {
            let is_latest = self.kept_of_walk < SHOWN_MAX / 2;
            let place = ArchivePlace { gap: number, order };
            let shown = self.show(message, place, is_latest);
            self.kept_of_walk += 2 * u32::from(shown.is_some());
            steps.extend(shown);
        }
        if let Some(last) = page.last().filter(|_| is_newest) {
            self.last = Last::At(Position::from(last));
        }
        self.left.spend(page);
        match taken.end {
            Some(state) => steps.extend(self.close(number, state)),
            None if self.left.is_spent() => steps.extend(self.stop_at(number)),
            None => {
                steps.push(Step::Save);
                steps.extend(self.fill(number));
            }
        }
        steps
    }

    /// Has a message told, unless it was.
    fn show(
        &mut self,
        message: &ForwardedMessage,
        place: ArchivePlace,
        is_latest: bool,
    ) -> Option<Step> {
        let id = message.archive_id.as_deref()?;
        let origin = origin(message);
        // An archive that was moved gives other ids, and what came by itself may have had none.
        let came_before = origin.is_some_and(|origin| self.names.knows(origin));
        let is_new = self.names.add_entry((id, &message.body), message.at, is_latest);
        if let Some(origin) = origin {
            self.names.add(origin, message.at, is_latest);
        }
        (is_new && !came_before).then(|| Step::Show(message.clone(), place))
    }

    /// The server does not know any more where a gap begins.
    pub(super) fn after_is_gone(&mut self, number: u64, now: SystemTime) {
        let forgotten_until = self.names.forgotten_until;
        let Some(gap) = self.gap(number) else { return };
        let after = gap.kept.after.as_ref().and_then(|after| after.at);
        // A stamp that lies ahead does not say when it was.
        let after = after.filter(|after| !lies_ahead(Some(*after), now));
        gap.kept.is_after_gone = true;
        gap.kept.since = after.and_then(|after| after.checked_sub(OVERLAP)).max(forgotten_until);
    }

    /// Asks for the next page of a gap.
    pub(super) fn fill(&mut self, number: u64) -> Vec<Step> {
        self.phase = Phase::Filling(number);
        let Some(gap) = self.gap(number) else { return Vec::new() };
        let range = match &gap.kept.before {
            None => ArchiveRange::Newest,
            Some(Position { id: Some(id), .. }) => ArchiveRange::Before(id.clone()),
            Some(Position { id: None, at }) => {
                at.map_or(ArchiveRange::Newest, |at| ArchiveRange::Until(at + STAMP_CUT))
            }
        };
        let told = gap.news(GapState::Filling).map(Step::Tell);
        told.into_iter().chain([self.ask(range)]).collect()
    }

    /// Goes on with the newest gap that is left, if any can be read.
    pub(super) fn fill_next(&mut self) -> Vec<Step> {
        let next = self.gaps.iter().rev().find(|gap| !gap.has_stopped).map(|gap| gap.kept.number);
        match next {
            Some(number) if !self.left.is_spent() => {
                self.kept_of_walk = SHOWN_MAX;
                self.fill(number)
            }
            Some(_) | None if self.has_no_time() => {
                self.phase = Phase::Stamping;
                vec![Step::Settled, self.newest(STAMPING)]
            }
            Some(_) | None => {
                self.phase = Phase::CaughtUp;
                vec![Step::Settled]
            }
        }
    }

    /// All of a gap was read that there is.
    fn close(&mut self, number: u64, state: GapState) -> Vec<Step> {
        let mut steps = Vec::new();
        if let Some(index) = self.gaps.iter().position(|gap| gap.kept.number == number) {
            let gap = self.gaps.remove(index);
            steps.push(Step::Tell(gap.told(state)));
        }
        steps.push(Step::Save);
        steps.extend(self.fill_next());
        steps
    }

    /// No more of a gap can be read now.
    pub(super) fn stop_at(&mut self, number: u64) -> Vec<Step> {
        let mut steps = Vec::new();
        if let Some(gap) = self.gap(number) {
            gap.has_stopped = true;
            steps.extend(gap.news(GapState::Open).map(Step::Tell));
        }
        steps.push(Step::Save);
        steps.extend(self.fill_next());
        steps
    }

    /// There is no archive any more: nothing is missing that could be had.
    fn is_missing(&mut self, number: u64) -> Vec<Step> {
        let mut steps = Vec::new();
        if let Some(index) = self.gaps.iter().position(|gap| gap.kept.number == number) {
            steps.push(Step::Tell(self.gaps.remove(index).told(GapState::Closed)));
        }
        self.phase = Phase::Unknown;
        steps.push(Step::Settled);
        steps
    }
}

/// What a message is called wherever it is archived.
fn origin(message: &ForwardedMessage) -> Option<u64> {
    names::of_message(&message.from.to_bare(), message.id.as_deref(), &message.body)
}

/// Whether the server does not know the id that was asked by (XEP-0059 §2.2), or XML cannot carry it.
fn is_gone(error: &RequestError) -> bool {
    match error {
        RequestError::Refused { condition, .. } => condition == "item-not-found",
        RequestError::Unencodable => true,
        RequestError::Offline
        | RequestError::Lost
        | RequestError::TimedOut
        | RequestError::Busy
        | RequestError::Unusable
        | RequestError::TooLong => false,
    }
}

/// Whether the server keeps no archive.
fn is_unsupported(error: &RequestError) -> bool {
    matches!(error, RequestError::Refused { condition, .. }
        if condition == "service-unavailable" || condition == "feature-not-implemented")
}
