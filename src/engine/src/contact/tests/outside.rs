//! What stands around a private text, put there by whoever can write on the way, in every state of
//! the text.
#![expect(clippy::wildcard_enum_match_arm, reason = "one event of many is looked for")]

use std::time::{Duration as Span, SystemTime};

use xmpp::Delay;

use super::*;
use crate::message::{ClaimedError, FailReason, HeldReason, Label, NewMessage};

/// No program of the contact that anything was written to.
const ELSEWHERE: &str = "bob@b.example/evil";

/// What somebody puts around a private text of theirs.
struct Around {
    what: &'static str,
    put: fn(&mut Received),
}

/// Every element that a stanza has for us beside its text.
fn everything_around() -> Vec<Around> {
    const YEAR: u64 = 31_557_600;
    fn at(years: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Span::from_secs(years * YEAR)
    }
    vec![
        Around { what: "nothing", put: |_| {} },
        Around { what: "the name of another", put: |it| it.id = Some("a".repeat(32)) },
        Around { what: "a correction", put: |it| it.replaces = Some("a".repeat(32)) },
        Around { what: "a stamp", put: |it| it.delayed = Some(Delay::Claimed(at(55))) },
        Around { what: "year 9999", put: |it| it.delayed = Some(Delay::Claimed(at(8029))) },
        Around {
            what: "year 1",
            put: |it| {
                let long_ago = SystemTime::UNIX_EPOCH - Span::from_secs(1969 * YEAR);
                it.delayed = Some(Delay::Claimed(long_ago));
            },
        },
        Around { what: "stored", put: |it| it.delayed = Some(Delay::Stored(at(55))) },
        Around { what: "stored in 9999", put: |it| it.delayed = Some(Delay::Stored(at(8029))) },
        Around { what: "awaited", put: |it| it.delayed = Some(Delay::HeldForResumption(at(55))) },
        Around { what: "another address", put: |it| it.from = ELSEWHERE.parse().unwrap() },
    ]
}

/// A private text of a program, as it leaves it.
fn sealed(bench: &Bench, program: &mut Program, text: &str) -> String {
    let audience = program.conversation.audience();
    assert_ne!(audience, Audience::Everybody);
    let sealed = program.conversation.send(text, audience, bench.now()).unwrap();
    let wire = sealed.into_iter().find_map(|output| match output {
        Output::Send { wire, .. } => Some(wire.into_string()),
        Output::Event(_) => None,
    });
    wire.unwrap()
}

/// All that is told to the window until everything that went in before was dealt with.
async fn told(bench: &mut Bench) -> Vec<ChatEvent> {
    let mark = new_message_id().as_str().to_owned();
    bench.receive(&"bob@b.example/other".parse().unwrap(), &mark).await;
    let mut told = Vec::new();
    let wait = async {
        loop {
            let Event::Chat(_, event) = bench.to_window.recv().await.unwrap() else { continue };
            if matches!(&event, ChatEvent::Received { text, .. } if *text == mark) {
                return;
            }
            told.push(event);
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap();
    told
}

#[tokio::test]
async fn nothing_around_a_private_text_takes_it_away_moves_it_or_speaks_for_its_author() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    let began = SystemTime::now();
    bench.go_private(&mut desk).await;
    let first = sealed(&bench, &mut desk, "the first");
    bench
        .put(Input::Received(Received { id: Some("a".repeat(32)), ..received(&desk.at, &first) }))
        .await;
    told(&mut bench).await;
    for Around { what, put } in everything_around() {
        // Twice the same words: that is the author's business.
        for _ in 0..2 {
            let wire = sealed(&bench, &mut desk, "yes, I agree");
            let mut stanza = received(&desk.at, &wire);
            put(&mut stanza);
            // A readable copy hurries ahead, under the same name.
            let copy = Received { body: "yes, I agree".to_owned(), ..received(&desk.at, "") };
            bench.put(Input::Received(Received { id: stanza.id.clone(), ..copy })).await;
            bench.put(Input::Received(stanza)).await;
        }
        let private: Vec<_> = told(&mut bench)
            .await
            .into_iter()
            .filter_map(|event| match event {
                ChatEvent::Received { text, provenance, at, label, .. } => {
                    provenance.key().map(|_| (text, at, label))
                }
                _ => None,
            })
            .collect();
        assert_eq!(private.len(), 2, "{what}: {private:?}");
        for (text, at, label) in private {
            assert_eq!(text, "yes, I agree", "{what}");
            assert!(at >= began && at <= SystemTime::now(), "{what}: {at:?}");
            assert!(matches!(label, Label::Outside { .. }), "{what}: nobody vouches for {label:?}");
        }
    }
}

/// Where a private text of ours can be when somebody speaks of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Where {
    Held,
    Queued,
    Sent,
    /// Its program was gone and perhaps is another now.
    Unsure,
}

/// What somebody on the way says of it.
#[derive(Clone, Copy, Debug)]
enum Word {
    ReceiptFromThere,
    ReceiptFromElsewhere,
    ReceiptFromNowhere,
    ErrorFromThere,
    ErrorFromElsewhere,
    OtrError,
}

impl Bench {
    /// A text of ours to this program, which has got so far, and its id.
    async fn text_at(&mut self, program: &mut Program, place: Where) -> MessageId {
        if place == Where::Held {
            self.shows(program, Availability::Offline).await;
        }
        let id = new_message_id();
        let (text, seen) = ("where am I?".to_owned(), Padlock::Private(program.key()));
        let typed = NewMessage { id: id.clone(), text, seen, replaces: None };
        self.put(Input::Command(ChatCommand::Send(typed))).await;
        if place != Where::Held {
            let tag = loop {
                if let xmpp::Command::SendMessage { tag, id: sent, .. } =
                    self.to_link.recv().await.unwrap()
                    && sent == id.as_str()
                {
                    break tag;
                }
            };
            if place != Where::Queued {
                self.put(Input::Acked(tag)).await;
            }
        }
        if place == Where::Unsure {
            self.shows(program, Availability::Offline).await;
            self.shows(program, Availability::Online).await;
        }
        id
    }

    async fn say_of(&self, program: &Program, id: &MessageId, word: Word) {
        let (there, elsewhere) = (Jid::from(program.at.clone()), ELSEWHERE.parse::<Jid>().unwrap());
        let receipt = |from| Input::Receipt { from, id: id.clone() };
        let bounced = |from| Input::Bounced { from, id: id.clone() };
        self.put(match word {
            Word::ReceiptFromThere => receipt(there),
            Word::ReceiptFromElsewhere => receipt(elsewhere),
            Word::ReceiptFromNowhere => receipt(there.to_bare().into()),
            Word::ErrorFromThere => bounced(there),
            Word::ErrorFromElsewhere => bounced(elsewhere),
            Word::OtrError => {
                let words = "?OTR Error: You transmitted an unreadable encrypted message.";
                return self.receive(&program.at, words).await;
            }
        })
        .await;
    }
}

/// The last that was told of a message.
fn standing(told: &[ChatEvent], id: &MessageId) -> Option<Delivery> {
    told.iter().rev().find_map(|event| match event {
        ChatEvent::Outgoing(outgoing) if outgoing.id == *id => Some(outgoing.delivery),
        _ => None,
    })
}

#[tokio::test]
async fn no_word_from_outside_makes_a_private_text_delivered_or_lost_for_good() {
    use Word::{
        ErrorFromElsewhere, ErrorFromThere, OtrError, ReceiptFromElsewhere, ReceiptFromNowhere,
        ReceiptFromThere,
    };
    for place in [Where::Held, Where::Queued, Where::Sent, Where::Unsure] {
        for word in [
            ReceiptFromThere,
            ReceiptFromElsewhere,
            ReceiptFromNowhere,
            ErrorFromThere,
            ErrorFromElsewhere,
            OtrError,
        ] {
            let mut desk = Program::new("desk");
            let mut bench = Bench::with(&[&desk]).await;
            bench.go_private(&mut desk).await;
            desk.confirms = true;
            let padlock = Padlock::Private(desk.key());
            bench.say(&mut [&mut desk], "it confirms", padlock).await;
            told(&mut bench).await;
            let id = bench.text_at(&mut desk, place).await;
            let before = standing(&told(&mut bench).await, &id);
            bench.say_of(&desk, &id, word).await;
            let after = standing(&told(&mut bench).await, &id);
            let what = format!("{place:?} {word:?}: {before:?} then {after:?}");
            match (place, word) {
                (Where::Queued | Where::Sent, ReceiptFromThere) => {
                    assert!(matches!(after, Some(Delivery::Reported(_))), "{what}");
                }
                (Where::Queued | Where::Sent, ErrorFromThere) => {
                    let is_told = matches!(
                        after,
                        Some(Delivery::Failed { reason: FailReason::Undeliverable, .. })
                    );
                    assert!(is_told, "{what}");
                }
                _ => assert_eq!(after, None, "{what}"),
            }
            // It is not gone: the person can take it back, or send it again.
            if !matches!(after, Some(Delivery::Reported(_))) {
                let seen = Padlock::Private(desk.key());
                bench.put(Input::Command(ChatCommand::Retry { id: id.clone(), seen })).await;
                bench.put(Input::Unsendable(0)).await;
                told(&mut bench).await;
            }
        }
    }
}

#[tokio::test]
async fn a_receipt_of_a_program_that_was_started_again_does_not_count_for_what_was_lost() {
    for resource in ["desk", "desk-again"] {
        let mut desk = Program::new("desk");
        let mut bench = Bench::with(&[&desk]).await;
        bench.go_private(&mut desk).await;
        desk.confirms = true;
        let padlock = Padlock::Private(desk.key());
        bench.say(&mut [&mut desk], "it confirms", padlock).await;
        let id = bench.text_at(&mut desk, Where::Sent).await;
        // Killed and started again: its server shows it, and gives it what was on its way.
        let mut reborn = desk.reborn(resource);
        bench.shows(&reborn, Availability::Online).await;
        bench.say_of(&reborn, &id, Word::ReceiptFromThere).await;
        assert_eq!(standing(&told(&mut bench).await, &id).filter(is_final), None);
        let offer = reborn.conversation.start(bench.now());
        bench.deliver(&reborn.at.clone(), offer).await;
        let is_in_doubt = |step: Step<'_>| {
            matches!(step, Step::Told(ChatEvent::Outgoing(sent)) if sent.id == id
                && matches!(sent.delivery, Delivery::Failed { reason: FailReason::Unsure, .. }))
        };
        bench.carry_until(&mut [&mut reborn], is_in_doubt).await;
        bench.say_of(&reborn, &id, Word::ReceiptFromThere).await;
        assert_eq!(standing(&told(&mut bench).await, &id), None, "{resource}");
    }
}

fn is_final(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Reported(_) | Delivery::Delivered(_))
}

#[tokio::test]
async fn a_receipt_counts_once_the_session_that_sent_the_text_shows_life() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    let id = bench.text_at(&mut desk, Where::Sent).await;
    // Only away, it turns out.
    bench.shows(&desk, Availability::Away).await;
    bench.say_of(&desk, &id, Word::ReceiptFromThere).await;
    assert_eq!(standing(&told(&mut bench).await, &id).filter(is_final), None);
    let wire = sealed(&bench, &mut desk, "I am here");
    bench.receive(&desk.at, &wire).await;
    let now = standing(&told(&mut bench).await, &id);
    assert!(matches!(now, Some(Delivery::Reported(_))), "{now:?}");
}

#[tokio::test]
async fn what_was_said_to_have_arrived_is_in_doubt_again_when_its_session_turns_out_to_be_lost() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    let id = bench.text_at(&mut desk, Where::Sent).await;
    bench.say_of(&desk, &id, Word::ReceiptFromThere).await;
    let now = standing(&told(&mut bench).await, &id);
    assert!(matches!(now, Some(Delivery::Reported(_))), "{now:?}");
    // Nobody saw it go, and it comes with new keys.
    let mut reborn = desk.reborn("desk");
    let offer = reborn.conversation.start(bench.now());
    bench.deliver(&reborn.at.clone(), offer).await;
    let is_in_doubt = |step: Step<'_>| {
        matches!(step, Step::Told(ChatEvent::Outgoing(sent)) if sent.id == id
            && matches!(sent.delivery, Delivery::Failed { reason: FailReason::Unsure, .. }))
    };
    bench.carry_until(&mut [&mut reborn], is_in_doubt).await;
    bench
        .put(Input::Command(ChatCommand::Retry { id, seen: Padlock::Private(reborn.key()) }))
        .await;
    let is_heard = |step: Step<'_>| matches!(step, Step::Heard("where am I?"));
    bench.carry_until(&mut [&mut reborn], is_heard).await;
}

#[tokio::test]
async fn an_error_that_anybody_can_write_is_told_once_and_changes_nothing() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    desk.confirms = true;
    let padlock = Padlock::Private(desk.key());
    bench.say(&mut [&mut desk], "it confirms", padlock).await;
    let id = bench.text_at(&mut desk, Where::Sent).await;
    told(&mut bench).await;
    for _ in 0..3 {
        bench.say_of(&desk, &id, Word::OtrError).await;
    }
    let events = told(&mut bench).await;
    let errors: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            ChatEvent::Notice(Notice::ErrorClaimed(error)) => Some(*error),
            _ => None,
        })
        .collect();
    assert_eq!(errors, [ClaimedError::Unreadable]);
    assert_eq!(standing(&events, &id), None);
    assert_eq!(bench.padlock, Some(Padlock::Private(desk.key())));
}

#[test]
fn errors_are_known_by_the_words_that_programs_use() {
    for (words, error) in [
        ("You transmitted an unreadable encrypted message.", ClaimedError::Unreadable),
        ("You sent encrypted data to bob, who wasn't expecting it.", ClaimedError::NotPrivate),
        ("You transmitted a malformed data message.", ClaimedError::Malformed),
        ("Error occurred encrypting message.", ClaimedError::NotEncrypted),
        ("Send your last message again, in clear.", ClaimedError::Other),
        ("", ClaimedError::Other),
    ] {
        assert_eq!(ClaimedError::of(words), error, "{words}");
    }
}

#[tokio::test]
async fn what_is_held_is_not_confirmed_from_outside() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    let id = bench.text_at(&mut desk, Where::Held).await;
    let before = standing(&told(&mut bench).await, &id);
    assert_eq!(before, Some(Delivery::Held(HeldReason::ContactAway)));
    bench.say_of(&desk, &id, Word::ReceiptFromThere).await;
    let after = standing(&told(&mut bench).await, &id);
    assert!(matches!(after, None | Some(Delivery::Held(_))), "{after:?}");
}
