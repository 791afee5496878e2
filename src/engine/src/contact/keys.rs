//! The contact's keys: which of them get texts, which wait for the person, and what the person
//! decides. A decision is about one key of one contact, rests with that key, and ends when it is
//! taken back.
//!
//! Not here: how a verification runs; which padlock follows.

use std::time::SystemTime;

use chat::{DeliveryState, KeyStanding, RequiredProtection};
use otr::{InstanceTag, MessageState};
use vault::UNDECIDED_KEYS_MAX;

use super::Contact;
use super::sending::waiting;
use crate::keys::KeyReport;
use crate::message::{
    ChatEvent, ChatId, Doubt, Fingerprint, HeldReason, Notice, Padlock, Proof, Trust,
};
use crate::store::{Sighted, Store};

/// One key that came up.
#[derive(Clone, Copy, Debug)]
struct Known {
    key: Fingerprint,
    trust: Trust,
    /// Whether this life of the program has told of a session with it.
    told: bool,
}

/// The keys of one contact. What cannot be written down holds here until Sotto closes.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// By when they first came up.
    known: Vec<Known>,
    /// Whether there were others, or may be, which could not be read.
    had_others: bool,
    /// The key of a second program that the window knows to wait for a decision.
    pub(super) shown_beside: Option<Fingerprint>,
}

impl Keys {
    pub(super) async fn of(store: &Store, chat: &ChatId) -> Self {
        let mut keys = Self::default();
        keys.read(store, chat).await;
        keys
    }

    /// Takes in what rests, after something else than this contact wrote there.
    async fn read(&mut self, store: &Store, chat: &ChatId) {
        let resting = store.keys_of(chat).await;
        self.had_others |= resting.is_none();
        for (key, trust) in resting.into_iter().flatten() {
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
    pub(super) const fn is_any_known(&self) -> bool {
        !self.known.is_empty()
    }

    pub(super) fn trust(&self, key: Fingerprint) -> Option<Trust> {
        self.known.iter().find(|known| known.key == key).map(|known| known.trust)
    }

    pub(super) fn standing(&self, key: Fingerprint) -> KeyStanding {
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
    fn saw(&mut self, key: Fingerprint, sighted: Option<Sighted>) -> Option<Trust> {
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

    /// Of too many that wait for a decision the oldest is forgotten, as the vault does.
    fn prune(&mut self) {
        let waits = |known: &Known| known.trust == Trust::Undecided;
        if self.known.iter().filter(|known| waits(known)).count() > UNDECIDED_KEYS_MAX
            && let Some(oldest) = self.known.iter().position(waits)
        {
            self.known.remove(oldest);
        }
    }

    /// Takes in a decision; whether the key is known.
    fn decide(&mut self, key: Fingerprint, trust: Trust) -> bool {
        let known = self.find(key);
        known.map(|known| known.trust = trust).is_some()
    }

    fn forget(&mut self, key: Fingerprint) {
        self.known.retain(|known| known.key != key);
        self.had_others = true;
    }

    /// Whether nobody was told of a session with this key yet; from now on somebody was.
    pub(super) fn is_untold(&mut self, key: Fingerprint) -> bool {
        self.find(key).is_none_or(|known| !std::mem::replace(&mut known.told, true))
    }
}

impl Contact {
    /// A session began with this key. Says whether it was never seen before.
    pub(super) async fn saw_key(&mut self, key: Fingerprint) -> bool {
        let sighted = self.store.saw_key(&self.chat, key).await;
        let counts_as = self.keys.saw(key, sighted);
        if let (Some(trust), Some(sighted)) = (counts_as, sighted)
            && trust != sighted.trust
        {
            self.store.set_trust(&self.chat, key, trust).await;
        }
        counts_as.is_some() && sighted.is_none_or(|sighted| sighted.is_new)
    }

    /// Of several programs of the contact, those are preferred whose keys stand best; among them
    /// the protocol follows the one that was heard last. A new key draws nothing to itself while
    /// another one is there.
    pub(super) fn prefer_known_keys(&mut self) {
        let there: Vec<_> = self.sessions_there().map(|(_, key)| key).collect();
        let best = there.iter().map(|key| self.keys.standing(*key)).max();
        let preferred = there.into_iter().filter(|key| Some(self.keys.standing(*key)) == best);
        let preferred: Vec<_> = preferred.collect();
        self.conversation.set_trusted(preferred);
    }

    /// Every program of the contact that is private with us and there, with its key.
    fn sessions_there(&self) -> impl Iterator<Item = (InstanceTag, Fingerprint)> {
        self.conversation.instances().filter_map(|state| match state {
            MessageState::Encrypted { instance, fingerprint, .. }
                if self.conversation.is_present(instance) =>
            {
                Some((instance, fingerprint))
            }
            MessageState::Encrypted { .. }
            | MessageState::Finished { .. }
            | MessageState::Plaintext => None,
        })
    }

    /// Tells the window of a second program whose new key waits for a decision, while texts go on
    /// to the one that is known.
    pub(super) async fn show_key_beside(&mut self) {
        let is_new =
            |key: &Fingerprint| matches!(self.keys.standing(*key), KeyStanding::New { .. });
        let beside = match self.padlock() {
            Padlock::Private(_) | Padlock::Verified(_) => {
                self.sessions_there().map(|(_, key)| key).find(is_new)
            }
            Padlock::NotPrivate
            | Padlock::Unasked
            | Padlock::Starting
            | Padlock::Waiting
            | Padlock::Unanswered
            | Padlock::Finished
            | Padlock::KeyChanged(_)
            | Padlock::Doubted(_) => None,
        };
        if self.keys.shown_beside != beside {
            self.keys.shown_beside = beside;
            self.tell(ChatEvent::NewKeyBeside(beside)).await;
        }
    }

    /// The person made sure of a key, or takes back whatever was decided about it.
    pub(super) async fn set_trust(&mut self, key: Fingerprint, proof: Option<Proof>) {
        if proof == Some(Proof::Compared) {
            self.key_was_compared(key);
        }
        let (trust, notice) = match proof {
            Some(proof) => {
                (Trust::Verified { proof, at: SystemTime::now() }, Notice::Verified(proof))
            }
            None => return self.doubt_key(key, Doubt::Withdrawn).await,
        };
        self.decide(key, trust, notice).await;
    }

    /// The person goes on with exactly this key; what it made wait is sent to it.
    pub(super) async fn accept_key(&mut self, key: Fingerprint) {
        if self.keys.standing(key).gets_texts() {
            return;
        }
        let made_wait = self.padlock().fingerprint() == Some(key);
        if !self.decide(key, Trust::Accepted { at: SystemTime::now() }, Notice::KeyAccepted).await {
            return;
        }
        self.privacy.texts_go_to(key);
        if !made_wait {
            return;
        }
        let mut meant_for_it = Vec::new();
        for entry in self.outbox.iter_mut() {
            if let DeliveryState::Held(HeldReason::KeyChanged | HeldReason::Doubted) = entry.state {
                entry.required = RequiredProtection::Private(Some(key));
                meant_for_it.push(waiting(entry));
            }
        }
        for waiting in meant_for_it {
            self.store.keep(&self.chat, waiting).await;
        }
    }

    /// The person was told that this key may not be the contact's.
    pub(super) async fn doubt_key(&mut self, key: Fingerprint, doubt: Doubt) {
        let notice = match doubt {
            Doubt::Differs => Notice::KeyDiffers,
            Doubt::NotMatched => Notice::NotVerified,
            Doubt::Withdrawn => Notice::TrustWithdrawn,
        };
        let trust = Trust::Doubted { doubt, at: SystemTime::now() };
        if self.decide(key, trust, notice).await {
            self.privacy.texts_go_no_more_to(key);
        }
    }

    async fn decide(&mut self, key: Fingerprint, trust: Trust, notice: Notice) -> bool {
        if !self.keys.decide(key, trust) {
            return false;
        }
        self.store.set_trust(&self.chat, key, trust).await;
        self.report(KeyReport::Changed);
        self.notice(notice).await;
        true
    }

    /// Forgets a key that no conversation uses, and all that was decided about it.
    pub(super) async fn forget_key(&mut self, key: Fingerprint) {
        if self.privacy.session().is_some_and(|session| session.fingerprint == key) {
            return;
        }
        self.keys.forget(key);
        self.privacy.texts_go_no_more_to(key);
        self.store.forget_key(&self.chat, key).await;
        self.report(KeyReport::Changed);
    }

    /// Somebody else wrote down what is known of the contact's keys.
    pub(super) async fn review_keys(&mut self) {
        self.keys.read(&self.store, &self.chat).await;
        self.report(KeyReport::Changed);
    }
}

#[cfg(test)]
mod tests {
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
