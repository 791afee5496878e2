//! A session without a wire.

mod confirming;
mod inbound;
mod offline_queue;
mod presence;

use tokio::sync::mpsc;

use super::*;
use crate::link::offline_queue::OfflineQueue;
use crate::stanza::roster::Roster;
use crate::{
    ArchiveQuery, ArchiveRange, CarbonDirection, ChatState, KnownRoster, MessageKind, Request,
    RequestError, RosterItem, Subscription,
};

pub(super) struct Desk {
    session: Session,
    state: LinkState,
    events: mpsc::Receiver<Event>,
    /// The ids of the first questions: for the roster, for whom is blocked, for copies.
    asked: Vec<String>,
    /// The question for the roster.
    first_query: Element,
}

impl Desk {
    pub(super) fn new() -> Self {
        let (sender, events) = mpsc::channel(64);
        let state = LinkState::new(sender);
        let mut session = begin();
        session.announce(state.availability);
        let opening = written(&mut session);
        let names: Vec<_> = opening.iter().map(Element::name).collect();
        assert_eq!(names, ["iq", "iq", "iq", "presence", "r"]);
        let asked = opening.iter().filter_map(|e| e.attr("id")).map(str::to_owned).collect();
        let first_query = opening[0].get_child("query", ns::ROSTER).unwrap().clone();
        Self { session, state, events, asked, first_query }
    }

    /// The session ends, and another one begins.
    pub(super) fn sign_in_again(&mut self) {
        self.session = begin();
    }

    pub(super) fn receive(&mut self, xml: &str) -> Result<(), Failure> {
        self.session.receive(&xml.parse().unwrap(), &mut self.state)
    }

    pub(super) async fn events(&mut self) -> Vec<Event> {
        self.state.events.flush().await.unwrap();
        std::iter::from_fn(|| self.events.try_recv().ok()).collect()
    }

    pub(super) fn written(&mut self) -> Vec<Element> {
        written(&mut self.session)
    }
}

fn begin() -> Session {
    let jid = "alice@example.org/sotto".parse().unwrap();
    let features = StreamFeatures { body_bytes_max: 1_000, csi: true, roster_versions: true };
    Session::begin(jid, StreamManagement::managed(Some("s".into())), features, None)
}

fn written(session: &mut Session) -> Vec<Element> {
    let mut elements = Vec::new();
    while let Some(element) = session.management.next(Instant::now()) {
        elements.push(element.into_owned());
    }
    elements
}

fn push_from(from: &str) -> String {
    format!(
        "<iq xmlns='jabber:client' type='set' id='p' {from}><query xmlns='jabber:iq:roster'>\
         <item jid='bob@example.org' subscription='both'/></query></iq>"
    )
}

fn send(tag: u64, body: &str) -> Command {
    Command::SendMessage {
        tag,
        to: Jid::new("bob@example.org").unwrap(),
        id: tag.to_string(),
        body: body.into(),
        kind: MessageKind::Plain,
        request_receipt: false,
        replaces: None,
    }
}

#[tokio::test]
async fn only_our_server_changes_the_roster() {
    for from in ["", "from='alice@example.org'", "from='example.org'"] {
        let mut desk = Desk::new();
        desk.receive(&push_from(from)).unwrap();
        let events = desk.events().await;
        assert!(
            matches!(&events[..], [Event::RosterChanged(item)]
            if item.subscription == Subscription::Both),
            "{from}"
        );
        assert_eq!(desk.written()[0].attr("type"), Some("result"));
    }
    for from in ["from='mallory@example.org'", "from='alice@example.org/phone'"] {
        let mut desk = Desk::new();
        desk.receive(&push_from(from)).unwrap();
        assert!(desk.events().await.is_empty(), "{from}");
        assert_eq!(desk.written()[0].attr("type"), Some("error"));
    }
}

#[tokio::test]
async fn the_roster_is_told_once_it_came() {
    let mut desk = Desk::new();
    let id = desk.asked[0].clone();
    let answer = |from: &str| format!("<iq xmlns='jabber:client' type='result' id='{id}' {from}/>");
    desk.receive(&answer("from='mallory@example.org'")).unwrap();
    assert!(desk.events().await.is_empty());
    desk.receive(&answer("")).unwrap();
    assert_eq!(desk.first_query.attr("ver"), Some(""), "asks to be told of versions");
    assert!(
        matches!(&desk.events().await[..], [Event::Roster { items, version: None }] if items.is_empty())
    );
}

#[tokio::test]
async fn a_known_roster_is_kept_unless_the_server_sends_another() {
    let item = RosterItem {
        jid: "bob@example.org".parse().unwrap(),
        name: None,
        subscription: Subscription::Both,
        asked: false,
        groups: vec!["Friends".into()],
    };
    let known = KnownRoster { version: "v1".into(), items: vec![item.clone()] };
    for (payload, expected, version) in
        [("", vec![item], "v1"), ("<query xmlns='jabber:iq:roster' ver='v2'/>", vec![], "v2")]
    {
        let mut desk = Desk::new();
        desk.state.roster = Roster::known(Some(known.clone()));
        assert_eq!(desk.state.roster.version(), Some("v1"));
        let bob = "bob@example.org".parse().unwrap();
        assert!(!desk.state.roster.may_see_us(&bob), "before the server says so");
        let id = desk.asked[0].clone();
        desk.answers(&id, "result", "", payload);
        let events = desk.events().await;
        let [Event::Roster { items, version: told }] = &events[..] else { panic!("{events:?}") };
        assert_eq!((items, told.as_deref()), (&expected, Some(version)));
        assert_eq!(desk.state.roster.may_see_us(&bob), version == "v1");
    }
}

#[tokio::test]
async fn strangers_learn_nothing_and_contacts_get_a_pong() {
    let ping = "<iq xmlns='jabber:client' type='get' id='q' from='bob@example.org/x'>\
        <ping xmlns='urn:xmpp:ping'/></iq>";
    let mut desk = Desk::new();
    desk.receive(ping).unwrap();
    assert_eq!(desk.written()[0].attr("type"), Some("error"));
    let id = desk.asked[0].clone();
    desk.answers(&id, "result", "", "");
    desk.receive(&push_from("")).unwrap();
    desk.written();
    desk.receive(ping).unwrap();
    assert_eq!(desk.written()[0].attr("type"), Some("result"));
    // Nor do they while we hide.
    desk.session.command(Command::SetPresence(Availability::Offline), &mut desk.state);
    desk.written();
    desk.receive(ping).unwrap();
    assert_eq!(desk.written()[0].attr("type"), Some("error"));
}

#[tokio::test]
async fn a_message_that_comes_twice_is_told_once() {
    let mut desk = Desk::new();
    let message = "<message xmlns='jabber:client' from='bob@example.org/x' type='chat' id='1'>\
        <body>hi</body></message>";
    desk.receive(message).unwrap();
    desk.receive(message).unwrap();
    assert_eq!(desk.events().await.len(), 1);
    desk.receive("<r xmlns='urn:xmpp:sm:3'/>").unwrap();
    let confirm = desk.session.resume_token().unwrap().confirm();
    desk.session.command(confirm, &mut desk.state);
    assert_eq!(desk.written()[0].attr("h"), Some("2"));
}

#[tokio::test]
async fn what_somebody_does_is_told_after_what_they_wrote_and_not_twice() {
    let mut desk = Desk::new();
    let message = "<message xmlns='jabber:client' from='bob@example.org/x' type='chat' id='1'>\
        <body>hi</body><active xmlns='http://jabber.org/protocol/chatstates'/></message>";
    desk.receive(message).unwrap();
    let events = desk.events().await;
    assert!(matches!(
        &events[..],
        [Event::MessageReceived { .. }, Event::ChatState { state: ChatState::Active, .. }]
    ));
    desk.receive(message).unwrap();
    assert!(desk.events().await.is_empty());
    let bob = Jid::new("bob@example.org/x").unwrap();
    let command = Command::SendChatState { to: bob, state: ChatState::Composing };
    desk.session.command(command, &mut desk.state);
    assert!(desk.written()[0].has_child("composing", ns::CHAT_STATES));
}

#[tokio::test]
async fn what_waited_for_a_resumed_session_is_told_from_what_was_stored_before_it() {
    let stamped = |by: &str, id: &str| {
        format!(
            "<message xmlns='jabber:client' from='bob@example.org/x' type='chat' id='{id}'>\
             <body>hi</body><delay xmlns='urn:xmpp:delay' {by} stamp='2026-01-01T00:00:00Z'/>\
             </message>"
        )
    };
    let mut desk = Desk::new();
    desk.receive(&stamped("from='example.org'", "stored")).unwrap();
    desk.session.management.resumed(0).unwrap();
    desk.receive(&stamped("from='example.org'", "by the server")).unwrap();
    desk.receive(&stamped("from='alice@example.org'", "for our account")).unwrap();
    desk.receive(&stamped("", "by nobody")).unwrap();
    desk.receive(&stamped("from='bob@example.org/x'", "by the contact")).unwrap();
    let told: Vec<_> = desk.events().await.iter().map(waited).collect();
    assert_eq!(told, [false, true, true, false, false]);
}

#[tokio::test]
async fn a_receipt_beside_a_text_is_told_behind_it() {
    let message = "<message xmlns='jabber:client' from='bob@example.org/x' type='chat' id='1'>\
                   <body>hi</body><received xmlns='urn:xmpp:receipts' id='m0'/></message>";
    let mut desk = Desk::new();
    desk.receive(message).unwrap();
    let told = desk.events().await;
    assert!(
        matches!(&told[..], [Event::MessageReceived { .. }, Event::Receipt { .. }]),
        "{told:?}"
    );
}

#[tokio::test]
async fn the_first_answer_after_a_resumption_ends_what_the_server_kept() {
    let message = "<message xmlns='jabber:client' from='bob@example.org/x' type='chat' id='1'>\
                   <body>kept</body></message>";
    let ack = "<a xmlns='urn:xmpp:sm:3' h='0'/>";
    let mut desk = Desk::new();
    desk.session.management.resumed(0).unwrap();
    desk.receive(message).unwrap();
    desk.receive(ack).unwrap();
    let told = desk.events().await;
    assert!(
        matches!(&told[..], [Event::MessageReceived { .. }, Event::ReplayComplete]),
        "{told:?}"
    );
    desk.receive(ack).unwrap();
    assert!(desk.events().await.is_empty());
}

fn waited(event: &Event) -> bool {
    matches!(event, Event::MessageReceived { delayed: Some(Delay::HeldForResumption(_)), .. })
}

#[tokio::test]
async fn the_unsendable_is_told_and_the_rest_is_acknowledged() {
    let mut desk = Desk::new();
    for (tag, body) in [(1, "fine"), (2, "\0"), (3, "fine too")] {
        desk.session.command(send(tag, body), &mut desk.state);
    }
    assert!(matches!(&desk.events().await[..], [Event::Unencodable { tag: 2 }]));
    desk.written();
    desk.receive("<a xmlns='urn:xmpp:sm:3' h='6'/>").unwrap();
    let events = desk.events().await;
    assert!(matches!(&events[..], [Event::Acked { tag: 1 }, Event::Acked { tag: 3 }]));
}

#[tokio::test]
async fn impossible_acknowledgements_end_the_stream() {
    for h in ["h='99'", "h='x'", ""] {
        let ack = format!("<a xmlns='urn:xmpp:sm:3' {h}/>");
        assert!(matches!(Desk::new().receive(&ack), Err(Failure::Transient(_))), "{h}");
    }
}

impl Desk {
    /// Asks for something; the id and the payload of the stanza that it becomes.
    pub(super) fn asks(&mut self, command: Command) -> (String, Element) {
        self.session.command(command, &mut self.state);
        let written = self.written();
        let iq = written.iter().find(|element| element.name() == "iq").unwrap();
        (iq.attr("id").unwrap().to_owned(), iq.children().next().unwrap().clone())
    }

    /// Answers so, as this sender.
    pub(super) fn answers(&mut self, id: &str, kind: &str, from: &str, payload: &str) {
        self.receive(&format!(
            "<iq xmlns='jabber:client' type='{kind}' id='{id}' {from}>{payload}</iq>"
        ))
        .unwrap();
    }
}

fn query(tag: u64) -> Command {
    let query = ArchiveQuery { with: None, range: ArchiveRange::Newest, page: 10 };
    Command::Request(tag, Request::QueryArchive(query))
}

fn entry(query: &str, from: &str) -> String {
    format!(
        "<message xmlns='jabber:client' {from}><result xmlns='urn:xmpp:mam:2' queryid='{query}' \
         id='a1'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' \
         from='bob@example.org/x' to='alice@example.org'><body>then</body></message></forwarded>\
         </result></message>"
    )
}

#[tokio::test]
async fn a_page_of_the_archive_comes_from_our_account_alone_and_is_no_message() {
    let mut desk = Desk::new();
    let (id, _) = desk.asks(query(7));
    for from in ["from='mallory@example.org'", "from='alice@example.org/phone'"] {
        desk.receive(&entry(&id, from)).unwrap();
    }
    desk.receive(&entry("another", "")).unwrap();
    desk.receive(&entry(&id, "from='alice@example.org'")).unwrap();
    assert!(desk.events().await.is_empty());
    desk.answers(&id, "result", "from='mallory@example.org'", "");
    assert!(desk.events().await.is_empty());
    desk.answers(&id, "result", "", "<fin xmlns='urn:xmpp:mam:2' complete='true'/>");
    let events = desk.events().await;
    let [Event::Response(7, Ok(Response::Archive(page)))] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!((page.messages.len(), page.complete), (1, true));
    assert_eq!(page.messages[0].archive_id.as_deref(), Some("a1"));
    // Nothing more is asked for.
    desk.receive(&entry(&id, "")).unwrap();
    assert!(desk.events().await.is_empty());
}

#[tokio::test]
async fn a_copy_is_told_as_such_and_once() {
    let copy = |from: &str| {
        format!(
            "<message xmlns='jabber:client' from='{from}'><sent xmlns='urn:xmpp:carbons:2'>\
             <forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' id='1' \
             from='alice@example.org/phone' to='bob@example.org'><body>hi</body></message>\
             </forwarded></sent></message>"
        )
    };
    let mut desk = Desk::new();
    desk.receive(&copy("mallory@example.org")).unwrap();
    assert!(desk.events().await.is_empty());
    desk.receive(&copy("alice@example.org")).unwrap();
    desk.receive(&copy("alice@example.org")).unwrap();
    let events = desk.events().await;
    assert!(matches!(&events[..], [Event::Carbon { direction: CarbonDirection::Sent, message }]
        if message.body == "hi"));
}

#[tokio::test]
async fn whom_the_server_keeps_away_is_told_by_the_server_alone() {
    let mut desk = Desk::new();
    let id = desk.asked[1].clone();
    let list = "<blocklist xmlns='urn:xmpp:blocking'><item jid='spam.example'/></blocklist>";
    desk.answers(&id, "result", "", list);
    assert!(matches!(&desk.events().await[..], [Event::Blocked(jids)] if jids.len() == 1));
    let push = "<block xmlns='urn:xmpp:blocking'><item jid='bob@example.org'/></block>";
    desk.answers("p", "set", "from='mallory@example.org'", push);
    assert!(desk.events().await.is_empty());
    assert_eq!(desk.written()[0].attr("type"), Some("error"));
    desk.answers("p", "set", "", push);
    assert!(matches!(&desk.events().await[..], [Event::Blocked(jids)] if jids.len() == 2));
    assert_eq!(desk.written()[0].attr("type"), Some("result"));
}

#[tokio::test]
async fn requests_are_answered_by_their_tags() {
    let mut desk = Desk::new();
    let bob = Jid::new("bob@example.org").unwrap();
    let (id, payload) = desk.asks(Command::Request(1, Request::Block(bob.clone())));
    assert!(payload.is("block", ns::BLOCKING));
    desk.answers(&id, "result", "", "");
    assert!(matches!(desk.events().await[..], [Event::Response(1, Ok(Response::Done))]));
    let (id, _) = desk.asks(Command::Request(2, Request::Unblock(bob)));
    desk.answers(
        &id,
        "error",
        "",
        &format!("<error><not-allowed xmlns='{0}'/></error>", ns::STANZAS),
    );
    let events = desk.events().await;
    assert!(
        matches!(&events[..], [Event::Response(2, Err(RequestError::Refused { condition, .. }))]
        if condition == "not-allowed")
    );
    let request = Request::ChangePassword("\0".to_owned().into());
    desk.session.command(Command::Request(3, request), &mut desk.state);
    let events = desk.events().await;
    assert!(matches!(events[..], [Event::Response(3, Err(RequestError::Unencodable))]));
    let (_, _) = desk.asks(query(4));
    assert_eq!(desk.session.into_unfinished().1, [4]);
}

#[tokio::test]
async fn a_new_password_holds_once_the_server_took_it() {
    let mut desk = Desk::new();
    let request = Request::ChangePassword("new".to_owned().into());
    let (id, payload) = desk.asks(Command::Request(1, request));
    let told: Vec<_> = payload.children().map(|c| (c.name().to_owned(), c.text())).collect();
    assert_eq!(told, [("username".into(), "alice".into()), ("password".into(), "new".to_owned())]);
    assert!(desk.state.new_password.is_none());
    desk.answers(&id, "result", "", "");
    assert_eq!(desk.state.new_password.as_deref().map(String::as_str), Some("new"));
    let (id, payload) = desk.asks(Command::Request(2, Request::DeleteAccount));
    assert!(payload.has_child("remove", ns::REGISTER) && !desk.state.account_removed);
    desk.answers(&id, "result", "", "");
    assert!(desk.state.account_removed);
}

#[tokio::test]
async fn activity_is_shown_where_it_is_wanted() {
    let mut desk = Desk::new();
    desk.session.command(Command::SetActive(false), &mut desk.state);
    assert!(desk.written()[0].is("inactive", ns::CSI) && !desk.state.active);
    desk.session.runs_on(StreamFeatures { csi: false, ..StreamFeatures::default() });
    desk.session.command(Command::SetActive(true), &mut desk.state);
    assert!(desk.written().is_empty() && desk.state.active);
}

#[tokio::test]
async fn what_was_cut_is_counted_and_dropped() {
    let mut desk = Desk::new();
    let cut = "<cut xmlns='urn:x-sotto:cut'/>";
    for stanza in ["message", "presence", "iq"] {
        desk.receive(&format!(
            "<{stanza} xmlns='jabber:client' from='bob@example.org/x' type='get' id='1'>\
             <body>hi</body>{cut}</{stanza}>"
        ))
        .unwrap();
    }
    assert!(desk.events().await.is_empty());
    assert_eq!(desk.written()[0].attr("type"), Some("error"));
    desk.receive("<r xmlns='urn:xmpp:sm:3'/>").unwrap();
    let confirm = desk.session.resume_token().unwrap().confirm();
    desk.session.command(confirm, &mut desk.state);
    assert_eq!(desk.written()[0].attr("h"), Some("3"));
}

fn receipt() -> Command {
    Command::SendReceipt { to: Jid::new("bob@example.org/x").unwrap(), id: "theirs".into() }
}

fn ids(elements: &[Element]) -> Vec<&str> {
    elements.iter().filter(|e| e.name() == "message").filter_map(|e| e.attr("id")).collect()
}

#[tokio::test]
async fn what_was_asked_too_late_goes_out_when_the_session_is_resumed() {
    let mut desk = Desk::new();
    let mut offline_queue = OfflineQueue::default();
    offline_queue.push(send(1, "one"), true, &mut desk.state);
    offline_queue.push(receipt(), true, &mut desk.state);
    offline_queue.push(send(2, "two"), true, &mut desk.state);
    assert!(desk.events().await.is_empty());
    offline_queue.flush(&mut desk.session, true, &mut desk.state);
    let written = desk.written();
    assert_eq!(ids(&written).len(), 3, "in order: {written:?}");
    assert_eq!((ids(&written)[0], ids(&written)[2]), ("1", "2"));
    offline_queue.flush(&mut desk.session, true, &mut desk.state);
    assert!(ids(&desk.written()).is_empty(), "and only once");
}

#[tokio::test]
async fn what_was_asked_too_late_is_not_sent_in_another_session_but_receipts_are() {
    let mut desk = Desk::new();
    let mut offline_queue = OfflineQueue::default();
    offline_queue.push(send(1, "one"), true, &mut desk.state);
    offline_queue.push(receipt(), true, &mut desk.state);
    offline_queue.flush(&mut desk.session, false, &mut desk.state);
    assert!(matches!(&desk.events().await[..], [Event::DeliveryUnknown { tags }] if *tags == [1]));
    assert_eq!(ids(&desk.written()).len(), 1);

    // Nothing to resume: it is told at once.
    offline_queue.push(send(2, "two"), false, &mut desk.state);
    assert!(matches!(&desk.events().await[..], [Event::DeliveryUnknown { tags }] if *tags == [2]));
}
