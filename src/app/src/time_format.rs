//! Formats times and dates as a person reads them: local time zone, no seconds.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Datelike, Local, NaiveDate};

use crate::t;

/// The day something happened on, where the computer is.
pub(crate) fn day(at: SystemTime) -> NaiveDate {
    local(at).date_naive()
}

/// Hours and minutes.
pub(crate) fn clock(at: SystemTime) -> String {
    local(at).format("%H:%M").to_string()
}

/// The first full minute at which a moment has passed, as hours and minutes.
pub(crate) fn clock_after(at: SystemTime) -> String {
    clock(at + Duration::from_nanos(59_999_999_999))
}

/// The day in words, as seen from `today`.
pub(crate) fn day_in_words(day: NaiveDate, today: NaiveDate) -> String {
    match (today - day).num_days() {
        0 => t!("day-today"),
        1 => t!("day-yesterday"),
        _ => t!("day-date", day = day.day(), month = day.month(), year = day.year().to_string()),
    }
}

/// The day in words, as seen from now.
pub(crate) fn date(at: SystemTime) -> String {
    day_in_words(day(at), day(SystemTime::now()))
}

fn local(at: SystemTime) -> DateTime<Local> {
    at.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::strip_isolates;

    #[test]
    fn the_last_two_days_have_names_and_the_others_a_date() {
        let today = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
        let before = |days| today - chrono::Days::new(days);
        assert_eq!(day_in_words(today, today), "Today");
        assert_eq!(day_in_words(before(1), today), "Yesterday");
        assert_eq!(strip_isolates(&day_in_words(before(2), today)), "27 February 2026");
    }

    #[test]
    fn the_clock_shows_hours_and_minutes() {
        let text = clock(SystemTime::now());
        assert_eq!(text.len(), 5);
        assert_eq!(text.find(':'), Some(2));
    }

    #[test]
    fn a_moment_has_passed_at_the_next_full_minute() {
        let minute = SystemTime::UNIX_EPOCH + Duration::from_secs(60);
        for before in [0, 1, 59] {
            let moment = minute - Duration::from_secs(before);
            assert_eq!(clock_after(moment), clock(minute), "{before} s before");
        }
        assert_ne!(clock_after(minute + Duration::from_millis(1)), clock(minute));
    }
}
