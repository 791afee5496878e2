//! No presence is not absence: whoever writes is there, and can be asked in any case.

use crate::message::NewMessage;
use std::time::SystemTime;

use xmpp::Delay;

use super::*;

const QUERY: &str = "?OTRv23?";

impl Bench {
    /// Somebody whose presence shows nobody, and to whom a text waits.
    async fn with_text_for_the_absent() -> Self {
        let mut bench = Self::with(&[]).await;
        let (id, text, seen) = (new_message_id(), "hello".to_owned(), Padlock::Unasked);
        bench.ask(ChatCommand::Open).await;
        bench.ask(ChatCommand::Send(NewMessage { id, text, seen, replaces: None })).await;
        assert_eq!(bench.next_sent().await, None);
        bench.shows_padlock(Padlock::Waiting).await;
        bench
    }

    async fn shows_padlock(&mut self, wanted: Padlock) {
        self.carry_until_padlock(&mut [], wanted).await;
    }

    async fn writes(&self, from: &FullJid) {
        self.receive(from, "are you there?").await;
    }

    /// Whom a query goes to next.
    async fn asks(&mut self) -> Option<Jid> {
        let (to, body) = self.next_sent().await?;
        assert!(body.starts_with(QUERY), "{body}");
        Some(to)
    }
}

#[tokio::test(start_paused = true)]
async fn who_has_just_written_is_asked_where_they_wrote_from_whatever_presence_says() {
    let phone = Program::new("phone");
    let mut bench = Bench::with_text_for_the_absent().await;
    // Theirs goes "offline", and only then they write.
    bench.shows(&phone, Availability::Offline).await;
    assert_eq!(bench.asks().await, None);
    bench.writes(&phone.at).await;
    assert_eq!(bench.asks().await, Some(phone.at.clone().into()));
    bench.shows_padlock(Padlock::Starting).await;
    // Another program of theirs goes, which says nothing of this one.
    bench.shows(&Program::new("desk"), Availability::Offline).await;
    assert_eq!(bench.asks().await, Some(phone.at.into()), "once more, as always");
    bench.shows_padlock(Padlock::Unanswered).await;
}

#[tokio::test(start_paused = true)]
async fn who_went_after_writing_or_wrote_long_ago_is_away() {
    let phone = Program::new("phone");
    let mut bench = Bench::with_text_for_the_absent().await;
    bench.writes(&phone.at).await;
    assert_eq!(bench.asks().await, Some(phone.at.clone().into()));
    bench.shows_padlock(Padlock::Starting).await;
    bench.shows(&phone, Availability::Offline).await;
    bench.shows_padlock(Padlock::Waiting).await;
    assert_eq!(bench.asks().await, None, "nor is it asked again");

    bench.writes(&phone.at).await;
    assert_eq!(bench.asks().await, Some(phone.at.clone().into()));
    bench.asks().await;
    bench.shows_padlock(Padlock::Unanswered).await;
    tokio::time::sleep(Duration::from_secs(5 * 60)).await;
    bench.shows_padlock(Padlock::Waiting).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_written_earlier_says_nothing_of_now() {
    let phone = Program::new("phone");
    let mut bench = Bench::with_text_for_the_absent().await;
    let at = SystemTime::now();
    for delay in [Delay::Stored(at), Delay::HeldForResumption(at), Delay::Claimed(at)] {
        let late = Received { delayed: Some(delay), ..received(&phone.at, "see you") };
        bench.put(Input::Received(late)).await;
        assert_eq!(bench.asks().await, None);
    }
}

#[tokio::test(start_paused = true)]
async fn who_looks_away_can_be_asked_once_where_they_were_heard_of_last() {
    let phone = Program::new("phone");
    let mut bench = Bench::with_text_for_the_absent().await;
    bench.ask(ChatCommand::TryNow).await;
    assert_eq!(bench.asks().await, Some(chat().contact.into()));
    bench.shows_padlock(Padlock::Starting).await;
    assert_eq!(bench.asks().await, None);
    bench.shows_padlock(Padlock::Waiting).await;
    assert!(bench.notices.contains(&Notice::Unanswered));

    bench.writes(&phone.at).await;
    bench.shows(&phone, Availability::Offline).await;
    assert_eq!(bench.asks().await, Some(phone.at.clone().into()));
    assert_eq!(bench.asks().await, None);
    bench.ask(ChatCommand::TryNow).await;
    assert_eq!(bench.asks().await, Some(phone.at.into()));
    assert_eq!(bench.asks().await, None);
}

#[tokio::test(start_paused = true)]
async fn to_go_private_asks_who_has_written_and_not_who_is_away() {
    let phone = Program::new("phone");
    let mut bench = Bench::with(&[]).await;
    bench.ask(ChatCommand::GoPrivate).await;
    assert_eq!(bench.asks().await, None);
    bench.writes(&phone.at).await;
    assert_eq!(bench.asks().await, Some(phone.at.into()));
}

#[tokio::test(start_paused = true)]
async fn who_hides_beside_a_program_in_sight_is_asked_first_and_then_the_other() {
    let (desk, phone) = (Program::new("desk"), Program::new("phone"));
    let mut bench = Bench::with(&[&desk]).await;
    bench.writes(&phone.at).await;
    bench.ask(ChatCommand::GoPrivate).await;
    assert_eq!(bench.asks().await, Some(phone.at.into()));
    assert_eq!(bench.asks().await, Some(desk.at.into()), "nobody answered");
}

#[tokio::test(start_paused = true)]
async fn a_hidden_program_that_answers_is_private_and_gets_what_waited() {
    let mut phone = Program::new("phone");
    let mut bench = Bench::with_text_for_the_absent().await;
    bench.writes(&phone.at).await;
    bench.carry_until(&mut [&mut phone], |step| matches!(step, Step::Heard("hello"))).await;
}

/// What comes first after our own coming was perhaps written before theirs was told, which says more:
/// what their program is.
#[tokio::test(start_paused = true)]
async fn presence_has_a_moment_to_come_before_what_was_written_counts() {
    for resumed in [true, false] {
        let phone = Program::new("phone");
        let mut bench = Bench::with_text_for_the_absent().await;
        bench.put(Input::LinkDown).await;
        bench.put(Input::LinkUp { resumed }).await;
        bench.writes(&phone.at).await;
        assert_eq!(bench.next_sent().await, None, "for a minute");
        assert_eq!(bench.asks().await, Some(phone.at.clone().into()));
        // Once any presence of theirs came, nothing is waited for.
        let mut bench = Bench::with_text_for_the_absent().await;
        bench.put(Input::LinkDown).await;
        bench.put(Input::LinkUp { resumed }).await;
        bench.shows(&Program::new("desk"), Availability::Offline).await;
        bench.writes(&phone.at).await;
        let began = Instant::now();
        assert_eq!(bench.asks().await, Some(phone.at.into()));
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }
}

/// Everybody sees us leave, and some programs drop the session then without a word.
#[tokio::test(start_paused = true)]
async fn who_is_invisible_answers_nobody_and_speaks_under_new_keys() {
    let mut desk = Program::new("desk");
    let mut bench = Bench::with(&[&desk]).await;
    bench.go_private(&mut desk).await;
    bench.pass(&mut [&mut desk]).await;
    bench.put(Input::ContactPermissions(ContactPermissions { invisible: true, ..VISIBLE })).await;
    bench.ask(ChatCommand::Open).await;
    // A private text, one that asks for a receipt, an offer, and what nobody can read.
    let audience = desk.conversation.audience();
    let private = desk.conversation.send("privately", audience, bench.now()).unwrap();
    bench.deliver(&desk.at.clone(), private).await;
    let asks = Received {
        id: Some("a-long-id-of-its-own".to_owned()),
        wants_receipt: true,
        ..received(&desk.at, "readably")
    };
    bench.put(Input::Received(asks)).await;
    for body in [QUERY, "?OTR:AAMDgY+JSa8zKzE.", "tagged \t  \t\t\t\t \t \t \t    \t\t  \t "] {
        bench.receive(&desk.at, body).await;
    }
    assert_eq!(bench.next_sent().await, None, "nothing is answered");
    while let Ok(Event::Chat(_, event)) = bench.to_window.try_recv() {
        bench.note(&event);
    }
    let texts: Vec<_> = bench.received.iter().map(|(text, _)| text.as_str()).collect();
    assert!(texts.contains(&"privately") && texts.contains(&"readably"), "{texts:?}");
    // The person writes: to keys that are shared anew.
    let typed = NewMessage {
        id: new_message_id(),
        text: "I am here".to_owned(),
        seen: Padlock::Private(desk.key()),
        replaces: None,
    };
    bench.ask(ChatCommand::Send(typed)).await;
    assert_eq!(bench.asks().await, Some(desk.at.clone().into()));
    // And whoever shows themselves confirms what came.
    bench.put(Input::ContactPermissions(VISIBLE)).await;
    let confirmed = async {
        loop {
            if let Some(xmpp::Command::SendReceipt { id, .. }) = bench.to_link.recv().await {
                return id;
            }
        }
    };
    assert_eq!(tokio::time::timeout(PATIENCE, confirmed).await.unwrap(), "a-long-id-of-its-own");
}

/// Whoever becomes invisible wants to be seen by nobody; what waits may wait.
#[tokio::test(start_paused = true)]
async fn what_waited_before_we_became_invisible_asks_nobody_until_we_speak_or_show_ourselves() {
    let invisible = ContactPermissions { invisible: true, ..VISIBLE };
    for speaks in [true, false] {
        let phone = Program::new("phone");
        let mut bench = Bench::with_text_for_the_absent().await;
        bench.put(Input::ContactPermissions(invisible)).await;
        bench.writes(&phone.at).await;
        bench.receive(&phone.at, QUERY).await;
        assert_eq!(bench.next_sent().await, None);
        // Nor in the next life.
        let mut bench = bench.restarted_as(&[&phone], invisible).await;
        bench.put(Input::LinkUp { resumed: false }).await;
        bench.ask(ChatCommand::Open).await;
        assert_eq!(bench.next_sent().await, None);
        if speaks {
            let id = bench.store.outbox(&chat()).await.unwrap().remove(0).id;
            bench.ask(ChatCommand::Retry { id, seen: Padlock::Unasked }).await;
        } else {
            bench.put(Input::ContactPermissions(VISIBLE)).await;
            bench.shows(&phone, Availability::Online).await;
        }
        assert!(bench.asks().await.is_some(), "speaks: {speaks}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_waited_readably_before_we_became_invisible_goes_when_it_is_sent_again() {
    let invisible = ContactPermissions { invisible: true, ..VISIBLE };
    for again in [true, false] {
        let mut bench = Bench::with(&[]).await;
        bench.ask(ChatCommand::Open).await;
        bench.ask(ChatCommand::EndPrivate).await;
        bench.shows_padlock(Padlock::NotPrivate).await;
        bench.put(Input::LinkDown).await;
        let (id, text, seen) = (new_message_id(), "readable".to_owned(), Padlock::NotPrivate);
        bench
            .ask(ChatCommand::Send(NewMessage { id: id.clone(), text, seen, replaces: None }))
            .await;
        bench.put(Input::ContactPermissions(invisible)).await;
        bench.put(Input::LinkUp { resumed: false }).await;
        assert_eq!(bench.next_sent().await, None);
        while let Ok(Event::Chat(_, event)) = bench.to_window.try_recv() {
            bench.note(&event);
        }
        assert_eq!(bench.deliveries.last(), Some(&Delivery::Held(crate::HeldReason::Invisible)));
        if again {
            bench.ask(ChatCommand::Retry { id, seen }).await;
        } else {
            bench.put(Input::ContactPermissions(VISIBLE)).await;
        }
        assert!(bench.next_sent().await.is_some_and(|(_, body)| body == "readable"));
    }
}

/// Only what is sent is said.
#[tokio::test(start_paused = true)]
async fn who_is_invisible_and_only_begins_to_type_asks_nobody() {
    let phone = Program::new("phone");
    let mut bench = Bench::with(&[&phone]).await;
    bench.put(Input::ContactPermissions(ContactPermissions { invisible: true, ..VISIBLE })).await;
    bench.ask(ChatCommand::Open).await;
    bench.ask(ChatCommand::Writing(true)).await;
    bench.receive(&phone.at, QUERY).await;
    assert_eq!(bench.next_sent().await, None);
}

/// While the server lets nothing through, nobody can answer.
#[tokio::test(start_paused = true)]
async fn who_is_let_through_again_is_asked_and_not_said_to_be_silent() {
    let phone = Program::new("phone");
    for parted in [
        ContactPermissions { access: Access::Blocked, ..VISIBLE },
        ContactPermissions { accepted: false, ..VISIBLE },
    ] {
        let mut bench = Bench::with(&[&phone]).await;
        bench.put(Input::Leave { then: None }).await;
        bench.put(Input::ContactPermissions(parted)).await;
        bench.put(Input::ContactPermissions(VISIBLE)).await;
        bench.ask(ChatCommand::Open).await;
        bench.shows_padlock(Padlock::Unasked).await;
        let (id, text, seen) = (new_message_id(), "hello".to_owned(), Padlock::Unasked);
        bench.ask(ChatCommand::Send(NewMessage { id, text, seen, replaces: None })).await;
        assert_eq!(bench.asks().await, Some(phone.at.clone().into()));
    }
}
