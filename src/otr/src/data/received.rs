//! Which messages of one pair of keys came already: OTR counts upwards, and a network may repeat.

/// So many counters below the highest are remembered one by one.
pub(super) const WINDOW: u32 = u64::BITS;

/// The counters that were received under one pair of keys.
#[derive(Default)]
pub(super) struct Received {
    /// 0: none.
    highest: u64,
    /// Bit n: the message with the counter `highest - n` was opened.
    opened: u64,
}

/// What a counter says of its message, once that is authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Above all others.
    Next,
    /// It was opened before.
    Repeated,
    /// It comes after a later one, or is too old to know: it is not opened any more.
    Late,
}

impl Received {
    pub(super) const fn is_empty(&self) -> bool {
        self.highest == 0
    }

    /// Where `counter` stands; if above all others, it is the highest from now on. 0 is invalid.
    pub(super) fn take(&mut self, counter: u64) -> Order {
        match self.highest.checked_sub(counter) {
            None => {
                let ahead = u32::try_from(counter.saturating_sub(self.highest)).ok();
                let kept = ahead.and_then(|ahead| self.opened.checked_shl(ahead));
                *self = Self { highest: counter, opened: kept.unwrap_or(0) | 1 };
                Order::Next
            }
            Some(behind) => {
                let behind = u32::try_from(behind).ok().filter(|behind| *behind < WINDOW);
                let bit = behind.and_then(|behind| 1_u64.checked_shl(behind));
                let is_opened = counter != 0 && bit.is_some_and(|bit| self.opened & bit != 0);
                if is_opened { Order::Repeated } else { Order::Late }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // otr3 A48, A49
    #[test]
    fn the_window_moves_with_the_highest_counter() {
        let mut received = Received::default();
        assert!(received.is_empty());
        assert_eq!(received.take(0), Order::Late);
        for counter in [1, 3, 64, 65] {
            assert_eq!(received.take(counter), Order::Next);
        }
        let orders = [65, 64, 3, 2, 1, 0].map(|counter| received.take(counter));
        let (repeated, late) = (Order::Repeated, Order::Late);
        assert_eq!(orders, [repeated, repeated, repeated, late, late, late]);
        assert_eq!(received.take(u64::MAX), Order::Next);
        assert_eq!(received.take(u64::MAX), Order::Repeated);
        assert_eq!([65, u64::MAX - 63, u64::MAX - 64].map(|it| received.take(it)), [late; 3]);
    }
}
