//! The sessions with the contact's clients, and which of them texts go to.

use std::time::SystemTime;

use otr::{
    Conversation, Event, Fingerprint, InstanceTag, MessageState, Output, Outputs, Security, Ssid,
    Timestamp,
};

use crate::address::Destination;
use crate::devices::{Cause, Devices};
use crate::effect::{Effect, Out, Write};
use crate::input::Delay;
use crate::keys::Keys;
use crate::notice::Notice;
use crate::padlock::Padlock;
use crate::permissions::Permissions;
use crate::privacy::{KeyStanding, Privacy, Reach};
use crate::provenance::Provenance;
use crate::stamp;
use crate::trust::{Doubt, Trust};

/// The contact as we can reach them: their clients, devices and keys, and how the conversation stands.
pub(crate) struct Sessions<D> {
    pub(crate) conversation: Conversation,
    pub(crate) devices: Devices<D>,
    pub(crate) keys: Keys,
    pub(crate) online: bool,
    pub(crate) permissions: Permissions,
    pub(crate) privacy: Privacy,
}

impl<D: Clone + Ord> Sessions<D> {
    /// Whether the contact is there, as far as we can know.
    pub(crate) fn is_there(&self) -> bool {
        self.devices.is_anybody_there(self.permissions)
    }

    pub(crate) fn reach(&self) -> Reach {
        match (self.online, self.is_there()) {
            (false, _) => Reach::Offline,
            (true, false) => Reach::Away,
            (true, true) => Reach::There,
        }
    }

    /// Who can read what is typed next, as of now.
    pub(crate) fn padlock(&self) -> Padlock {
        self.privacy.padlock(self.reach(), |key| self.keys.standing(key))
    }

    /// Whether text can go out under the session's keys right now.
    pub(crate) const fn is_usable(&self) -> bool {
        self.online && self.privacy.active().is_some()
    }

    /// The session that a text sent now would go out in.
    pub(crate) fn present(&self) -> Option<(InstanceTag, Fingerprint, Ssid)> {
        match self.conversation.message_state() {
            MessageState::Encrypted { instance, fingerprint, ssid, .. } => {
                self.is_usable().then_some((instance, fingerprint, ssid))
            }
            MessageState::Plaintext | MessageState::Finished { .. } => None,
        }
    }

    /// Every client of the contact that is private with us and there, with its key.
    fn there(&self) -> impl Iterator<Item = (InstanceTag, Fingerprint)> {
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

    /// Every client of the contact that a session is, or was, with.
    pub(crate) fn clients(&self) -> Vec<InstanceTag> {
        self.conversation.instances().filter_map(MessageState::instance).collect()
    }

    /// Of several clients of the contact, those are preferred whose keys stand best; among them
    /// the protocol follows the one that was heard last. A new key draws nothing to itself while
    /// another one is there.
    pub(crate) fn prefer_known_keys(&mut self) {
        let there: Vec<_> = self.there().map(|(_, key)| key).collect();
        let best = there.iter().map(|key| self.keys.standing(*key)).max();
        let preferred = there.into_iter().filter(|key| Some(self.keys.standing(*key)) == best);
        let preferred: Vec<_> = preferred.collect();
        self.conversation.set_trusted(preferred);
    }

    /// The new key of a second client, which waits for a decision while texts go on to the one that is
    /// known.
    pub(crate) fn key_beside(&self) -> Option<Fingerprint> {
        let is_new =
            |key: &Fingerprint| matches!(self.keys.standing(*key), KeyStanding::New { .. });
        let is_private = matches!(self.padlock(), Padlock::Private(_) | Padlock::Verified(_));
        is_private.then(|| self.there().map(|(_, key)| key).find(is_new)).flatten()
    }

    /// Whether a text sent now would go to this client.
    pub(crate) fn is_best(&self, client: InstanceTag) -> bool {
        let state = self.conversation.message_state();
        state.is_private() && state.instance() == Some(client)
    }

    /// Texts go to this client from now on.
    pub(crate) fn follow(
        &mut self,
        (client, key): (InstanceTag, Fingerprint),
        is_there: bool,
        out: &mut Out<D>,
    ) {
        self.privacy.follow((client, key), is_there, out.now.wall);
        if self.keys.standing(key).gets_texts() {
            self.privacy.texts_go_to(key);
        }
        out.push(Effect::KeyInUse(Some(key)));
    }

    /// Keeps to the client that a text sent now would go to: a contact may have several at once, each
    /// with its own key. Where one has left, the person chooses first.
    pub(crate) fn follow_best(&mut self, out: &mut Out<D>) {
        self.prefer_known_keys();
        let Some(session) = self.privacy.session() else { return };
        let MessageState::Encrypted { instance, fingerprint, .. } =
            self.conversation.message_state()
        else {
            return;
        };
        if session.instance != instance || session.fingerprint != fingerprint {
            self.follow((instance, fingerprint), self.conversation.is_present(instance), out);
        }
    }

    /// We leave the session.
    pub(crate) fn leave(&mut self, out: &mut Out<D>) {
        self.privacy.leave();
        Self::no_key_in_use(out);
    }

    /// The contact left the session.
    pub(crate) fn finish(&mut self, out: &mut Out<D>) {
        self.privacy.finish();
        Self::no_key_in_use(out);
    }

    fn no_key_in_use(out: &mut Out<D>) {
        out.push(Effect::KeyInUse(None));
        out.push(Effect::KeysChanged);
    }

    /// Where a message of the protocol goes; `cause` is what it answers.
    pub(crate) fn route(
        &self,
        to: Option<InstanceTag>,
        cause: Option<&Cause<D>>,
    ) -> Destination<D> {
        self.devices.route(to, cause, self.permissions)
    }

    /// When the protocol or the devices want something done.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        self.conversation.deadline().into_iter().chain(self.devices.deadline()).min()
    }

    /// The person was told that this key may not be the contact's.
    pub(crate) fn doubt(&mut self, key: Fingerprint, doubt: Doubt, out: &mut Out<D>) {
        let notice = match doubt {
            Doubt::Differs => Notice::KeyDiffers,
            Doubt::NotMatched => Notice::NotVerified,
            Doubt::Withdrawn => Notice::TrustWithdrawn,
        };
        let trust = Trust::Doubted { doubt, at: out.now.wall };
        if self.decide(key, trust, notice, out) {
            self.privacy.texts_go_no_more_to(key);
        }
    }

    /// Takes in a decision; whether the key is known.
    pub(crate) fn decide(
        &mut self,
        key: Fingerprint,
        trust: Trust,
        notice: Notice,
        out: &mut Out<D>,
    ) -> bool {
        if !self.keys.decide(key, trust) {
            return false;
        }
        out.store(Write::Trust(key, trust));
        out.push(Effect::KeysChanged);
        out.notice(notice);
        true
    }

    /// Forgets a key that no conversation uses, and all that was decided about it.
    pub(crate) fn forget_key(&mut self, key: Fingerprint, out: &mut Out<D>) {
        if self.privacy.session().is_some_and(|session| session.fingerprint == key) {
            return;
        }
        self.keys.forget(key);
        self.privacy.texts_go_no_more_to(key);
        out.store(Write::ForgetKey(key));
        out.push(Effect::KeysChanged);
    }

    /// The very client that we are private with, if it wrote so that everybody can read it: then
    /// it may have lost the session that we think we have.
    pub(crate) fn wrote_readably(
        &self,
        outputs: &Outputs,
        from: &Destination<D>,
    ) -> Option<InstanceTag> {
        let session = self.privacy.session()?;
        let is_readable = |output: &Output| {
            let readable = Security::PlainInPrivate;
            matches!(output, Output::Event(Event::Text { security, .. }) if *security == readable)
        };
        let is_it = self.devices.is_at(session.instance, from);
        (is_it && outputs.iter().any(is_readable)).then_some(session.instance)
    }

    /// When a text was written. Of a private one we know ourselves that it is no older than its
    /// keys; beyond that only our own server is believed, and nobody in the future.
    pub(crate) fn written_at(
        &self,
        provenance: Provenance,
        delayed: Option<Delay>,
        now: SystemTime,
    ) -> SystemTime {
        // Nothing that is read can have been written before keys were exchanged.
        let since = self.privacy.session().map_or(now, |session| session.since);
        match (provenance.key(), delayed) {
            (_, None) | (Some(_), Some(Delay::Claimed(_))) => now,
            (Some(_), Some(Delay::Stored(at) | Delay::Awaited(at))) => {
                stamp::within(at, since, now)
            }
            (None, Some(Delay::Claimed(at) | Delay::Stored(at) | Delay::Awaited(at))) => {
                stamp::believable(at, now)
            }
        }
    }
}
