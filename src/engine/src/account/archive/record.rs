//! How far the archive was read, as it is written down: JSON.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use xmpp::ArchivePosition;

/// Up to where something was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// The entry's id, unless the server does not know it any more.
    pub(super) id: Option<String>,
    /// When it was archived, by the server's clock; of what was not read from the archive, when
    /// the last before it was.
    pub(super) at: Option<SystemTime>,
}

impl From<&ArchivePosition> for Position {
    fn from(position: &ArchivePosition) -> Self {
        Self { id: Some(position.id.clone()), at: position.at }
    }
}

/// A gap as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// Its number among all that came; those that earlier versions wrote have none.
    pub(super) number: u64,
    /// Everything up to this one is told; `None`: it begins with the archive.
    pub(super) after: Option<Position>,
    /// Everything from this one on is told; `None`: nothing is yet.
    pub(super) before: Option<Position>,
    /// Whether the archive does not know `after` by its id any more.
    pub(super) is_after_gone: bool,
    /// Then: what was archived before this time is told.
    pub(super) since: Option<SystemTime>,
    /// The order of the first message that was told of it.
    pub(super) lowest: i64,
}

/// All that is kept of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// The newest entry that is told, if the archive was ever seen.
    pub(super) last: Last,
    pub(super) gaps: Vec<Stretch>,
    /// What was archived before this time is told, but for the gaps.
    pub(super) forgotten_until: Option<SystemTime>,
    /// Whether the archive's end was asked for, and not answered.
    pub(super) asked_in_vain: bool,
}

/// The newest entry that is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Last {
    /// The archive was never asked: what is in it is of no concern.
    #[default]
    Unknown,
    /// It was empty when it was asked: all that is in it is new.
    Empty,
    /// This one.
    At(Position),
}

#[derive(Serialize, Deserialize)]
struct Written {
    last: Option<WrittenPosition>,
    gaps: Vec<WrittenGap>,
    forgotten_until: Option<u64>,
    /// Whether there is no last because the archive was never told.
    #[serde(default)]
    unknown: bool,
    #[serde(default)]
    asked_in_vain: bool,
}

/// A position; nanoseconds since 1970.
#[derive(Serialize, Deserialize)]
struct WrittenPosition {
    id: Option<String>,
    at: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct WrittenGap {
    after: Option<WrittenPosition>,
    before: Option<WrittenPosition>,
    gone: bool,
    since: Option<u64>,
    #[serde(default)]
    number: u64,
    #[serde(default)]
    lowest: i64,
}

impl Record {
    /// As it is written down.
    pub(super) fn write(&self) -> String {
        let last = match &self.last {
            Last::Unknown | Last::Empty => None,
            Last::At(position) => Some(written(position)),
        };
        let gaps = self.gaps.iter().map(|gap| WrittenGap {
            after: gap.after.as_ref().map(written),
            before: gap.before.as_ref().map(written),
            gone: gap.is_after_gone,
            since: gap.since.map(to_nanos),
            number: gap.number,
            lowest: gap.lowest,
        });
        let forgotten_until = self.forgotten_until.map(to_nanos);
        let (unknown, asked_in_vain) = (self.last == Last::Unknown, self.asked_in_vain);
        let written =
            Written { last, gaps: gaps.collect(), forgotten_until, unknown, asked_in_vain };
        serde_json::to_string(&written).unwrap_or_default()
    }

    /// As it was written; earlier versions wrote `message ID`, or `empty SECONDS`. What cannot be
    /// read counts as never asked.
    pub(super) fn read(text: &str) -> Self {
        if let Some(id) = text.strip_prefix("message ") {
            let position = Position { id: Some(id.to_owned()), at: None };
            return Self { last: Last::At(position), ..Self::default() };
        }
        if text.starts_with("empty ") {
            return Self { last: Last::Empty, ..Self::default() };
        }
        let Ok(written) = serde_json::from_str(text) else {
            return Self::default();
        };
        let Written { last, gaps, forgotten_until, unknown, asked_in_vain } = written;
        let nothing = if unknown { Last::Unknown } else { Last::Empty };
        let gaps = gaps.into_iter().map(|gap: WrittenGap| Stretch {
            after: gap.after.map(read),
            before: gap.before.map(read),
            is_after_gone: gap.gone,
            since: gap.since.and_then(from_nanos),
            number: gap.number,
            lowest: gap.lowest,
        });
        Self {
            last: last.map_or(nothing, |last| Last::At(read(last))),
            gaps: gaps.collect(),
            forgotten_until: forgotten_until.and_then(from_nanos),
            asked_in_vain,
        }
    }
}

fn written(position: &Position) -> WrittenPosition {
    WrittenPosition { id: position.id.clone(), at: position.at.map(to_nanos) }
}

fn read(position: WrittenPosition) -> Position {
    Position { id: position.id, at: position.at.and_then(from_nanos) }
}

fn to_nanos(at: SystemTime) -> u64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

fn from_nanos(nanos: u64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let at = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::new(seconds, 1));
        let position =
            |id: &str, seconds| Some(Position { id: Some(id.to_owned()), at: at(seconds) });
        let whole = Stretch {
            after: position("a \"1\"", 5),
            before: position("b", 9),
            is_after_gone: true,
            since: at(4),
            number: 8,
            lowest: -12,
        };
        let bare = Stretch {
            after: None,
            before: None,
            is_after_gone: false,
            since: None,
            number: 3,
            lowest: 0,
        };
        let last = Position { id: None, at: None };
        let record = Record {
            last: Last::At(last),
            gaps: vec![bare, whole],
            forgotten_until: at(1_800_000_000),
            asked_in_vain: false,
        };
        assert_eq!(Record::read(&record.write()), record);
        let empty = Record { last: Last::Empty, ..Record::default() };
        assert_eq!(Record::read(&empty.write()), empty);
        for asked_in_vain in [false, true] {
            let unknown = Record { asked_in_vain, ..Record::default() };
            assert_eq!(Record::read(&unknown.write()), unknown);
        }
    }

    #[test]
    fn what_earlier_versions_wrote_is_read() {
        let Last::At(last) = Record::read("message 17 4").last else { panic!() };
        assert_eq!(last, Position { id: Some("17 4".to_owned()), at: None });
        assert_eq!(Record::read("empty 1800000000").last, Last::Empty);
        for bad in ["", "message", "{}", "nonsense"] {
            assert_eq!(Record::read(bad), Record::default(), "{bad}");
        }
    }
}
