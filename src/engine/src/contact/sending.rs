//! From the composer to the link: the only place where text of ours becomes a stanza.

use std::borrow::Cow;
use std::mem::replace;
use std::time::SystemTime;

use chat::{
    Claim, DeliveryState, Intent, OutboxMessage, Permissions, Persisted, RequiredProtection, Sent,
    decide,
};
use otr::{Audience, MessageState, Output, html};
use xmpp::{FullJid, Jid, MessageKind};
use zeroize::Zeroizing;

use super::records;
use super::{Contact, PENDING_MAX, TEXTS_PENDING_MAX};
use crate::message::{
    ChatEvent, FailReason, HeldReason, MessageId, NewMessage, Padlock, Provenance, new_message_id,
};

use crate::store::Waiting;

/// The longest text that is sent, in bytes: with base64 it stays below the 128 KiB that the link
/// gives a body.
const TEXT_BYTES_MAX: usize = 80 * 1024;
/// Every message of the protocol contains this (OTRv3, "Requesting an OTR conversation" and on).
const OTR_MARK: &str = "?OTR";

/// A message of the protocol on its way out.
pub(super) struct Wire {
    pub(super) tag: u64,
    pub(super) to: Jid,
    pub(super) id: MessageId,
    pub(super) body: String,
    /// Whether its arrival is to be confirmed outside of the encryption.
    pub(super) wants_receipt: bool,
    pub(super) replaces: Option<MessageId>,
}

/// What decides about all that waits.
struct Circumstances {
    padlock: Padlock,
    online: bool,
    awaited: Awaited,
}

/// What else has to come before texts leave.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Awaited {
    Nothing,
    /// The server's word on what an earlier process sent: readable texts wait.
    Settlement,
    /// The answer to a hello: private texts wait.
    Hello,
    Both,
}

impl Circumstances {
    fn decide(&self, required: RequiredProtection) -> Result<Provenance, HeldReason> {
        let verdict = decide(required, self.padlock, self.online);
        match (&verdict, self.awaited) {
            (_, Awaited::Settlement | Awaited::Both)
                if self.online && required == RequiredProtection::Plain =>
            {
                Err(HeldReason::Settling)
            }
            (Ok(provenance), Awaited::Hello | Awaited::Both) if provenance.key().is_some() => {
                Err(HeldReason::GoingPrivate)
            }
            _ => verdict,
        }
    }
}

impl Contact {
    /// Takes in what was typed: it is written down before anything else happens.
    pub(super) async fn accept_text(&mut self, typed: NewMessage) {
        let NewMessage { id, text, seen, replaces } = typed;
        self.permissions = self.permissions | Permissions::ACCEPTED;
        // The composer is empty now; the text itself asks for what it needs.
        self.attention.writes(false);
        let required = self.required(seen);
        self.speaks_up(required);
        // In the clear, a text with the protocol's mark would act as a command and be lost.
        let reserved = required == RequiredProtection::Plain && text.contains(OTR_MARK);
        let is_too_much = text.len() > TEXT_BYTES_MAX || text.contains('\0');
        let reason = is_too_much.then_some(FailReason::Unsendable);
        let reason = reason.or(reserved.then_some(FailReason::Reserved));
        let provenance = Provenance::Plain;
        let failed = reason.map(|reason| DeliveryState::Failed { provenance, reason });
        let unsendable = failed.is_some();
        let state = failed.unwrap_or(DeliveryState::Held(HeldReason::GoingPrivate));
        let persisted = if unsendable { Persisted::No } else { Persisted::AsWaiting };
        let typed = (id.clone(), Zeroizing::new(text), SystemTime::now());
        let mut entry = OutboxMessage::new(typed, required, state, persisted);
        entry.replaces = replaces;
        if !unsendable {
            self.store.keep(&self.chat, waiting(&entry)).await;
        }
        if self.outbox.push(entry) && unsendable {
            self.show(&id).await;
        }
    }

    /// What the person demanded by typing under `seen`. A window that has not yet heard that
    /// privacy is wanted shows an open padlock; that lowers nothing.
    fn required(&self, seen: Padlock) -> RequiredProtection {
        let required = RequiredProtection::seen(seen, self.privacy.last_key());
        if required == RequiredProtection::Plain && !self.padlock().is_plain() {
            return RequiredProtection::Private(self.privacy.last_key());
        }
        required
    }

    pub(super) async fn retry(&mut self, id: &MessageId, seen: Padlock) {
        let required = self.required(seen);
        let Some(entry) = self.outbox.find(id) else { return };
        match entry.state {
            DeliveryState::Queued { .. } | DeliveryState::Sent(_) | DeliveryState::Reported(_) => {
                return;
            }
            DeliveryState::Failed { reason: FailReason::Unsendable, .. } => return,
            // In private it is a text like any other.
            DeliveryState::Failed { reason: FailReason::Reserved, .. }
                if required == RequiredProtection::Plain =>
            {
                return;
            }
            DeliveryState::Failed { .. } => entry.resent = true,
            DeliveryState::Held(_) => {}
        }
        entry.required = required;
        entry.state = DeliveryState::Held(HeldReason::GoingPrivate);
        entry.persisted = Persisted::AsWaiting;
        let waiting = waiting(entry);
        self.store.keep(&self.chat, waiting).await;
        self.privacy.may_be_asked_again();
        self.speaks_up(required);
    }

    /// Tells the contact's program whether the person writes, if it may know: the one we talk to,
    /// or the only one there is.
    pub(super) fn tell_writing(&mut self, writing: bool) {
        let instance = match self.conversation.message_state() {
            MessageState::Encrypted { instance, .. } => Some(instance),
            MessageState::Plaintext | MessageState::Finished { .. } => None,
        };
        if self.permissions.contains(Permissions::SEND_TYPING)
            && self.online
            && self.devices.is_anybody_shown(self.permissions)
        {
            let to = self.address(self.devices.route_in_sight(instance));
            let state = if writing { xmpp::ChatState::Composing } else { xmpp::ChatState::Paused };
            // Only the last is true.
            self.pending.retain(|one| !matches!(one, xmpp::Command::SendChatState { .. }));
            self.hand_over(xmpp::Command::SendChatState { to, state });
        }
    }

    pub(super) async fn discard(&mut self, id: &MessageId) {
        let Some(entry) = self.outbox.find(id) else { return };
        if matches!(entry.state, DeliveryState::Held(_) | DeliveryState::Failed { .. }) {
            self.wipe(id).await;
            self.outbox.take(id);
            self.settlement.is_known(id);
            self.tell(ChatEvent::Discarded(id.clone())).await;
        }
    }

    /// Sends what may go now, oldest first, as far as there is room for it, and says of the rest why
    /// not. Thousands may wait while something happens all the time: those are gone through once.
    pub(super) async fn flush(&mut self) {
        let now = self.circumstances();
        let mut going = Vec::new();
        for entry in
            self.outbox.iter_mut().filter(|entry| matches!(entry.state, DeliveryState::Held(_)))
        {
            match now.decide(entry.required) {
                Err(reason) => entry.state = DeliveryState::Held(reason),
                Ok(_) => going.push(entry.id.clone()),
            }
        }
        for id in going {
            if self.pending.len() >= TEXTS_PENDING_MAX {
                break;
            }
            // Sending one may change what becomes of the next.
            let now = self.circumstances();
            let Some(entry) = self.outbox.find(&id) else { continue };
            match now.decide(entry.required) {
                Ok(Provenance::Plain) => self.send_plain(&id).await,
                Ok(provenance) => self.send_private(&id, provenance).await,
                Err(reason) => entry.state = DeliveryState::Held(reason),
            }
        }
    }

    fn circumstances(&self) -> Circumstances {
        let (padlock, online) = (self.padlock(), self.online);
        let awaited = match (self.settlement.is_open(), self.awaits_hello()) {
            (false, false) => Awaited::Nothing,
            (true, false) => Awaited::Settlement,
            (false, true) => Awaited::Hello,
            (true, true) => Awaited::Both,
        };
        Circumstances { padlock, online, awaited }
    }

    async fn send_plain(&mut self, id: &MessageId) {
        // Checked once more where the stanza is built: the wish, the session, the message.
        if self.privacy.intent() != Intent::Plain || !self.privacy.is_without_session() {
            return;
        }
        let tag = self.tags.of_message(id);
        self.sent.repeats(id.as_str());
        let to = Jid::from(self.chat.contact.clone());
        let request_receipt = self.permissions.contains(Permissions::PRESENCE_SEEN);
        let Some(entry) =
            self.outbox.find(id).filter(|entry| entry.required == RequiredProtection::Plain)
        else {
            return;
        };
        let body = entry.text.as_str().to_owned();
        let replaces = entry.replaces.as_ref().map(|id| id.as_str().to_owned());
        entry.state = DeliveryState::Queued { tag, provenance: Provenance::Plain };
        self.pending.push_back(xmpp::Command::SendMessage {
            tag,
            to,
            id: id.as_str().to_owned(),
            body,
            kind: MessageKind::Plain,
            request_receipt,
            replaces,
        });
        self.show(id).await;
    }

    async fn send_private(&mut self, id: &MessageId, provenance: Provenance) {
        // Checked once more where the stanza is built: the key that will be used.
        let (Some(key), MessageState::Encrypted { instance, fingerprint, ssid, .. }) =
            (provenance.key(), self.conversation.message_state())
        else {
            return tracing::error!("there is no session to send in");
        };
        if key != fingerprint {
            return tracing::error!("the session is not the one that the padlock shows");
        }
        let replaces = self.outbox.find(id).and_then(|entry| entry.replaces.clone());
        let name = self.name_for((instance, ssid), id, replaces.as_ref());
        let (now, reader) = (self.now(), self.devices.reader(instance, self.permissions));
        let at = self.devices.route(Some(instance), None, self.permissions);
        let Some(entry) = self.outbox.find(id) else { return };
        let text = match reader {
            Some(reader) => html::for_peer(&entry.text, reader),
            None => Cow::Borrowed(entry.text.as_str()),
        };
        let text = Zeroizing::new(text.into_owned());
        let sealed = match &name {
            Some((value, _)) => {
                let sealed = self.seal(key, &text, (records::NAME, value));
                sealed.map_err(|error| error.to_string())
            }
            None => {
                let sealed = self.conversation.send(&text, Audience::Key(key), now);
                sealed.map_err(|error| error.to_string())
            }
        };
        let Some(entry) = self.outbox.find(id) else { return };
        let outputs = match sealed {
            Ok(outputs) => outputs,
            Err(error) => {
                tracing::debug!(%error, "the protocol refuses to send");
                let reason = FailReason::Unsendable;
                entry.state = DeliveryState::Failed { provenance, reason };
                return self.show(id).await;
            }
        };
        let tag = self.tags.of_message(id);
        // What is said inside is not said outside too.
        let claim = name.map_or(Claim::Counts, |(_, claim)| claim);
        let outside = matches!(claim, Claim::Counts);
        let replaces = replaces.filter(|_| outside);
        entry.state = DeliveryState::Queued { tag, provenance };
        self.sent_count += 1;
        let (number, overtaken_at) = (self.sent_count, None);
        entry.sent =
            Some(Sent { to: instance, at, ssid, number, overtaken_at, claim, outlived: false });
        entry.delivery_unknown = false;
        if entry.required.key().is_none() {
            entry.required = RequiredProtection::Private(Some(key));
            entry.persisted = Persisted::AsWaiting;
            let waiting = waiting(entry);
            self.store.keep(&self.chat, waiting).await;
        }
        let pieces = outputs.iter().filter(|output| matches!(output, Output::Send { .. })).count();
        let mut piece = 0;
        for output in outputs {
            match output {
                Output::Send { wire, to } => {
                    piece += 1;
                    let last = piece == pieces;
                    let to = self.route(to, None);
                    let tag = if last { tag } else { self.tags.draw() };
                    let id = if last { id.clone() } else { new_message_id() };
                    let replaces = replaces.clone().filter(|_| last);
                    let body = wire.into_string();
                    let wants_receipt = last && outside;
                    self.transmit(Wire { tag, to, id, body, wants_receipt, replaces });
                }
                Output::Event(event) => self.observe(event, None).await,
            }
        }
        self.show(id).await;
    }

    /// Gives a message of the protocol to the link. Anything else is refused here, whatever bug
    /// may have led to it.
    pub(super) fn transmit(&mut self, wire: Wire) {
        let Wire { tag, to, id, body, wants_receipt, replaces } = wire;
        if !body.contains(OTR_MARK) {
            tracing::error!("text that is not of the protocol was about to leave; it did not");
            return;
        }
        self.hand_over(xmpp::Command::SendMessage {
            tag,
            to,
            id: id.as_str().to_owned(),
            body,
            kind: MessageKind::Otr,
            request_receipt: wants_receipt && self.permissions.contains(Permissions::PRESENCE_SEEN),
            replaces: replaces.map(|id| id.as_str().to_owned()),
        });
    }

    /// Gives the link what the contact or their program caused, unless too much waits already:
    /// whoever asks faster than the server takes our answers gets none.
    pub(super) fn hand_over(&mut self, command: xmpp::Command) {
        if self.pending.len() < PENDING_MAX {
            self.pending.push_back(command);
        } else {
            tracing::warn!("the link does not keep up; an answer is dropped");
        }
    }

    pub(super) async fn acked(&mut self, tag: u64) {
        let Some(entry) = self.outbox.queued(tag) else { return };
        let DeliveryState::Queued { provenance, .. } = entry.state else { return };
        entry.state = DeliveryState::Sent(provenance);
        let is_doubted = entry.delivery_unknown;
        if is_doubted {
            entry.state = DeliveryState::Failed { provenance, reason: FailReason::Unsure };
        }
        let is_private = provenance.key().is_some();
        let inside = entry.sent.as_ref().is_some_and(|sent| sent.claim == Claim::Inside);
        let confirms =
            inside || (self.receipts_come && self.permissions.contains(Permissions::PRESENCE_SEEN));
        let will_be_confirmed = is_private && !is_doubted && confirms;
        let id = entry.id.clone();
        // Until it is confirmed it outlives a crash of ours; the contact's program drops a double.
        if !will_be_confirmed {
            self.wipe(&id).await;
        }
        self.show(&id).await;
        for id in self.outbox.prune(self.receipts_come) {
            self.store.settle(&id).await;
        }
    }

    /// The connection broke under this one: it goes again, to the same key only, or once the
    /// archive does not have it.
    pub(super) async fn unsure(&mut self, tag: u64) {
        let Some(entry) = self.outbox.queued(tag) else { return };
        entry.state = DeliveryState::Held(HeldReason::Offline);
        entry.resent = true;
        let id = entry.id.clone();
        if entry.required == RequiredProtection::Plain {
            self.settlement.doubt(id.clone());
        }
        self.show(&id).await;
    }

    pub(super) async fn unsendable(&mut self, tag: u64) {
        self.fail_queued(tag, FailReason::Unsendable).await;
    }

    async fn fail_queued(&mut self, tag: u64, reason: FailReason) {
        let Some(entry) = self.outbox.queued(tag) else { return };
        let DeliveryState::Queued { provenance, .. } = entry.state else { return };
        entry.state = DeliveryState::Failed { provenance, reason };
        let id = entry.id.clone();
        self.show(&id).await;
    }

    /// Wipes one from where it rests, if it does.
    pub(super) async fn wipe(&mut self, id: &MessageId) {
        if self
            .outbox
            .find(id)
            .is_some_and(|entry| replace(&mut entry.persisted, Persisted::No) != Persisted::No)
        {
            self.store.settle(id).await;
        }
    }

    /// Writes down every failure: what did not arrive waits for the person, in later lives as well.
    pub(super) async fn keep_failures(&mut self) {
        let mut failed = Vec::new();
        for entry in self.outbox.iter_mut() {
            if let Some(reason) = entry.untold_failure() {
                entry.persisted = Persisted::AsFailed(reason);
                failed.push(waiting(entry));
            }
        }
        for waiting in failed {
            self.store.keep(&self.chat, waiting).await;
        }
    }

    /// Tells the window of every message that moved on without being told of.
    pub(super) async fn show_changes(&mut self) {
        let changed: Vec<_> =
            self.outbox.iter_mut().filter_map(OutboxMessage::take_change).collect();
        for outgoing in changed {
            self.tell(ChatEvent::Outgoing(outgoing)).await;
        }
    }

    pub(super) async fn show(&mut self, id: &MessageId) {
        if let Some(outgoing) = self.outbox.find(id).and_then(OutboxMessage::take_change) {
            self.tell(ChatEvent::Outgoing(outgoing)).await;
        }
    }
}

pub(super) fn waiting(entry: &OutboxMessage<FullJid>) -> Waiting {
    Waiting {
        id: entry.id.clone(),
        text: entry.text.clone(),
        at: entry.at,
        meant_for: entry.required.key(),
        plain_allowed: entry.required == RequiredProtection::Plain,
        replaces: entry.replaces.clone(),
        failed: match entry.state {
            DeliveryState::Failed { reason, .. } => Some(reason),
            DeliveryState::Held(_)
            | DeliveryState::Queued { .. }
            | DeliveryState::Sent(_)
            | DeliveryState::Reported(_) => None,
        },
        resent: entry.resent,
    }
}
