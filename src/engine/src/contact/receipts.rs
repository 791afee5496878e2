//! Whether what we wrote arrived, and whose word that is: the contact's own inside of the
//! encryption, or somebody's outside. A receipt outside of the encryption is
//! at best that of a program: it counts for the session that the text was sent in, where the
//! program was written to, and never as the contact's own word.

use chat::{Claim, DeliveryState, OutboxMessage, Persisted, Sent};
use otr::{Fingerprint, InstanceTag, MessageState, Ssid};
use xmpp::{FullJid, Jid};

use super::Contact;
use super::presence::destination;
use super::sending::waiting;
use crate::message::{ChatEvent, FailReason, MessageId, Provenance};

impl Contact {
    /// The owner of this key says that it has this text.
    pub(super) async fn confirmed(&mut self, key: Fingerprint, id: &MessageId) {
        let Some(entry) = self.outbox.find(id) else { return };
        let was_for = |entry: &OutboxMessage<FullJid>| entry.required.key() == Some(key);
        let provenance = match entry.state {
            DeliveryState::Queued { provenance, .. }
            | DeliveryState::Sent(provenance)
            | DeliveryState::Reported(provenance)
            | DeliveryState::Failed { provenance, .. } => provenance,
            // It waits to be sent again.
            DeliveryState::Held(_) if entry.sent.is_some() && was_for(entry) => {
                entry.required.provenance(key)
            }
            DeliveryState::Held(_) => return,
        };
        if provenance.key() != Some(key) {
            return;
        }
        let (outgoing, sent) = (entry.delivered(provenance), entry.sent.clone());
        self.receipts_come = true;
        self.wipe(id).await;
        self.outbox.take(id);
        let now = self.now();
        if let Some(sent) = sent {
            self.outbox.overtake(&sent, now);
        }
        self.tell(ChatEvent::Outgoing(outgoing)).await;
    }

    /// Somebody who writes from there says that this one arrived.
    pub(super) async fn receipt(&mut self, from: &Jid, id: &MessageId) {
        let Some(entry) = self.outbox.find(id) else { return };
        let (DeliveryState::Queued { provenance, .. }
        | DeliveryState::Sent(provenance)
        | DeliveryState::Failed { provenance, reason: FailReason::Unsure }) = entry.state
        else {
            return;
        };
        let is_unknown = entry.delivery_unknown;
        match (provenance, entry.sent.clone()) {
            (
                Provenance::Unaccepted(_) | Provenance::Private(_) | Provenance::Verified(_),
                Some(sent),
            ) => {
                if matches!(sent.claim, Claim::Inside | Claim::Nowhere) {
                    return tracing::debug!(
                        "a receipt outside of the encryption, of who speaks inside"
                    );
                }
                if sent.at.is_device() && sent.at != destination(from) {
                    return tracing::debug!("a receipt of a program that was not written to");
                }
                self.receipts_come = true;
                self.private_receipt(id, provenance, &sent, is_unknown).await;
            }
            // Of what is readable everything is somebody's word.
            (Provenance::Plain | Provenance::PlainInPrivate, _) => {
                self.receipts_come = true;
                let outgoing = entry.delivered(provenance);
                self.wipe(id).await;
                self.outbox.take(id);
                self.tell(ChatEvent::Outgoing(outgoing)).await;
            }
            // An earlier life sent it.
            (
                Provenance::Unaccepted(_) | Provenance::Private(_) | Provenance::Verified(_),
                None,
            ) => {
                self.reported(id, provenance, None).await;
            }
        }
    }

    async fn private_receipt(
        &mut self,
        id: &MessageId,
        provenance: Provenance,
        sent: &Sent<FullJid>,
        is_unknown: bool,
    ) {
        if self.ssid_with(sent.to) != Some(sent.ssid) {
            // Profanity 0.13.1 confirms what it could not read: after a crash it gets what was sent
            // to the session before.
            if let Some(entry) = self.outbox.find(id) {
                entry.state = DeliveryState::Failed { provenance, reason: FailReason::Unsure };
            }
            return self.show(id).await;
        }
        let is_there = self.conversation.is_present(sent.to) && !is_unknown;
        if is_there && sent.at.is_device() && sent.claim == Claim::Counts {
            return self.reported(id, provenance, Some(sent)).await;
        }
        if let Some(sent) = self.outbox.find(id).and_then(|entry| entry.sent.as_mut()) {
            sent.claim = Claim::Waiting;
        }
    }

    async fn reported(
        &mut self,
        id: &MessageId,
        provenance: Provenance,
        sent: Option<&Sent<FullJid>>,
    ) {
        self.wipe(id).await;
        if let Some(entry) = self.outbox.find(id) {
            entry.state = DeliveryState::Reported(provenance);
            entry.delivery_unknown = false;
        }
        let now = self.now();
        if let Some(sent) = sent {
            self.outbox.overtake(sent, now);
        }
        self.show(id).await;
        for id in self.outbox.prune(self.receipts_come) {
            self.store.settle(&id).await;
        }
    }

    /// The session with this program shows life: what was confirmed meanwhile was so by somebody
    /// who still has its keys.
    pub(super) async fn count_waiting_receipts(&mut self, instance: InstanceTag) {
        let Some(ssid) = self.ssid_with(instance) else { return };
        let mut waiting = Vec::new();
        for entry in self.outbox.iter_mut() {
            let Some(sent) = entry.sent.as_mut().filter(|sent| sent.ssid == ssid) else { continue };
            sent.outlived = true;
            match entry.state {
                DeliveryState::Reported(_) => sent.claim = Claim::Proven,
                DeliveryState::Queued { provenance, .. }
                | DeliveryState::Sent(provenance)
                | DeliveryState::Failed { provenance, reason: FailReason::Unsure }
                    if sent.claim == Claim::Waiting =>
                {
                    sent.claim = Claim::Proven;
                    waiting.push((entry.id.clone(), provenance, sent.clone()));
                }
                // It is the same program.
                DeliveryState::Queued { .. } | DeliveryState::Sent(_)
                    if sent.claim == Claim::Suspect =>
                {
                    sent.claim = Claim::Counts;
                }
                DeliveryState::Queued { .. }
                | DeliveryState::Sent(_)
                | DeliveryState::Held(_)
                | DeliveryState::Failed { .. } => {}
            }
        }
        for (id, provenance, sent) in waiting {
            self.reported(&id, provenance, Some(&sent)).await;
        }
    }

    /// A program shows itself, perhaps because it was started anew: what it confirms from now on
    /// it may not have been able to read.
    pub(super) fn program_shows_itself(&mut self, program: &FullJid) {
        let is_there = |sent: &&mut Sent<FullJid>| {
            sent.at.device() == Some(program) && sent.claim == Claim::Counts
        };
        for sent in self.outbox.iter_mut().filter_map(|entry| entry.sent.as_mut()).filter(is_there)
        {
            sent.claim = Claim::Suspect;
        }
    }

    /// New keys take the place of a session that seemed to live: whoever began the exchange may
    /// have lost the old ones, and what was confirmed outside of them since they last showed life
    /// may be lost.
    pub(super) fn doubt_reports(&mut self, instance: InstanceTag) {
        let active = self.privacy.active();
        let seemed_alive = active.is_some_and(|session| session.instance == instance);
        if !seemed_alive {
            return;
        }
        for entry in self.outbox.iter_mut() {
            let is_of_it =
                |sent: &Sent<FullJid>| sent.to == instance && sent.claim != Claim::Proven;
            if let DeliveryState::Reported(provenance) = entry.state
                && entry.sent.as_ref().is_some_and(is_of_it)
            {
                entry.state = DeliveryState::Failed { provenance, reason: FailReason::Unsure };
            }
        }
    }

    /// What went out under keys that may be gone may be lost: if it was not confirmed though the
    /// contact confirms what is read, or if the contact has written readably since.
    pub(super) async fn doubt_unconfirmed(
        &mut self,
        is_concerned: impl Fn(&OutboxMessage<FullJid>) -> bool,
    ) {
        let (receipts_come, without_session) = (self.receipts_come, self.devices.without_session());
        let is_due = |entry: &&mut OutboxMessage<FullJid>| {
            let inside = |sent: &Sent<FullJid>| sent.claim == Claim::Inside;
            let unheard = |sent: &Sent<FullJid>| Some(sent.to) == without_session && !sent.outlived;
            let is_due = |sent: &Sent<FullJid>| receipts_come || inside(sent) || unheard(sent);
            entry.sent.as_ref().map_or(receipts_come, is_due) && is_concerned(entry)
        };
        let mut doubtful = Vec::new();
        for entry in self.outbox.iter_mut().filter(is_due) {
            match entry.state {
                DeliveryState::Sent(
                    provenance @ (Provenance::Private(_) | Provenance::Verified(_)),
                ) => {
                    entry.state = DeliveryState::Failed { provenance, reason: FailReason::Unsure };
                    doubtful.push(entry.id.clone());
                }
                DeliveryState::Queued {
                    provenance: Provenance::Private(_) | Provenance::Verified(_),
                    ..
                } => entry.delivery_unknown = true,
                DeliveryState::Queued { .. }
                | DeliveryState::Sent(_)
                | DeliveryState::Reported(_)
                | DeliveryState::Held(_)
                | DeliveryState::Failed { .. } => {}
            }
        }
        for id in doubtful {
            self.wipe(&id).await;
        }
    }

    /// The programs that were sent something they have not confirmed, though they confirm what they
    /// read.
    pub(super) fn silent(&self) -> impl Iterator<Item = InstanceTag> {
        self.outbox.iter().filter(|entry| entry.is_unconfirmed()).filter_map(|entry| {
            let sent = entry.sent.as_ref()?;
            (self.receipts_come || sent.claim == Claim::Inside).then_some(sent.to)
        })
    }

    /// Somebody, as a rule a server, says that this one did not arrive. It is told as such, and
    /// the text waits for the person.
    pub(super) async fn bounced(&mut self, from: &Jid, id: &MessageId) {
        let Some(entry) = self.outbox.find(id) else { return };
        let (DeliveryState::Queued { provenance, .. } | DeliveryState::Sent(provenance)) =
            entry.state
        else {
            return;
        };
        let was_written_to = |sent: &Sent<FullJid>| from.is_bare() || sent.at == destination(from);
        if provenance.key().is_some() && !entry.sent.as_ref().is_none_or(was_written_to) {
            return tracing::debug!("an error of a program that was not written to");
        }
        entry.state = DeliveryState::Failed { provenance, reason: FailReason::Undeliverable };
        entry.persisted = Persisted::AsFailed(FailReason::Undeliverable);
        let waiting = waiting(entry);
        self.store.keep(&self.chat, waiting).await;
        self.show(id).await;
        if let Ok(program) = FullJid::try_from(from.clone()) {
            self.program_is_gone(&program).await;
        }
    }

    /// The session with a program of the contact, while there is one.
    pub(super) fn ssid_with(&self, with: InstanceTag) -> Option<Ssid> {
        self.conversation.instances().find_map(|state| match state {
            MessageState::Encrypted { instance, ssid, .. } => (instance == with).then_some(ssid),
            MessageState::Plaintext | MessageState::Finished { .. } => None,
        })
    }
}
