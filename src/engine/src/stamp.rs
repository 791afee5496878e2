//! What a clock of others is worth.

use std::time::{Duration, SystemTime};

/// The year 1999 began: nobody spoke this protocol before.
const FIRST_SERVER: Duration = Duration::from_secs(915_148_800);

/// When a readable message was written, as somebody says: now, if that cannot be, so that no stamp
/// puts a conversation before or behind all others.
pub(crate) fn believable(said: SystemTime) -> SystemTime {
    within(said, SystemTime::UNIX_EPOCH + FIRST_SERVER)
}

/// The same where nothing can have been written before `began`.
pub(crate) fn within(said: SystemTime, began: SystemTime) -> SystemTime {
    let now = SystemTime::now();
    if said >= began && said <= now { said } else { now }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_now() {
        let now = SystemTime::now();
        let year = Duration::from_secs(31_557_600);
        let impossible = [
            now + year,
            now + year * 7_000,
            SystemTime::UNIX_EPOCH,
            SystemTime::UNIX_EPOCH - year * 1_900,
        ];
        for said in impossible {
            let at = believable(said);
            assert!(at >= now && at <= SystemTime::now(), "{said:?}");
        }
        assert_eq!(believable(now - year), now - year);
        assert!(within(now - year, now) >= now);
    }
}
