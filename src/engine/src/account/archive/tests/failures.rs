//! Bounds, and servers that lie, or whose clock is wrong.

use super::super::budget::{ENTRIES_MAX, PAGES_MAX};
use super::*;

#[test]
fn a_bound_that_is_hit_leaves_a_gap() {
    for (page_max, read) in [(200, ENTRIES_MAX), (1, PAGES_MAX)] {
        let mut server = Server::new(Way::ByTime);
        server.page_max = page_max;
        server.archive(0..1);
        let mut reader = Reader::of(&mut server);
        let waiting = u64::try_from(read).unwrap() + 1_000;
        server.archive(1..waiting);
        reader.signs_in(&mut server);
        assert_eq!(reader.told.len(), read);
        assert_eq!(reader.open(), [GapState::Open]);
        let number = *reader.gaps.keys().next().unwrap();
        let steps = reader.archive.fetch(number);
        reader.take(steps, |query| server.answer(query));
        reader.has_all(1..waiting);
    }
}

#[test]
fn a_page_that_is_too_long_is_asked_for_in_smaller_pieces() {
    let mut server = Server::new(Way::ByPlace);
    server.archive(0..1);
    let mut reader = Reader::of(&mut server);
    server.archive(1..300);
    let steps = reader.archive.begin(reader.now);
    reader.take(steps, |query| {
        if query.page > 5 { Err(RequestError::TooLong) } else { server.answer(query) }
    });
    reader.has_all(1..300);
    let steps = reader.archive.begin(reader.now);
    reader.take(steps, |_| Err(RequestError::TooLong));
    assert_eq!(reader.open(), [GapState::Open]);
}

#[test]
fn the_same_page_again_and_a_page_that_never_ends_are_given_up() {
    let mut server = Server::new(Way::ByPlace);
    server.archive(0..1);
    let mut reader = Reader::of(&mut server);
    server.archive(1..300);
    let (steps, mut asked) = (reader.archive.begin(reader.now), 0);
    reader.take(steps, |_| {
        asked += 1;
        assert!(asked < 10);
        let query = ArchiveQuery { with: None, range: ArchiveRange::Newest, page: 50 };
        Ok(ArchivePage { complete: false, ..server.answer(&query)? })
    });
    assert_eq!(reader.open(), [GapState::Open]);
    assert_eq!(reader.told.len(), 50, "once");
    // Two pages in turn, for ever.
    let (steps, mut asked) = (reader.archive.begin(reader.now), 0_u64);
    reader.take(steps, |_| {
        asked += 1;
        let entry = |id: u64| ArchivePosition { id: id.to_string(), at: None };
        let entries = (0..50).map(|number| entry(asked % 2 * 1_000 + number)).collect();
        Ok(ArchivePage { messages: Vec::new(), entries, complete: false })
    });
    assert!(asked <= u64::try_from(ENTRIES_MAX).unwrap() / 50 + 2, "{asked}");
    assert_eq!(reader.open(), [GapState::Open; 2]);
}

#[test]
fn an_id_that_comes_twice_tells_no_message_twice_and_hides_no_other() {
    let mut server = Server::new(Way::ByPlace);
    server.archive(0..1);
    let mut reader = Reader::of(&mut server);
    let entries = vec![ArchivePosition { id: "7".to_owned(), at: None }; 3];
    let messages = vec![
        message(7, 7, "one"),
        message(7, 7, "two"),
        message(7, 7, "two"),
        message(9, 9, "of no entry"),
    ];
    let steps = reader.archive.begin(reader.now);
    reader.take(steps, |_| {
        let (entries, messages) = (entries.clone(), messages.clone());
        Ok(ArchivePage { messages, entries, complete: true })
    });
    assert_eq!(reader.in_order(), ["one", "two", "of no entry"]);
    // Nor does a made-up entry hide what comes by itself.
    let bob = "bob@b.example".parse().unwrap();
    assert!(reader.archive.came("7", (&bob, None, "three"), true).is_some());
    assert!(reader.archive.came("7", (&bob, None, "three"), true).is_none());
}

#[test]
fn a_server_whose_clock_was_set_back_two_hours_is_read_again() {
    const HOURS: u64 = 2 * 3600;
    for way in WAYS {
        let mut server = Server::new(way);
        reader_under_two_clocks(&mut server, HOURS);
    }

    fn reader_under_two_clocks(server: &mut Server, ahead: u64) {
        let now = 1_000_000;
        server.archive(now + ahead..now + ahead + 20);
        let mut reader = Reader::of(server);
        for number in now + ahead + 20..now + ahead + 40 {
            reader.hears(server, number);
        }
        // Then it is right again.
        let right = now + 60..now + 360;
        let told = right.clone().map(|number| (number, number, format!("m{number}")));
        match server.way {
            Way::ByPlace => {
                // Ids say nothing of time there.
                server
                    .entries
                    .extend(told.map(|(id, second, body)| (id + 9_000_000, second, body)));
            }
            Way::ByTime => {
                server.entries.extend(told);
                server.entries.sort();
            }
        }
        reader.starts_again();
        reader.now = at(now + 400);
        reader.signs_in(server);
        for number in right {
            let body = format!("m{number}");
            let times = reader.told.iter().filter(|(_, told)| *told == body).count();
            assert_eq!(times, 1, "{:?} {body}", server.way);
        }
        let live = (now + ahead + 20..now + ahead + 40).map(|number| format!("m{number}"));
        for body in live {
            assert_eq!(reader.told.iter().filter(|(_, told)| *told == body).count(), 1);
        }
    }
}

#[test]
fn stamps_of_the_next_century_hide_nothing() {
    for way in WAYS {
        let mut server = Server::new(way);
        server.archive(0..10);
        let mut reader = Reader::of(&mut server);
        reader.hears(&mut server, 10);
        server.entries.last_mut().unwrap().1 = 3_000_000_000;
        reader.signs_in(&mut server);
        server.archive(11..100);
        server.entries.remove(10);
        reader.starts_again();
        reader.signs_in(&mut server);
        for number in 10..100 {
            let body = format!("m{number}");
            assert_eq!(reader.told.iter().filter(|(_, told)| *told == body).count(), 1, "{body}");
        }
    }
}

#[test]
fn if_there_is_no_archive_any_more_nothing_is_said_to_be_missing() {
    let mut server = Server::new(Way::ByPlace);
    server.archive(0..3);
    let mut reader = Reader::of(&mut server);
    let steps = reader.archive.begin(reader.now);
    reader.take(steps, |_| Err(refused("service-unavailable")));
    assert_eq!((reader.open(), reader.settled), (vec![], 2));
    server.archive(3..9);
    reader.starts_again();
    reader.signs_in(&mut server);
    reader.has_all(3..9);
}

#[test]
fn an_entry_that_is_gone_in_the_middle_of_reading_is_gone_by_its_time() {
    let mut server = Server::new(Way::ByPlace);
    server.archive(0..3);
    let mut reader = Reader::of(&mut server);
    server.archive(3..300);
    let (steps, mut asked) = (reader.archive.begin(reader.now), 0);
    reader.take(steps, |query| {
        asked += 1;
        if asked == 4
            && let ArchiveRange::Before(id) = &query.range
        {
            let id = id.parse::<u64>().unwrap();
            server.entries.retain(|entry| entry.0 != id);
        }
        server.answer(query)
    });
    reader.has_all(3..300);
    assert_eq!(reader.open(), []);
}

#[test]
fn gaps_are_bounded() {
    let mut server = Server::new(Way::ByPlace);
    server.archive(0..1);
    let mut reader = Reader::of(&mut server);
    for round in 0..GAPS_MAX as u64 + 4 {
        let first = 1 + round * 200;
        server.archive(first..first + 200);
        let (steps, mut asked) = (reader.archive.begin(reader.now), 0);
        reader.take(steps, |query| {
            asked += 1;
            if asked > 2 { Err(RequestError::TimedOut) } else { server.answer(query) }
        });
        assert!(reader.archive.gaps.len() <= GAPS_MAX);
    }
    assert_eq!(reader.gaps.len(), GAPS_MAX);
    reader.starts_again();
    reader.signs_in(&mut server);
    assert_eq!(reader.open(), []);
    assert_eq!(reader.told.len(), (GAPS_MAX + 4) * 200);
}

#[test]
fn after_many_that_came_by_themselves_the_time_of_the_newest_is_asked_for() {
    let mut server = Server::new(Way::ByPlace);
    server.archive(0..1);
    let mut reader = Reader::of(&mut server);
    let asked = server.asked;
    let many = u64::from(UNSTAMPED_MAX);
    for number in 1..=many {
        reader.hears(&mut server, number);
    }
    assert_eq!(server.asked, asked + 1);
    let Last::At(last) = &reader.archive.last else { panic!() };
    assert_eq!(*last, Position { id: Some(many.to_string()), at: Some(at(many)) });
}

#[test]
fn what_came_by_itself_meanwhile_does_not_hide_that_all_before_is_gone() {
    for way in WAYS {
        let mut server = Server::new(way);
        server.archive(0..40);
        let mut reader = Reader::of(&mut server);
        server.archive(40..60);
        server.entries.drain(..50);
        // It comes before the first page is read, and is on that page, too.
        let steps = reader.archive.begin(reader.now);
        reader.hears(&mut server, 60);
        reader.take(steps, |query| server.answer(query));
        reader.has_all(50..61);
        assert_eq!(reader.open(), [GapState::Incomplete], "{way:?}");
    }
}

#[test]
fn a_gap_is_told_of_when_something_changes_and_not_with_each_page() {
    let mut server = Server::new(Way::ByPlace);
    server.archive(0..1);
    let mut reader = Reader::of(&mut server);
    (server.page_max, server.asked) = (1, 0);
    server.archive(1..200);
    reader.told_of = 0;
    reader.signs_in(&mut server);
    reader.has_all(1..200);
    assert!(reader.told_of <= 3, "{}", reader.told_of);
}

#[test]
fn of_very_many_that_were_told_none_is_told_again_when_the_last_is_gone() {
    for way in WAYS {
        let mut server = Server::new(way);
        server.archive(0..1);
        let mut reader = Reader::of(&mut server);
        let many = u64::from(SHOWN_MAX) * 2;
        server.archive(1..many);
        reader.signs_in(&mut server);
        reader.has_all(1..many);
        server.entries.pop();
        server.archive(many..many + 5);
        reader.starts_again();
        reader.archive.last = match &reader.archive.last {
            // On a server that goes by time, a stamp that lies ahead is one that is gone.
            Last::At(last) if way == Way::ByTime => {
                Last::At(Position { at: Some(reader.now + AHEAD_MAX * 2), ..last.clone() })
            }
            last @ (Last::Unknown | Last::Empty | Last::At(_)) => last.clone(),
        };
        reader.signs_in(&mut server);
        assert_eq!(reader.told.len() as u64, many - 1 + 5, "{way:?}");
    }
}

#[test]
fn if_it_is_not_answered_whether_anything_is_missing_the_gap_stays_until_it_is() {
    for (error, is_gone) in [(RequestError::TimedOut, false), (RequestError::Busy, true)] {
        let mut server = Server::new(Way::ByTime);
        server.archive(0..3);
        let mut reader = Reader::of(&mut server);
        server.archive(3..20);
        if is_gone {
            server.entries.drain(..10);
        }
        let steps = reader.archive.begin(reader.now);
        reader.take(steps, |query| {
            let is_check = matches!(query.range, ArchiveRange::Before(_));
            if is_check { Err(error.clone()) } else { server.answer(query) }
        });
        assert_eq!(reader.open(), [GapState::Open]);
        reader.starts_again();
        reader.signs_in(&mut server);
        let wanted = if is_gone { vec![GapState::Incomplete] } else { vec![] };
        assert_eq!(reader.open(), wanted, "{error:?}");
        reader.has_all(if is_gone { 10..20 } else { 3..20 });
    }
}

#[test]
fn the_time_of_what_was_not_told_is_not_the_time_of_the_last() {
    for way in WAYS {
        let mut server = Server::new(way);
        let mut reader = Reader::of(&mut server);
        // The server archives two more before it answers, and cannot tell them.
        server.archive(1..4);
        let name = message(1, 1, "m1");
        let steps = reader.archive.came("1", (&name.from.to_bare(), None, "m1"), true).unwrap();
        reader.take(steps, |query| server.answer(query));
        let Last::At(last) = &reader.archive.last else { panic!() };
        assert_eq!(last.at, Some(at(1)), "{way:?}");
        server.archive(4..9);
        server.entries.drain(..1);
        reader.starts_again();
        reader.signs_in(&mut server);
        assert_eq!(reader.open(), [GapState::Incomplete], "{way:?}");
        reader.has_all(2..9);
    }
}

#[test]
fn if_the_end_of_an_archive_is_not_told_at_first_no_later_end_is_taken_for_it_in_silence() {
    for error in [RequestError::TimedOut, refused("internal-server-error"), RequestError::Lost] {
        for (hears_before, dies) in [(false, false), (true, false), (false, true)] {
            let mut server = Server::new(Way::ByPlace);
            server.archive(0..5);
            let mut reader = Reader::of(&mut server);
            reader.archive = Archive::new(None, &[], Numbers::default());
            let steps = reader.archive.begin(reader.now);
            reader.take(steps, |_| Err(error.clone()));
            let is_known = hears_before && error != RequestError::Lost;
            if is_known {
                reader.hears(&mut server, 5);
            }
            server.archive(6..300);
            reader.archive.lose();
            if dies {
                reader.starts_again();
            }
            reader.signs_in(&mut server);
            if is_known {
                reader.has_all(5..300);
                assert_eq!(reader.open(), [], "{error:?}");
            } else {
                assert_eq!(reader.open(), [GapState::Incomplete], "{error:?}");
            }
        }
    }
}

#[test]
fn what_came_by_itself_without_a_name_of_the_archive_is_not_told_again() {
    let mut server = Server::new(Way::ByPlace);
    server.archive(0..1);
    let mut reader = Reader::of(&mut server);
    server.archive(1..4);
    let message = message(2, 2, "m2");
    let (from, id) = (message.from.to_bare(), message.id.as_deref());
    assert!(reader.archive.heard(&from, id, "m2"));
    assert!(!reader.archive.heard(&from, id, "m2"), "nor twice by itself");
    assert!(reader.archive.heard(&from, id, "another text"));
    assert!(reader.archive.heard(&from, Some("1"), "m3"), "that id may come again");
    reader.signs_in(&mut server);
    assert_eq!(reader.in_order(), ["m1", "m3"]);
}

#[test]
fn a_first_life_that_ends_before_it_is_told_where_the_archive_ends_goes_on_where_it_heard_something()
 {
    for way in WAYS {
        let mut server = Server::new(way);
        server.archive(0..5);
        let mut reader = Reader::of(&mut server);
        reader.archive = Archive::new(None, &[], Numbers::default());
        let asked = reader.archive.begin(reader.now);
        reader.take(asked, |_| Err(RequestError::Lost));
        let asked = reader.archive.begin(reader.now);
        assert!(matches!(asked.last(), Some(Step::Ask(_))), "and it is not answered");
        for number in 5..8 {
            reader.hears(&mut server, number);
        }
        reader.starts_again();
        server.archive(8..300);
        reader.signs_in(&mut server);
        reader.has_all(5..300);
        assert_eq!(reader.open(), [], "{way:?}");
    }
}
