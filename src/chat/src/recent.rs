//! The latest messages, by keyed hashes of what tells them apart.

use std::collections::VecDeque;
use std::hash::{BuildHasher, Hash, RandomState};

/// How many messages are remembered, to show a repeated one once.
const RECENT_MAX: usize = 512;

/// The latest messages.
#[derive(Debug)]
pub(crate) struct Recent {
    hasher: RandomState,
    hashes: VecDeque<u64>,
}

impl Recent {
    pub(crate) const fn new(hasher: RandomState) -> Self {
        Self { hasher, hashes: VecDeque::new() }
    }

    /// Takes a message in; says whether it was known.
    pub(crate) fn repeats(&mut self, name: impl Hash) -> bool {
        let hash = self.hasher.hash_one(name);
        if self.hashes.contains(&hash) {
            return true;
        }
        if self.hashes.len() == RECENT_MAX {
            self.hashes.pop_front();
        }
        self.hashes.push_back(hash);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_very_many_messages_the_last_are_remembered() {
        let mut recent = Recent::new(RandomState::new());
        for number in 0..=RECENT_MAX {
            assert!(!recent.repeats(number));
        }
        assert!(recent.repeats(RECENT_MAX));
        assert_eq!(recent.hashes.len(), RECENT_MAX);
        assert!(!recent.repeats(0));
    }
}
