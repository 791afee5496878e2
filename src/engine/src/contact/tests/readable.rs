//! What somebody writes so that everybody can read it, while we think that we are private.

use super::*;

/// How often new keys are offered when these write readably, so many seconds after one another.
async fn offers(lines: &[(&str, u64)]) -> usize {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    for (resource, seconds) in lines {
        tokio::time::advance(Duration::from_secs(*seconds)).await;
        let from = format!("bob@b.example/{resource}").parse().unwrap();
        bench.receive(&from, "hello?").await;
        while let Some(event) = bench.to_window.recv().await {
            if matches!(event, Event::Chat(_, ChatEvent::Unread(_))) {
                break;
            }
        }
    }
    let sent = bench.stop().await;
    sent.iter().filter(|(_, body)| body.starts_with("?OTRv")).count()
}

#[tokio::test(start_paused = true)]
async fn the_program_that_we_are_private_with_is_offered_new_keys_once_a_minute_if_it_shows_none() {
    assert_eq!(offers(&[]).await, 0);
    assert_eq!(offers(&[("desk", 0)]).await, 1);
    assert_eq!(offers(&[("desk", 0), ("desk", 30)]).await, 1);
    assert_eq!(offers(&[("desk", 0), ("desk", 61)]).await, 2);
    // Another program of theirs has its own reasons.
    assert_eq!(offers(&[("phone", 0)]).await, 0);
}

#[tokio::test]
async fn what_was_sent_before_the_program_last_showed_life_is_not_in_doubt() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    let padlock = Padlock::Private(desk.key());
    bench.say(&mut [&mut desk], "heard", padlock).await;
    let audience = desk.conversation.audience();
    let outputs = desk.conversation.send("yes", audience, bench.now()).unwrap();
    bench.deliver(&desk.at.clone(), outputs).await;
    bench.pass(&mut [&mut desk]).await;
    bench.say(&mut [&mut desk], "not answered", padlock).await;
    let mut reborn = desk.reborn("desk");
    bench.receive(&desk.at, "hello?").await;
    let is_in_doubt = |step: &Step<'_>, wanted: &str| {
        matches!(step, Step::Told(ChatEvent::Outgoing(sent)) if sent.text == wanted
            && matches!(sent.delivery, Delivery::Failed { .. }))
    };
    bench
        .carry_until(&mut [&mut reborn], |step| {
            assert!(!is_in_doubt(&step, "heard"));
            is_in_doubt(&step, "not answered")
        })
        .await;
    bench.pass(&mut [&mut reborn]).await;
    assert!(!bench.deliveries.iter().rev().skip(1).any(|it| matches!(it, Delivery::Failed { .. })));
}
