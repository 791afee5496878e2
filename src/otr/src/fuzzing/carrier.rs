//! Somebody who carries all messages of several people, and does with them what they like: drops,
//! delays, doubles and mixes them, says that they are from and for other programs, and makes new
//! ones of what is seen. However it goes, no two key pairs of anybody's sessions share a key, no
//! counter is used twice under one, and no text is made up or shown twice.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::dice::Dice;
use super::{conversation, in_small_numbers};
use crate::audience::Audience;
use crate::conversation::Conversation;
use crate::crypto::{DhPublic, Mac20, MacKey};
use crate::data::DataMessage;
use crate::fingerprint::Fingerprint;
use crate::instance::InstanceTag;
use crate::message_state::MessageState;
use crate::output::{Event, Output, Security};
use crate::outputs::Outputs;
use crate::policy::Policy;
use crate::recipient::Recipient;
use crate::timestamp::Timestamp;
use crate::wire::{self, Header, MessageType, Reader};

/// Steps of a schedule.
const STEPS: usize = 96;
/// Messages that are remembered.
const SEEN_MAX: usize = 192;
/// MAC keys that were given away and are remembered.
const REVEALED_MAX: usize = 16;

/// The tags that a message may name: those of programs, and of nobody.
const TAGS: [u32; 7] = [0x777, 0xa11, 0xb0b, 0xb0c, 0xca5, 0x778, 0];

/// Alice has a conversation with Bob and one with Carol, Bob has two programs.
const SEATS: [(usize, u32, &[usize]); 5] = [
    (0, 0xa11, &[2, 3, CAROL]),
    (0, 0xa11, &[CAROL]),
    (1, 0xb0b, &[0]),
    (1, 0xb0c, &[0]),
    (2, 0xca5, &[0, 1]),
];
/// Who works with the carrier, has a key of her own, and poses as a program of Bob's too.
const CAROL: usize = 4;

/// One conversation of somebody.
struct Seat {
    conversation: Conversation,
    fingerprint: Fingerprint,
    tag: u32,
    /// Whom its messages are for.
    others: &'static [usize],
}

struct World {
    seats: Vec<Seat>,
    dice: Dice,
    now: Timestamp,
    /// What waits to be delivered, and to whom.
    fresh: VecDeque<(usize, String)>,
    /// What was said, and by whom.
    seen: VecDeque<(usize, String)>,
    revealed: VecDeque<Mac20>,
    /// Keys of others that Carol has called her own.
    claimed: BTreeSet<DhPublic>,
    /// Sessions that have begun.
    sessions: u64,
    /// Every private text, by whose key it was typed, and whether it was shown.
    typed: BTreeMap<String, (Fingerprint, bool)>,
}

/// Lets chance decide what is done with the messages; which chance, `seed` says.
/// How many sessions begin.
pub fn carrier(seed: u64) -> u64 {
    let _small = in_small_numbers();
    let Some(mut world) = World::new(seed) else { return 0 };
    for _ in 0..STEPS {
        world.step();
        world.assert_keys_differ();
    }
    world.sessions
}

impl World {
    fn new(seed: u64) -> Option<Self> {
        let mut dice = Dice::new(seed);
        let mut number = seed.wrapping_mul(SEATS.len() as u64);
        let policies = [Policy::ALLOW_V3, Policy::MANUAL, Policy::ALWAYS, Policy::ALLOW_V2];
        let policy = *policies.get(dice.below(8).saturating_sub(4))?;
        let mut seats = Vec::new();
        for (key, tag, others) in SEATS {
            number = number.wrapping_add(1);
            let conversation = conversation(key, InstanceTag::new(tag)?, policy, number)?;
            let fingerprint = conversation.own_fingerprint();
            seats.push(Seat { conversation, fingerprint, tag, others });
        }
        Some(Self {
            seats,
            dice,
            now: Timestamp::from_millis(1_000_000),
            fresh: VecDeque::new(),
            seen: VecDeque::new(),
            revealed: VecDeque::new(),
            claimed: BTreeSet::new(),
            sessions: 0,
            typed: BTreeMap::new(),
        })
    }

    fn step(&mut self) {
        let who = self.dice.below(SEATS.len());
        match self.dice.below(100) {
            // The next message arrives.
            0..34 => {
                if let Some((to, wire)) = self.fresh.pop_front() {
                    self.receive(to, &wire);
                }
            }
            // And once more, from a program that is none.
            34..40 => {
                if let Some((to, wire)) = self.fresh.pop_front() {
                    self.receive(to, &wire);
                    if let Some(copy) = self.retagged(&wire, to) {
                        self.receive(to, &copy);
                    }
                }
            }
            // One arrives that is not the next.
            40..45 => {
                let at = self.dice.below(self.fresh.len());
                if let Some((to, wire)) = self.fresh.remove(at) {
                    self.receive(to, &wire);
                }
            }
            // The next is lost.
            45..48 => drop(self.fresh.pop_front()),
            // What was seen comes again, to anybody.
            48..55 => {
                if let Some(wire) = self.old(who) {
                    self.receive(who, &wire);
                }
            }
            // And under other names.
            55..76 => {
                if let Some(wire) = self.old(who).and_then(|wire| self.retagged(&wire, who)) {
                    self.receive(who, &wire);
                }
            }
            // Somebody asks for a private conversation in another's name.
            76..84 => {
                let queries = ["?OTRv3?", "?OTRv3?", "?OTRv23?", "?OTRv2?"];
                if let Some(query) = queries.get(self.dice.below(queries.len())) {
                    self.receive(who, query);
                }
            }
            // With a MAC key that was given away, a text is altered.
            84..88 => {
                if let Some(wire) = self.old(who).and_then(|wire| self.forged(&wire, who)) {
                    self.receive(who, &wire);
                }
            }
            88..96 => self.send(who),
            96..98 => {
                let millis = [300, 2_500, 16_000, 61_000];
                let millis = millis.get(self.dice.below(millis.len())).copied().unwrap_or(0);
                self.now = self.now.plus_millis(millis);
                let now = self.now;
                self.call(who, |conversation| conversation.handle_timeout(now));
            }
            98 => {
                let now = self.now;
                self.call(who, |conversation| conversation.start(now));
            }
            _ => {
                let now = self.now;
                self.call(who, |conversation| conversation.end(now));
            }
        }
    }

    /// Something that was said, rather lately, and most often to this one.
    fn old(&mut self, to: usize) -> Option<String> {
        let is_any = self.dice.below(8) == 0;
        let speaks = |from: usize| {
            self.seats.get(from).is_some_and(|seat| is_any || seat.others.contains(&to))
        };
        let said: Vec<&String> =
            self.seen.iter().filter(|(from, _)| speaks(*from)).map(|(_, wire)| wire).collect();
        let reach = self.dice.below(said.len()).saturating_add(1);
        let back = self.dice.below(reach).saturating_add(1);
        said.get(said.len().checked_sub(back)?).map(|wire| (*wire).clone())
    }

    /// A tag; most often the same, that is nobody's.
    fn tag(&mut self) -> u32 {
        let at = if self.dice.below(2) == 0 { 0 } else { self.dice.below(TAGS.len()) };
        TAGS.get(at).copied().unwrap_or_default()
    }

    /// The same from another program, for the one that gets it; or in the other version.
    fn retagged(&mut self, wire: &str, to: usize) -> Option<String> {
        let message = wire::decode(wire).ok()?;
        let mut body = Reader::new(&message);
        Header::read(&mut body).ok()??;
        let (sender, receiver) = (self.tag(), self.seats.get(to)?.tag);
        let receiver = if self.dice.below(8) == 0 { self.tag() } else { receiver };
        let mut other = match (self.dice.below(16), message.get(..3)?) {
            (0, [0, 3, kind]) => Vec::from([0, 2, *kind]),
            (_, [0, 2, kind]) if self.dice.below(2) == 0 => Vec::from([0, 2, *kind]),
            (_, [_, _, kind]) => {
                let tags = [sender.to_be_bytes(), receiver.to_be_bytes()];
                [&[0, 3, *kind], tags.as_flattened()].concat()
            }
            _ => return None,
        };
        other.extend_from_slice(body.rest());
        Some(wire::encode(&other))
    }

    /// A data message with other words, and with a MAC by a key that was given away.
    fn forged(&mut self, wire: &str, to: usize) -> Option<String> {
        let named = self.retagged(wire, to)?;
        let message = wire::decode(if self.dice.below(2) == 0 { wire } else { &named }).ok()?;
        let mut body = Reader::new(&message);
        Header::read(&mut body).ok()??;
        let covered = DataMessage::read(&message, body).ok()?.authenticated.len();
        let key = *self.revealed.get(self.dice.below(self.revealed.len()))?;
        let mut forged = message.get(..covered)?.to_vec();
        if let Some(byte) = forged.last_mut() {
            *byte ^= 1;
        }
        let mac = MacKey::new(key).mac(&forged);
        forged.extend_from_slice(&mac);
        forged.extend_from_slice(&[0; 4]);
        Some(wire::encode(&forged))
    }

    /// Types a text: for the program that is best, or for another.
    fn send(&mut self, who: usize) {
        let text = format!("text {}", self.typed.len());
        let (now, choice) = (self.now, self.dice.below(4));
        let Some(seat) = self.seats.get_mut(who) else { return };
        let instances: Vec<_> = seat.conversation.instances().filter_map(instance).collect();
        let chosen = instances.get(choice).map_or(Recipient::Best, |tag| Recipient::Instance(*tag));
        let _ = seat.conversation.set_recipient(chosen);
        self.typed.insert(text.clone(), (seat.fingerprint, false));
        if who == CAROL && self.dice.below(3) == 0 {
            self.claim_key();
        }
        self.call(who, |conversation| {
            conversation.send(&text, Audience::Contact, now).unwrap_or_default()
        });
    }

    /// Carol says that her next key is one of Bob's that she has seen. What she does with her own keys
    /// is her own loss.
    fn claim_key(&mut self) {
        let said = self.seen.iter().filter(|(from, _)| matches!(from, 2 | 3));
        let keys = said.filter_map(|(_, wire)| key_of(wire));
        let keys: Vec<_> = keys.filter(|key| !self.claimed.contains(key)).collect();
        let Some(key) = keys.get(self.dice.below(keys.len())).copied() else { return };
        self.claimed.insert(key);
        if let Some(carol) = self.seats.get_mut(CAROL) {
            carol.conversation.claim_next_key(key);
        }
    }

    fn receive(&mut self, who: usize, wire: &str) {
        let now = self.now;
        self.call(who, |conversation| conversation.receive(wire, now));
    }

    fn call(&mut self, who: usize, act: impl FnOnce(&mut Conversation) -> Outputs) {
        let Some(seat) = self.seats.get_mut(who) else { return };
        let others = seat.others;
        for output in act(&mut seat.conversation) {
            match output {
                Output::Send { wire, .. } => {
                    self.note(who, wire.as_str());
                    let wire = wire.into_string();
                    self.fresh.extend(others.iter().map(|other| (*other, wire.clone())));
                }
                Output::Event(event) => self.judge(&event),
            }
        }
    }

    /// Remembers a message, and what it gives away.
    fn note(&mut self, who: usize, wire: &str) {
        if self.seen.len() == SEEN_MAX {
            self.seen.pop_front();
        }
        self.seen.push_back((who, String::from(wire)));
        let Ok(message) = wire::decode(wire) else { return };
        let mut body = Reader::new(&message);
        if !matches!(Header::read(&mut body), Ok(Some(_))) {
            return;
        }
        let Ok(data) = DataMessage::read(&message, body) else { return };
        let behind = data.authenticated.len().saturating_add(size_of::<Mac20>() + 4);
        let (keys, _) = message.get(behind..).unwrap_or_default().as_chunks();
        for key in keys {
            self.revealed.push_back(*key);
            if self.revealed.len() > REVEALED_MAX {
                self.revealed.pop_front();
            }
        }
    }

    /// A private text was typed by the owner of the key that it is shown for, and is shown once.
    fn judge(&mut self, event: &Event) {
        self.sessions += u64::from(matches!(
            event,
            Event::SessionStarted { .. } | Event::SessionRefreshed { .. }
        ));
        if let Event::Text { text, security: Security::Private { fingerprint, .. } } = event {
            let typed = self.typed.get_mut(text);
            let is_true = typed.is_some_and(|(writer, is_shown)| {
                *writer == *fingerprint && !core::mem::replace(is_shown, true)
            });
            assert!(is_true, "made up, or shown twice: {text:?}");
        }
    }

    fn assert_keys_differ(&self) {
        for key in 0..3 {
            let seats = self.seats.iter().zip(SEATS).filter(|(_, seat)| seat.0 == key);
            let programs: BTreeMap<u32, Vec<[u8; 16]>> =
                seats.fold(BTreeMap::new(), |mut all, (seat, _)| {
                    all.entry(seat.tag).or_default().extend(seat.conversation.cipher_keys());
                    all
                });
            for keys in programs.values() {
                let different: BTreeSet<_> = keys.iter().collect();
                assert_eq!(different.len(), keys.len(), "two key pairs share a key");
            }
        }
    }
}

/// The D-H key that a D-H Key or a data message shows.
fn key_of(wire: &str) -> Option<DhPublic> {
    let message = wire::decode(wire).ok()?;
    let mut body = Reader::new(&message);
    let header = Header::read(&mut body).ok()??;
    match header.message_type {
        MessageType::DhKey => DhPublic::read(&mut body).ok(),
        MessageType::Data => DataMessage::read(&message, body).ok().map(|data| data.next_key),
        MessageType::DhCommit | MessageType::RevealSignature | MessageType::Signature => None,
    }
}

/// Which program a private conversation is with.
const fn instance(state: MessageState) -> Option<InstanceTag> {
    match state {
        MessageState::Encrypted { instance, .. } => Some(instance),
        MessageState::Plaintext | MessageState::Finished { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use std::panic;

    use super::*;

    /// Some seconds. By hand: `SCHEDULES=1000000 cargo test -p sotto-otr --lib carrier`.
    const SCHEDULES: u64 = 10_000;

    #[test]
    fn a_carrier_of_all_messages_makes_nobody_use_a_key_twice() {
        let schedules = std::env::var("SCHEDULES").ok().map(|number| number.parse().unwrap());
        let (mut sessions, schedules) = (0, schedules.unwrap_or(SCHEDULES));
        for seed in 0..schedules {
            let held = panic::catch_unwind(|| carrier(seed));
            sessions += held.unwrap_or_else(|_| panic!("in schedule {seed}"));
        }
        assert!(sessions > schedules, "hardly anything happens: {sessions} sessions");
    }
}
