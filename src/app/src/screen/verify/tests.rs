//! Every way through the sheet.

use super::*;
use crate::t;
use crate::test_support::Probe;

const KEY: Fingerprint = Fingerprint::V3([0x11; 20]);
const OURS: Fingerprint = Fingerprint::V3([0x22; 20]);

fn verify(padlock: Padlock) -> Verify {
    let chat = ChatId {
        account: "alice@example.org".parse().unwrap(),
        contact: "bob@example.org".parse().unwrap(),
    };
    let mut verify = Verify::new(chat, "Bob".to_owned());
    verify.set_own_fingerprint(OURS);
    verify.padlock_changed(padlock);
    verify.open();
    verify
}

fn look(verify: &Verify) -> Probe<'_, Message> {
    Probe::new(verify.view())
}

fn click(verify: &mut Verify, words: &str) -> Action {
    let messages = look(verify).click(words);
    messages.into_iter().map(|message| verify.update(message)).last().unwrap_or(Action::None)
}

fn type_secret(verify: &mut Verify, text: &str) {
    let _ = verify.update(Message::SecretTyped(Secret::new(text.to_owned())));
}

fn requested(number: u64, question: Option<&str>) -> Verification {
    Verification::Requested { request: RequestId(number), question: question.map(str::to_owned) }
}

#[test]
fn a_question_goes_out_with_its_answer_and_the_result_comes_back() {
    let mut verify = verify(Padlock::Private(KEY));
    let _ = click(&mut verify, "Ask a question");
    let _ = verify.update(Message::QuestionTyped(" Where? ".to_owned()));
    assert!(look(&verify).click("Ask Bob").is_empty(), "no answer yet");
    type_secret(&mut verify, "Rome");
    let Action::Command(Command::Chat(_, ChatCommand::Verify { key, question, secret, .. })) =
        click(&mut verify, "Ask Bob")
    else {
        panic!("not asked")
    };
    assert_eq!((key, question.as_deref(), secret.expose()), (KEY, Some("Where?"), "Rome"));
    verify.observe(Verification::InProgress);
    assert!(look(&verify).shows("Waiting for Bob’s answer"));
    verify.observe(Verification::Succeeded(VerificationResult::WeLearnt(Proof::Question)));
    assert!(look(&verify).shows("It is Bob"));
    let _ = click(&mut verify, "Done");
    assert!(!verify.is_open());
}

#[test]
fn a_shared_secret_is_compared_without_a_question() {
    let mut verify = verify(Padlock::Private(KEY));
    let _ = click(&mut verify, "Use a secret you both know");
    type_secret(&mut verify, "swordfish");
    let action = click(&mut verify, "Compare secrets");
    assert!(matches!(
        action,
        Action::Command(Command::Chat(_, ChatCommand::Verify { question: None, .. }))
    ));
}

#[test]
fn both_codes_stand_side_by_side_and_a_match_is_told_of_the_one_shown() {
    let mut verify = verify(Padlock::Private(KEY));
    let _ = click(&mut verify, "Compare key codes");
    let mut seen = look(&verify);
    assert!(seen.shows("1111 1111") && seen.shows("2222 2222"));
    drop(seen);
    let action = click(&mut verify, "They match");
    assert!(matches!(
        action,
        Action::Command(Command::Chat(
            _,
            ChatCommand::SetTrust { fingerprint: KEY, proof: Some(Proof::Compared), .. }
        ))
    ));
}

#[test]
fn codes_that_differ_are_told_of_the_key_that_was_shown_whatever_it_was_before() {
    for padlock in [Padlock::Private(KEY), Padlock::Verified(KEY), Padlock::KeyChanged(KEY)] {
        let mut verify = verify(padlock);
        let _ = click(&mut verify, "Compare key codes");
        let action = click(&mut verify, "They differ");
        let Action::Command(doubt @ Command::Chat(_, ChatCommand::DoubtKey(KEY))) = action else {
            panic!("{action:?}")
        };
        assert!(look(&verify).shows("The key codes differ"));
        verify.command_rejected(doubt);
        assert!(look(&verify).shows("They differ"), "not taken: asked again");
    }
}

#[test]
fn cancelling_tells_the_contact_as_soon_as_they_know_of_it() {
    let mut choosing = verify(Padlock::Private(KEY));
    assert!(matches!(click(&mut choosing, "Cancel"), Action::None));
    assert!(!choosing.is_open());

    let mut asked = verify(Padlock::Private(KEY));
    let _ = asked.update(Message::Choose(VerificationMethod::Shared));
    type_secret(&mut asked, "x");
    let _ = asked.update(Message::Ask);
    let told = |action| {
        matches!(action, Action::Command(Command::Chat(_, ChatCommand::CancelVerification)))
    };
    assert!(told(click(&mut asked, "Cancel")));

    let mut answering = verify(Padlock::Private(KEY));
    answering.observe(requested(1, Some("Where?")));
    let _ = click(&mut answering, "Answer Bob");
    assert!(told(click(&mut answering, "Cancel")));

    let mut declining = verify(Padlock::Private(KEY));
    declining.close();
    declining.observe(requested(1, None));
    assert!(told(declining.update(Message::Decline)));
    assert_eq!(declining.pending(), None);
}

#[test]
fn closing_the_sheet_stops_nothing() {
    let mut verify = verify(Padlock::Private(KEY));
    let _ = verify.update(Message::Choose(VerificationMethod::Shared));
    type_secret(&mut verify, "x");
    let _ = verify.update(Message::Ask);
    let _ = click(&mut verify, "Go on writing");
    assert_eq!(verify.pending(), Some(Pending::UnderWay));
    verify.observe(Verification::Failed);
    assert_eq!(verify.pending(), Some(Pending::Result));
    let _ = verify.update(Message::Show);
    assert!(look(&verify).shows("It did not match"));
    let _ = click(&mut verify, "Try again");
    assert!(look(&verify).shows("How do you want to make sure it is Bob?"));
}

#[test]
fn a_half_written_answer_can_be_opened_again() {
    let mut verify = verify(Padlock::Private(KEY));
    verify.observe(requested(7, Some("Where?")));
    let _ = verify.update(Message::OpenRequest);
    verify.close();
    assert_eq!(verify.pending(), Some(Pending::Request));
    let _ = verify.update(Message::OpenRequest);
    type_secret(&mut verify, "Rome");
    let action = verify.update(Message::Answer);
    assert!(matches!(
        action,
        Action::Command(Command::Chat(_, ChatCommand::Answer { request: RequestId(7), .. }))
    ));
}

#[test]
fn spaces_alone_are_no_secret() {
    let mut verify = verify(Padlock::Private(KEY));
    let _ = click(&mut verify, "Use a secret you both know");
    assert!(!look(&verify).shows(&t!("verify-blank")));
    type_secret(&mut verify, "   ");
    assert!(look(&verify).shows(&t!("verify-blank")));
    assert!(look(&verify).click("Compare secrets").is_empty());
    assert!(matches!(verify.update(Message::Ask), Action::None));
    verify.observe(requested(7, None));
    let _ = verify.update(Message::OpenRequest);
    type_secret(&mut verify, " ");
    assert!(look(&verify).shows(&t!("verify-blank")));
    assert!(matches!(verify.update(Message::Answer), Action::None));
}

#[test]
fn every_end_has_its_words() {
    let ends = [
        (Verification::Failed, "It did not match"),
        (Verification::NotProved, "Your answer did not match"),
        (Verification::CancelledByContact, "Bob stopped the verification"),
        (Verification::Interrupted, "The verification was interrupted"),
        (Verification::NotPrivate, "The conversation is not private yet"),
        (Verification::Outdated, "That was an older question"),
        (Verification::OtherKey, "Bob’s key changed before anything was asked"),
        (Verification::NothingTyped, "Nothing was compared"),
        (Verification::Succeeded(VerificationResult::TheyLearnt), "Bob knows that it is you"),
    ];
    for (end, words) in ends {
        let mut verify = verify(Padlock::Private(KEY));
        verify.observe(requested(1, Some("Where?")));
        let _ = verify.update(Message::OpenRequest);
        type_secret(&mut verify, "Rome");
        let _ = verify.update(Message::Answer);
        verify.observe(end);
        assert!(look(&verify).shows(words), "{words}");
    }
}

#[test]
fn a_session_that_ends_takes_its_verification_along() {
    let mut verify = verify(Padlock::Private(KEY));
    verify.observe(requested(1, None));
    let _ = verify.update(Message::Choose(VerificationMethod::Compare));
    verify.padlock_changed(Padlock::Finished);
    assert!(look(&verify).shows("The verification was interrupted"));
    verify.close();
    assert_eq!(verify.pending(), None);
}

#[test]
fn becoming_verified_does_not_interrupt_the_verification_that_did_it() {
    let mut verify = verify(Padlock::Private(KEY));
    let _ = verify.update(Message::Choose(VerificationMethod::Shared));
    type_secret(&mut verify, "x");
    let _ = verify.update(Message::Ask);
    verify.padlock_changed(Padlock::Verified(KEY));
    assert!(look(&verify).shows("Waiting for Bob’s answer"));
}

#[test]
fn a_refused_command_brings_the_form_back_as_it_was() {
    let mut verify = verify(Padlock::Private(KEY));
    let _ = verify.update(Message::Choose(VerificationMethod::Question));
    let _ = verify.update(Message::QuestionTyped("Where?".to_owned()));
    type_secret(&mut verify, "Rome");
    let Action::Command(refused) = verify.update(Message::Ask) else { panic!("not asked") };
    verify.command_rejected(refused);
    let again = verify.update(Message::Ask);
    assert!(matches!(
        again,
        Action::Command(Command::Chat(_, ChatCommand::Verify { question: Some(question), secret, .. }))
            if question == "Where?" && secret.expose() == "Rome"
    ));
}

#[test]
fn a_match_that_was_not_taken_is_not_called_a_success() {
    let mut verify = verify(Padlock::Private(KEY));
    let _ = verify.update(Message::Choose(VerificationMethod::Compare));
    let Action::Command(refused) = verify.update(Message::Match(KEY)) else { panic!("no match") };
    verify.command_rejected(refused);
    assert!(!look(&verify).shows("It is Bob"));
    assert!(look(&verify).shows("They match"));
}

#[test]
fn without_a_private_conversation_there_is_nothing_to_verify() {
    let verify = verify(Padlock::NotPrivate);
    assert!(look(&verify).shows("The conversation is not private yet"));
}

#[test]
fn a_pause_says_how_long_and_what_they_asked_still_waits() {
    let mut verify = verify(Padlock::Private(KEY));
    verify.observe(requested(1, Some("Where?")));
    let _ = verify.update(Message::OpenRequest);
    type_secret(&mut verify, "Rome");
    let _ = click(&mut verify, "Answer");
    let until = SystemTime::now() + std::time::Duration::from_secs(119);
    verify.observe(Verification::Paused { until });
    assert!(look(&verify).shows("Please wait 2 minutes"));
    let _ = click(&mut verify, "Done");
    assert_eq!(verify.pending(), Some(Pending::Request));
    let _ = verify.update(Message::OpenRequest);
    assert!(look(&verify).shows("“Where?”"));
}

#[test]
fn the_attempt_that_was_one_too_many_says_when_the_next_is_possible_and_offers_what_need_not_wait()
{
    let until = SystemTime::now() + std::time::Duration::from_secs(60);
    let paused = Verification::Paused { until };
    let at = crate::time_format::clock_after(until);
    for (how, words) in [
        (Verification::Failed, t!("verify-failed-paused-hint", name = "Bob", at = at.clone())),
        (Verification::NotProved, t!("verify-not-proved-paused-hint", name = "Bob", at = at)),
    ] {
        let mut verify = verify(Padlock::Private(KEY));
        let _ = verify.update(Message::Choose(VerificationMethod::Shared));
        type_secret(&mut verify, "x");
        let _ = verify.update(Message::Ask);
        verify.observe(how);
        verify.observe(paused.clone());
        assert!(look(&verify).shows(&crate::text::strip_isolates(&words)), "{words}");
        assert!(!look(&verify).shows("Try again") && !look(&verify).shows("Ask Bob"));
        let _ = click(&mut verify, "Compare key codes");
        assert!(look(&verify).shows("They match"));
    }
    let mut waiting = verify(Padlock::Private(KEY));
    let _ = waiting.update(Message::Choose(VerificationMethod::Shared));
    type_secret(&mut waiting, "x");
    let _ = waiting.update(Message::Ask);
    waiting.observe(paused);
    let _ = click(&mut waiting, "Compare key codes");
    assert!(look(&waiting).shows("They match"));
}
