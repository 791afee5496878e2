//! From the composer to the network: the only place where text of ours becomes a stanza. And how a
//! conversation goes private and leaves private: who is asked, when, and in which words.

use std::borrow::Cow;

use otr::{
    Audience, Fingerprint, Output, Outputs, Record as BesideText, RecordError, WireText, html,
};
use zeroize::Zeroizing;

use super::Chat;
use crate::address::Destination;
use crate::delivery::{Claim, keep, kept};
use crate::effect::{Confirmation, Stanza, Write};
use crate::message::{FailReason, HeldReason, MessageId, NewMessage};
use crate::notice::Notice;
use crate::outbox::{DeliveryState, OutboxMessage, Persisted, decide};
use crate::padlock::Padlock;
use crate::permissions::Permissions;
use crate::privacy::Intent;
use crate::program::Program;
use crate::provenance::{Provenance, RequiredProtection};
use crate::records::{self, Abilities, Receipt};

/// The longest text that is sent, in bytes: with base64 it stays below the 128 KiB that the link
/// gives a body.
const TEXT_BYTES_MAX: usize = 80 * 1024;
/// Every message of the protocol contains this (OTRv3, "Requesting an OTR conversation" and on).
const OTR_MARK: &str = "?OTR";

/// What decides about all that waits.
struct Circumstances {
    padlock: Padlock,
    online: bool,
    awaited: Awaited,
    /// The key that was in use last.
    last_key: Option<Fingerprint>,
    /// Whether nobody is to learn of us before the person speaks.
    is_silent: bool,
}

/// What else has to come before texts leave.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Awaited {
    Nothing,
    /// The archive's word on what an earlier process sent: readable texts wait.
    Archive,
    /// The answer to a hello: private texts wait.
    Hello,
    Both,
}

impl Circumstances {
    fn decide(&self, required: RequiredProtection) -> Result<Provenance, HeldReason> {
        let verdict = decide(required, self.padlock, self.online);
        let waits = matches!(
            verdict,
            Err(HeldReason::GoingPrivate | HeldReason::ContactAway | HeldReason::Offline)
        );
        // Whoever comes back or answers will have the last key, as far as anybody knows.
        let is_another = |meant: Fingerprint| self.last_key.is_some_and(|last| last != meant);
        if waits && required.key().is_some_and(is_another) {
            return Err(HeldReason::KeyChanged);
        }
        if self.is_silent && (waits || verdict == Ok(Provenance::Plain)) {
            return Err(HeldReason::Invisible);
        }
        match (verdict, self.awaited) {
            (_, Awaited::Archive | Awaited::Both)
                if self.online && required == RequiredProtection::Plain =>
            {
                Err(HeldReason::Settling)
            }
            (Ok(way), Awaited::Hello | Awaited::Both) if way.key().is_some() => {
                Err(HeldReason::GoingPrivate)
            }
            _ => verdict,
        }
    }
}

impl<D: Clone + Ord> Chat<D> {
    /// Takes in what was typed: it is written down before anything else happens.
    pub(super) fn accept_text(&mut self, typed: NewMessage) {
        let NewMessage { id, text, seen, replaces } = typed;
        self.accept();
        // The composer is empty now; the text itself asks for what it needs.
        self.attention.writes(false);
        let required = self.required(seen);
        self.speaks_up();
        // In the clear, a text with the protocol's mark would act as a command and be lost.
        let reserved = required == RequiredProtection::Plain && text.contains(OTR_MARK);
        let is_too_much = text.len() > TEXT_BYTES_MAX || text.contains('\0');
        let reason = is_too_much.then_some(FailReason::Unsendable);
        let reason = reason.or(reserved.then_some(FailReason::Reserved));
        let (state, persisted) = match reason {
            Some(reason) => {
                let provenance = Provenance::Plain;
                (DeliveryState::Failed { provenance, reason }, Persisted::No)
            }
            None => (DeliveryState::Held(HeldReason::GoingPrivate), Persisted::AsWaiting),
        };
        let typed = (id.clone(), Zeroizing::new(text), self.out.now.wall);
        let mut message = OutboxMessage::new(typed, required, state, persisted);
        message.replaces = replaces;
        if reason.is_none() {
            self.out.store(Write::KeepNew(kept(&message)));
        }
        if self.delivery.outbox.push(message) && reason.is_some() {
            self.delivery.show(&id, &mut self.out);
        }
    }

    /// What the person demanded by typing under `seen`. A window that has not yet heard that
    /// privacy is wanted shows an open padlock; that lowers nothing.
    fn required(&self, seen: Padlock) -> RequiredProtection {
        let last = self.sessions.privacy.last_key();
        let required = RequiredProtection::seen(seen, last);
        if required == RequiredProtection::Plain && !self.sessions.padlock().is_plain() {
            return RequiredProtection::Private(last);
        }
        required
    }

    pub(super) fn retry(&mut self, id: &MessageId, seen: Padlock) {
        let required = self.required(seen);
        let is_plain = required == RequiredProtection::Plain;
        let Some(message) = self.delivery.outbox.find(id) else { return };
        match message.state {
            DeliveryState::Queued { .. } | DeliveryState::Sent(_) | DeliveryState::Reported(_) => {
                return;
            }
            DeliveryState::Failed { reason: FailReason::Unsendable, .. } => return,
            // In private it is a text like any other.
            DeliveryState::Failed { reason: FailReason::Reserved, .. } if is_plain => return,
            DeliveryState::Failed { .. } => message.resent = true,
            DeliveryState::Held(_) => {}
        }
        message.required = required;
        message.state = DeliveryState::Held(HeldReason::GoingPrivate);
        message.persisted = Persisted::AsWaiting;
        keep(message, &mut self.out);
        self.sessions.privacy.may_be_asked_again();
        self.speaks_up();
    }

    /// Tells the contact's program whether the person writes, if it may know: the one we talk to,
    /// or the only one there is.
    pub(super) fn tell_typing(&mut self, is_typing: bool) {
        let sessions = &self.sessions;
        let state = sessions.conversation.message_state();
        let client = state.instance().filter(|_| state.is_private());
        if sessions.permissions.contains(Permissions::SEND_TYPING)
            && sessions.online
            && sessions.devices.is_anybody_shown(sessions.permissions)
        {
            let to = sessions.devices.route_in_sight(client);
            self.out.send(Stanza::Typing { to, is_typing });
        }
    }

    /// Sends what may go now, oldest first, as far as there is room for it, and says of the rest why
    /// not. Thousands may wait while something happens all the time: those are gone through once.
    pub(super) fn flush(&mut self) {
        let now = self.circumstances();
        let mut going = Vec::new();
        let is_held =
            |message: &&mut OutboxMessage<D>| matches!(message.state, DeliveryState::Held(_));
        for message in self.delivery.outbox.iter_mut().filter(is_held) {
            match now.decide(message.required) {
                Err(reason) => message.state = DeliveryState::Held(reason),
                Ok(_) => going.push(message.id.clone()),
            }
        }
        for id in going {
            if !self.out.has_room() {
                break;
            }
            // Sending one may change what becomes of the next.
            let now = self.circumstances();
            let Some(message) = self.delivery.outbox.find(&id) else { continue };
            match now.decide(message.required) {
                Ok(Provenance::Plain) => self.send_plain(&id),
                Ok(provenance) => self.send_private(&id, provenance),
                Err(reason) => message.state = DeliveryState::Held(reason),
            }
        }
    }

    fn circumstances(&self) -> Circumstances {
        let (padlock, online) = (self.sessions.padlock(), self.sessions.online);
        let awaited = match (self.delivery.is_checking(), self.hello_deadline().is_some()) {
            (false, false) => Awaited::Nothing,
            (true, false) => Awaited::Archive,
            (false, true) => Awaited::Hello,
            (true, true) => Awaited::Both,
        };
        let last_key = self.sessions.privacy.last_key();
        let is_silent = self.is_invisible() && !self.attention.has_asked();
        Circumstances { padlock, online, awaited, last_key, is_silent }
    }

    fn send_plain(&mut self, id: &MessageId) {
        // Checked once more where the stanza is built: the wish, the session, the message.
        let privacy = &self.sessions.privacy;
        if privacy.intent() != Intent::Plain || !privacy.is_without_session() {
            return;
        }
        let tag = self.out.tags.of_message(id);
        self.inbound.sent.repeats(id.as_str());
        let wants_receipt = self.sessions.permissions.contains(Permissions::PRESENCE_SEEN);
        let message = self.delivery.outbox.find(id);
        let Some(message) = message.filter(|it| it.required == RequiredProtection::Plain) else {
            return;
        };
        let (id, body) = (id.clone(), message.text.as_str().to_owned());
        let replaces = message.replaces.clone();
        message.state = DeliveryState::Queued { tag, provenance: Provenance::Plain };
        self.out.send(Stanza::Plain { tag, id: id.clone(), body, wants_receipt, replaces });
        self.delivery.show(&id, &mut self.out);
    }

    fn send_private(&mut self, id: &MessageId, provenance: Provenance) {
        // Checked once more where the stanza is built: the key that will be used.
        let (Some(key), Some((client, fingerprint, ssid))) =
            (provenance.key(), self.sessions.present())
        else {
            return;
        };
        if key != fingerprint {
            return;
        }
        let permissions = self.sessions.permissions;
        let Some(message) = self.delivery.outbox.find(id) else { return };
        let replaces = message.replaces.clone();
        let name = self.greetings.name_for((client, ssid), id, replaces.as_ref(), permissions);
        let text = match self.sessions.devices.reader(client, permissions) {
            Some(reader) => html::for_peer(&message.text, reader),
            None => Cow::Borrowed(message.text.as_str()),
        };
        let text = Zeroizing::new(text.into_owned());
        let at = self.sessions.route(Some(client), None);
        let sealed = match &name {
            Some((value, _)) => self.seal(key, &text, (records::NAME, value)).ok(),
            None => {
                let now = self.out.now.at;
                self.sessions.conversation.send(&text, Audience::Key(key), now).ok()
            }
        };
        let Some(outputs) = sealed else {
            // The protocol refuses: too long, or there is no session after all.
            if let Some(message) = self.delivery.outbox.find(id) {
                let reason = FailReason::Unsendable;
                message.state = DeliveryState::Failed { provenance, reason };
            }
            return self.delivery.show(id, &mut self.out);
        };
        let tag = self.out.tags.of_message(id);
        // What is said inside is not said outside too.
        let claim = name.map_or(Claim::Counts, |(_, claim)| claim);
        let outside = matches!(claim, Claim::Counts);
        self.delivery.leaves(id, (tag, provenance), (client, at, ssid), claim);
        if let Some(message) = self.delivery.outbox.find(id)
            && message.required.key().is_none()
        {
            message.required = RequiredProtection::Private(Some(key));
            message.persisted = Persisted::AsWaiting;
            keep(message, &mut self.out);
        }
        let pieces = outputs.iter().filter(|output| matches!(output, Output::Send { .. })).count();
        let mut piece = 0;
        for output in outputs {
            match output {
                Output::Send { wire, to } => {
                    piece += 1;
                    let last = piece == pieces;
                    let to = self.sessions.route(to, None);
                    let tag = if last { tag } else { self.out.tags.draw() };
                    let id = if last { id.clone() } else { self.out.new_id() };
                    let replaces = replaces.clone().filter(|_| last && outside);
                    let body = wire.into_string();
                    let wants_receipt = last && outside;
                    self.transmit(Stanza::Otr { tag, to, id, body, wants_receipt, replaces });
                }
                Output::Event(event) => self.observe(event, None),
            }
        }
        self.delivery.show(id, &mut self.out);
    }

    /// Gives a message of the protocol to the network. Anything else is refused here, whatever bug
    /// may have led to it.
    fn transmit(&mut self, mut stanza: Stanza<D>) {
        let is_seen = self.sessions.permissions.contains(Permissions::PRESENCE_SEEN);
        if let Stanza::Otr { body, wants_receipt, .. } = &mut stanza
            && body.contains(OTR_MARK)
        {
            *wants_receipt &= is_seen;
            self.out.send(stanza);
        }
    }

    /// A message of the protocol that is no text of anybody.
    pub(super) fn transmit_quietly(&mut self, wire: WireText, to: Destination<D>) {
        let (tag, id, body) = (self.out.tags.draw(), self.out.new_id(), wire.into_string());
        let (wants_receipt, replaces) = (false, None);
        self.transmit(Stanza::Otr { tag, to, id, body, wants_receipt, replaces });
    }

    /// Says hello to the client that texts go to, if it says that it is ours and nobody has said
    /// anything yet.
    pub(super) fn greet(&mut self) {
        let Some(session) = self.sessions.present() else { return };
        let (client, key, ssid) = session;
        let at = self.sessions.route(Some(client), None);
        let is_ours = self.sessions.devices.program(&at) == Some(Program::Sotto);
        if self.greetings.should_greet(session, is_ours) {
            self.forget_greetings();
            self.greetings.greet(client, ssid, self.out.now.at);
            self.say_hello(key);
        }
    }

    /// Of clients without a session nothing is known any more.
    pub(super) fn forget_greetings(&mut self) {
        let states = self.sessions.conversation.instances();
        let private = states.filter(|state| state.is_private());
        let private: Vec<_> = private.filter_map(otr::MessageState::instance).collect();
        self.greetings.retain(|client| private.contains(&client));
    }

    pub(super) fn say_hello(&mut self, key: Fingerprint) {
        let confirms = self.sessions.permissions.contains(Permissions::SEND_RECEIPTS);
        let ours = if confirms { Abilities::Confirms } else { Abilities::Names };
        self.tell_inside(key, records::HELLO, &ours.hello());
    }

    /// Until when texts wait for the answer to a hello, if they do.
    pub(super) fn hello_deadline(&self) -> Option<otr::Timestamp> {
        let (client, _, ssid) = self.sessions.present()?;
        self.greetings.waits_until(client, ssid, self.out.now.at)
    }

    pub(super) fn confirm_now(&mut self, confirmation: Confirmation<D>) {
        match confirmation {
            Confirmation::Inside(key, named) => {
                if named.receipt == Receipt::Wanted
                    && self.sessions.permissions.contains(Permissions::SEND_RECEIPTS)
                    && let Some(value) = self.greetings.codec.write_receipts(&[&named.id])
                {
                    self.tell_inside(key, records::RECEIPTS, &value);
                }
            }
            Confirmation::Outside { to, id } => self.out.send(Stanza::Receipt { to, id }),
        }
    }

    /// A text with a record, or a record alone, for the owner of this key.
    fn seal(
        &mut self,
        whom: Fingerprint,
        text: &str,
        (number, value): (u16, &[u8]),
    ) -> Result<Outputs, RecordError> {
        let (beside, now) = (BesideText { number, value }, self.out.now.at);
        self.sessions.conversation.send_record(whom, text, beside, now)
    }

    /// A record without a text; nothing, if there is no session for it.
    fn tell_inside(&mut self, whom: Fingerprint, number: u16, value: &[u8]) {
        for output in self.seal(whom, "", (number, value)).into_iter().flatten() {
            if let Output::Send { wire, to } = output {
                let to = self.sessions.route(to, None);
                self.transmit_quietly(wire, to);
            }
        }
    }

    /// Whether a key exchange is wanted that nobody has asked for yet.
    pub(super) fn should_start(&self) -> bool {
        let sessions = &self.sessions;
        let is_invisible = self.is_invisible();
        let looks = self.attention.has_looked() && sessions.keys.is_any_known();
        (self.speaks() || (looks && !is_invisible))
            && sessions.permissions.contains(Permissions::ACCEPTED)
            && sessions.privacy.is_exchange_missing(sessions.reach())
    }

    /// Whether the person has something to say to them, or asks for privacy. Neither what waited
    /// already when they became invisible speaks for them, nor what they only begin to type.
    pub(super) fn speaks(&self) -> bool {
        let has_to_say = self.delivery.outbox.wants_session() || self.attention.is_typing();
        self.attention.has_asked() || (has_to_say && !self.is_invisible())
    }

    fn is_invisible(&self) -> bool {
        self.sessions.permissions.contains(Permissions::INVISIBLE)
    }

    /// Whether they learn of us though we are invisible: the person speaks to them.
    pub(super) fn is_spoken_to(&self) -> bool {
        let privacy = &self.sessions.privacy;
        privacy.active().is_some() || privacy.is_exchanging() || self.speaks()
    }

    /// A text was written, or is to go again.
    const fn speaks_up(&mut self) {
        if self.sessions.permissions.contains(Permissions::INVISIBLE) {
            self.attention.asks();
        }
    }

    /// Whoever is spoken to is no stranger.
    fn accept(&mut self) {
        self.sessions.permissions = self.sessions.permissions | Permissions::ACCEPTED;
    }

    pub(super) fn start(&mut self) {
        self.sessions.privacy.exchange_began();
        let now = self.out.now;
        let words = self.invitation.due(now.wall);
        if let Some(words) = &words {
            self.sessions.conversation.set_invitation(&**words);
        }
        let outputs = self.sessions.conversation.start(now.at);
        // Whatever is asked again goes without words.
        self.sessions.conversation.set_invitation("");
        let is_sent = outputs.iter().any(|output| matches!(output, Output::Send { .. }));
        if words.is_some() && is_sent {
            self.invitation.said(now.wall);
            self.out.store(Write::Invited(now.wall));
        }
        self.perform(outputs, None);
    }

    pub(super) fn go_private(&mut self) {
        self.want_private();
        if self.sessions.online && self.sessions.is_there() {
            self.start();
        }
    }

    /// Asks once, though they look away.
    pub(super) fn try_now(&mut self) {
        self.want_private();
        if self.sessions.online && !self.sessions.is_usable() {
            self.start();
        }
    }

    fn want_private(&mut self) {
        self.accept();
        self.attention.asks();
        self.set_intent(Intent::Private);
        self.sessions.privacy.may_be_asked_again();
        if self.sessions.privacy.is_finished() {
            let outputs = self.sessions.conversation.end(self.out.now.at);
            self.perform(outputs, None);
            self.sessions.leave(&mut self.out);
        }
    }

    pub(super) fn end_private(&mut self) {
        self.set_intent(Intent::Plain);
        self.sessions.privacy.exchange_ended();
        self.leave();
    }

    /// Ends the private conversation, if there is one, and says so.
    pub(super) fn leave(&mut self) {
        let was_private = self.sessions.privacy.session().is_some();
        let outputs = self.sessions.conversation.end(self.out.now.at);
        self.perform(outputs, None);
        self.sessions.leave(&mut self.out);
        if was_private {
            self.out.notice(Notice::EndedByUs);
        }
    }

    pub(super) fn set_intent(&mut self, intent: Intent) {
        if self.sessions.privacy.set_intent(intent) {
            self.out.store(Write::Intent(intent));
        }
    }
}
