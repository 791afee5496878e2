//! How an account reads the archive that its server keeps (XEP-0313): which page is asked for next,
//! and what of a page is told. Pages in, steps out; no I/O.
//!
//! What waits on one page is told at once. If more waits, the newest page comes first and the rest
//! behind it, backwards; until all of it is told there is a gap, which is written down before
//! anything moves past it. No position is taken for granted: an entry may be gone from the server's
//! list, and then time is asked for, by the server's own stamps.
//!
//! Not here: whose messages these are and what they say.

mod budget;
mod gap;
mod names;
mod reading;
mod record;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use vault::ShownMessage;
use xmpp::{ArchiveQuery, ArchiveRange, BareJid, ForwardedMessage};

use crate::message::{ArchiveGap, ArchivePlace, GapState};
use crate::store::Numbers;
use budget::Budget;
use gap::Gap;
use names::Names;
use record::{Last, Position, Record};

/// Messages of one page; servers give fewer if they like. The next is tried if so many are longer
/// than a page may be.
const PAGES: [u8; 4] = [100, 25, 5, 1];
/// Gaps that are remembered; of more, the two oldest become one.
const GAPS_MAX: usize = 16;
/// Where time is asked for, so much is read again: clocks of servers are set back.
const OVERLAP: Duration = Duration::from_secs(24 * 3600);
/// A stamp that lies so far ahead of our clock may be wrong, or our clock is.
const AHEAD_MAX: Duration = Duration::from_secs(5 * 60);
/// Stamps may be cut to whole seconds, while the server compares fractions of them.
const STAMP_CUT: Duration = Duration::from_secs(2);
/// After so many messages that came by themselves the archive is asked for the time of its newest,
/// and after the first few, if no time is known.
const UNSTAMPED_MAX: u32 = 1_000;
/// So many of the newest are asked for, since what we wrote ourselves does not say what was told.
const STAMPING: u8 = 20;

/// How often an archive was begun to be read in this process.
static RUNS: AtomicU64 = AtomicU64::new(0);

/// What is to be done, in order.
#[derive(Debug)]
pub(super) enum Step {
    /// Ask for this page.
    Ask(ArchiveQuery),
    /// Tell this message.
    Show(ForwardedMessage, ArchivePlace),
    /// Tell the window of a gap.
    Tell(ArchiveGap),
    /// Write down how far we are: what stands before it is told.
    Save,
    /// Nothing more is read: what waited for it may be told.
    Settled,
}

/// What is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing: there is no connection.
    Idle,
    /// The newest entry, since nothing is known of the archive.
    Beginning,
    /// What follows the last that was told, for the gap of this number.
    Following(u64),
    /// What lies before what followed: the last that was told, if the server still has it.
    Checking(u64),
    /// The gap of this number, backwards.
    Filling(u64),
    /// Nothing; everything but the gaps is told.
    CaughtUp,
    /// The newest entry, for its time.
    Stamping,
    /// Nothing: there is no archive.
    Unknown,
}

/// How far the archive was read.
#[derive(Debug)]
pub(super) struct Archive {
    last: Last,
    /// What was the newest that was told when we signed in.
    began_after: Option<Position>,
    /// Oldest first.
    gaps: Vec<Gap>,
    names: Names,
    phase: Phase,
    /// Gaps are numbered along with what comes by itself.
    numbers: Numbers,
    /// Which run of the account this is.
    run: u64,
    left: Budget,
    /// Which of [`PAGES`] is asked for.
    page: usize,
    /// How many names of this walk a later process will know.
    kept_of_walk: u32,
    /// How many messages came by themselves since an entry was read with its time.
    unstamped: u32,
    /// Whether the archive's end was asked for in a session before, and not answered: what was
    /// archived since then may not have been told.
    asked_in_vain: bool,
}

impl Archive {
    /// From what an earlier process wrote down.
    pub(super) fn new(note: Option<&str>, shown: &[ShownMessage], numbers: Numbers) -> Self {
        let record = note.map(Record::read).unwrap_or_default();
        let mut names = Names::restore(shown);
        names.forgotten_until = record.forgotten_until;
        let mut kept = record.gaps;
        if kept.iter().any(|kept| kept.number == 0) {
            kept.iter_mut().for_each(|kept| kept.number = numbers.next());
        }
        numbers.go_on_from(kept.iter().map(|kept| kept.number).max().unwrap_or_default());
        let run = RUNS.fetch_add(1, Ordering::Relaxed);
        Self {
            last: record.last,
            began_after: None,
            gaps: kept.into_iter().map(|kept| Gap::new(kept, run)).collect(),
            names,
            phase: Phase::Idle,
            numbers,
            run,
            left: Budget::default(),
            page: 0,
            kept_of_walk: 0,
            unstamped: 0,
            asked_in_vain: record.asked_in_vain,
        }
    }

    /// What is to be written down, and what was told since it was last.
    pub(super) fn written(&mut self) -> (String, Vec<ShownMessage>) {
        let record = Record {
            last: self.last.clone(),
            gaps: self.gaps.iter().map(|gap| gap.kept.clone()).collect(),
            forgotten_until: self.names.forgotten_until,
            asked_in_vain: self.last == Last::Unknown
                && (self.asked_in_vain || self.phase == Phase::Beginning),
        };
        (record.write(), self.names.take_unsaved())
    }

    /// Whether pages are being read.
    pub(super) const fn is_reading(&self) -> bool {
        match self.phase {
            Phase::Beginning | Phase::Following(_) | Phase::Checking(_) | Phase::Filling(_) => true,
            Phase::Idle | Phase::CaughtUp | Phase::Stamping | Phase::Unknown => false,
        }
    }

    /// Whether nothing was asked since we signed in.
    pub(super) const fn is_idle(&self) -> bool {
        matches!(self.phase, Phase::Idle)
    }

    /// Whether there is a gap that could not be read since we signed in.
    pub(super) fn has_stopped(&self) -> bool {
        self.gaps.iter().any(|gap| gap.has_stopped)
    }

    /// The session is over, and with it what was asked.
    pub(super) fn lose(&mut self) {
        self.asked_in_vain |= self.phase == Phase::Beginning;
        self.phase = Phase::Idle;
    }

    /// A session began: asks for what was written while we were away. The first time there is
    /// nothing to catch up with: only the archive's end is noted.
    pub(super) fn begin(&mut self, now: SystemTime) -> Vec<Step> {
        (self.left, self.page) = (Budget::default(), 0);
        self.names.it_is(now);
        let mut steps = Vec::new();
        for gap in &mut self.gaps {
            gap.has_stopped = false;
            steps.push(Step::Tell(gap.told(GapState::Open)));
            gap.is_told_anew();
        }
        let after = match &self.last {
            Last::Unknown => {
                self.phase = Phase::Beginning;
                steps.extend([Step::Save, self.newest(1)]);
                return steps;
            }
            Last::Empty => None,
            Last::At(position) => Some(position.clone()),
        };
        let number = self.open_gap(after.clone(), &mut steps);
        if let Some(gap) = self.gap(number) {
            steps.extend(gap.news(GapState::Filling).map(Step::Tell));
        }
        self.began_after.clone_from(&after);
        match after {
            Some(Position { id: Some(id), at }) if !lies_ahead(at, now) => {
                self.phase = Phase::Following(number);
                steps.push(self.ask(ArchiveRange::After(id)));
            }
            // By a stamp of tomorrow, a server that goes by time does not tell today's.
            Some(_) => {
                self.after_is_gone(number, now);
                steps.extend(self.fill(number));
            }
            None => steps.extend(self.fill(number)),
        }
        steps
    }

    /// The person wants a gap read after all.
    pub(super) fn fetch(&mut self, number: u64) -> Vec<Step> {
        let is_reading = self.is_reading();
        let is_free = matches!(self.phase, Phase::CaughtUp | Phase::Stamping);
        let Some(gap) = self.gap(number) else { return Vec::new() };
        if !is_free && !is_reading {
            return vec![Step::Tell(gap.told(GapState::Open))];
        }
        gap.has_stopped = false;
        (self.left, self.page) = (Budget::default(), 0);
        if is_reading { Vec::new() } else { self.fill_next() }
    }

    /// Gives up what is being read, and leaves it as a gap.
    pub(super) fn stop(&mut self) -> Vec<Step> {
        match self.phase {
            Phase::Following(number) | Phase::Filling(number) => self.stop_at(number),
            Phase::Idle
            | Phase::Beginning
            | Phase::Checking(_)
            | Phase::CaughtUp
            | Phase::Stamping
            | Phase::Unknown => Vec::new(),
        }
    }

    /// Takes in that one is told that came by itself, be it to us or to another device of ours;
    /// `is_ours`: whether whatever came before it is told, too, but for the gaps. Says what is to
    /// be done, or `None` if it was told before.
    pub(super) fn came(
        &mut self,
        archive_id: &str,
        message: (&BareJid, Option<&str>, &str),
        is_ours: bool,
    ) -> Option<Vec<Step>> {
        let (from, id, body) = message;
        let is_new = self.names.add_entry((archive_id, body), None, true);
        if let Some(name) = names::of_message(from, id, body) {
            self.names.add(name, None, true);
        }
        if !is_new {
            return None;
        }
        let mut steps = Vec::new();
        if is_ours && self.moves_on() {
            let at = match &self.last {
                Last::At(last) => last.at,
                Last::Unknown | Last::Empty => None,
            };
            let last = Position { id: Some(archive_id.to_owned()), at };
            // What is to be read later ends where we go on.
            for gap in self.gaps.iter_mut().filter(|gap| gap.kept.before.is_none()) {
                gap.kept.before = Some(last.clone());
            }
            self.last = Last::At(last);
            self.unstamped += 1;
        }
        steps.push(Step::Save);
        let has_no_time = self.has_no_time();
        // A server may pass a message on before it archives it.
        let is_due =
            self.unstamped >= UNSTAMPED_MAX || has_no_time && self.unstamped.is_power_of_two();
        if is_due && self.phase == Phase::CaughtUp {
            self.phase = Phase::Stamping;
            self.unstamped = if has_no_time { self.unstamped } else { 0 };
            steps.push(self.newest(STAMPING));
        }
        Some(steps)
    }

    /// Takes in that one is told that came by itself, without a name of the archive. Says whether it
    /// is news, as far as its writer gave it a name.
    pub(super) fn heard(&mut self, from: &BareJid, id: Option<&str>, body: &str) -> bool {
        names::of_message(from, id, body).is_none_or(|name| self.names.add(name, None, true))
    }

    /// The server gave us messages by itself, of which it said that they are in its archive, and
    /// they are not: what is before the last is to be looked through once more.
    pub(super) fn owes(&mut self) -> Vec<Step> {
        let Last::At(last) = &self.last else { return Vec::new() };
        let (before, mut steps) = (last.clone(), Vec::new());
        let number = self.open_gap(self.began_after.clone(), &mut steps);
        if let Some(gap) = self.gap(number) {
            gap.kept.before = Some(before);
            gap.has_stopped = true;
            steps.extend(gap.news(GapState::Open).map(Step::Tell));
        }
        steps.push(Step::Save);
        steps
    }

    /// Whether what comes now follows what was told, or a gap that is written down with it.
    fn moves_on(&self) -> bool {
        match self.phase {
            Phase::CaughtUp
            | Phase::Checking(_)
            | Phase::Stamping
            | Phase::Following(_)
            | Phase::Filling(_) => true,
            // Where the archive ended is not known; from now on it is.
            Phase::Unknown | Phase::Beginning => self.last == Last::Unknown,
            Phase::Idle => false,
        }
    }

    /// The gap for what follows `after`; the one that is there if an earlier attempt left it.
    fn open_gap(&mut self, after: Option<Position>, steps: &mut Vec<Step>) -> u64 {
        self.kept_of_walk = 0;
        if let Some(gap) = self.gaps.last()
            && gap.kept.before.is_none()
        {
            return gap.kept.number;
        }
        let number = self.numbers.next();
        self.gaps.push(Gap::after(number, after, self.names.count(), self.run));
        if self.gaps.len() > GAPS_MAX {
            let oldest = self.gaps.remove(0);
            steps.push(Step::Tell(oldest.told(GapState::Closed)));
            if let Some(next) = self.gaps.first_mut() {
                next.take_over(oldest);
            }
        }
        number
    }

    fn gap(&mut self, number: u64) -> Option<&mut Gap> {
        self.gaps.iter_mut().find(|gap| gap.kept.number == number)
    }

    fn ask(&self, range: ArchiveRange) -> Step {
        let page = PAGES.get(self.page).copied().unwrap_or(1);
        Step::Ask(ArchiveQuery { with: None, range, page })
    }

    /// Whether it is not known when the last was archived.
    const fn has_no_time(&self) -> bool {
        matches!(&self.last, Last::At(Position { at: None, .. }))
    }

    fn newest(&self, page: u8) -> Step {
        Step::Ask(ArchiveQuery { with: None, range: ArchiveRange::Newest, page })
    }
}

fn lies_ahead(at: Option<SystemTime>, now: SystemTime) -> bool {
    at.is_some_and(|at| at > now + AHEAD_MAX)
}
