//! How values of ours stand in the database: written and read in one place.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// A moment, in nanoseconds since 1970 so that what is read equals what was written. Moments
/// outside 1970–2262 are moved to the nearest end.
pub(crate) struct Moment(pub(crate) SystemTime);

impl ToSql for Moment {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let since = self.0.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX).into())
    }
}

impl FromSql for Moment {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        let since = u64::try_from(number).map_err(|_| FromSqlError::OutOfRange(number))?;
        UNIX_EPOCH
            .checked_add(Duration::from_nanos(since))
            .map(Self)
            .ok_or(FromSqlError::OutOfRange(number))
    }
}

/// A count, which the database takes up to 2⁶³. What is beyond is moved to the end.
pub(crate) struct Number(pub(crate) u64);

impl ToSql for Number {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(i64::try_from(self.0).unwrap_or(i64::MAX).into())
    }
}

impl FromSql for Number {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        u64::try_from(number).map(Self).map_err(|_| FromSqlError::OutOfRange(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(at: SystemTime) -> SystemTime {
        let database = rusqlite::Connection::open_in_memory().unwrap();
        let Moment(read) = database.query_row("SELECT ?1", [Moment(at)], |row| row.get(0)).unwrap();
        read
    }

    #[test]
    fn a_moment_comes_back_as_it_was() {
        let at = UNIX_EPOCH + Duration::new(1_800_000_000, 123_456_700);
        assert_eq!(stored(at), at);
        assert_eq!(stored(UNIX_EPOCH), UNIX_EPOCH);
    }

    #[test]
    fn a_moment_out_of_range_is_moved_to_the_nearest_end() {
        assert_eq!(stored(UNIX_EPOCH - Duration::from_secs(1)), UNIX_EPOCH);
        let end = UNIX_EPOCH + Duration::from_nanos(i64::MAX.unsigned_abs());
        assert_eq!(stored(end + Duration::from_secs(1)), end);
    }
}
