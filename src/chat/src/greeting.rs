//! Two programs like ours find each other: a hello inside of the encryption, once after each session
//! began, before any other record. Then texts carry their names, corrections and receipts inside.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use otr::{Fingerprint, InstanceTag, Output, Ssid, Timestamp};

use crate::delivery::Claim;
use crate::message::MessageId;
use crate::permissions::Permissions;
use crate::records::{self, Abilities, Named, Receipt, RecordCodec};

/// How long texts wait for the answer to a hello. A program that says it is ours and does not
/// answer gets them without names.
const PATIENCE: Duration = Duration::from_secs(2);

/// So many keys are remembered whose owners have said hello.
const KNOWN_MAX: usize = 16;

/// How far it is with each of the contact's clients.
pub(crate) struct Greetings {
    /// Reads and writes names and receipts.
    pub(crate) codec: Box<dyn RecordCodec>,
    /// No more of them than have sessions.
    now: BTreeMap<InstanceTag, (Ssid, Greeting)>,
    /// Who has said hello in some session, whatever presence says by now.
    known: VecDeque<Fingerprint>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Greeting {
    /// We have said hello, and texts wait for the answer until then.
    Said { until: Timestamp },
    /// Both have, and this is what they understand.
    Answered(Abilities),
}

impl Greetings {
    pub(crate) const fn new(codec: Box<dyn RecordCodec>) -> Self {
        Self { codec, now: BTreeMap::new(), known: VecDeque::new() }
    }

    fn with(&self, client: InstanceTag, ssid: Ssid) -> Option<Greeting> {
        self.now.get(&client).filter(|(of, _)| *of == ssid).map(|(_, greeting)| *greeting)
    }

    /// Whether we should say hello in this session, where presence says that the other program is ours
    /// or not.
    pub(crate) fn should_greet(
        &self,
        (client, key, ssid): (InstanceTag, Fingerprint, Ssid),
        is_ours: bool,
    ) -> bool {
        (is_ours || self.known.contains(&key)) && self.with(client, ssid).is_none()
    }

    /// We say hello.
    pub(crate) fn greet(&mut self, client: InstanceTag, ssid: Ssid, now: Timestamp) {
        self.now.insert(client, (ssid, Greeting::Said { until: now + PATIENCE }));
    }

    /// They say hello; whether that is to be answered.
    pub(crate) fn greeted(
        &mut self,
        (client, key, ssid): (InstanceTag, Fingerprint, Ssid),
        abilities: Abilities,
    ) -> bool {
        let was_silent = self.with(client, ssid).is_none();
        self.remember(key);
        self.now.insert(client, (ssid, Greeting::Answered(abilities)));
        was_silent
    }

    /// Of clients without a session nothing is known any more.
    pub(crate) fn retain(&mut self, has_session: impl Fn(InstanceTag) -> bool) {
        self.now.retain(|client, _| has_session(*client));
    }

    /// Until when texts in this session wait for the answer to a hello.
    pub(crate) fn waits_until(
        &self,
        client: InstanceTag,
        ssid: Ssid,
        now: Timestamp,
    ) -> Option<Timestamp> {
        match self.with(client, ssid)? {
            Greeting::Said { until } => (until > now).then_some(until),
            Greeting::Answered(_) => None,
        }
    }

    /// The record that goes with a text, where the other side understands it, and what is to be
    /// heard of its arrival then.
    pub(crate) fn name_for(
        &self,
        (client, ssid): (InstanceTag, Ssid),
        id: &MessageId,
        replaces: Option<&MessageId>,
        permissions: Permissions,
    ) -> Option<(Vec<u8>, Claim)> {
        let is_seen = permissions.contains(Permissions::PRESENCE_SEEN);
        let receipt = match self.with(client, ssid)? {
            Greeting::Answered(Abilities::Confirms) if is_seen => Receipt::Wanted,
            Greeting::Answered(Abilities::Confirms | Abilities::Names) => Receipt::Unwanted,
            Greeting::Answered(Abilities::Nothing) | Greeting::Said { .. } => return None,
        };
        let claim = match receipt {
            Receipt::Wanted => Claim::Inside,
            Receipt::Unwanted => Claim::Nowhere,
        };
        let named = Named { id: id.clone(), replaces: replaces.cloned(), receipt };
        Some((self.codec.write_name(&named)?, claim))
    }

    /// What its author calls the text that was just read.
    pub(crate) fn named(&self, outputs: &[Output]) -> Option<Named> {
        outputs.iter().find_map(|output| match output {
            Output::Event(otr::Event::RecordReceived { number: records::NAME, value, .. }) => {
                self.codec.read_name(value)
            }
            Output::Event(_) | Output::Send { .. } => None,
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing;

    impl RecordCodec for Nothing {
        fn write_name(&self, _: &Named) -> Option<Vec<u8>> {
            None
        }

        fn read_name(&self, _: &[u8]) -> Option<Named> {
            None
        }

        fn write_receipts(&self, _: &[&MessageId]) -> Option<Vec<u8>> {
            None
        }

        fn read_receipts(&self, _: &[u8]) -> Option<Vec<MessageId>> {
            None
        }
    }

    #[test]
    fn so_many_who_said_hello_are_remembered() {
        let mut greetings = Greetings::new(Box::new(Nothing));
        let key = |number: usize| Fingerprint::V3([u8::try_from(number).unwrap(); 20]);
        for number in 0..=KNOWN_MAX {
            greetings.remember(key(number));
            greetings.remember(key(number));
        }
        assert_eq!(greetings.known.len(), KNOWN_MAX);
        assert!(!greetings.known.contains(&key(0)) && greetings.known.contains(&key(KNOWN_MAX)));
    }
}
