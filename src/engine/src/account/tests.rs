//! An account between a link and a window that the test holds.
#![expect(clippy::wildcard_enum_match_arm, reason = "one event of many is looked for")]

mod earlier;
mod past;
mod slow;

use xmpp::Jid;

use super::*;
use crate::mailbox::{Mailbox, mailbox};
use crate::message::{
    Availability, ContactInfo, NewMessage, NotKept, Notice, Padlock, Provenance, Subscription,
    new_message_id,
};
use crate::strangers;
use xmpp::RosterItem;

/// An account that is signed in, with Bob on its list, and both its ends.
struct Bench {
    inbox: Mailbox<Input>,
    from_link: mpsc::Sender<xmpp::Event>,
    to_link: mpsc::Receiver<xmpp::Command>,
    to_window: mpsc::Receiver<Event>,
    store: Store,
}

fn jid(text: &str) -> BareJid {
    text.parse().unwrap()
}

fn stranger(number: usize) -> BareJid {
    jid(&format!("s{number}@evil.example"))
}

fn presence(who: &BareJid) -> xmpp::Event {
    let from = who.with_resource_str("x").unwrap();
    xmpp::Event::Presence { from, availability: Availability::Online, program: None }
}

fn message(who: &BareJid, id: &str, body: &str) -> xmpp::Event {
    xmpp::Event::MessageReceived {
        from: who.with_resource_str("x").unwrap().into(),
        id: Some(id.to_owned()),
        body: body.into(),
        delayed: None,
        wants_receipt: true,
        archive_id: None,
        replaces: None,
    }
}

fn item(contact: &BareJid, subscription: xmpp::Subscription) -> RosterItem {
    RosterItem { jid: contact.clone(), name: None, subscription, asked: false, groups: Vec::new() }
}

impl Bench {
    async fn new() -> Self {
        let (to_window, window) = mpsc::channel(4096);
        let store = Store::that_forgets(to_window.clone()).await.unwrap();
        Self::with(store, to_window, window).await
    }

    async fn with(
        store: Store,
        to_window: mpsc::Sender<Event>,
        window: mpsc::Receiver<Event>,
    ) -> Self {
        let mut bench = Self::offline(store, to_window, window).await;
        bench.signs_in().await;
        bench
    }

    async fn offline(
        store: Store,
        to_window: mpsc::Sender<Event>,
        window: mpsc::Receiver<Event>,
    ) -> Self {
        Self::knowing(Known::default(), store, to_window, window).await
    }

    async fn knowing(
        known: Known,
        store: Store,
        to_window: mpsc::Sender<Event>,
        window: mpsc::Receiver<Event>,
    ) -> Self {
        Self::around(known, store, (to_window, window), |_| ()).await
    }

    /// An account in which something is changed before it runs.
    async fn around(
        known: Known,
        store: Store,
        (to_window, window): (mpsc::Sender<Event>, mpsc::Receiver<Event>),
        change: impl FnOnce(&mut Account),
    ) -> Self {
        let (to_link, link) = mpsc::channel(256);
        let (from_link, told) = mpsc::channel(256);
        let (inbox, asked) = mailbox(&Arc::default());
        let account = jid("alice@a.example");
        let setup = Setup {
            jid: account.clone(),
            identity: store.identity(&account).await.unwrap(),
            known,
            credentials: None,
            availability: Availability::Online,
            store: store.clone(),
            to_window,
            reports: KeyReports::default(),
            offer: "".into(),
            to_link,
            from_link: told,
        };
        let mut account = Account::new(setup);
        change(&mut account);
        drop(tokio::spawn(account.run(asked)));
        Self { inbox, from_link, to_link: link, to_window: window, store }
    }

    async fn signs_in(&mut self) {
        let jid = "alice@a.example/sotto".parse().unwrap();
        self.tell(xmpp::Event::Online { jid, resumed: false }).await;
        let items = vec![item(&BareJid::new("bob@b.example").unwrap(), xmpp::Subscription::Both)];
        self.tell(xmpp::Event::Roster { items, version: None }).await;
    }

    async fn tell(&self, event: xmpp::Event) {
        self.from_link.send(event).await.unwrap();
    }

    fn ask(&self, input: Input) {
        self.inbox.put(input);
    }

    /// Everything that the window was told until Bob's word came through, the list's names by then.
    async fn until_bob_says(&mut self, word: &str) -> Vec<Event> {
        self.tell(message(&jid("bob@b.example"), word, word)).await;
        self.until(|event| {
            matches!(event, Event::Chat(_, ChatEvent::Received { text, .. }) if text == word)
        })
        .await
    }

    async fn until(&mut self, is_last: impl Fn(&Event) -> bool) -> Vec<Event> {
        let mut told = Vec::new();
        loop {
            told.push(self.to_window.recv().await.unwrap());
            if told.last().is_some_and(&is_last) {
                return told;
            }
        }
    }

    /// What the server is asked for next, of a kind.
    async fn asks<T>(&mut self, wanted: impl Fn(xmpp::Command) -> Option<T>) -> T {
        loop {
            if let Some(found) = wanted(self.to_link.recv().await.unwrap()) {
                return found;
            }
        }
    }
}

fn is_not_kept(event: &Event, wanted: NotKept) -> bool {
    matches!(event, Event::Account(_, AccountEvent::NotKept(not_kept)) if *not_kept == wanted)
}

/// Whom the window was told of, other than Bob.
fn others(told: &[Event]) -> Vec<&BareJid> {
    let chats = told.iter().filter_map(|event| match event {
        Event::Chat(chat, _) => Some(&chat.contact),
        _ => None,
    });
    chats.filter(|contact| **contact != jid("bob@b.example")).collect()
}

fn infos<'a>(told: &'a [Event], who: &BareJid) -> Vec<&'a ContactInfo> {
    let infos = told.iter().filter_map(|event| match event {
        Event::Chat(_, ChatEvent::Info(info)) => Some(info),
        _ => None,
    });
    infos.filter(|info| info.contact == *who).collect()
}

#[tokio::test(start_paused = true)]
async fn nothing_that_strangers_send_makes_them_a_contact() {
    let mut bench = Bench::new().await;
    for number in 0..30_000 {
        bench.tell(presence(&stranger(number))).await;
    }
    let who = stranger(0);
    let full = || Jid::from(who.with_resource_str("x").unwrap());
    for event in [
        xmpp::Event::ChatState { from: full(), state: xmpp::ChatState::Composing },
        xmpp::Event::Receipt { from: full(), id: "1".into() },
        xmpp::Event::DeliveryFailed { from: full(), id: "1".into(), condition: "gone".into() },
        message(&who, "1", "?OTRv3?"),
        message(&who, "2", "?OTR:AAMDJ+MVmSfjFZcAAAAAAQAAAAIAAADA."),
    ] {
        bench.tell(event).await;
    }
    let told = bench.until_bob_says("done").await;
    assert!(others(&told).is_empty(), "{:?}", others(&told));
}

#[tokio::test(start_paused = true)]
async fn so_many_requests_are_shown_and_the_others_counted() {
    const MANY: usize = 20_000;
    let mut bench = Bench::new().await;
    let telling = async {
        for number in 0..MANY {
            bench
                .from_link
                .send(xmpp::Event::SubscriptionRequested(stranger(number)))
                .await
                .unwrap();
        }
        for number in 0..MANY {
            bench.from_link.send(message(&stranger(number), "an id", "hello")).await.unwrap();
        }
    };
    let kept = strangers::WAITING_MAX;
    let rest = (MANY - kept) as u64;
    let mut told = Vec::new();
    let listening = async {
        while let Some(event) = bench.to_window.recv().await {
            let is_last =
                is_not_kept(&event, NotKept { requests: rest, messages: rest, addresses: 0 });
            told.push(event);
            if is_last {
                break;
            }
        }
    };
    futures::future::join(telling, listening).await;
    let mut asking: Vec<_> = others(&told).into_iter().collect();
    asking.dedup();
    asking.sort();
    asking.dedup();
    assert_eq!(asking.len(), kept);
    let counts = told
        .iter()
        .filter(|event| matches!(event, Event::Account(_, AccountEvent::NotKept(_))))
        .count();
    assert!(counts < 100, "a flood is counted, not told one by one: {counts}");
}

#[tokio::test(start_paused = true)]
async fn whatever_comes_from_an_address_that_cannot_be_read_is_said_once() {
    let mut bench = Bench::new().await;
    for address in ["🐧@localhost", "🐧@localhost", "🐧@elsewhere"] {
        bench.tell(xmpp::Event::Unaddressable(address.into())).await;
    }
    let wanted = NotKept { addresses: 2, ..NotKept::default() };
    bench.until(|event| is_not_kept(event, wanted)).await;
}

#[tokio::test(start_paused = true)]
async fn the_first_words_of_strangers_are_shown_within_bounds_and_what_is_not_kept_is_said() {
    let mut bench = Bench::new().await;
    let (eve, word) = (stranger(0), "x".repeat(100));
    for number in 0..strangers::MESSAGES_MAX + 5 {
        bench.tell(message(&eve, &format!("an id {number}"), &word)).await;
    }
    let told = bench
        .until(|event| is_not_kept(event, NotKept { messages: 5, ..NotKept::default() }))
        .await;
    let texts = told.iter().filter(|event| {
        matches!(event, Event::Chat(_, ChatEvent::Received { provenance: Provenance::Plain, .. }))
    });
    assert_eq!(texts.count(), strangers::MESSAGES_MAX);
    let said = told
        .iter()
        .filter(|event| matches!(event, Event::Chat(_, ChatEvent::Notice(Notice::NotKept))));
    assert_eq!(said.count(), 1, "once");
    assert!(matches!(
        infos(&told, &eve)[..],
        [ContactInfo {
            subscription: Subscription::Wrote,
            availability: Availability::Offline,
            ..
        }]
    ));
}

#[tokio::test(start_paused = true)]
async fn somebody_whom_the_person_accepted_or_asked_is_no_stranger_before_the_list_says_so() {
    let mut bench = Bench::new().await;
    let (eve, dave) = (jid("eve@e.example"), jid("dave@d.example"));
    bench.tell(message(&eve, "1", "hello")).await;
    bench.until(|event| matches!(event, Event::Chat(_, ChatEvent::Received { .. }))).await;
    bench.ask(Input::Contact(eve.clone(), ContactCommand::Accept));
    bench.ask(Input::Contact(dave.clone(), ContactCommand::Add));
    bench
        .asks(|command| {
            matches!(command, xmpp::Command::Subscribe(who) if who == dave).then_some(())
        })
        .await;
    for who in [&eve, &dave] {
        bench.tell(presence(who)).await;
        bench.tell(message(who, "2", "here I am")).await;
    }
    let told = bench.until_bob_says("done").await;
    for who in [&eve, &dave] {
        let last = infos(&told, who).last().copied().unwrap();
        assert_eq!(
            (last.subscription, last.availability),
            (Subscription::None, Availability::Online)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_conversation_that_something_waits_in_since_an_earlier_life_goes_on() {
    let (to_window, window) = mpsc::channel(4096);
    let store = Store::that_forgets(to_window.clone()).await.unwrap();
    let dave = jid("dave@d.example");
    let chat = ChatId { account: jid("alice@a.example"), contact: dave.clone() };
    let waiting = crate::store::Waiting {
        id: new_message_id(),
        text: Zeroizing::new("kept".to_owned()),
        at: std::time::SystemTime::now(),
        meant_for: None,
        plain_allowed: false,
        replaces: None,
        failed: None,
        resent: false,
    };
    store.keep(&chat, waiting).await;
    let mut bench = Bench::with(store, to_window, window).await;
    bench.until(|event| matches!(event, Event::Chat(_, ChatEvent::Outgoing(_)))).await;
    bench.tell(presence(&dave)).await;
    let told = bench
        .until(|event| {
            matches!(event, Event::Chat(chat, ChatEvent::Info(info))
                if chat.contact == dave && info.availability == Availability::Online)
        })
        .await;
    assert_eq!(infos(&told, &dave).last().unwrap().subscription, Subscription::None);
}

#[tokio::test(start_paused = true)]
async fn all_who_wait_can_be_declined_at_once_though_the_link_is_slow() {
    let mut bench = Bench::new().await;
    // More than the link takes at once.
    let many = strangers::WAITING_MAX;
    for number in 0..many {
        bench.tell(xmpp::Event::SubscriptionRequested(stranger(number))).await;
    }
    bench.until_bob_says("all are told").await;
    for number in 0..many {
        bench.ask(Input::Contact(stranger(number), ContactCommand::Decline));
    }
    bench.until_bob_says("all are declined").await;
    let mut declined = Vec::new();
    while declined.len() < many {
        declined.extend(
            bench
                .asks(|command| match command {
                    xmpp::Command::Decline(who) => Some(Some(who)),
                    _ => Some(None),
                })
                .await,
        );
    }
    bench.tell(xmpp::Event::SubscriptionRequested(stranger(many))).await;
    let told = bench.until_bob_says("there is room").await;
    assert!(!infos(&told, &stranger(many)).is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_of_the_list_while_offline_is_done_once_online() {
    let (to_window, window) = mpsc::channel(4096);
    let store = Store::that_forgets(to_window.clone()).await.unwrap();
    let mut bench = Bench::offline(store, to_window, window).await;
    let dave = jid("dave@d.example");
    bench.ask(Input::Contact(dave.clone(), ContactCommand::Add));
    bench.until(|event| matches!(event, Event::Chat(_, ChatEvent::Info(_)))).await;
    bench.signs_in().await;
    bench
        .asks(|command| {
            matches!(command, xmpp::Command::Subscribe(who) if who == dave).then_some(())
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_blocked_stranger_leaves_the_list_and_those_blocked_elsewhere_never_come_onto_it() {
    let mut bench = Bench::new().await;
    let eve = jid("eve@e.example");
    bench.tell(message(&eve, "1", "hello")).await;
    let blocked = (0..100).map(stranger).chain([eve.clone()]).map(Jid::from).collect();
    bench.tell(xmpp::Event::Blocked(blocked)).await;
    let told = bench.until_bob_says("done").await;
    let shown: BTreeSet<_> = others(&told).into_iter().collect();
    assert_eq!(shown.into_iter().collect::<Vec<_>>(), [&eve]);
    let removed =
        told.iter().filter(|event| matches!(event, Event::Chat(_, ChatEvent::Removed))).count();
    assert_eq!(removed, 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_left_of_a_window_s_own_acts_needs_no_list() {
    let mut bench = Bench::new().await;
    let dave = jid("dave@d.example");
    let typed = NewMessage {
        id: new_message_id(),
        text: "hello".to_owned(),
        seen: Padlock::Waiting,
        replaces: None,
    };
    bench.ask(Input::Chat(dave.clone(), ChatCommand::Send(typed)));
    let told = bench.until(|event| matches!(event, Event::Chat(_, ChatEvent::Outgoing(_)))).await;
    assert_eq!(infos(&told, &dave).first().unwrap().subscription, Subscription::None);
    bench.tell(message(&dave, "1", "hello yourself")).await;
    let told = bench.until_bob_says("done").await;
    assert!(infos(&told, &dave).is_empty(), "an answer is no request");
    assert!(bench.store.awaited(&jid("alice@a.example")).await.contains_key(&dave));
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_of_a_link_that_has_no_room_follows_as_soon_as_it_has() {
    let mut bench = Bench::new().await;
    // More than the link takes at once.
    for number in 0..300 {
        bench.ask(Input::SetActive(number % 2 == 0));
    }
    bench.ask(Input::Reconnect);
    bench.until_bob_says("all was asked").await;
    bench.asks(|command| matches!(command, xmpp::Command::Reconnect).then_some(())).await;
}

#[tokio::test(start_paused = true)]
async fn who_is_invisible_approves_nobody_before_they_show_themselves() {
    let mut bench = Bench::new().await;
    let approves = |commands: &[xmpp::Command]| {
        commands.iter().any(|command| matches!(command, xmpp::Command::Approve(_)))
    };
    for (availability, expected) in [(Availability::Offline, false), (Availability::Online, true)] {
        bench.ask(Input::SetAvailability(availability));
        bench
            .asks(|command| match command {
                xmpp::Command::SetPresence(shown) | xmpp::Command::ShowAnew(shown) => {
                    (shown == availability).then_some(())
                }
                _ => None,
            })
            .await;
        bench.tell(xmpp::Event::SubscriptionRequested(jid("bob@b.example"))).await;
        bench.until_bob_says(&format!("{availability:?}")).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mut commands = Vec::new();
        while let Ok(command) = bench.to_link.try_recv() {
            commands.push(command);
        }
        assert_eq!(approves(&commands), expected, "{availability:?}: {commands:?}");
    }
}
