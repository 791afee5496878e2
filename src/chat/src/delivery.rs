//! Whether what we wrote arrived, and whose word that is: the contact's own inside of the encryption,
//! or somebody's outside. A receipt outside of the encryption is at best that of a program: it counts
//! for the session that the text was sent in, where the program was written to, and never as the
//! contact's own word.

mod reconciliation;
mod restored;

use std::time::Duration;

use otr::{Conversation, Fingerprint, InstanceTag, MessageState, Ssid, Timestamp};

use crate::address::Destination;
use crate::effect::{Effect, KeptMessage, Out, Told, Write};
use crate::message::{FailReason, HeldReason, MessageId};
use crate::outbox::{DeliveryState, Outbox, OutboxMessage, Persisted};
use crate::permissions::Permissions;
use crate::provenance::{Provenance, RequiredProtection};
use reconciliation::ArchiveCheck;
pub use reconciliation::ArchivePage;

/// How long the receipt of a private message may be missing after that of a later one came:
/// the protocol drops what comes after a later one.
const RECEIPT_PATIENCE: Duration = Duration::from_secs(5);

/// What a receipt outside of the encryption is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It counts: as far as we see, the program that was written to is there as it was.
    Counts,
    /// That program has shown itself anew since: perhaps it was started again, and could not read.
    Suspect,
    /// Such a one came. It counts once the session shows life.
    Waiting,
    /// It came, and the session has shown life since.
    Proven,
    /// Nothing: the program confirms inside.
    Inside,
    /// Nothing: the program confirms nothing at all.
    Nowhere,
}

/// How a private message went out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent<D> {
    /// The program whose keys it went out under.
    pub to: InstanceTag,
    /// Where that program was.
    pub at: Destination<D>,
    /// The session.
    pub ssid: Ssid,
    /// Counts what was sent.
    pub number: u64,
    /// Since when one that was sent later is known to have arrived.
    pub overtaken_at: Option<Timestamp>,
    /// What is said of its arrival.
    pub claim: Claim,
    /// Whether the program that it went to wrote in the session since.
    pub outlived: bool,
}

/// What we wrote, how far it came, and what is heard of it.
pub(crate) struct Deliveries<D> {
    pub(crate) outbox: Outbox<D>,
    /// How many private texts were sent.
    sent_count: u64,
    /// Whether the contact's program has ever confirmed a message.
    receipts_come: bool,
    check: ArchiveCheck,
    /// The tags of what an earlier process sent, and the server may still tell of.
    left_behind: Vec<u64>,
}

/// The session with a client of the contact, while there is one.
pub(crate) fn ssid_with(conversation: &Conversation, client: InstanceTag) -> Option<Ssid> {
    conversation.instances().find_map(|state| match state {
        MessageState::Encrypted { instance, ssid, .. } => (instance == client).then_some(ssid),
        MessageState::Plaintext | MessageState::Finished { .. } => None,
    })
}

impl<D: Clone + Eq> Deliveries<D> {
    pub(crate) fn new(left_behind: Vec<u64>) -> Self {
        let (outbox, check) = (Outbox::default(), ArchiveCheck::default());
        Self { outbox, sent_count: 0, receipts_come: false, check, left_behind }
    }

    /// A private message leaves so.
    pub(crate) fn leaves(
        &mut self,
        id: &MessageId,
        (tag, provenance): (u64, Provenance),
        (client, at, ssid): (InstanceTag, Destination<D>, Ssid),
        claim: Claim,
    ) {
        self.sent_count += 1;
        let (number, overtaken_at, outlived) = (self.sent_count, None, false);
        let Some(message) = self.outbox.find(id) else { return };
        message.state = DeliveryState::Queued { tag, provenance };
        message.sent = Some(Sent { to: client, at, ssid, number, overtaken_at, claim, outlived });
        message.delivery_unknown = false;
    }

    /// When the oldest receipt that is missing will have been waited for long enough.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        self.outbox.overtaken_since().map(|since| since + RECEIPT_PATIENCE)
    }

    /// Doubts what was not confirmed in time, though a later one was.
    pub(crate) fn handle_timeout(
        &mut self,
        without_session: Option<InstanceTag>,
        out: &mut Out<D>,
    ) {
        let now = out.now.at;
        let is_overdue = |message: &OutboxMessage<D>| {
            message.overtaken_at().is_some_and(|since| since + RECEIPT_PATIENCE <= now)
        };
        self.doubt_unconfirmed(is_overdue, without_session, out);
    }

    /// The owner of this key says that it has this text.
    pub(crate) fn confirmed(&mut self, key: Fingerprint, id: &MessageId, out: &mut Out<D>) {
        let Some(message) = self.outbox.find(id) else { return };
        let provenance = match message.state {
            DeliveryState::Queued { provenance, .. }
            | DeliveryState::Sent(provenance)
            | DeliveryState::Reported(provenance)
            | DeliveryState::Failed { provenance, .. } => provenance,
            // It waits to be sent again.
            DeliveryState::Held(_)
                if message.sent.is_some() && message.required.key() == Some(key) =>
            {
                message.required.provenance(key)
            }
            DeliveryState::Held(_) => return,
        };
        if provenance.key() != Some(key) {
            return;
        }
        let (outgoing, sent) = (message.delivered(provenance), message.sent.clone());
        self.receipts_come = true;
        self.forget(id, out);
        self.outbox.take(id);
        if let Some(sent) = sent {
            self.outbox.overtake(&sent, out.now.at);
        }
        out.tell(Told::Outgoing(outgoing));
    }

    /// Somebody who writes from there says that this one arrived.
    pub(crate) fn receipt(
        &mut self,
        from: &Destination<D>,
        id: &MessageId,
        conversation: &Conversation,
        out: &mut Out<D>,
    ) {
        let Some(message) = self.outbox.find(id) else { return };
        let (DeliveryState::Queued { provenance, .. }
        | DeliveryState::Sent(provenance)
        | DeliveryState::Failed { provenance, reason: FailReason::Unsure }) = message.state
        else {
            return;
        };
        let is_unknown = message.delivery_unknown;
        match (provenance.key(), message.sent.clone()) {
            (Some(_), Some(sent)) => {
                // Of who speaks inside, and of a program that was not written to, it counts nothing.
                if matches!(sent.claim, Claim::Inside | Claim::Nowhere)
                    || (sent.at.is_device() && sent.at != *from)
                {
                    return;
                }
                self.receipts_come = true;
                self.private_receipt(id, provenance, (&sent, is_unknown), conversation, out);
            }
            // Of what is readable everything is somebody's word.
            (None, _) => {
                self.receipts_come = true;
                let outgoing = message.delivered(provenance);
                self.forget(id, out);
                self.outbox.take(id);
                out.tell(Told::Outgoing(outgoing));
            }
            // An earlier life sent it.
            (Some(_), None) => self.reported(id, provenance, None, out),
        }
    }

    fn private_receipt(
        &mut self,
        id: &MessageId,
        provenance: Provenance,
        (sent, is_unknown): (&Sent<D>, bool),
        conversation: &Conversation,
        out: &mut Out<D>,
    ) {
        if ssid_with(conversation, sent.to) != Some(sent.ssid) {
            // Profanity 0.13.1 confirms what it could not read: after a crash it gets what was sent
            // to the session before.
            if let Some(message) = self.outbox.find(id) {
                message.state = DeliveryState::Failed { provenance, reason: FailReason::Unsure };
            }
            return self.show(id, out);
        }
        let is_there = conversation.is_present(sent.to) && !is_unknown;
        if is_there && sent.at.is_device() && sent.claim == Claim::Counts {
            return self.reported(id, provenance, Some(sent), out);
        }
        if let Some(sent) = self.outbox.find(id).and_then(|message| message.sent.as_mut()) {
            sent.claim = Claim::Waiting;
        }
    }

    fn reported(
        &mut self,
        id: &MessageId,
        provenance: Provenance,
        sent: Option<&Sent<D>>,
        out: &mut Out<D>,
    ) {
        self.forget(id, out);
        if let Some(message) = self.outbox.find(id) {
            message.state = DeliveryState::Reported(provenance);
            message.delivery_unknown = false;
        }
        if let Some(sent) = sent {
            self.outbox.overtake(sent, out.now.at);
        }
        self.show(id, out);
        self.prune(out);
    }

    /// The session with this client shows life: what was confirmed meanwhile was so by somebody
    /// who still has its keys.
    pub(crate) fn session_lives(
        &mut self,
        client: InstanceTag,
        conversation: &Conversation,
        out: &mut Out<D>,
    ) {
        let Some(ssid) = ssid_with(conversation, client) else { return };
        let mut waiting = Vec::new();
        for message in self.outbox.iter_mut() {
            let Some(sent) = message.sent.as_mut().filter(|sent| sent.ssid == ssid) else {
                continue;
            };
            sent.outlived = true;
            match message.state {
                DeliveryState::Reported(_) => sent.claim = Claim::Proven,
                DeliveryState::Queued { provenance, .. }
                | DeliveryState::Sent(provenance)
                | DeliveryState::Failed { provenance, reason: FailReason::Unsure }
                    if sent.claim == Claim::Waiting =>
                {
                    sent.claim = Claim::Proven;
                    waiting.push((message.id.clone(), provenance, sent.clone()));
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
            self.reported(&id, provenance, Some(&sent), out);
        }
    }

    /// A device shows itself, perhaps because its program was started anew: what it confirms from now
    /// on it may not have been able to read.
    pub(crate) fn device_shows_itself(&mut self, device: &D) {
        let sent = self.outbox.iter_mut().filter_map(|message| message.sent.as_mut());
        for sent in sent.filter(|sent| sent.claim == Claim::Counts) {
            if sent.at.device() == Some(device) {
                sent.claim = Claim::Suspect;
            }
        }
    }

    /// New keys take the place of a session that seemed to live: whoever began the exchange may
    /// have lost the old ones, and what was confirmed outside of them since they last showed life
    /// may be lost.
    pub(crate) fn doubt_reports(&mut self, client: InstanceTag) {
        for message in self.outbox.iter_mut() {
            let is_of_it = |sent: &Sent<D>| sent.to == client && sent.claim != Claim::Proven;
            if let DeliveryState::Reported(provenance) = message.state
                && message.sent.as_ref().is_some_and(is_of_it)
            {
                message.state = DeliveryState::Failed { provenance, reason: FailReason::Unsure };
            }
        }
    }

    /// What went out under keys that may be gone may be lost: if it was not confirmed though the
    /// contact confirms what is read, or if the contact has written readably since.
    pub(crate) fn doubt_unconfirmed(
        &mut self,
        is_concerned: impl Fn(&OutboxMessage<D>) -> bool,
        without_session: Option<InstanceTag>,
        out: &mut Out<D>,
    ) {
        let receipts_come = self.receipts_come;
        let is_due = |message: &&mut OutboxMessage<D>| {
            let inside = |sent: &Sent<D>| sent.claim == Claim::Inside;
            let unheard = |sent: &Sent<D>| Some(sent.to) == without_session && !sent.outlived;
            let is_due = |sent: &Sent<D>| receipts_come || inside(sent) || unheard(sent);
            message.sent.as_ref().map_or(receipts_come, is_due) && is_concerned(message)
        };
        let mut doubtful = Vec::new();
        for message in self.outbox.iter_mut().filter(is_due) {
            match message.state {
                DeliveryState::Sent(
                    provenance @ (Provenance::Private(_) | Provenance::Verified(_)),
                ) => {
                    message.state =
                        DeliveryState::Failed { provenance, reason: FailReason::Unsure };
                    doubtful.push(message.id.clone());
                }
                DeliveryState::Queued {
                    provenance: Provenance::Private(_) | Provenance::Verified(_),
                    ..
                } => message.delivery_unknown = true,
                DeliveryState::Queued { .. }
                | DeliveryState::Sent(_)
                | DeliveryState::Reported(_)
                | DeliveryState::Held(_)
                | DeliveryState::Failed { .. } => {}
            }
        }
        for id in doubtful {
            self.forget(&id, out);
        }
    }

    /// The clients that were sent something they have not confirmed, though they confirm what they
    /// read.
    pub(crate) fn silent(&self) -> impl Iterator<Item = InstanceTag> {
        self.outbox.iter().filter(|message| message.is_unconfirmed()).filter_map(|message| {
            let sent = message.sent.as_ref()?;
            (self.receipts_come || sent.claim == Claim::Inside).then_some(sent.to)
        })
    }

    /// Somebody, as a rule a server, says that this one did not arrive. It is told as such, and
    /// the text waits for the person. Says whether it counted.
    pub(crate) fn bounced(
        &mut self,
        from: &Destination<D>,
        id: &MessageId,
        out: &mut Out<D>,
    ) -> bool {
        let Some(message) = self.outbox.find(id) else { return false };
        let (DeliveryState::Queued { provenance, .. } | DeliveryState::Sent(provenance)) =
            message.state
        else {
            return false;
        };
        let was_written_to = |sent: &Sent<D>| !from.is_device() || sent.at == *from;
        if provenance.key().is_some() && !message.sent.as_ref().is_none_or(was_written_to) {
            return false;
        }
        let reason = FailReason::Undeliverable;
        message.state = DeliveryState::Failed { provenance, reason };
        message.persisted = Persisted::AsFailed(reason);
        keep(message, out);
        self.show(id, out);
        true
    }

    /// The server has it.
    pub(crate) fn acked(&mut self, tag: u64, permissions: Permissions, out: &mut Out<D>) {
        if self.left_behind.contains(&tag) {
            return self.has_left_behind(tag, out);
        }
        let confirms = self.receipts_come && permissions.contains(Permissions::PRESENCE_SEEN);
        let Some(message) = self.outbox.queued(tag) else { return };
        let DeliveryState::Queued { provenance, .. } = message.state else { return };
        message.state = if message.delivery_unknown {
            DeliveryState::Failed { provenance, reason: FailReason::Unsure }
        } else {
            DeliveryState::Sent(provenance)
        };
        let inside = message.sent.as_ref().is_some_and(|sent| sent.claim == Claim::Inside);
        let is_private = provenance.key().is_some();
        let will_be_confirmed = is_private && !message.delivery_unknown && (inside || confirms);
        let id = message.id.clone();
        // Until it is confirmed it outlives a crash of ours; the contact's program drops a double.
        if !will_be_confirmed {
            self.forget(&id, out);
        }
        self.show(&id, out);
        self.prune(out);
    }

    /// The connection broke under this one: it goes again, to the same key only, or once the
    /// archive does not have it.
    pub(crate) fn unsure(&mut self, tag: u64, out: &mut Out<D>) {
        if self.left_behind.contains(&tag) {
            return self.left_behind.retain(|left| *left != tag);
        }
        let Some(message) = self.outbox.queued(tag) else { return };
        message.state = DeliveryState::Held(HeldReason::Offline);
        message.resent = true;
        let (id, is_plain) = (message.id.clone(), message.required == RequiredProtection::Plain);
        if is_plain {
            self.check.doubt(id.clone());
        }
        self.show(&id, out);
    }

    /// It can't be written into a stanza.
    pub(crate) fn unsendable(&mut self, tag: u64, out: &mut Out<D>) {
        let Some(message) = self.outbox.queued(tag) else { return };
        let DeliveryState::Queued { provenance, .. } = message.state else { return };
        message.state = DeliveryState::Failed { provenance, reason: FailReason::Unsendable };
        let id = message.id.clone();
        self.show(&id, out);
    }

    /// The person takes back what is held or failed.
    pub(crate) fn discard(&mut self, id: &MessageId, out: &mut Out<D>) {
        let Some(message) = self.outbox.find(id) else { return };
        if matches!(message.state, DeliveryState::Held(_) | DeliveryState::Failed { .. }) {
            self.forget(id, out);
            self.outbox.take(id);
            self.check.is_known(id);
            out.tell(Told::Discarded(id.clone()));
        }
    }

    /// Wipes one from where it is kept, if it is.
    pub(crate) fn forget(&mut self, id: &MessageId, out: &mut Out<D>) {
        let Some(message) = self.outbox.find(id) else { return };
        if std::mem::replace(&mut message.persisted, Persisted::No) != Persisted::No {
            out.store(Write::Forget(id.clone()));
        }
    }

    /// Writes down every failure: what did not arrive waits for the person, in later lives as well.
    pub(crate) fn keep_failures(&mut self, out: &mut Out<D>) {
        for message in self.outbox.iter_mut() {
            if let Some(reason) = message.untold_failure() {
                message.persisted = Persisted::AsFailed(reason);
                keep(message, out);
            }
        }
    }

    /// Tells the window of every message that moved on without being told of.
    pub(crate) fn show_changes(&mut self, out: &mut Out<D>) {
        for outgoing in self.outbox.iter_mut().filter_map(OutboxMessage::take_change) {
            out.tell(Told::Outgoing(outgoing));
        }
    }

    pub(crate) fn show(&mut self, id: &MessageId, out: &mut Out<D>) {
        if let Some(outgoing) = self.outbox.find(id).and_then(OutboxMessage::take_change) {
            out.tell(Told::Outgoing(outgoing));
        }
    }

    fn prune(&mut self, out: &mut Out<D>) {
        for id in self.outbox.prune(self.receipts_come) {
            out.push(Effect::Store(Write::Forget(id)));
        }
    }
}

/// Writes a message down as it is.
pub(crate) fn keep<D>(message: &OutboxMessage<D>, out: &mut Out<D>) {
    out.store(Write::Keep(kept(message)));
}

/// A message as it is kept.
pub(crate) fn kept<D>(message: &OutboxMessage<D>) -> KeptMessage {
    KeptMessage {
        id: message.id.clone(),
        text: message.text.clone(),
        at: message.at,
        audience: message.required.audience(),
        replaces: message.replaces.clone(),
        failed: match message.state {
            DeliveryState::Failed { reason, .. } => Some(reason),
            DeliveryState::Held(_)
            | DeliveryState::Queued { .. }
            | DeliveryState::Sent(_)
            | DeliveryState::Reported(_) => None,
        },
        resent: message.resent,
    }
}
