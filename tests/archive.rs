//! What the server keeps while we are away, on two real servers, with all that can go wrong: every
//! message arrives once and in order, and if one does not, that is said.
//!
//! `SOTTO_ARCHIVE_MESSAGES` says how many wait, 400 if it is not set; the long form has 100,000.
#![expect(
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    reason = "a story and its figures"
)]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::env;
use std::time::{Duration, Instant, SystemTime};

use engine::{AccountEvent, ArchivePlace, ChatEvent, Event, GapState};
use stories::{
    Archivist, Device, Ejabberd, EjabberdOptions, Options, Person, Prosody, Scratch, Setup, Wire,
    until,
};

/// What goes on beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    /// Nobody else is there, so that the server keeps everything twice.
    ManyWaiting,
    /// The server gives ten at a time.
    TenAPage,
    /// What was read last has expired.
    MarkGone,
    /// The archive is in memory.
    InMemory,
    /// The server's clock was two hours ahead, and is right again.
    ClockOff,
    /// Another device reads and writes, and the contact writes on, while we catch up.
    AnotherDevice,
}

const TOLD_BEFORE: usize = 10;

fn waiting() -> usize {
    env::var("SOTTO_ARCHIVE_MESSAGES").ok().and_then(|it| it.parse().ok()).unwrap_or(400)
}

/// Has somebody write a number of messages, each with an id of its own.
fn write(device: &mut Device, to: &str, what: &str, count: usize) {
    let messages = (1..=count).map(|number| {
        let id = format!("{what}-of-a-long-name-{number}");
        format!("<message to='{to}' type='chat' id='{id}'><body>{what} {number}</body></message>")
    });
    let messages: Vec<_> = messages.collect();
    for some in messages.chunks(200) {
        device.send(&some.concat());
        device.sync();
    }
}

/// Waits until the archive's last is this.
fn wait_until_archived(asker: &mut Device, last: &str) {
    let set = "<set xmlns='http://jabber.org/protocol/rsm'><max>1</max><before/></set>";
    let query = format!("<query xmlns='urn:xmpp:mam:2'>{set}</query>");
    until("the last should be in the archive", || {
        asker.send(&format!("<iq type='set' id='newest'>{query}</iq>"));
        let heard = asker.wait_for("id='newest'");
        heard.contains(&format!("<body>{last}</body>")).then_some(())
    });
}

/// What a window shows of one life of the program, and what it says.
#[derive(Default)]
struct Shown {
    events: usize,
    anchors: HashMap<u64, usize>,
    /// By where they stand.
    texts: BTreeMap<(usize, Option<ArchivePlace>), String>,
    gaps: BTreeMap<u64, GapState>,
    /// Since when the first absence lasted, by the server's clock.
    after: Option<SystemTime>,
}

impl Shown {
    fn take_in(&mut self, event: &Event) {
        self.events += 1;
        match event {
            Event::Account(_, AccountEvent::ArchiveGap(gap)) => {
                self.anchors.entry(gap.number).or_insert(self.events);
                self.gaps.insert(gap.number, gap.state);
                self.after = self.after.or(gap.after);
            }
            Event::Chat(
                _,
                ChatEvent::Received { text, place, .. }
                | ChatEvent::SentElsewhere { text, place, .. },
            ) => {
                let line = match place {
                    Some(place) => *self.anchors.get(&place.gap).expect("the gap was told of"),
                    None => self.events,
                };
                let before = self.texts.insert((line, *place), text.clone());
                assert_eq!(before, None, "two at one place");
            }
            _ => {}
        }
    }

    /// Whether all was read that can be. After each reconnection a gap is open for a moment.
    fn is_settled(&self) -> bool {
        let is_read = |state: &GapState| matches!(state, GapState::Closed | GapState::Incomplete);
        !self.gaps.is_empty() && self.gaps.values().all(is_read)
    }

    fn says_that_some_are_missing(&self) -> bool {
        self.gaps.values().any(|state| matches!(state, GapState::Open | GapState::Incomplete))
    }

    /// The numbers of the texts of a kind, as they stand.
    fn numbers(&self, what: &str) -> Vec<usize> {
        let texts = self.texts.values().filter_map(|text| text.strip_prefix(what));
        texts.filter_map(|number| number.trim().parse().ok()).collect()
    }
}

/// Follows what is told until everything is read, and until this text is there.
fn follow(person: &Person, shown: &mut Shown, last: &str, mut settled: impl FnMut()) {
    let mut is_settled = false;
    let skipped = shown.events;
    let mut index = 0;
    person.follow("all should be read", |event| {
        index += 1;
        if index <= skipped {
            return None;
        }
        shown.take_in(event);
        if shown.is_settled() && !std::mem::replace(&mut is_settled, true) {
            settled();
        }
        (is_settled && shown.texts.values().any(|text| text == last)).then_some(())
    });
}

fn run<S: Archivist>(name: &str, cell: Cell, server: &mut S) {
    let count = waiting();
    let profile = Scratch::new("archive");
    let wire = (cell == Cell::TenAPage).then(|| Wire::tap(server));
    if let Some(wire) = &wire {
        // There are servers that never give more, whatever they are asked for.
        wire.forge_client(|xml| xml.replace("<max>100</max>", "<max>10</max>"));
    }
    let setup = Setup::keeper_on("alice", server, &profile);
    let setup = match &wire {
        Some(wire) => setup.by_direct_tls(wire.port()),
        None => setup,
    };
    if cell == Cell::ClockOff {
        server.set_clock("+2h");
    }
    let mut bob = Device::sign_in("bob", server);
    let mut asker = Device::sign_in_unseen("alice", server);
    let alice = Person::sign_in_with(&setup);
    let chat = alice.with("bob");
    write(&mut bob, "alice@localhost", "before", TOLD_BEFORE);
    chat.wait_for_text(&format!("before {TOLD_BEFORE}"));
    chat.read();
    drop(alice);
    if cell == Cell::ClockOff {
        // Once more, so that all of it is in the archive, with its stamps.
        wait_until_archived(&mut asker, &format!("before {TOLD_BEFORE}"));
        let alice = Person::come_back(&setup);
        let between = || write(&mut bob, "alice@localhost", "between", 1);
        follow(&alice, &mut Shown::default(), "between 1", between);
        alice.with("bob").read();
        drop(alice);
        server.set_clock("+0");
        bob = Device::sign_in("bob", server);
    }

    let other = (cell != Cell::ManyWaiting).then(|| Device::sign_in("alice", server).listen());
    write(&mut bob, "alice@localhost", "away", count);
    if cell != Cell::ClockOff {
        wait_until_archived(&mut asker, &format!("away {count}"));
    }
    if cell == Cell::MarkGone {
        server.forget_oldest("alice", TOLD_BEFORE);
    }

    let began = Instant::now();
    let alice = Person::come_back(&setup);
    let mut shown = Shown::default();
    if cell == Cell::AnotherDevice {
        let mut phone = Device::sign_in_unseen("alice", server);
        write(&mut bob, "alice@localhost", "meanwhile", 100);
        write(&mut phone, "bob@localhost", "phone", 100);
        wait_until_archived(&mut phone, "phone 100");
    }
    follow(&alice, &mut shown, "after 1", || write(&mut bob, "alice@localhost", "after", 1));
    let took = began.elapsed();
    alice.with("bob").read();
    drop(alice);

    let alice = Person::come_back(&setup);
    let mut again = Shown::default();
    follow(&alice, &mut again, "last 1", || write(&mut bob, "alice@localhost", "last", 1));
    drop((alice, other));
    if cell == Cell::ClockOff {
        let ahead = SystemTime::now() + Duration::from_secs(3600);
        assert!(
            shown.after.is_some_and(|at| at > ahead),
            "the server’s clock was ahead: {:?}",
            shown.after
        );
    }

    let away = shown.numbers("away");
    let distinct: HashSet<_> = away.iter().copied().collect();
    let lost = count - distinct.len();
    let twice = away.len() - distinct.len() + again.numbers("away").len();
    let silent = usize::from(lost > 0 && !shown.says_that_some_are_missing());
    println!(
        "{name} × {cell:?}: {count} waited, {lost} lost, {twice} twice, {silent} silent gaps, {took:.1?}"
    );
    assert_eq!((lost, twice, silent), (0, 0, 0), "{name} {cell:?}");
    assert!(away.is_sorted(), "{name} {cell:?}: in order");
    let told: Vec<_> = shown.texts.values().chain(again.texts.values()).collect();
    let one_by_one: HashSet<_> = told.iter().copied().collect();
    assert_eq!(told.len(), one_by_one.len(), "{name} {cell:?}: nothing is told twice");
    if cell == Cell::AnotherDevice {
        for what in ["meanwhile", "phone"] {
            let all: Vec<_> = (1..=100).collect();
            assert_eq!(shown.numbers(what), all, "{name}: {what}");
        }
    }
}

fn prosody(cell: Cell) {
    // In files it reads all of them for each page, which is too slow for very many; in memory it
    // keeps a thousand at most, if it is not told otherwise.
    let is_long = waiting() > 2_000;
    let mut server = Prosody::with(Options {
        modules: &["mam", "forget"],
        extra: match cell {
            Cell::InMemory => {
                "storage = { archive = 'memory' } storage_archive_item_limit = 1000000"
            }
            _ if is_long => {
                "storage = { archive = 'sql' } sql = { driver = 'SQLite3', database = 'archive' }"
            }
            _ => "",
        },
        own_clock: cell == Cell::ClockOff,
        ..Options::default()
    });
    run("Prosody", cell, &mut server);
}

fn ejabberd(cell: Cell) {
    let (in_memory, own_clock) = (cell == Cell::InMemory, cell == Cell::ClockOff);
    run(
        "ejabberd",
        cell,
        &mut Ejabberd::with(EjabberdOptions { in_memory, own_clock, ..EjabberdOptions::default() }),
    );
}

#[test]
fn prosody_many_waiting() {
    prosody(Cell::ManyWaiting);
}

#[test]
fn prosody_ten_a_page() {
    prosody(Cell::TenAPage);
}

#[test]
fn prosody_mark_gone() {
    prosody(Cell::MarkGone);
}

#[test]
fn prosody_in_memory() {
    prosody(Cell::InMemory);
}

#[test]
fn prosody_clock_two_hours_off() {
    prosody(Cell::ClockOff);
}

#[test]
fn prosody_another_device_meanwhile() {
    prosody(Cell::AnotherDevice);
}

#[test]
fn ejabberd_many_waiting() {
    ejabberd(Cell::ManyWaiting);
}

#[test]
fn ejabberd_ten_a_page() {
    ejabberd(Cell::TenAPage);
}

#[test]
fn ejabberd_mark_gone() {
    ejabberd(Cell::MarkGone);
}

#[test]
fn ejabberd_in_memory() {
    ejabberd(Cell::InMemory);
}

#[test]
fn ejabberd_clock_two_hours_off() {
    ejabberd(Cell::ClockOff);
}

#[test]
fn ejabberd_another_device_meanwhile() {
    ejabberd(Cell::AnotherDevice);
}
