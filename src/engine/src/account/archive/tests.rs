//! An archive between a server that the test plays and a window that writes down what it is told.

use std::collections::BTreeMap;

use xmpp::{ArchivePage, ArchivePosition, RequestError};

mod failures;
mod seconds;

use super::*;
use crate::store::SHOWN_MAX;

/// Where a server's list begins, in seconds since 1970: no day of ours is older.
const DAWN: u64 = 1_700_000_000;

/// How a server finds its way in its list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    /// By ids, as Prosody does; one that it does not know is an error.
    ByPlace,
    /// By time, as ejabberd does; ids are times, and need not be known.
    ByTime,
}

/// A server.
struct Server {
    way: Way,
    /// Ids, times in seconds since [`DAWN`], and what is said; oldest first.
    entries: Vec<(u64, u64, String)>,
    page_max: usize,
    asked: usize,
}

fn at(second: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(DAWN + second)
}

impl Server {
    fn new(way: Way) -> Self {
        Self { way, entries: Vec::new(), page_max: 50, asked: 0 }
    }

    /// Archives so many, one a second.
    fn archive(&mut self, numbers: std::ops::Range<u64>) {
        self.entries.extend(numbers.map(|number| (number, number, format!("m{number}"))));
    }

    fn find(&self, id: &str) -> Result<u64, RequestError> {
        let id = id.parse().unwrap();
        if self.way == Way::ByPlace && !self.entries.iter().any(|entry| entry.0 == id) {
            return Err(refused("item-not-found"));
        }
        Ok(id)
    }

    fn answer(&mut self, query: &ArchiveQuery) -> Result<ArchivePage, RequestError> {
        self.asked += 1;
        let max = self.page_max.min(query.page.into());
        let place = |id: u64| self.entries.iter().position(|entry| entry.0 >= id);
        let end = self.entries.len();
        let (from, to) = match &query.range {
            ArchiveRange::Since(_) => unreachable!("nothing asks so"),
            ArchiveRange::After(id) => {
                let id = self.find(id)?;
                (self.entries.iter().rposition(|entry| entry.0 <= id).map_or(0, |at| at + 1), end)
            }
            ArchiveRange::Before(id) => (0, place(self.find(id)?).unwrap_or(end)),
            ArchiveRange::Until(time) => {
                (0, self.entries.iter().position(|entry| at(entry.1) > *time).unwrap_or(end))
            }
            ArchiveRange::Newest => (0, end),
        };
        let (from, to, complete) = match query.range {
            ArchiveRange::After(_) => (from, to.min(from + max), to <= from + max),
            ArchiveRange::Since(_)
            | ArchiveRange::Until(_)
            | ArchiveRange::Before(_)
            | ArchiveRange::Newest => (to.saturating_sub(max), to, to <= max),
        };
        let entries = &self.entries[from..to];
        let positions = entries
            .iter()
            .map(|(id, second, _)| ArchivePosition { id: id.to_string(), at: Some(at(*second)) });
        let messages = entries.iter().map(|(id, second, body)| message(*id, *second, body));
        let (entries, messages) = (positions.collect(), messages.collect());
        Ok(ArchivePage { messages, entries, complete })
    }
}

fn message(id: u64, second: u64, body: &str) -> ForwardedMessage {
    ForwardedMessage {
        from: "bob@b.example/desk".parse().unwrap(),
        to: "alice@a.example".parse().unwrap(),
        id: Some(format!("origin-of-{body:0>20}")),
        archive_id: Some(id.to_string()),
        body: body.into(),
        at: Some(at(second)),
        replaces: None,
    }
}

fn refused(condition: &str) -> RequestError {
    RequestError::Refused { condition: condition.to_owned(), text: None }
}

/// A person who signs in again and again.
struct Reader {
    archive: Archive,
    now: SystemTime,
    /// What is written down.
    kept: (Option<String>, Vec<ShownMessage>),
    told: Vec<(ArchivePlace, String)>,
    gaps: BTreeMap<u64, ArchiveGap>,
    settled: usize,
    /// How often the window was told of a gap.
    told_of: usize,
}

impl Reader {
    /// Signs in to an archive for the first time.
    fn of(server: &mut Server) -> Self {
        let mut reader = Self {
            archive: Archive::new(None, &[], Numbers::default()),
            now: at(1_000_000),
            kept: (None, Vec::new()),
            told: Vec::new(),
            gaps: BTreeMap::new(),
            settled: 0,
            told_of: 0,
        };
        reader.signs_in(server);
        assert!(reader.told.is_empty(), "what is older is of no concern");
        reader
    }

    fn signs_in(&mut self, server: &mut Server) {
        let steps = self.archive.begin(self.now);
        self.take(steps, |query| server.answer(query));
    }

    /// Takes steps until nothing is asked any more.
    fn take(
        &mut self,
        steps: Vec<Step>,
        mut answer: impl FnMut(&ArchiveQuery) -> Result<ArchivePage, RequestError>,
    ) {
        let mut steps = std::collections::VecDeque::from(steps);
        while let Some(step) = steps.pop_front() {
            self.told_of += usize::from(matches!(step, Step::Tell(_)));
            match step {
                Step::Ask(query) => steps.extend(match answer(&query) {
                    Ok(page) => self.archive.page(&page),
                    Err(error) => self.archive.failed(&error, self.now),
                }),
                Step::Show(message, place) => self.told.push((place, message.body.into_inner())),
                Step::Tell(gap) if gap.state == GapState::Closed => {
                    self.gaps.remove(&gap.number);
                }
                Step::Tell(gap) => {
                    self.gaps.insert(gap.number, gap);
                }
                Step::Save => self.save(),
                Step::Settled => self.settled += 1,
            }
        }
    }

    fn save(&mut self) {
        let (state, shown) = self.archive.written();
        self.kept.0 = Some(state);
        self.kept.1.extend(shown);
        let surplus = self.kept.1.len().saturating_sub(SHOWN_MAX as usize);
        self.kept.1.drain(..surplus);
    }

    /// The program ends as by a power cut, and starts again.
    fn starts_again(&mut self) {
        self.archive =
            Archive::new(self.kept.0.as_deref(), &self.kept.1, self.archive.numbers.clone());
        self.gaps.clear();
    }

    /// A message comes by itself.
    fn hears(&mut self, server: &mut Server, number: u64) {
        server.archive(number..number + 1);
        let message = message(number, number, &format!("m{number}"));
        let from = message.from.to_bare();
        let name = (&from, message.id.as_deref(), message.body.as_str());
        if let Some(steps) = self.archive.came(&number.to_string(), name, true) {
            let place = ArchivePlace::of_live(self.archive.numbers.next());
            self.told.push((place, message.body.to_string()));
            self.take(steps, |query| server.answer(query));
        }
    }

    /// What was told, as it stands in the window.
    fn in_order(&self) -> Vec<&str> {
        let mut told: Vec<_> = self.told.iter().collect();
        told.sort_by_key(|(place, _)| *place);
        told.into_iter().map(|(_, body)| &**body).collect()
    }

    fn has_all(&self, numbers: std::ops::Range<u64>) {
        let wanted: Vec<_> = numbers.map(|number| format!("m{number}")).collect();
        assert_eq!(self.in_order(), wanted);
    }

    fn open(&self) -> Vec<GapState> {
        self.gaps.values().map(|gap| gap.state).collect()
    }
}

const WAYS: [Way; 2] = [Way::ByPlace, Way::ByTime];

#[test]
fn all_that_waits_is_told_once_and_in_order_however_long_the_pages_are() {
    for (way, page_max, waiting) in WAYS.into_iter().flat_map(|way| {
        [(way, 50, 0), (way, 50, 7), (way, 50, 50), (way, 50, 51), (way, 10, 600), (way, 1, 30)]
            .into_iter()
            .chain([(way, 50, 20_000)])
    }) {
        let mut server = Server::new(way);
        server.archive(0..5);
        let mut reader = Reader::of(&mut server);
        (server.page_max, server.asked) = (page_max, 0);
        server.archive(5..5 + waiting);
        reader.signs_in(&mut server);
        reader.has_all(5..5 + waiting);
        assert_eq!(reader.open(), [], "{way:?} {page_max} {waiting}");
        assert!(server.asked <= 4 + usize::try_from(waiting).unwrap() / page_max);
        reader.signs_in(&mut server);
        reader.starts_again();
        reader.signs_in(&mut server);
        reader.has_all(5..5 + waiting);
        assert_eq!(reader.settled, 4);
    }
}

#[test]
fn what_two_lives_read_of_one_gap_stands_in_order() {
    for way in WAYS {
        let mut server = Server::new(way);
        server.archive(0..1);
        let mut reader = Reader::of(&mut server);
        server.archive(1..300);
        // Two pages, then something by itself, and the power goes.
        let steps = reader.archive.begin(reader.now);
        let mut left = 4;
        reader.take(steps, |query| {
            left -= 1;
            if left > 0 { server.answer(query) } else { Err(RequestError::TimedOut) }
        });
        assert_eq!(reader.open(), [GapState::Open], "{way:?}");
        reader.hears(&mut server, 300);
        reader.starts_again();
        server.archive(301..400);
        reader.signs_in(&mut server);
        reader.has_all(1..400);
        assert_eq!(reader.open(), [], "{way:?}");
    }
}

/// A life, or a session, that ends before the archive answers has told what came by itself all the
/// same: what was missed stands above that, and what is missed next below.
#[test]
fn what_comes_by_itself_before_the_archive_answers_stands_between_two_absences() {
    for (way, missed, is_answered) in WAYS
        .into_iter()
        .flat_map(|way| [(way, 5, false), (way, 5, true), (way, 300, false), (way, 300, true)])
    {
        let mut server = Server::new(way);
        server.archive(0..1);
        let mut reader = Reader::of(&mut server);
        server.archive(1..missed);
        let steps = reader.archive.begin(reader.now);
        let (asked, told): (Vec<_>, Vec<_>) =
            steps.into_iter().partition(|step| matches!(step, Step::Ask(_)));
        reader.take(told, |_| unreachable!());
        for number in missed..missed + 3 {
            reader.hears(&mut server, number);
        }
        if is_answered {
            reader.take(asked, |query| server.answer(query));
            reader.has_all(1..missed + 3);
        }
        reader.starts_again();
        server.archive(missed + 3..missed + 10);
        reader.signs_in(&mut server);
        reader.has_all(1..missed + 10);
        assert_eq!(reader.open(), [], "{way:?} {missed} {is_answered}");
    }
}

#[test]
fn the_newest_page_comes_first() {
    let mut server = Server::new(Way::ByPlace);
    server.archive(0..1);
    let mut reader = Reader::of(&mut server);
    server.archive(1..1_000);
    reader.signs_in(&mut server);
    assert_eq!(reader.told[0].1, "m950");
    assert_eq!(reader.told[50].1, "m900");
    reader.has_all(1..1_000);
}

#[test]
fn all_of_an_archive_that_was_empty_is_new() {
    let mut server = Server::new(Way::ByPlace);
    let mut reader = Reader::of(&mut server);
    server.archive(0..120);
    reader.signs_in(&mut server);
    reader.has_all(0..120);
    assert_eq!(reader.open(), []);
}

#[test]
fn if_the_last_entry_is_gone_time_is_asked_for() {
    for (way, waiting) in WAYS.into_iter().flat_map(|way| [(way, 5), (way, 500)]) {
        let mut server = Server::new(way);
        server.archive(0..40);
        let mut reader = Reader::of(&mut server);
        for number in 40..60 {
            reader.hears(&mut server, number);
        }
        server.archive(60..60 + waiting);
        // The last that was told, alone.
        server.entries.remove(59);
        reader.starts_again();
        reader.signs_in(&mut server);
        assert_eq!(reader.open(), [], "{way:?}: what is older is there");
        // What was older at the first sign-in lies within what is read again.
        let told = reader.in_order();
        for number in (40..60 + waiting).filter(|number| *number != 59) {
            let body = format!("m{number}");
            assert_eq!(told.iter().filter(|told| **told == body).count(), 1, "{way:?} {body}");
        }
    }
}

#[test]
fn if_all_that_was_told_is_gone_it_is_said_that_more_may_be() {
    for (way, waiting) in WAYS.into_iter().flat_map(|way| [(way, 5), (way, 500)]) {
        let mut server = Server::new(way);
        server.archive(0..40);
        let mut reader = Reader::of(&mut server);
        server.archive(40..50 + waiting);
        server.entries.drain(..45);
        reader.signs_in(&mut server);
        reader.has_all(45..50 + waiting);
        assert_eq!(reader.open(), [GapState::Incomplete], "{way:?} {waiting}");
        // It is said once.
        reader.starts_again();
        reader.signs_in(&mut server);
        assert_eq!(reader.open(), []);
        reader.has_all(45..50 + waiting);
    }
}

#[test]
fn an_archive_that_was_moved_and_gives_other_ids_tells_nothing_twice() {
    let mut server = Server::new(Way::ByPlace);
    server.archive(0..1);
    let mut reader = Reader::of(&mut server);
    for number in 1..80 {
        reader.hears(&mut server, number);
    }
    server.archive(80..200);
    server.entries.iter_mut().for_each(|entry| entry.0 += 1_000_000);
    reader.starts_again();
    reader.signs_in(&mut server);
    let told = reader.in_order();
    // What there was at the first sign-in stays of no concern.
    assert_eq!(told.len(), 199);
}

#[test]
fn a_power_cut_in_the_middle_loses_nothing_and_tells_nothing_twice() {
    for pages in 0..14 {
        let mut server = Server::new(Way::ByPlace);
        server.archive(0..3);
        let mut reader = Reader::of(&mut server);
        server.archive(3..500);
        let mut left = pages;
        let steps = reader.archive.begin(reader.now);
        reader.take(steps, |query| {
            left -= 1;
            if left < 0 { Err(RequestError::Lost) } else { server.answer(query) }
        });
        reader.starts_again();
        server.archive(500..520);
        reader.signs_in(&mut server);
        let mut told = reader.in_order();
        told.sort_by_key(|body| body[1..].parse::<u64>().unwrap());
        let wanted: Vec<_> = (3..520).map(|number| format!("m{number}")).collect();
        assert_eq!(told, wanted, "after {pages} pages");
        assert_eq!(reader.open(), []);
    }
}

#[test]
fn nothing_moves_past_a_hole_and_it_can_be_filled_later() {
    for fails_at in 1..6 {
        let mut server = Server::new(Way::ByPlace);
        server.archive(0..3);
        let mut reader = Reader::of(&mut server);
        server.archive(3..300);
        let mut asked = 0;
        let steps = reader.archive.begin(reader.now);
        reader.take(steps, |query| {
            asked += 1;
            if asked == fails_at { Err(RequestError::TimedOut) } else { server.answer(query) }
        });
        assert_eq!(reader.open(), [GapState::Open], "{fails_at}");
        assert_eq!(reader.settled, 2, "what came since is told");
        // Life goes on behind the hole, also in a later process.
        reader.hears(&mut server, 300);
        let number = *reader.gaps.keys().next().unwrap();
        if fails_at % 2 == 0 {
            let steps = reader.archive.fetch(number);
            reader.take(steps, |query| server.answer(query));
        } else {
            reader.starts_again();
            reader.signs_in(&mut server);
            // Each life has a window of its own, and so places of its own.
            reader.told.sort_by_key(|(_, body)| body[1..].parse::<u64>().unwrap());
            for (order, (place, _)) in (0..).zip(&mut reader.told) {
                *place = ArchivePlace { gap: 0, order };
            }
        }
        reader.has_all(3..301);
        assert_eq!(reader.open(), []);
    }
}
