//! Two parties and an outsider, and a script of what they and the network do.
//!
//! A script is text, as far as a person writes it: a digit for how the two begin, a letter for
//! whose luck it is, then letters for what happens, each with what belongs to it.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use super::party::{Call, Party, shows};
use super::{conversation, in_small_numbers, retagged};
use crate::fragment;
use crate::instance::InstanceTag;
use crate::message_state::MessageState;
use crate::output::{Event, Security};
use crate::outputs::Outputs;
use crate::policy::Policy;
use crate::timestamp::Timestamp;
use crate::tlv::TlvKind;
use crate::version::Version;
use crate::wire;

/// Steps of a script that are taken.
const STEPS_MAX: usize = 64;
/// Messages that wait for one party.
const INBOX_MAX: usize = 256;
/// Messages that are remembered to be sent again.
const PAST_MAX: usize = 256;
/// More than an exchange needs, with fragments.
const CARRIED_MAX: usize = 2048;

const ALICE: usize = 0;
const BOB: usize = 1;
const OUTSIDER: usize = 2;

/// What anybody may put into the network.
const MADE_UP: [&str; 16] = [
    "?OTRv23?",
    "?OTRv2?",
    "?OTRv3?",
    "?OTR?v2?",
    "?OTR Error: start again",
    "?OTR Error:%n%s",
    "in clear",
    "hi \t  \t\t\t\t \t \t \t  \x20 \t\t  \t\t",
    "hi \t  \t\t\t\t \t \t \t  \x20 \t\t  \t ",
    "?OTR:===.",
    "?OTR:.",
    "?OTR|b0b|a11,1,2,?OTR:AAMD,",
    "?OTR|b0b|a11,2,2,AAA.,",
    "?OTR,1,1,?OTRv2?,",
    "?OTR:AAMDAAALCwAAChEA",
    "?OTR",
];

/// Programs that a message may claim to be from.
const TAGS: [u32; 6] = [0x777, 0x778, 0xb0b, 0xa11, 0xca5, 0];

/// Carries out a script.
pub fn two_parties(data: &[u8]) {
    let _small = in_small_numbers();
    // The outsider cannot know what only the two say, though a fuzzer learns it from comparisons.
    if shows(data) {
        return;
    }
    let mut script = Script(data);
    let (Some(beginning), Some(luck)) = (script.byte(), script.byte()) else { return };
    let Some(mut world) = World::new(beginning, luck) else { return };
    for _ in 0..STEPS_MAX {
        if world.step(&mut script).is_none() {
            break;
        }
    }
    // It takes as long as most scripts: every other time.
    if luck & 2 == 0 {
        world.make_peace();
    }
}

/// What is left of a script.
struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    /// A place, in steps that widen.
    fn place(&mut self) -> Option<usize> {
        let byte = usize::from(self.byte()?);
        Some(byte + byte.saturating_sub(200) * 37)
    }

    /// As many bytes as the next says; fewer at the end.
    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::from(self.byte()?);
        let (bytes, rest) = self.0.split_at_checked(length).unwrap_or((self.0, &[]));
        self.0 = rest;
        Some(bytes)
    }

    /// Alice, Bob, or with `C` the outsider.
    fn party(&mut self) -> Option<usize> {
        Some(usize::from(self.byte()?.wrapping_sub(b'A')) % 3)
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        let index = usize::from(self.byte()?.wrapping_sub(b'0'));
        from.get(index % from.len()).copied()
    }
}

struct World {
    parties: [Party; 3],
    past: Vec<String>,
    now: Timestamp,
    /// Whether the outsider did what only a client can do.
    is_outsider_active: bool,
}

impl World {
    fn new(beginning: u8, luck: u8) -> Option<Self> {
        let v2 = Policy::ALLOW_V2;
        let (alice, bob, is_private) = match beginning.wrapping_sub(b'0') % 6 {
            0 => (Policy::MANUAL, Policy::MANUAL, false),
            1 => (Policy::MANUAL, Policy::MANUAL, true),
            2 => (v2, v2, true),
            3 => (Policy::ALWAYS, Policy::OPPORTUNISTIC, true),
            4 => (Policy::MANUAL, v2, true),
            _ => (Policy::OPPORTUNISTIC, Policy::OPPORTUNISTIC, false),
        };
        let party = |name, key, tag, policy| {
            let seed = u64::from(luck) << 8 | u64::from(u32::from(name));
            let conversation = conversation(key, InstanceTag::new(tag)?, policy, seed)?;
            Some(Party::new(name, conversation, policy))
        };
        // The outsider goes by Bob's tag, or by one of its own.
        let tag = if luck & 1 == 0 { 0xb0b } else { 0xca5 };
        let outsider = party('C', OUTSIDER, tag, Policy::MANUAL)?;
        let mut world = Self {
            parties: [party('A', ALICE, 0xa11, alice)?, party('B', BOB, 0xb0b, bob)?, outsider],
            past: Vec::new(),
            now: Timestamp::from_millis(1_000_000),
            is_outsider_active: false,
        };
        if is_private {
            world.start(ALICE);
            world.carry();
            world.assert_private();
        }
        Some(world)
    }

    fn step(&mut self, script: &mut Script<'_>) -> Option<()> {
        let letter = script.byte()?.wrapping_sub(b'a') % 26;
        let who = script.party()?;
        match letter {
            // a: answers the last question
            0 => {
                let number = script.byte()?;
                let now = self.now;
                self.call(who, Call::Other, |party| {
                    let Some(request) = party.request else { return Outputs::default() };
                    let secret = party.secret(number);
                    party.conversation.answer(request, &secret, now).unwrap_or_default()
                });
            }
            // b: breaks off a verification
            1 => {
                let now = self.now;
                self.call(who, Call::Other, |party| party.conversation.abort_verification(now));
            }
            // c: one byte of the next message is changed
            2 => {
                let (place, mask) = (script.place()?, script.byte()?);
                self.alter(who, |message| {
                    let length = message.len();
                    if let Some(byte) = message.get_mut(place % length.max(1)) {
                        *byte ^= mask;
                    }
                });
            }
            // d: the next message is delivered
            3 => self.deliver(who),
            // e: ends
            4 => {
                let now = self.now;
                self.call(who, Call::End, |party| {
                    party.goodbyes += 1;
                    party.conversation.end(now)
                });
            }
            // f: the network takes so many bytes from now on
            5 => {
                let bytes_max = script.pick(&[0, 60, 100, 150, 400, 1409])?;
                let bytes_max = core::num::NonZero::new(bytes_max);
                self.party(who)?.conversation.set_fragment_bytes_max(bytes_max);
            }
            // g: the next message is cut
            6 => {
                let place = script.place()?;
                self.alter(who, |message| message.truncate(place % message.len().max(1)));
            }
            // h: the outsider hears the last message
            7 => {
                let heard = self.party(who)?.inbox.back().cloned();
                heard.into_iter().for_each(|wire| self.put(OUTSIDER, wire));
            }
            // i: somebody puts a text into the network
            8 => self.push(who, String::from_utf8_lossy(script.bytes()?).into_owned()),
            // j: and a message, by the right names
            9 => {
                let beginning: [u8; 3] = script.pick(&[
                    [0, 3, 2],
                    [0, 3, 3],
                    [0, 3, 0x0a],
                    [0, 3, 0x11],
                    [0, 3, 0x12],
                    [0, 2, 2],
                    [0, 2, 3],
                    [0, 2, 0x0a],
                    [0, 2, 0x11],
                    [0, 2, 0x12],
                ])?;
                let ends: &[u8] = match (beginning, who) {
                    ([_, 2, _], _) => &[],
                    (_, ALICE) => &[0, 0, 0xb, 0xb, 0, 0, 0xa, 0x11],
                    _ => &[0, 0, 0xa, 0x11, 0, 0, 0xb, 0xb],
                };
                let message = [&beginning, ends, script.bytes()?].concat();
                self.push(who, wire::encode(&message));
            }
            // k: uses the extra key
            10 => {
                let now = self.now;
                self.call(who, Call::Other, |party| {
                    let Some(whom) = party.shown() else { return Outputs::default() };
                    let Ok((key, outputs)) = party.conversation.extra_key(whom, 7, b"use", now)
                    else {
                        return Outputs::default();
                    };
                    party.extra_keys.push(key);
                    outputs
                });
            }
            // l: the next message is lost
            11 => drop(self.party(who)?.inbox.pop_front()),
            // m: the next message goes back to where it came from
            12 => {
                let wire = self.party(who)?.inbox.pop_front()?;
                self.push(other(who), wire);
            }
            // n: sends a record
            13 => {
                let (number, now) = (script.byte()? % 12, self.now);
                let value = script.bytes()?;
                self.call(who, Call::Other, |party| {
                    party.goodbyes += usize::from(number == 1);
                    party.announces_freely |= number == 8;
                    let Some(whom) = party.shown() else { return Outputs::default() };
                    let kind = TlvKind::from_number(u16::from(number));
                    let sent = party.conversation.send_any_record(whom, "", kind, value, now);
                    Outputs::new(sent.unwrap_or_default())
                });
            }
            // o: something old comes again
            14 => {
                let place = script.place()?;
                let wire = self.past.get(place.checked_rem(self.past.len())?)?.clone();
                self.push(who, wire);
            }
            // p: time passes
            15 => {
                let millis = script.pick(&[500, 2_000, 15_000, 61_000, 400_000])?;
                self.now = self.now.plus_millis(millis);
                let now = self.now;
                self.call(who, Call::Other, |party| party.conversation.handle_timeout(now));
            }
            // q: something that is often seen comes
            16 => {
                let text = script.pick(&MADE_UP)?;
                self.push(who, String::from(text));
            }
            // r: the next message comes twice
            17 => {
                let wire = self.party(who)?.inbox.front()?.clone();
                self.push(who, wire);
            }
            // s: sends a text
            18 => {
                let (kind, now) = (script.byte()?, self.now);
                self.call(who, Call::Other, |party| party.send(kind, now));
            }
            // t: wants to talk in private
            19 => self.start(who),
            // u: the next two messages come in the other order
            20 => {
                let inbox = &mut self.party(who)?.inbox;
                if inbox.len() > 1 {
                    inbox.swap(0, 1);
                }
            }
            // v: verifies
            21 => {
                let (number, now) = (script.byte()?, self.now);
                let question = (number & 4 != 0).then_some("question?");
                self.call(who, Call::Other, |party| {
                    let secret = party.secret(number);
                    let Some(whom) = party.shown() else { return Outputs::default() };
                    party.conversation.verify(whom, &secret, question, now).unwrap_or_default()
                });
            }
            // w: for a while all is well
            22 => self.carry(),
            // x: the next message is cut into pieces on the way
            23 => {
                let bytes_max = core::num::NonZero::new(script.place()?);
                let (from, to) = if who == ALICE { (0xb0b, 0xa11) } else { (0xa11, 0xb0b) };
                let (from, to) = (InstanceTag::new(from)?, InstanceTag::new(to));
                let wire = self.party(who)?.inbox.pop_front()?;
                if wire.is_ascii() && wire.len() < 4096 {
                    let pieces = fragment::split(wire, bytes_max, Version::V3, from, to);
                    pieces.into_iter().rev().for_each(|piece| self.push(who, piece));
                }
            }
            // y: something old comes from another program of its author, for the one that gets it
            24 => {
                let (place, tag) = (script.place()?, script.pick(&TAGS)?);
                let wire = self.past.get(place.checked_rem(self.past.len())?)?.clone();
                self.push(who, retagged(&wire, tag, if who == BOB { 0xb0b } else { 0xa11 })?);
            }
            // z: the next message comes once more, from another program
            _ => {
                let tag = script.pick(&TAGS)?;
                let wire = self.party(who)?.inbox.front()?.clone();
                let copy = retagged(&wire, tag, if who == BOB { 0xb0b } else { 0xa11 })?;
                self.party(who)?.inbox.insert(1, copy);
            }
        }
        Some(())
    }

    fn party(&mut self, who: usize) -> Option<&mut Party> {
        self.is_outsider_active |= who == OUTSIDER;
        self.parties.get_mut(who)
    }

    /// Puts a message before all others that wait for a party.
    fn push(&mut self, who: usize, wire: String) {
        if let Some(party) = self.parties.get_mut(who) {
            party.inbox.push_front(wire);
            party.inbox.truncate(INBOX_MAX);
        }
    }

    /// Puts a message behind all others.
    fn put(&mut self, who: usize, wire: String) {
        if self.past.len() < PAST_MAX {
            self.past.push(wire.clone());
        }
        if let Some(party) = self.parties.get_mut(who)
            && party.inbox.len() < INBOX_MAX
        {
            party.inbox.push_back(wire);
        }
    }

    /// Changes the bytes of the next message for a party: those inside, if it is encoded.
    fn alter(&mut self, who: usize, change: impl FnOnce(&mut Vec<u8>)) {
        let Some(inbox) = self.parties.get_mut(who).map(|party| &mut party.inbox) else { return };
        let Some(wire) = inbox.pop_front() else { return };
        let altered = match wire::decode(&wire) {
            Ok(mut message) if !wire.starts_with("?OTR|") && !wire.starts_with("?OTR,") => {
                change(&mut message);
                wire::encode(&message)
            }
            _ => {
                let mut bytes = wire.into_bytes();
                change(&mut bytes);
                String::from_utf8_lossy(&bytes).into_owned()
            }
        };
        inbox.push_front(altered);
    }

    fn start(&mut self, who: usize) {
        let now = self.now;
        self.call(who, Call::Other, |party| party.conversation.start(now));
    }

    fn deliver(&mut self, who: usize) {
        let now = self.now;
        let Some(wire) = self.party(who).and_then(|party| party.inbox.pop_front()) else { return };
        self.call(who, Call::Receive, |party| party.conversation.receive(&wire, now));
        self.assert_keys_differ(who);
    }

    /// No two pairs of keys share one, whatever sessions they belong to.
    fn assert_keys_differ(&self, who: usize) {
        let Some(party) = self.parties.get(who) else { return };
        let keys = party.conversation.cipher_keys();
        let different: BTreeSet<_> = keys.iter().collect();
        assert_eq!(different.len(), keys.len(), "two key pairs share a key");
    }

    /// Delivers everything to the two, until both are silent.
    fn carry(&mut self) {
        for _ in 0..CARRIED_MAX {
            let waits = |who: &usize| self.parties.get(*who).is_some_and(|p| !p.inbox.is_empty());
            match [BOB, ALICE].into_iter().find(waits) {
                Some(who) => self.deliver(who),
                None => return,
            }
        }
        assert!(self.is_outsider_active, "the two never fall silent");
    }

    /// Calls a party, and sends what it says to the other.
    fn call(&mut self, who: usize, call: Call, act: impl FnOnce(&mut Party) -> Outputs) {
        let Some((wires, events)) = self.party(who).map(|party| party.call(call, act)) else {
            return;
        };
        events.iter().for_each(|event| self.judge(who, event));
        wires.into_iter().for_each(|wire| self.put(other(who), wire));
    }

    /// What a party was told about another is true.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others tell nothing of another")]
    fn judge(&mut self, who: usize, event: &Event) {
        match event {
            Event::Text { text, security: Security::Private { fingerprint, .. } } => {
                let reader = self.parties.get(who).map(Party::fingerprint);
                let writer = self.parties.iter_mut().find(|p| p.fingerprint() == *fingerprint);
                assert!(writer.is_some(), "written by nobody");
                let (Some(writer), Some(reader)) = (writer, reader) else { return };
                writer.was_shown(text, reader);
            }
            Event::SessionFinished { fingerprint, .. } => {
                let heard = self.parties.get(who).map(|party| party.farewells(*fingerprint));
                let left = self.parties.iter().find(|p| p.fingerprint() == *fingerprint);
                assert!(left.is_some_and(|left| heard <= Some(left.goodbyes)));
            }
            Event::SmpSucceeded { fingerprint, .. } => {
                let mut both =
                    self.parties.iter().enumerate().filter(|(index, party)| {
                        *index == who || party.fingerprint() == *fingerprint
                    });
                assert!(both.all(|(_, party)| party.knows_shared_secret()));
            }
            Event::ExtraKeyReceived { fingerprint, key, .. } => {
                let user = self.parties.iter().find(|p| p.fingerprint() == *fingerprint);
                let has_it = |user: &Party| user.announces_freely || user.extra_keys.contains(key);
                assert!(user.is_some_and(has_it));
            }
            _ => {}
        }
    }

    /// Whatever was done to the two, they can begin anew, and understand each other. If the
    /// outsider has a session too, it is up to the people whom they talk to.
    fn make_peace(&mut self) {
        if self.is_outsider_active {
            return;
        }
        self.parties.iter_mut().for_each(|party| party.inbox.clear());
        self.now = self.now.plus_millis(600_000);
        self.start(ALICE);
        self.carry();
        self.assert_private();
        let now = self.now;
        for who in [ALICE, BOB, BOB, ALICE] {
            self.call(who, Call::Other, |party| party.send(0, now));
            self.carry();
            assert!(self.parties.get(who).is_some_and(Party::was_heard), "the last text is lost");
        }
    }

    fn assert_private(&self) {
        let [alice, bob, _] = &self.parties;
        assert_eq!(alice.private_with(), Some(bob.fingerprint()));
        assert_eq!(bob.private_with(), Some(alice.fingerprint()));
        let ssids = [alice, bob].map(|party| match party.conversation.message_state() {
            MessageState::Encrypted { ssid, .. } => Some(*ssid.as_bytes()),
            MessageState::Plaintext | MessageState::Finished { .. } => None,
        });
        let [ours, theirs] = ssids;
        assert_eq!(ours, theirs);
    }
}

/// Whom a party's messages go to: the outsider's to Alice.
const fn other(who: usize) -> usize {
    if who == ALICE { BOB } else { ALICE }
}
