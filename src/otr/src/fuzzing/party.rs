//! One of the three in a script: what it typed, what it was shown, and what may not be.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::audience::Audience;
use crate::conversation::Conversation;
use crate::data::ExtraKey;
use crate::error::SendError;
use crate::fingerprint::Fingerprint;
use crate::fragment::Fragment;
use crate::message_state::MessageState;
use crate::output::{Event, Output, Security};
use crate::outputs::Outputs;
use crate::policy::Policy;
use crate::smp::{SmpRequest, SmpSecret};
use crate::timestamp::Timestamp;
use crate::wire;

/// Stands in every text that is typed in private, and in no other.
const MARK: &str = "w7mark-for-the-two-alone4q";

/// The greatest answer to one call, whole, in bytes. An SMP message with revealed keys has some 5 kB.
const ANSWER_BYTES_MAX: usize = 32_768;

/// The secret that two parties may share; each has others of its own.
const SHARED_SECRET: &[u8] = &[0];

/// What a call may do to the conversation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Receive,
    End,
    Other,
}

pub(super) struct Party {
    pub(super) conversation: Conversation,
    pub(super) policy: Policy,
    /// What waits to be delivered to it.
    pub(super) inbox: VecDeque<String>,
    /// What it typed in private.
    typed: BTreeMap<String, Typed>,
    /// What it typed last in private.
    last: String,
    /// How often it left, or said so.
    pub(super) goodbyes: usize,
    /// Farewells heard, by whose key.
    finished: Vec<Fingerprint>,
    pub(super) request: Option<SmpRequest>,
    secrets: Vec<u8>,
    pub(super) extra_keys: Vec<ExtraKey>,
    /// Whether it announced the use of the extra key in a record of its own making.
    pub(super) announces_freely: bool,
    /// Of the first one that it was private with.
    first_key: Option<Fingerprint>,
    name: char,
}

/// What becomes of a private text.
struct Typed {
    audience: Audience,
    is_shown: bool,
}

impl Party {
    pub(super) fn new(name: char, conversation: Conversation, policy: Policy) -> Self {
        Self {
            conversation,
            policy,
            inbox: VecDeque::new(),
            typed: BTreeMap::new(),
            last: String::new(),
            goodbyes: 0,
            finished: Vec::new(),
            request: None,
            secrets: Vec::new(),
            extra_keys: Vec::new(),
            announces_freely: false,
            first_key: None,
            name,
        }
    }

    pub(super) fn fingerprint(&self) -> Fingerprint {
        self.conversation.own_fingerprint()
    }

    /// Whose key the next text is for, if it is private.
    pub(super) fn private_with(&self) -> Option<Fingerprint> {
        match self.conversation.message_state() {
            MessageState::Encrypted { fingerprint, .. } => Some(fingerprint),
            MessageState::Plaintext | MessageState::Finished { .. } => None,
        }
    }

    /// Whose key the window shows, also after the other has left.
    pub(super) fn shown(&self) -> Option<Fingerprint> {
        self.conversation.audience().key()
    }

    /// A secret to verify with: the shared one, or one that only this party knows.
    pub(super) fn secret(&mut self, number: u8) -> SmpSecret {
        let number = number % 3;
        self.secrets.push(number);
        if number == 0 {
            return SmpSecret::from(SHARED_SECRET);
        }
        SmpSecret::from(format!("{}{number}", self.name).as_str())
    }

    /// Types a text: while private, or for the contact alone, it goes out encrypted or not at all.
    pub(super) fn send(&mut self, kind: u8, now: Timestamp) -> Outputs {
        let before = self.conversation.message_state();
        self.first_key = self.first_key.or(self.private_with());
        let audience = match kind / 4 % 3 {
            0 => Audience::Everybody,
            1 => Audience::Contact,
            _ => self.first_key.map_or(Audience::Contact, Audience::Key),
        };
        let is_open = audience == Audience::Everybody;
        let is_private = !is_open || matches!(before, MessageState::Encrypted { .. });
        let mark = if is_private { MARK } else { "in clear" };
        let tail = match kind % 4 {
            0 => String::new(),
            1 => String::from("?OTRv23? <b>é</b> %n%s"),
            2 => "long ".repeat(300),
            _ => String::from("\u{1e}?OTR:AAMD."),
        };
        let text = format!("{mark} {} {} {tail}", self.name, self.typed.len());
        let sent = self.conversation.send(&text, audience, now);
        match before {
            MessageState::Encrypted { .. } => {
                assert!(!is_open || sent.as_ref().is_ok_and(|outputs| !outputs.is_empty()));
            }
            MessageState::Finished { .. } if is_open => assert_eq!(sent, Err(SendError::Finished)),
            MessageState::Finished { .. } => {}
            MessageState::Plaintext if is_open => {
                let is_held = self.policy.contains(Policy::REQUIRE_ENCRYPTION)
                    || self.conversation.is_wanted();
                assert!(!is_held || sent == Err(SendError::EncryptionRequired));
            }
            MessageState::Plaintext => assert_eq!(sent, Err(SendError::NotPrivate)),
        }
        if sent.is_ok() && is_private {
            self.last.clone_from(&text);
            self.typed.insert(text, Typed { audience, is_shown: false });
        }
        sent.unwrap_or_default()
    }

    /// Calls the conversation, and looks at what comes out.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others promise nothing here")]
    pub(super) fn call(
        &mut self,
        call: Call,
        act: impl FnOnce(&mut Self) -> Outputs,
    ) -> (Vec<String>, Vec<Event>) {
        let before = self.conversation.message_state();
        let outputs = act(self);
        let after = self.conversation.message_state();
        let (mut wires, mut events) = (Vec::new(), Vec::new());
        for output in outputs {
            match output {
                Output::Send { wire, .. } => wires.push(wire.into_string()),
                Output::Event(event) => events.push(event),
            }
        }
        assert_sealed(&wires);
        let finishes = |event: &Event| matches!(event, Event::SessionFinished { .. });
        match (before, after) {
            (MessageState::Plaintext, MessageState::Plaintext) => {}
            (_, MessageState::Plaintext) => assert!(call == Call::End),
            (MessageState::Plaintext, _) => assert!(call == Call::Receive),
            (MessageState::Encrypted { .. }, MessageState::Finished { .. }) => {
                assert!(call == Call::Receive && events.iter().any(finishes));
            }
            (MessageState::Encrypted { .. } | MessageState::Finished { .. }, _) => {
                assert!(before == after || call == Call::Receive);
            }
        }
        for event in &events {
            match event {
                Event::Text { text, security } => {
                    let is_private = matches!(security, Security::Private { .. });
                    assert_eq!(text.contains(MARK), is_private, "private and no other");
                    assert!(*security != Security::Plain || before == MessageState::Plaintext);
                }
                Event::PeerError(words) => assert!(!words.contains(MARK)),
                Event::SmpRequested { request, .. } => self.request = Some(*request),
                Event::SessionFinished { fingerprint, .. } => self.finished.push(*fingerprint),
                _ => {}
            }
        }
        (wires, events)
    }

    /// A private text of this party's is shown to another: it was typed, for that key, and was not
    /// shown before.
    pub(super) fn was_shown(&mut self, text: &str, to: Fingerprint) {
        let typed = self.typed.get_mut(text);
        assert!(typed.as_ref().is_some_and(|typed| !typed.is_shown), "made up, or shown twice");
        if let Some(typed) = typed {
            assert!(typed.audience.key().is_none_or(|key| key == to), "shown to somebody else");
            typed.is_shown = true;
        }
    }

    /// Whether its last private text was shown.
    pub(super) fn was_heard(&self) -> bool {
        self.typed.get(&self.last).is_some_and(|typed| typed.is_shown)
    }

    /// How often it heard the owner of this key leave.
    pub(super) fn farewells(&self, from: Fingerprint) -> usize {
        self.finished.iter().filter(|fingerprint| **fingerprint == from).count()
    }

    pub(super) fn knows_shared_secret(&self) -> bool {
        self.secrets.contains(&0)
    }
}

/// What leaves shows nothing of a private text: not as it is, not in another encoding, not cut in
/// pieces.
fn assert_sealed(wires: &[String]) {
    let pieces = wires.iter().map(|wire| piece(wire));
    let whole: Vec<u8> = pieces.flat_map(str::bytes).collect();
    assert!(whole.len() <= ANSWER_BYTES_MAX, "{} bytes", whole.len());
    assert!(!shows(&whole));
    for wire in wires {
        assert!(!shows(wire.as_bytes()));
    }
    let whole = String::from_utf8_lossy(&whole);
    for message in whole.split("?OTR:").skip(1) {
        let message = wire::decode(&format!("?OTR:{message}"));
        assert!(message.is_ok_and(|message| !shows(&message)));
    }
}

/// The payload, if it is a fragment.
fn piece(wire: &str) -> &str {
    if Fragment::parse(wire).is_err() {
        return wire;
    }
    wire.trim_end_matches(',').rsplit(',').next().unwrap_or_default()
}

/// Whether bytes hold [`MARK`], plain, doubled, as digits, or in base64 at any offset.
pub(super) fn shows(bytes: &[u8]) -> bool {
    let mark = MARK.as_bytes();
    let base64 = [0, 1, 2].map(|skip| STANDARD_NO_PAD.encode(mark.get(skip..).unwrap_or_default()));
    // The last symbols also depend on what follows.
    let base64 = base64.iter().filter_map(|text| text.get(..text.len() - 2)).map(str::as_bytes);
    let digits: String = mark.iter().map(|byte| format!("{byte:02x}")).collect();
    let upper = digits.to_ascii_uppercase();
    let doubled: Vec<u8> = mark.iter().flat_map(|byte| [*byte, 0]).collect();
    let forms = [mark, digits.as_bytes(), upper.as_bytes(), doubled.as_slice()];
    forms.into_iter().chain(base64).any(|form| bytes.windows(form.len()).any(|part| part == form))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_text_is_found_in_any_dress() {
        for before in ["", "a", "ab", "abc"] {
            let text = format!("{before}{MARK} and more");
            assert!(shows(text.as_bytes()));
            assert!(shows(STANDARD_NO_PAD.encode(&text).as_bytes()));
            let digits: String = text.bytes().map(|byte| format!("{byte:02X}")).collect();
            assert!(shows(digits.as_bytes()));
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            assert!(shows(&wide));
        }
        assert!(!shows(b"w7mark-for-the-two-alone"));
    }

    #[test]
    #[should_panic = "assertion"]
    fn a_private_text_is_found_in_pieces() {
        let (head, tail) = MARK.split_at(9);
        let wires = [(1, head), (2, tail)].map(|(i, part)| format!("?OTR|a11|b0b,{i},2,{part},"));
        assert_sealed(&wires);
    }

    #[test]
    #[should_panic = "assertion"]
    fn a_private_text_is_found_inside_of_a_message() {
        assert_sealed(&[wire::encode(format!("\0\x03{MARK}").as_bytes())]);
    }
}
