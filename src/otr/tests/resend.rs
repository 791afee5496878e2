//! What waits for a private conversation goes only to whom it was written for, whichever side
//! finishes the exchange of keys.

mod support;

use otr::{Audience, Event, MessageState, Output, Outputs, Policy, SendError};
use support::{ALICE, BOB, Party, Setup, carry, private_pair};

/// A client as the guide wants it: what is refused waits with its audience, and what waits is tried
/// again when a session begins.
struct Client {
    party: Party,
    waiting: Vec<(String, Audience)>,
    /// What the person has to be asked about.
    questions: Vec<SendError>,
}

impl Client {
    fn new(party: Party) -> Self {
        Self { party, waiting: Vec::new(), questions: Vec::new() }
    }

    fn write(&mut self, text: &str, audience: Audience) {
        match self.party.conversation.send(text, audience, self.party.now) {
            Ok(outputs) => self.take(outputs),
            Err(SendError::NotPrivate | SendError::EncryptionRequired) => {
                self.waiting.push((text.to_owned(), audience));
                let outputs = self.party.conversation.start(self.party.now);
                self.take(outputs);
            }
            Err(refusal) => {
                self.waiting.push((text.to_owned(), audience));
                self.questions.push(refusal);
            }
        }
    }

    fn take(&mut self, outputs: Outputs) {
        for output in outputs {
            let begins = matches!(
                output,
                Output::Event(
                    Event::SessionStarted { .. }
                        | Event::SessionRefreshed { .. }
                        | Event::SessionKeyChanged { .. }
                )
            );
            self.party.take([output]);
            if begins {
                for (text, audience) in std::mem::take(&mut self.waiting) {
                    self.write(&text, audience);
                }
            }
        }
    }

    fn receive(&mut self, wire: &str) {
        let outputs = self.party.conversation.receive(wire, self.party.now);
        self.take(outputs);
    }
}

/// Carries until nothing is under way, with the hands of the clients.
fn carry_between(alice: &mut Client, bob: &mut Client) {
    while !alice.party.sent.is_empty() || !bob.party.sent.is_empty() {
        for wire in std::mem::take(&mut alice.party.sent) {
            bob.receive(&wire);
        }
        for wire in std::mem::take(&mut bob.party.sent) {
            alice.receive(&wire);
        }
    }
}

/// Whether Alice ends the exchange with the Signature or with the Reveal Signature.
const ROLES: [bool; 2] = [false, true];

/// Makes the two private; `alice_commits` says who sends the D-H Commit.
fn go_private(alice: &mut Client, bob: &mut Client, alice_commits: bool) {
    let asker = if alice_commits { &mut *bob } else { &mut *alice };
    asker.party.start();
    carry_between(alice, bob);
    assert!(alice.party.is_private() && bob.party.is_private());
}

// otr3 A19, A75
#[test]
fn what_was_refused_under_require_encryption_goes_out_when_private_in_either_role() {
    for alice_commits in ROLES {
        let policy = Policy::MANUAL.with(Policy::REQUIRE_ENCRYPTION);
        let mut alice = Client::new(Party::new(Setup { policy, ..ALICE }));
        let mut bob = Client::new(Party::new(BOB));
        // The window says that nothing leaves in clear: this is for the contact.
        alice.waiting.push(("first".to_owned(), Audience::Contact));
        go_private(&mut alice, &mut bob, alice_commits);
        assert_eq!(bob.party.private_texts(), ["first"]);
        assert!(alice.waiting.is_empty());
    }
    let policy = Policy::ALWAYS;
    let mut alice = Client::new(Party::new(Setup { policy, ..ALICE }));
    let mut bob = Client::new(Party::new(BOB));
    alice.write("typed under an open padlock all the same", Audience::Everybody);
    assert!(!alice.party.sent[0].contains("typed"));
    carry_between(&mut alice, &mut bob);
    assert_eq!(bob.party.private_texts().len(), 1);
}

// otr3 A75
#[test]
fn a_text_for_one_key_goes_again_to_the_same_key_in_either_role() {
    for alice_commits in ROLES {
        let (alice, bob) = private_pair(ALICE, BOB);
        let (mut alice, mut bob) = (Client::new(alice), Client::new(bob));
        let audience = alice.party.conversation.audience();
        // Bob's program loses everything but its key, and cannot read this.
        bob.party = Party::new(BOB);
        alice.write("lost", audience);
        carry_between(&mut alice, &mut bob);
        assert!(bob.party.private_texts().is_empty());
        alice.waiting.push(("lost".to_owned(), audience));
        go_private(&mut alice, &mut bob, alice_commits);
        assert_eq!(bob.party.private_texts(), ["lost"]);
        assert!(alice.waiting.is_empty() && alice.questions.is_empty());
    }
}

// otr3 A75
#[test]
fn a_text_for_one_key_never_goes_to_another_in_either_role() {
    for alice_commits in ROLES {
        for bob_left in [false, true] {
            let (alice, mut bob) = private_pair(ALICE, BOB);
            let (mut alice, bobs_key) = (Client::new(alice), bob.conversation.own_fingerprint());
            let audience = alice.party.conversation.audience();
            if bob_left {
                bob.end();
                carry(&mut alice.party, &mut bob);
                alice.write("for Bob", audience);
                assert_eq!(alice.questions, [SendError::Finished]);
            } else {
                alice.waiting.push(("for Bob".to_owned(), audience));
            }
            // Somebody else takes his place, at the same instance.
            let mut mallory = Client::new(Party::new(Setup { key: 2, ..BOB }));
            go_private(&mut alice, &mut mallory, alice_commits);
            assert!(mallory.party.private_texts().is_empty());
            let key = mallory.party.conversation.own_fingerprint();
            assert_eq!(alice.questions.last(), Some(&SendError::OtherKey(key)));
            assert_eq!(alice.waiting, [("for Bob".to_owned(), Audience::Key(bobs_key))]);

            // Only if the person agrees does it go to the new key.
            alice.waiting.clear();
            alice.write("for Bob", Audience::Key(key));
            carry_between(&mut alice, &mut mallory);
            assert_eq!(mallory.party.private_texts(), ["for Bob"]);
        }
    }
}

// otr3 A73, A75
#[test]
fn a_private_text_is_not_sent_when_the_conversation_has_become_plain() {
    let (mut alice, _) = private_pair(ALICE, BOB);
    let audience = alice.conversation.audience();
    alice.end();
    alice.sent.clear();
    for audience in [audience, Audience::Contact] {
        let refused = alice.conversation.send("secret", audience, alice.now);
        assert_eq!(refused, Err(SendError::NotPrivate));
    }
    // Nor when OTR is off altogether.
    alice.conversation.set_policy(Policy::NEVER);
    for audience in [audience, Audience::Contact] {
        let refused = alice.conversation.send("secret", audience, alice.now);
        assert_eq!(refused, Err(SendError::NotPrivate));
    }
    let everybody = alice.conversation.send("open", Audience::Everybody, alice.now).unwrap();
    assert_eq!(everybody.len(), 1);
}

// otr3 A75
#[test]
fn a_first_text_goes_to_no_unknown_key_when_another_is_verified() {
    for alice_commits in ROLES {
        let mut alice = Client::new(Party::new(ALICE));
        let known = Party::new(BOB).conversation.own_fingerprint();
        alice.party.conversation.set_trusted([known]);
        alice.waiting.push(("for whom I know".to_owned(), Audience::Contact));
        let mut mallory = Client::new(Party::new(Setup { key: 2, ..BOB }));
        go_private(&mut alice, &mut mallory, alice_commits);
        let key = mallory.party.conversation.own_fingerprint();
        assert_eq!(alice.questions, [SendError::OtherKey(key)]);
        assert!(mallory.party.private_texts().is_empty());

        let mut bob = Client::new(Party::new(BOB));
        go_private(&mut alice, &mut bob, alice_commits);
        assert_eq!(bob.party.private_texts(), ["for whom I know"]);
    }
}

// otr3 A75, A79
#[test]
fn of_several_clients_the_one_with_the_right_key_gets_the_text() {
    let (mut alice, mut bob) = private_pair(ALICE, BOB);
    let audience = alice.conversation.audience();
    let mut other = Party::new(Setup { key: 2, tag: 0xb0c, ..BOB });
    alice.wait_millis(1_000);
    other.start();
    carry(&mut other, &mut alice);
    let shown = alice.conversation.audience();
    assert_eq!(shown, Audience::Key(other.conversation.own_fingerprint()));

    for (audience, party) in [(audience, &mut bob), (shown, &mut other)] {
        let outputs = alice.conversation.send("hello", audience, alice.now).unwrap();
        alice.take(outputs);
        carry(&mut alice, party);
        assert_eq!(party.private_texts(), ["hello"]);
    }
    bob.end();
    carry(&mut alice, &mut bob);
    let refused = alice.conversation.send("hello", audience, alice.now);
    assert_eq!(refused, Err(SendError::OtherKey(other.conversation.own_fingerprint())));
}

// otr3 A74, A75: libotr sends the last text again; here the person or a receipt decides.
#[test]
fn an_error_of_the_peer_makes_nothing_go_again() {
    let (mut alice, _) = private_pair(ALICE, BOB);
    alice.send("once");
    alice.sent.clear();
    alice.receive("?OTR Error: You transmitted an unreadable encrypted message.");
    assert!(alice.sent.is_empty());
    assert!(matches!(alice.conversation.message_state(), MessageState::Encrypted { .. }));
}
