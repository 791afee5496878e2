//! Servers that cut their stamps to whole seconds, in each of which they archive a lot.

use super::*;

impl Server {
    /// Archives so many in one second.
    fn archive_within(&mut self, second: u64, numbers: std::ops::Range<u64>) {
        self.entries.extend(numbers.map(|number| (number, second, format!("m{number}"))));
    }
}

impl Reader {
    fn times(&self, number: u64) -> usize {
        let body = format!("m{number}");
        self.told.iter().filter(|(_, told)| *told == body).count()
    }
}

#[test]
fn what_was_archived_in_the_second_of_the_first_sign_in_is_told_also_if_the_last_is_gone() {
    for (way, same) in WAYS.into_iter().flat_map(|way| [(way, 29), (way, 400)]) {
        let mut server = Server::new(way);
        server.archive_within(7, 0..10);
        let mut reader = Reader::of(&mut server);
        server.archive_within(7, 10..10 + same);
        server.archive_within(8, 10 + same..500);
        server.entries.drain(..10);
        reader.starts_again();
        reader.signs_in(&mut server);
        reader.has_all(10..500);
        assert_eq!(reader.open(), [GapState::Incomplete], "{way:?} {same}");
    }
}

#[test]
fn a_name_that_is_forgotten_hides_nothing_of_its_second() {
    let many = u64::from(SHOWN_MAX);
    for way in WAYS {
        let mut server = Server::new(way);
        server.archive_within(7, 0..1);
        let mut reader = Reader::of(&mut server);
        server.archive_within(8, 1..many);
        reader.signs_in(&mut server);
        reader.has_all(1..many);
        server.archive_within(8, many..many + 300);
        server.entries.retain(|entry| entry.0 != many - 1);
        reader.starts_again();
        reader.signs_in(&mut server);
        for number in many..many + 300 {
            assert_eq!(reader.times(number), 1, "{way:?} {number}");
        }
    }
}

#[test]
fn of_a_second_that_is_over_nothing_is_told_twice() {
    let many = u64::from(SHOWN_MAX);
    for way in WAYS {
        let mut server = Server::new(way);
        server.archive_within(7, 0..1);
        let mut reader = Reader::of(&mut server);
        server.archive_within(8, 1..many);
        server.archive_within(9, many..many + 10);
        reader.signs_in(&mut server);
        server.archive_within(9, many + 10..many + 20);
        server.entries.retain(|entry| entry.0 != many + 9);
        reader.starts_again();
        reader.signs_in(&mut server);
        for number in 1..many + 20 {
            assert_eq!(reader.times(number), 1, "{way:?} {number}");
        }
    }
}
