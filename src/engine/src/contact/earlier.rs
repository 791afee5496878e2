//! What an earlier life of the program left: what it kept to be sent, and what it had sent.

use chat::{DeliveryState, KeyStanding, OutboxMessage, Persisted, RequiredProtection};
use otr::Audience;
use xmpp::FullJid;

use super::Contact;
use crate::message::{FailReason, HeldReason, Provenance};
use crate::store::Waiting;
use crate::tags;

impl Contact {
    /// They are shown as soon as the actor runs.
    pub(super) async fn restore(&mut self, restored: Vec<Waiting>) {
        for waiting in restored {
            let audience = match (waiting.plain_allowed, waiting.meant_for) {
                (true, _) => Audience::Everybody,
                (false, None) => Audience::Contact,
                (false, Some(key)) => Audience::Key(key),
            };
            let is_verified = |key| self.keys.standing(key) == KeyStanding::Verified;
            let required = RequiredProtection::of(audience, is_verified);
            // What can't be sent never travelled.
            let provenance = required.travelled();
            let came_back = match waiting.failed {
                Some(reason @ (FailReason::Unsendable | FailReason::Reserved)) => {
                    Some((provenance.unwrap_or(Provenance::Plain), reason))
                }
                Some(reason) => provenance.map(|provenance| (provenance, reason)),
                None => None,
            };
            // The archive tells of it as well.
            self.sent.repeats(waiting.id.as_str());
            if required == RequiredProtection::Plain && came_back.is_none() {
                // It may have been on its way when that life ended.
                self.settlement.doubt(waiting.id.clone());
            }
            let state = came_back
                .map_or(DeliveryState::Held(HeldReason::Offline), |(provenance, reason)| {
                    DeliveryState::Failed { provenance, reason }
                });
            let persisted = waiting.failed.map_or(Persisted::AsWaiting, Persisted::AsFailed);
            let typed = (waiting.id, waiting.text, waiting.at);
            let mut message = OutboxMessage::new(typed, required, state, persisted);
            (message.resent, message.replaces) = (waiting.resent, waiting.replaces);
            self.outbox.push(message);
        }
    }

    /// Whether an earlier process sent it, and nobody knows yet what became of it. That may be told
    /// before the connection is.
    pub(super) fn is_left_behind(&self, tag: u64) -> bool {
        self.left_behind.contains(&tag)
    }

    /// What became of it is known.
    pub(super) fn forget_left_behind(&mut self, tag: u64) {
        self.left_behind.retain(|left| *left != tag);
    }

    /// The server has it. A private one goes again all the same: the keys that it went out under are
    /// gone on our side, and with them its confirmation.
    pub(super) async fn has_left_behind(&mut self, tag: u64) {
        self.forget_left_behind(tag);
        let is_it = |entry: &&OutboxMessage<FullJid>| {
            tags::names(tag, &entry.id) && entry.required == RequiredProtection::Plain
        };
        let id = self.outbox.iter().find(is_it).map(|entry| entry.id.clone());
        if let Some(id) = id {
            self.has_arrived(id).await;
        }
    }

    /// The session of an earlier process goes on: what that sent is on its way again.
    pub(super) async fn resume_left_behind(&mut self) {
        for tag in std::mem::take(&mut self.left_behind) {
            let is_it = |entry: &&mut OutboxMessage<FullJid>| {
                matches!(entry.state, DeliveryState::Held(_)) && tags::names(tag, &entry.id)
            };
            let Some(entry) = self.outbox.iter_mut().find(is_it) else { continue };
            let provenance = match entry.required {
                RequiredProtection::Plain => Provenance::Plain,
                RequiredProtection::Verified(key) => Provenance::Verified(key),
                RequiredProtection::Private(Some(key)) => Provenance::Private(key),
                // It has not left: what left knows its key.
                RequiredProtection::Private(None) => continue,
            };
            entry.state = DeliveryState::Queued { tag, provenance };
            self.settlement.is_known(&entry.id);
        }
    }
}
