//! Attempts to make sure that fail, one after the other.

use super::*;
use crate::message::RequestId;

/// The contact asks, and we answer wrongly; what the window is told of the answer.
async fn answer_wrongly(bench: &mut Bench, desk: &mut Program, number: u64) -> Verification {
    let secret = otr::SmpSecret::from("in Prague");
    let Audience::Key(us) = desk.conversation.audience() else { panic!("not private") };
    let outputs = desk.conversation.verify(us, &secret, Some("Where?"), bench.now()).unwrap();
    bench.deliver(&desk.at.clone(), outputs).await;
    let is_asked = |step: Step<'_>| {
        matches!(step, Step::Told(ChatEvent::Verification(Verification::Requested { .. })))
    };
    bench.carry_until(&mut [desk], is_asked).await;
    answer(bench, desk, number, "in Vienna").await
}

/// We answer; what the window is told in the end.
async fn answer(bench: &mut Bench, desk: &mut Program, number: u64, words: &str) -> Verification {
    let secret = Secret::new(words.to_owned());
    bench.put(Input::Command(ChatCommand::Answer { request: RequestId(number), secret })).await;
    let told = std::cell::RefCell::new(None);
    let is_over = |step: Step<'_>| match step {
        Step::Told(ChatEvent::Verification(how)) if *how != Verification::InProgress => {
            *told.borrow_mut() = Some(how.clone());
            true
        }
        Step::Told(_) | Step::Heard(_) => false,
    };
    bench.carry_until(&mut [desk], is_over).await;
    told.into_inner().unwrap()
}

#[tokio::test]
async fn after_three_attempts_that_failed_the_next_has_to_wait_and_nothing_goes_out() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    bench.trust(&mut desk).await;
    for number in 1..=3 {
        let how = answer_wrongly(&mut bench, &mut desk, number).await;
        assert_eq!(how, Verification::NotProved, "{number}");
    }
    let how = answer_wrongly(&mut bench, &mut desk, 4).await;
    assert!(matches!(how, Verification::Paused { .. }), "{how:?}");
    // What they asked still waits, and a question of ours has to wait, too.
    let how = answer(&mut bench, &mut desk, 4, "in Prague").await;
    assert!(matches!(how, Verification::Paused { .. }), "{how:?}");
    let (question, secret) = (Some("Who?".to_owned()), Secret::new("I".to_owned()));
    bench.put(Input::Command(ChatCommand::Verify { key: desk.key(), question, secret })).await;
    let is_paused = |step: Step<'_>| {
        matches!(step, Step::Told(ChatEvent::Verification(Verification::Paused { .. })))
    };
    bench.carry_until(&mut [&mut desk], is_paused).await;
    assert_eq!(desk.asked, 0);
}

#[tokio::test]
async fn the_attempt_that_was_one_too_many_tells_the_pause_and_codes_that_match_end_it() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    bench.trust(&mut desk).await;
    for number in 1..=3 {
        answer_wrongly(&mut bench, &mut desk, number).await;
    }
    let is_paused = |step: Step<'_>| {
        matches!(step, Step::Told(ChatEvent::Verification(Verification::Paused { .. })))
    };
    bench.carry_until(&mut [&mut desk], is_paused).await;
    // Another key's code says nothing of whoever guesses.
    for (fingerprint, is_theirs) in [(Program::new("other").key(), false), (desk.key(), true)] {
        let proof = Some(Proof::Compared);
        bench.put(Input::Command(ChatCommand::SetTrust { fingerprint, proof })).await;
        let number = if is_theirs { 5 } else { 4 };
        let how = answer_wrongly(&mut bench, &mut desk, number).await;
        let is_paused = matches!(how, Verification::Paused { .. });
        assert_eq!(is_paused, !is_theirs, "{how:?}");
    }
}
