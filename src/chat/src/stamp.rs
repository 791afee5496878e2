//! What a clock of others is worth.

use std::time::{Duration, SystemTime};

/// The year 1999 began: nobody spoke this protocol before.
const FIRST_SERVER: Duration = Duration::from_secs(915_148_800);

/// When a readable message was written, as somebody says: `now`, if that cannot be, so that no stamp
/// puts a conversation before or behind all others.
#[must_use]
pub fn believable(said: SystemTime, now: SystemTime) -> SystemTime {
    within(said, SystemTime::UNIX_EPOCH + FIRST_SERVER, now)
}

/// The same where nothing can have been written before `began`.
#[must_use]
pub fn within(said: SystemTime, began: SystemTime, now: SystemTime) -> SystemTime {
    if said >= began && said <= now { said } else { now }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_now() {
        let year = Duration::from_secs(31_557_600);
        let now = SystemTime::UNIX_EPOCH + year * 56;
        let impossible = [
            now + year,
            now + year * 7_000,
            SystemTime::UNIX_EPOCH,
            SystemTime::UNIX_EPOCH - year * 1_900,
        ];
        for said in impossible {
            assert_eq!(believable(said, now), now, "{said:?}");
        }
        assert_eq!(believable(now - year, now), now - year);
        assert_eq!(within(now - year, now, now), now);
    }
}
