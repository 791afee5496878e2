//! How long to wait before the next attempt.

use std::time::Duration;

/// The first pause.
const FIRST: Duration = Duration::from_secs(1);
/// No pause grows beyond this.
const LONGEST: Duration = Duration::from_secs(5 * 60);
/// A connection that held this long starts the count anew: in a train it will soon break again,
/// and nobody should wait minutes for the next.
const STABLE: Duration = Duration::from_secs(15);
/// Each pause is shortened or lengthened by up to this share, so that the clients of a restarted
/// server do not all come back in the same second.
const JITTER: f64 = 0.3;

/// Pauses that double from one second to five minutes.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The pause before the next attempt. `random` lies in 0..1.
    pub(crate) fn next_pause(&mut self, random: f64) -> Duration {
        let doubled = FIRST.saturating_mul(2_u32.saturating_pow(self.failures));
        self.failures = self.failures.saturating_add(1);
        let jitter = 1.0 - JITTER + 2.0 * JITTER * random.clamp(0.0, 1.0);
        doubled.min(LONGEST).mul_f64(jitter)
    }

    /// To be told how long a connection held.
    pub(crate) fn held(&mut self, duration: Duration) {
        if duration >= STABLE {
            self.failures = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_five_minutes() {
        let mut backoff = Backoff::default();
        let seconds: Vec<u64> = (0..12).map(|_| backoff.next_pause(0.5).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    }

    #[test]
    fn jitter_stays_within_thirty_percent() {
        assert_eq!(Backoff::default().next_pause(0.0), Duration::from_millis(700));
        assert_eq!(Backoff::default().next_pause(1.0), Duration::from_millis(1300));
    }

    #[test]
    fn only_a_stable_connection_starts_the_count_anew() {
        let mut backoff = Backoff::default();
        backoff.next_pause(0.5);
        backoff.held(Duration::from_secs(14));
        assert_eq!(backoff.next_pause(0.5), Duration::from_secs(2));
        backoff.held(Duration::from_secs(15));
        assert_eq!(backoff.next_pause(0.5), Duration::from_secs(1));
    }

    #[test]
    fn endless_failure_does_not_overflow() {
        let mut backoff = Backoff { failures: u32::MAX };
        assert_eq!(backoff.next_pause(0.5), LONGEST);
    }
}
