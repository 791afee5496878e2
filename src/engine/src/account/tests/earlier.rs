//! What an earlier life left, and what has to be in safety before the server hears of it.

use xmpp::{KnownRoster, ResumeToken};

use super::*;

fn resume(handled: u32) -> ResumeToken {
    format!("1\nalice@a.example/sotto\n{handled}\n0\n\nid").parse().unwrap()
}

/// What the window is told until this text.
async fn until_text(bench: &mut Bench, wanted: &str) -> Vec<Event> {
    let is_it = |event: &Event| matches!(event, Event::Chat(_, ChatEvent::Received { text, .. }) if text == wanted);
    bench.until(is_it).await
}

/// A life ends: all is written down by then.
async fn ends(bench: Bench) {
    let Bench { inbox, from_link, mut to_link, .. } = bench;
    drop(inbox);
    while let Some(command) = to_link.recv().await {
        if matches!(command, xmpp::Command::SignOut) {
            return drop(from_link);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_server_is_told_that_something_came_once_it_is_kept() {
    let mut bench = Bench::new().await;
    let (bob, eve) = (jid("bob@b.example"), jid("eve@e.example"));
    bench.tell(message(&bob, "1", "from a friend")).await;
    bench.tell(message(&eve, "1", "from a stranger")).await;
    bench.tell(xmpp::Event::ResumeTokenChanged(resume(7))).await;
    let confirmed = bench
        .asks(|command| match command {
            xmpp::Command::Confirm { session, handled } => Some((session, handled)),
            _ => None,
        })
        .await;
    assert_eq!(confirmed, ("id".into(), 7));
    for (contact, text) in [(bob, "from a friend"), (eve, "from a stranger")] {
        let chat = ChatId { account: jid("alice@a.example"), contact };
        let kept = bench.store.unread_of(&chat).await.unwrap();
        let kept: Vec<_> = kept.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(kept, [text]);
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_tells_the_server_what_is_kept() {
    let mut bench = Bench::new().await;
    bench.tell(xmpp::Event::ResumeTokenChanged(resume(7))).await;
    bench.until_bob_says("the last").await;
    let Bench { inbox, from_link, mut to_link, .. } = bench;
    drop(inbox);
    let mut last = Vec::new();
    while let Some(command) = to_link.recv().await {
        let leaves = matches!(command, xmpp::Command::SignOut);
        last.push(command);
        if leaves {
            break;
        }
    }
    let confirms =
        |command: &xmpp::Command| matches!(command, xmpp::Command::Confirm { handled: 7, .. });
    assert_eq!(last.iter().filter(|command| confirms(command)).count(), 1, "{last:?}");
    drop(from_link);
}

#[tokio::test(start_paused = true)]
async fn a_stranger_s_words_wait_over_a_new_start_until_they_are_answered() {
    let (to_window, window) = mpsc::channel(4096);
    let store = Store::that_forgets(to_window.clone()).await.unwrap();
    let mut bench = Bench::with(store.clone(), to_window.clone(), window).await;
    let eve = jid("eve@e.example");
    bench.tell(message(&eve, "1", "let me in")).await;
    bench.until_bob_says("done").await;
    ends(bench).await;

    let (to_window, window) = mpsc::channel(4096);
    let mut bench = Bench::with(store.clone(), to_window, window).await;
    let told = until_text(&mut bench, "let me in").await;
    assert_eq!(infos(&told, &eve).last().unwrap().subscription, Subscription::Wrote);
    let told = bench.until(|event| matches!(event, Event::Chat(_, ChatEvent::Unread(_)))).await;
    let Some(Event::Chat(chat, ChatEvent::Unread(number))) = told.last().cloned() else {
        panic!("{told:?}")
    };
    // To look at them is no answer.
    bench.ask(Input::Chat(eve.clone(), ChatCommand::Read(number)));
    bench.until_bob_says("looked").await;
    assert_eq!(store.unread_of(&chat).await.unwrap().len(), 1);
    bench.ask(Input::Contact(eve.clone(), ContactCommand::Decline));
    bench.until(|event| matches!(event, Event::Chat(_, ChatEvent::Removed))).await;
    assert!(store.unread_of(&chat).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_list_and_what_waits_are_shown_before_the_server_says_anything() {
    let (to_window, window) = mpsc::channel(4096);
    let store = Store::that_forgets(to_window.clone()).await.unwrap();
    let mut bench = Bench::with(store.clone(), to_window, window).await;
    bench.until_bob_says("for later").await;
    bench.ask(Input::Chat(
        jid("bob@b.example"),
        ChatCommand::SaveDraft(crate::message::Secret::new("half".into())),
    ));
    ends(bench).await;

    let (to_window, window) = mpsc::channel(4096);
    let items = vec![item(&jid("bob@b.example"), xmpp::Subscription::Both)];
    let roster = Some(KnownRoster { version: "1".into(), items });
    let known = Known { roster, ..Known::default() };
    let mut bench = Bench::knowing(known, store, to_window, window).await;
    let told = bench.until(|event| matches!(event, Event::Chat(_, ChatEvent::Draft(_)))).await;
    assert!(
        told.iter()
            .any(|event| matches!(event, Event::Account(_, AccountEvent::Roster(contacts)) if contacts.len() == 1))
    );
    let texts = told.iter().filter(|event| {
        matches!(event, Event::Chat(_, ChatEvent::Received { text, .. }) if text == "for later")
    });
    assert_eq!(texts.count(), 1);
}

/// A life that goes on with the stream of this one is told of nobody on the list.
#[tokio::test(start_paused = true)]
async fn who_came_onto_the_list_in_this_life_is_on_it_in_the_next() {
    let (to_window, window) = mpsc::channel(4096);
    let store = Store::that_forgets(to_window.clone()).await.unwrap();
    let mut bench = Bench::with(store.clone(), to_window, window).await;
    let (bob, carol) = (jid("bob@b.example"), jid("carol@c.example"));
    bench.tell(xmpp::Event::RosterChanged(item(&carol, xmpp::Subscription::Both))).await;
    bench.until_bob_says("one").await;
    let names = |known: Known| {
        let items = known.roster.map(|known| known.items).unwrap_or_default();
        items.into_iter().map(|item| item.jid).collect::<Vec<_>>()
    };
    assert_eq!(names(store.known(&jid("alice@a.example")).await.unwrap()), [bob.clone(), carol]);
    bench.tell(xmpp::Event::RosterRemoved(jid("carol@c.example"))).await;
    bench.until_bob_says("two").await;
    assert_eq!(names(store.known(&jid("alice@a.example")).await.unwrap()), [bob]);
}

/// A session that goes on is told of no request again.
#[tokio::test(start_paused = true)]
async fn who_asked_to_see_us_still_asks_in_a_life_that_goes_on_with_the_session() {
    let (to_window, window) = mpsc::channel(4096);
    let store = Store::that_forgets(to_window.clone()).await.unwrap();
    let account = jid("alice@a.example");
    let mut bench = Bench::with(store.clone(), to_window.clone(), window).await;
    let (eve, frank) = (jid("eve@e.example"), jid("frank@f.example"));
    for who in [&eve, &frank] {
        bench.tell(xmpp::Event::SubscriptionRequested(who.clone())).await;
    }
    let asks = |who: BareJid| move |event: &Event| matches!(event, Event::Chat(id, ChatEvent::Info(info)) if id.contact == who && info.subscription == Subscription::Requested);
    bench.until(asks(frank.clone())).await;
    bench.ask(Input::Contact(frank.clone(), ContactCommand::Decline));
    bench.asks(|command| matches!(command, xmpp::Command::Decline(_)).then_some(())).await;
    let items = vec![item(&jid("bob@b.example"), xmpp::Subscription::Both)];
    bench.tell(xmpp::Event::Roster { items, version: Some("1".into()) }).await;
    bench.until_bob_says("done").await;
    ends(bench).await;

    let known = store.known(&account).await.unwrap();
    assert_eq!(known.requests, [eve.clone()].into());
    let (to_window, window) = mpsc::channel(4096);
    let mut bench = Bench::knowing(known, store, to_window, window).await;
    let told = bench.until(asks(eve)).await;
    assert!(infos(&told, &frank).is_empty());
}

/// It can't be read any more, but it came.
#[tokio::test(start_paused = true)]
async fn whoever_is_removed_is_left_and_what_they_write_in_private_is_told_of() {
    let mut bench = Bench::new().await;
    bench.until_bob_says("hello").await;
    let chat = ChatId { account: jid("alice@a.example"), contact: jid("bob@b.example") };
    bench.store.saw_key(&chat, otr::Fingerprint::V3([1; 20])).await;
    bench.ask(Input::Contact(jid("bob@b.example"), ContactCommand::Remove));
    bench.asks(|command| matches!(command, xmpp::Command::RosterRemove(_)).then_some(())).await;
    bench.tell(xmpp::Event::RosterRemoved(jid("bob@b.example"))).await;
    bench.tell(message(&jid("bob@b.example"), "2", "?OTR:AAMDgY+JSa8zKzE.")).await;
    let told = bench
        .until(|event| matches!(event, Event::Chat(_, ChatEvent::Notice(Notice::Unreadable))))
        .await;
    let bob = infos(&told, &jid("bob@b.example"));
    assert_eq!(bob.last().unwrap().subscription, Subscription::Wrote);
}
