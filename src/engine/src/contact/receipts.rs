//! Whether what we wrote arrived, and whose word that is: the contact's own inside of the
//! encryption, or somebody's outside. A receipt outside of the encryption is
//! at best that of a program: it counts for the session that the text was sent in, where the
//! program was written to, and never as the contact's own word.

use otr::{Fingerprint, InstanceTag, MessageState, Ssid};
use tokio::time::Instant;
use xmpp::{FullJid, Jid};

use super::Contact;
use super::outbox::{Claim, Entry, Sent, Stage};
use super::sending::waiting;
use super::session::Session;
use crate::message::{ChatEvent, FailReason, MessageId, Provenance};

impl Contact {
    /// The owner of this key says that it has this text.
    pub(super) async fn confirmed(&mut self, key: Fingerprint, id: &MessageId) {
        let Some(entry) = self.outbox.find(id) else { return };
        let was_for = |entry: &Entry| entry.level.key() == Some(key);
        let provenance = match entry.stage {
            Stage::Queued { provenance, .. }
            | Stage::Sent(provenance)
            | Stage::Reported(provenance)
            | Stage::Failed { provenance, .. } => provenance,
            // It waits to be sent again.
            Stage::Held(_) if entry.sent.is_some() && was_for(entry) => entry.level.provenance(key),
            Stage::Held(_) => return,
        };
        if provenance.key() != Some(key) {
            return;
        }
        let (outgoing, sent) = (entry.delivered(provenance), entry.sent.clone());
        self.receipts_come = true;
        self.wipe(id).await;
        self.outbox.take(id);
        if let Some(sent) = sent {
            self.outbox.overtake(&sent, Instant::now());
        }
        self.tell(ChatEvent::Outgoing(outgoing)).await;
    }

    /// Somebody who writes from there says that this one arrived.
    pub(super) async fn receipt(&mut self, from: &Jid, id: &MessageId) {
        let Some(entry) = self.outbox.find(id) else { return };
        let (Stage::Queued { provenance, .. }
        | Stage::Sent(provenance)
        | Stage::Failed { provenance, reason: FailReason::Unsure }) = entry.stage
        else {
            return;
        };
        let doubted = entry.doubted;
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
                if sent.at != *from && sent.at.is_full() {
                    return tracing::debug!("a receipt of a program that was not written to");
                }
                self.receipts_come = true;
                self.private_receipt(id, provenance, &sent, doubted).await;
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
        sent: &Sent,
        doubted: bool,
    ) {
        if self.ssid_with(sent.to) != Some(sent.ssid) {
            // Profanity 0.13.1 confirms what it could not read: after a crash it gets what was sent
            // to the session before.
            if let Some(entry) = self.outbox.find(id) {
                entry.stage = Stage::Failed { provenance, reason: FailReason::Unsure };
            }
            return self.show(id).await;
        }
        let is_there = self.conversation.is_present(sent.to) && !doubted;
        if is_there && sent.at.is_full() && sent.claim == Claim::Counts {
            return self.reported(id, provenance, Some(sent)).await;
        }
        if let Some(sent) = self.outbox.find(id).and_then(|entry| entry.sent.as_mut()) {
            sent.claim = Claim::Waiting;
        }
    }

    async fn reported(&mut self, id: &MessageId, provenance: Provenance, sent: Option<&Sent>) {
        self.wipe(id).await;
        if let Some(entry) = self.outbox.find(id) {
            entry.stage = Stage::Reported(provenance);
            entry.doubted = false;
        }
        if let Some(sent) = sent {
            self.outbox.overtake(sent, Instant::now());
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
            match entry.stage {
                Stage::Reported(_) => sent.claim = Claim::Proven,
                Stage::Queued { provenance, .. }
                | Stage::Sent(provenance)
                | Stage::Failed { provenance, reason: FailReason::Unsure }
                    if sent.claim == Claim::Waiting =>
                {
                    sent.claim = Claim::Proven;
                    waiting.push((entry.id.clone(), provenance, sent.clone()));
                }
                // It is the same program.
                Stage::Queued { .. } | Stage::Sent(_) if sent.claim == Claim::Suspect => {
                    sent.claim = Claim::Counts;
                }
                Stage::Queued { .. } | Stage::Sent(_) | Stage::Held(_) | Stage::Failed { .. } => {}
            }
        }
        for (id, provenance, sent) in waiting {
            self.reported(&id, provenance, Some(&sent)).await;
        }
    }

    /// A program shows itself, perhaps because it was started anew: what it confirms from now on
    /// it may not have been able to read.
    pub(super) fn program_shows_itself(&mut self, program: &FullJid) {
        let is_there = |sent: &&mut Sent| sent.at == *program && sent.claim == Claim::Counts;
        for sent in self.outbox.iter_mut().filter_map(|entry| entry.sent.as_mut()).filter(is_there)
        {
            sent.claim = Claim::Suspect;
        }
    }

    /// New keys take the place of a session that seemed to live: whoever began the exchange may
    /// have lost the old ones, and what was confirmed outside of them since they last showed life
    /// may be lost.
    pub(super) fn doubt_reports(&mut self, instance: InstanceTag) {
        let seemed_alive = matches!(&self.session, Some(Session::Live(live))
            if live.instance == instance && !live.dormant);
        if !seemed_alive {
            return;
        }
        for entry in self.outbox.iter_mut() {
            let is_of_it = |sent: &Sent| sent.to == instance && sent.claim != Claim::Proven;
            if let Stage::Reported(provenance) = entry.stage
                && entry.sent.as_ref().is_some_and(is_of_it)
            {
                entry.stage = Stage::Failed { provenance, reason: FailReason::Unsure };
            }
        }
    }

    /// What went out under keys that may be gone may be lost: if it was not confirmed though the
    /// contact confirms what is read, or if the contact has written readably since.
    pub(super) async fn doubt_unconfirmed(&mut self, is_concerned: impl Fn(&Entry) -> bool) {
        let (receipts_come, without_session) = (self.receipts_come, self.without_session);
        let is_due = |entry: &&mut Entry| {
            let inside = |sent: &Sent| sent.claim == Claim::Inside;
            let unheard = |sent: &Sent| Some(sent.to) == without_session && !sent.outlived;
            let is_due = |sent: &Sent| receipts_come || inside(sent) || unheard(sent);
            entry.sent.as_ref().map_or(receipts_come, is_due) && is_concerned(entry)
        };
        let mut doubtful = Vec::new();
        for entry in self.outbox.iter_mut().filter(is_due) {
            match entry.stage {
                Stage::Sent(provenance @ (Provenance::Private(_) | Provenance::Verified(_))) => {
                    entry.stage = Stage::Failed { provenance, reason: FailReason::Unsure };
                    doubtful.push(entry.id.clone());
                }
                Stage::Queued {
                    provenance: Provenance::Private(_) | Provenance::Verified(_),
                    ..
                } => entry.doubted = true,
                Stage::Queued { .. }
                | Stage::Sent(_)
                | Stage::Reported(_)
                | Stage::Held(_)
                | Stage::Failed { .. } => {}
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
        let (Stage::Queued { provenance, .. } | Stage::Sent(provenance)) = entry.stage else {
            return;
        };
        let was_written_to = |sent: &Sent| sent.at == *from || from.is_bare();
        if provenance.key().is_some() && !entry.sent.as_ref().is_none_or(was_written_to) {
            return tracing::debug!("an error of a program that was not written to");
        }
        entry.stage = Stage::Failed { provenance, reason: FailReason::Undeliverable };
        entry.rests = true;
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
