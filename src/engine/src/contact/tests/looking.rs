//! To look is not to speak: who hears of a conversation that is in view, and when.

use crate::message::NewMessage;
use std::time::SystemTime;

use super::*;

const WORDS: &str = "Let us talk in private.";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Bench {
    /// Somebody who was private with us in an earlier life of the program.
    async fn with_old_friend(desk: &mut Program) -> Self {
        let mut bench = Self::with(&[desk]).await;
        bench.go_private(desk).await;
        bench.pass(&mut [desk]).await;
        bench.restarted(&[desk]).await
    }
}

#[tokio::test(start_paused = true)]
async fn who_never_was_private_with_us_hears_nothing_of_a_look_however_long() {
    let desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.ask(ChatCommand::Open).await;
    bench.pass(&mut []).await;
    assert_eq!(bench.padlock, Some(Padlock::Unasked));
    assert_eq!(bench.next_sent().await, None);
    // Another program of theirs is no more of a reason.
    bench.shows(&Program::new("phone"), Availability::Online).await;
    assert_eq!(bench.next_sent().await, None);
}

#[tokio::test(start_paused = true)]
async fn the_first_key_that_is_typed_makes_it_go_private_and_what_is_erased_does_not() {
    let desk = Program::new("desk");
    let mut bench = Bench::with(&[]).await;
    // NewMessage while they were away, and erased before they came.
    bench.ask(ChatCommand::Open).await;
    bench.ask(ChatCommand::Writing(true)).await;
    bench.ask(ChatCommand::Writing(false)).await;
    bench.shows(&desk, Availability::Online).await;
    assert_eq!(bench.next_sent().await, None);
    bench.ask(ChatCommand::Writing(true)).await;
    let (_, body) = bench.next_sent().await.unwrap();
    assert!(body.starts_with("?OTRv23?"), "{body}");
}

#[tokio::test(start_paused = true)]
async fn a_text_that_is_sent_makes_it_go_private() {
    let desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    let (id, text, seen) = (new_message_id(), "hello".to_owned(), Padlock::Unasked);
    bench.ask(ChatCommand::Send(NewMessage { id, text, seen, replaces: None })).await;
    let (_, body) = bench.next_sent().await.unwrap();
    assert!(body.starts_with("?OTRv23?") && !body.contains("hello"), "{body}");
}

#[tokio::test(start_paused = true)]
async fn who_was_private_with_us_is_asked_after_a_look_of_a_second_and_not_in_passing() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with_old_friend(&mut desk).await;
    for _ in 0..3 {
        bench.ask(ChatCommand::Open).await;
        tokio::time::sleep(Duration::from_millis(900)).await;
        bench.ask(ChatCommand::Leave).await;
        assert_eq!(bench.next_sent().await, None);
    }
    bench.ask(ChatCommand::Open).await;
    let began = Instant::now();
    let (_, body) = bench.next_sent().await.unwrap();
    assert!(body.starts_with("?OTRv23?"), "{body}");
    assert!(began.elapsed() >= Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn the_words_of_an_invitation_come_once_a_day_whatever_is_asked_and_restarted() {
    let desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.ask(ChatCommand::GoPrivate).await;
    let (_, first) = bench.next_sent().await.unwrap();
    assert_eq!(first, format!("?OTRv23?\n{WORDS}"));
    // Nobody answers, and it is asked once more by itself, then by the person.
    let (_, again) = bench.next_sent().await.unwrap();
    assert_eq!(again, "?OTRv23?");
    assert_eq!(bench.next_sent().await, None);
    bench.ask(ChatCommand::GoPrivate).await;
    assert_eq!(bench.next_sent().await.unwrap().1, "?OTRv23?");

    let mut bench = bench.restarted(&[&desk]).await;
    bench.ask(ChatCommand::GoPrivate).await;
    assert_eq!(bench.next_sent().await.unwrap().1, "?OTRv23?");
    bench.store.save_invited(&chat(), SystemTime::now() - DAY).await;
    let mut bench = bench.restarted(&[&desk]).await;
    bench.ask(ChatCommand::GoPrivate).await;
    assert_eq!(bench.next_sent().await.unwrap().1, first);
}
