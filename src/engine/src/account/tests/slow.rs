//! A contact that is slow, as one whose disk is busy, stops nobody else.

use super::*;
use crate::mailbox::Inbox;

/// An account with a contact, Eve, that reads nothing of what is put to her, and the place where it
/// lies.
async fn with_one_that_does_not_read() -> (Bench, Inbox<ContactInput>) {
    let (to_window, window) = mpsc::channel(4096);
    let store = Store::that_forgets(to_window.clone()).await.unwrap();
    let mut unread = None;
    let mut bench = Bench::around(Known::default(), store, (to_window, window), |account| {
        let (theirs, inbox) = mailbox(&account.mailboxes.backlog);
        account.mailboxes.add(&jid("eve@e.example"), theirs);
        unread = Some(inbox);
    })
    .await;
    bench.signs_in().await;
    bench.ask(Input::Contact(jid("eve@e.example"), ContactCommand::Add));
    (bench, unread.unwrap())
}

#[tokio::test(start_paused = true)]
async fn one_contact_that_does_not_read_stops_no_other() {
    let (mut bench, _unread) = with_one_that_does_not_read().await;
    bench.until_bob_says("before").await;
    let began = Instant::now();
    for number in 0..500 {
        let name = number.to_string();
        bench.tell(message(&jid("eve@e.example"), &name, &name)).await;
    }
    bench.until_bob_says("after").await;
    assert!(began.elapsed() < Duration::from_millis(50), "{:?}", began.elapsed());
}

/// The server keeps what it has not been told of, and gives it to the next life.
#[tokio::test(start_paused = true)]
async fn what_a_slow_contact_has_not_written_down_is_not_confirmed_and_the_rest_goes_on() {
    let (mut bench, mut unread) = with_one_that_does_not_read().await;
    bench.until_bob_says("before").await;
    bench.tell(message(&jid("eve@e.example"), "1", "1")).await;
    let resume = "1\nalice@a.example/sotto\n7\n0\n\nid".parse::<xmpp::ResumeToken>().unwrap();
    bench.tell(xmpp::Event::ResumeTokenChanged(resume)).await;
    bench.until_bob_says("after").await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    while let Ok(command) = bench.to_link.try_recv() {
        assert!(!matches!(command, xmpp::Command::Confirm { .. }), "{command:?}");
    }
    // Now it is written down.
    loop {
        if let Some(ContactInput::Keep(done)) = unread.recv().await {
            break done.send(()).unwrap();
        }
    }
    let handled = bench
        .asks(|command| match command {
            xmpp::Command::Confirm { handled, .. } => Some(handled),
            _ => None,
        })
        .await;
    assert_eq!(handled, 7);
}

/// But not without bounds: then the stream is read no further, and the server waits.
#[tokio::test(start_paused = true)]
async fn what_waits_for_a_slow_contact_has_a_bound() {
    let (mut bench, mut unread) = with_one_that_does_not_read().await;
    bench.until_bob_says("before").await;
    let mut told = 0;
    while let Ok(Ok(())) = tokio::time::timeout(
        Duration::from_secs(1),
        bench.from_link.send(message(&jid("eve@e.example"), &told.to_string(), "more")),
    )
    .await
    {
        told += 1;
        assert!(told < 10_000, "everything is read");
    }
    assert!(told > 500);
    // As soon as it reads, all goes on.
    tokio::spawn(async move { while unread.recv().await.is_some() {} });
    bench.until_bob_says("after").await;
}
