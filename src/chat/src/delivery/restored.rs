//! What an earlier life of the program left: what it kept to be sent, and what it had sent.

use otr::Fingerprint;

use super::Deliveries;
use crate::effect::{KeptMessage, Out};
use crate::message::{FailReason, HeldReason};
use crate::outbox::{DeliveryState, OutboxMessage, Persisted};
use crate::provenance::{Provenance, RequiredProtection};
use crate::tags;

impl<D: Clone + Eq> Deliveries<D> {
    /// Takes in what was kept; `is_verified` says so of a key.
    pub(crate) fn restore(
        &mut self,
        kept: Vec<KeptMessage>,
        is_verified: impl Fn(Fingerprint) -> bool,
    ) {
        for kept in kept {
            let required = RequiredProtection::of(kept.audience, &is_verified);
            // What can't be sent never travelled.
            let provenance = required.travelled();
            let came_back = match kept.failed {
                Some(reason @ (FailReason::Unsendable | FailReason::Reserved)) => {
                    Some((provenance.unwrap_or(Provenance::Plain), reason))
                }
                Some(reason) => provenance.map(|provenance| (provenance, reason)),
                None => None,
            };
            if required == RequiredProtection::Plain && came_back.is_none() {
                // It may have been on its way when that life ended.
                self.check.doubt(kept.id.clone());
            }
            let state = came_back
                .map_or(DeliveryState::Held(HeldReason::Offline), |(provenance, reason)| {
                    DeliveryState::Failed { provenance, reason }
                });
            let persisted = kept.failed.map_or(Persisted::AsWaiting, Persisted::AsFailed);
            let typed = (kept.id, kept.text, kept.at);
            let mut message = OutboxMessage::new(typed, required, state, persisted);
            (message.resent, message.replaces) = (kept.resent, kept.replaces);
            self.outbox.push(message);
        }
    }

    /// The server has what an earlier process sent. A private one goes again all the same: the keys
    /// that it went out under are gone on our side, and with them its confirmation.
    pub(super) fn has_left_behind(&mut self, tag: u64, out: &mut Out<D>) {
        self.left_behind.retain(|left| *left != tag);
        let is_it = |message: &&OutboxMessage<D>| {
            tags::names(tag, &message.id) && message.required == RequiredProtection::Plain
        };
        let id = self.outbox.iter().find(is_it).map(|message| message.id.clone());
        if let Some(id) = id {
            self.has_arrived(&id, out);
        }
    }

    /// The session of an earlier process does not go on.
    pub(crate) fn forget_left_behind(&mut self) {
        self.left_behind.clear();
    }

    /// The session of an earlier process goes on: what that sent is on its way again.
    pub(crate) fn resume_left_behind(&mut self) {
        for tag in std::mem::take(&mut self.left_behind) {
            let is_it = |message: &&mut OutboxMessage<D>| {
                matches!(message.state, DeliveryState::Held(_)) && tags::names(tag, &message.id)
            };
            let Some(message) = self.outbox.iter_mut().find(is_it) else { continue };
            // One that demands privacy and knows no key has not left: what left knows its key.
            let Some(provenance) = message.required.travelled() else { continue };
            message.state = DeliveryState::Queued { tag, provenance };
            self.check.is_known(&message.id);
        }
    }
}
