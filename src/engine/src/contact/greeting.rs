//! Two Sottos find each other: a hello inside of the encryption, once after each session began,
//! before any other record. Then texts carry their names, corrections and receipts inside.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chat::{Claim, Permissions, Program};
use otr::{Fingerprint, InstanceTag, MessageState, Output, Outputs, Record, RecordError, Ssid};
use tokio::time::Instant;

use super::Contact;
use super::records::{self, Abilities, Named, Receipt};
use crate::message::MessageId;

/// How long texts wait for the answer to a hello. A program that says it is Sotto and does not
/// answer gets them without names.
const PATIENCE: Duration = Duration::from_secs(2);

/// So many keys are remembered whose owners have said hello.
const KNOWN_MAX: usize = 16;

/// How far it is with each of the contact's programs.
#[derive(Debug, Default)]
pub(super) struct Greetings {
    /// No more of them than have sessions.
    now: BTreeMap<InstanceTag, (Ssid, Greeting)>,
    /// Who has said hello in some session, whatever presence says by now.
    known: VecDeque<Fingerprint>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Greeting {
    /// We have said hello, and texts wait for the answer until then.
    Said { until: Instant },
    /// Both have, and this is what they understand.
    Answered(Abilities),
}

impl Greetings {
    fn with(&self, instance: InstanceTag, ssid: Ssid) -> Option<Greeting> {
        self.now.get(&instance).filter(|(of, _)| *of == ssid).map(|(_, greeting)| *greeting)
    }

    fn remember(&mut self, key: Fingerprint) {
        if !self.known.contains(&key) {
            if self.known.len() == KNOWN_MAX {
                self.known.pop_front();
            }
            self.known.push_back(key);
        }
    }
}

impl Contact {
    /// Says hello to the program that texts go to, if it says that it is Sotto and nobody has said
    /// anything yet.
    pub(super) fn greet(&mut self) {
        let Some((instance, key, ssid)) = self.present_session() else { return };
        let at = self.devices.route(Some(instance), None, self.permissions);
        let is_sotto = self.devices.program(&at) == Some(Program::Sotto);
        if (is_sotto || self.greetings.known.contains(&key))
            && self.greetings.with(instance, ssid).is_none()
        {
            let until = Instant::now() + PATIENCE;
            self.note_greeting(instance, ssid, Greeting::Said { until });
            self.say_hello(key);
        }
    }

    fn say_hello(&mut self, key: Fingerprint) {
        let ours = if self.permissions.contains(Permissions::SEND_RECEIPTS) {
            Abilities::Confirms
        } else {
            Abilities::Names
        };
        self.tell_inside(key, records::HELLO, &ours.hello());
    }

    /// Whether texts wait for the answer to a hello.
    pub(super) fn awaits_hello(&self) -> bool {
        self.hello_deadline().is_some()
    }

    /// Until when, if they do.
    pub(super) fn hello_deadline(&self) -> Option<Instant> {
        let (instance, _, ssid) = self.present_session()?;
        match self.greetings.with(instance, ssid)? {
            Greeting::Said { until } => (until > Instant::now()).then_some(until),
            Greeting::Answered(_) => None,
        }
    }

    /// The record that goes with a text, where the other side understands it, and what is to be
    /// heard of its arrival then.
    pub(super) fn name_for(
        &self,
        (instance, ssid): (InstanceTag, Ssid),
        id: &MessageId,
        replaces: Option<&MessageId>,
    ) -> Option<(Vec<u8>, Claim)> {
        let receipt = match self.greetings.with(instance, ssid)? {
            Greeting::Answered(Abilities::Confirms)
                if self.permissions.contains(Permissions::PRESENCE_SEEN) =>
            {
                Receipt::Wanted
            }
            Greeting::Answered(Abilities::Confirms | Abilities::Names) => Receipt::Unwanted,
            Greeting::Answered(Abilities::Nothing) | Greeting::Said { .. } => return None,
        };
        let claim = match receipt {
            Receipt::Wanted => Claim::Inside,
            Receipt::Unwanted => Claim::Nowhere,
        };
        let named = Named { id: id.clone(), replaces: replaces.cloned(), receipt };
        Some((named.write()?, claim))
    }

    /// One of the contact's programs says something beside a text, or without one.
    pub(super) async fn record(
        &mut self,
        (instance, key): (InstanceTag, Fingerprint),
        number: u16,
        value: &[u8],
    ) {
        match number {
            records::HELLO => self.hello(instance, key, value),
            records::RECEIPTS => {
                for id in records::confirmed(value).unwrap_or_default() {
                    self.confirmed(key, &id).await;
                }
            }
            // It was read along with its text.
            records::NAME => {}
            _ => tracing::debug!(number, "a record that we do not know is ignored"),
        }
    }

    fn hello(&mut self, instance: InstanceTag, key: Fingerprint, value: &[u8]) {
        let (Some(abilities), Some(ssid)) = (Abilities::read(value), self.ssid_with(instance))
        else {
            return;
        };
        let known = self.greetings.with(instance, ssid);
        self.greetings.remember(key);
        self.note_greeting(instance, ssid, Greeting::Answered(abilities));
        if known.is_none() {
            self.say_hello(key);
        }
    }

    /// Confirms a text to its author, if it wants that and may know.
    pub(super) fn confirm(&mut self, key: Fingerprint, named: &Named) {
        if named.receipt == Receipt::Wanted
            && self.permissions.contains(Permissions::SEND_RECEIPTS)
            && let Some(value) = records::receipts(&[&named.id])
        {
            self.tell_inside(key, records::RECEIPTS, &value);
        }
    }

    /// A text with a record, or a record alone, for the owner of this key.
    pub(super) fn seal(
        &mut self,
        whom: Fingerprint,
        text: &str,
        (number, value): (u16, &[u8]),
    ) -> Result<Outputs, RecordError> {
        let now = self.now();
        self.conversation.send_record(whom, text, Record { number, value }, now)
    }

    /// A record without a text.
    fn tell_inside(&mut self, whom: Fingerprint, number: u16, value: &[u8]) {
        match self.seal(whom, "", (number, value)) {
            Ok(outputs) => {
                for output in outputs {
                    if let Output::Send { wire, to } = output {
                        self.transmit_quietly(wire, to, None);
                    }
                }
            }
            Err(error) => tracing::debug!(%error, "a record is not sent"),
        }
    }

    fn note_greeting(&mut self, instance: InstanceTag, ssid: Ssid, greeting: Greeting) {
        let conversation = &self.conversation;
        let is_private = |tag: &InstanceTag| {
            conversation.instances().any(|state| match state {
                MessageState::Encrypted { instance, .. } => instance == *tag,
                MessageState::Plaintext | MessageState::Finished { .. } => false,
            })
        };
        self.greetings.now.retain(|tag, _| is_private(tag));
        self.greetings.now.insert(instance, (ssid, greeting));
    }

    /// The session that a text sent now would go out in.
    fn present_session(&self) -> Option<(InstanceTag, Fingerprint, Ssid)> {
        match self.conversation.message_state() {
            MessageState::Encrypted { instance, fingerprint, ssid, .. } => {
                self.session_is_usable().then_some((instance, fingerprint, ssid))
            }
            MessageState::Plaintext | MessageState::Finished { .. } => None,
        }
    }
}

/// What its author calls the text that was just read.
pub(super) fn named(outputs: &[Output]) -> Option<Named> {
    outputs.iter().find_map(|output| match output {
        Output::Event(otr::Event::RecordReceived { number: records::NAME, value, .. }) => {
            Named::read(value)
        }
        Output::Event(_) | Output::Send { .. } => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_who_said_hello_are_remembered() {
        let mut greetings = Greetings::default();
        let key = |number: usize| Fingerprint::V3([u8::try_from(number).unwrap(); 20]);
        for number in 0..=KNOWN_MAX {
            greetings.remember(key(number));
            greetings.remember(key(number));
        }
        assert_eq!(greetings.known.len(), KNOWN_MAX);
        assert!(!greetings.known.contains(&key(0)) && greetings.known.contains(&key(KNOWN_MAX)));
    }
}
