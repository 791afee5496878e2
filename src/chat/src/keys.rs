//! The contact's keys: which of them get texts, and which wait for the person. A decision is about one
//! key of one contact, is kept with that key, and ends when it is taken back.
//!
//! Not here: how a verification runs; which padlock follows.

use otr::Fingerprint;

use crate::privacy::KeyStanding;
use crate::trust::Trust;

/// So many keys of one contact wait for a decision; of more, those go that came up longest ago. As
/// many as the database keeps.
pub const UNDECIDED_KEYS_MAX: usize = 32;

/// A key that came up, as it is written down now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighted {
    /// What was decided about it.
    pub trust: Trust,
    /// Whether it was never seen before.
    pub is_new: bool,
}

/// One key that came up.
#[derive(Clone, Copy, Debug)]
struct Known {
    key: Fingerprint,
    trust: Trust,
    /// Whether this life of the program has told of a session with it.
    told: bool,
}

/// The keys of one contact. What cannot be written down holds here until the program ends.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// By when they first came up.
    known: Vec<Known>,
    /// Whether there were others, or may be, which could not be read.
    had_others: bool,
    /// The key of a second client that the window knows to wait for a decision.
    shown_beside: Option<Fingerprint>,
}

impl Keys {
    /// Takes in what is written down; `None` if it cannot be read.
    pub(crate) fn restore(&mut self, kept: Option<Vec<(Fingerprint, Trust)>>) {
        self.had_others |= kept.is_none();
        for (key, trust) in kept.into_iter().flatten() {
            match self.find(key) {
                Some(known) => known.trust = trust,
                None => self.known.push(Known { key, trust, told: false }),
            }
        }
    }

    fn find(&mut self, key: Fingerprint) -> Option<&mut Known> {
        self.known.iter_mut().find(|known| known.key == key)
    }

    /// Whether any is known: then we were private before, here or in another program of ours.
    pub(crate) const fn is_any_known(&self) -> bool {
        !self.known.is_empty()
    }

    pub(crate) fn trust(&self, key: Fingerprint) -> Option<Trust> {
        self.known.iter().find(|known| known.key == key).map(|known| known.trust)
    }

    pub(crate) fn standing(&self, key: Fingerprint) -> KeyStanding {
        match self.trust(key) {
            Some(Trust::Verified { .. }) => KeyStanding::Verified,
            Some(Trust::Accepted { .. } | Trust::First) => KeyStanding::Accepted,
            Some(Trust::Doubted { .. }) => KeyStanding::Doubted,
            Some(Trust::Undecided) | None => {
                let other_verified = self.known.iter().any(|known| known.trust.is_verified());
                KeyStanding::New { other_verified }
            }
        }
    }

    /// A session began with this key, which was written down so, if it could be; what it counts as,
    /// if it is new here.
    pub(crate) fn saw(&mut self, key: Fingerprint, sighted: Option<Sighted>) -> Option<Trust> {
        if self.find(key).is_some() {
            return None;
        }
        let is_first = self.known.is_empty() && !self.had_others;
        let trust = match sighted.map(|sighted| sighted.trust) {
            Some(Trust::First) | None if is_first => Trust::First,
            // Only here is another one known, since it could not be written down.
            Some(Trust::First) | None => Trust::Undecided,
            Some(
                trust @ (Trust::Undecided
                | Trust::Accepted { .. }
                | Trust::Verified { .. }
                | Trust::Doubted { .. }),
            ) => trust,
        };
        self.known.push(Known { key, trust, told: false });
        self.prune();
        Some(trust)
    }

    /// Of too many that wait for a decision the oldest is forgotten, as the database does.
    fn prune(&mut self) {
        let waits = |known: &Known| known.trust == Trust::Undecided;
        if self.known.iter().filter(|known| waits(known)).count() > UNDECIDED_KEYS_MAX
            && let Some(oldest) = self.known.iter().position(waits)
        {
            self.known.remove(oldest);
        }
    }

    /// Takes in a decision; whether the key is known.
    pub(crate) fn decide(&mut self, key: Fingerprint, trust: Trust) -> bool {
        let known = self.find(key);
        known.map(|known| known.trust = trust).is_some()
    }

    pub(crate) fn forget(&mut self, key: Fingerprint) {
        self.known.retain(|known| known.key != key);
        self.had_others = true;
    }

    /// Whether nobody was told of a session with this key yet; from now on somebody was.
    pub(crate) fn is_untold(&mut self, key: Fingerprint) -> bool {
        self.find(key).is_none_or(|known| !std::mem::replace(&mut known.told, true))
    }

    /// Whether it is news to the window that this key waits beside the one that texts go to.
    pub(crate) fn is_news_beside(&mut self, key: Option<Fingerprint>) -> bool {
        std::mem::replace(&mut self.shown_beside, key) != key
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn key(number: usize) -> Fingerprint {
        let mut bytes = [0; 20];
        bytes[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
        Fingerprint::V3(bytes)
    }

    #[test]
    fn without_anywhere_to_write_the_first_key_is_accepted_and_a_second_one_is_not() {
        let mut keys = Keys::default();
        assert_eq!(keys.saw(key(1), None), Some(Trust::First));
        assert_eq!(keys.saw(key(2), None), Some(Trust::Undecided));
        assert_eq!(keys.saw(key(1), None), None);
        assert_eq!(keys.standing(key(1)), KeyStanding::Accepted);
        assert_eq!(keys.standing(key(2)), KeyStanding::New { other_verified: false });
        // Where the disk has room again, it takes the second one for the first.
        let sighted = Sighted { trust: Trust::First, is_new: true };
        assert_eq!(keys.saw(key(3), Some(sighted)), Some(Trust::Undecided));
    }

    #[test]
    fn where_what_rests_cannot_be_read_no_key_is_taken_for_the_first() {
        let mut keys = Keys { had_others: true, ..Keys::default() };
        assert_eq!(keys.saw(key(1), None), Some(Trust::Undecided));
        assert!(!keys.standing(key(1)).gets_texts());
        assert!(keys.decide(key(1), Trust::Accepted { at: SystemTime::now() }));
        assert!(keys.standing(key(1)).gets_texts());
    }

    #[test]
    fn a_key_that_was_forgotten_or_never_came_up_gets_nothing() {
        let mut keys = Keys::default();
        assert!(!keys.standing(key(1)).gets_texts());
        assert!(!keys.decide(key(1), Trust::First));
        keys.saw(key(1), None);
        keys.forget(key(1));
        assert!(!keys.standing(key(1)).gets_texts());
    }

    #[test]
    fn of_too_many_keys_that_wait_the_oldest_goes_and_none_that_was_decided_about() {
        let mut keys = Keys::default();
        for number in 0..=UNDECIDED_KEYS_MAX {
            keys.saw(key(number), None);
            assert_eq!(keys.known.len(), 1 + number);
        }
        keys.saw(key(1000), None);
        assert_eq!(keys.known.len(), 1 + UNDECIDED_KEYS_MAX);
        assert_eq!(keys.standing(key(0)), KeyStanding::Accepted);
        assert_eq!(keys.trust(key(1)), None);
        assert_eq!(keys.trust(key(1000)), Some(Trust::Undecided));
    }
}
