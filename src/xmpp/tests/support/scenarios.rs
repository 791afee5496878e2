//! What must work at every real server.

use std::time::{Duration, SystemTime};

use kit::Relay;
use sotto_xmpp::{
    Account, ArchivePage, ArchiveQuery, ArchiveRange, Availability, CarbonDirection, ChatState,
    Command, Event, Form, ForwardedMessage, Jid, MessageKind, Registration, RegistrationError,
    Request, RequestError, Response, Server, SignInError, Subscription,
};

use super::peer::Peer;
use super::{acked, came_online, offline, receipt, requested};

/// Signs two accounts in and lets them see each other.
pub(crate) async fn befriended(alice: Account, bob: Account) -> (Peer, Peer) {
    let (mut alice, mut bob) = (Peer::new(alice), Peer::new(bob));
    alice.online().await;
    bob.online().await;
    alice.ask(Command::Subscribe(bob.bare.clone())).await;
    assert_eq!(bob.wait(requested).await, alice.bare);
    bob.ask(Command::Approve(alice.bare.clone())).await;
    bob.ask(Command::Subscribe(alice.bare.clone())).await;
    assert_eq!(alice.wait(requested).await, bob.bare);
    alice.ask(Command::Approve(bob.bare.clone())).await;
    (alice, bob)
}

/// Roster, presence, messages, acknowledgements and receipts.
pub(crate) async fn contacts_talk(alice: Account, bob: Account) {
    let (mut alice, mut bob) = befriended(alice, bob).await;
    let to = alice.wait(came_online(&bob.bare)).await;
    let both = |event: &Event| match event {
        Event::RosterChanged(item) if item.subscription == Subscription::Both => Some(()),
        _ => None,
    };
    bob.wait(both).await;
    for tag in 0..50 {
        alice.say(tag, to.clone(), &format!("<{tag}> жук & 🐞"), MessageKind::Otr).await;
    }
    for tag in 0..50 {
        let (from, body) = bob.hears().await;
        assert_eq!(body, format!("<{tag}> жук & 🐞"));
        bob.ask(Command::SendReceipt { to: from, id: format!("id{tag}") }).await;
    }
    let (mut acks, mut receipts) = (Vec::new(), Vec::new());
    while acks.len() < 50 || receipts.len() < 50 {
        let event = alice.next().await;
        acks.extend(acked(&event));
        receipts.extend(receipt(&event));
    }
    assert_eq!(acks, (0..50).collect::<Vec<_>>());
    let state = ChatState::Composing;
    alice.ask(Command::SendChatState { to: to.clone(), state }).await;
    let writes = |event: &Event| match event {
        Event::ChatState { state, .. } => Some(*state),
        _ => None,
    };
    assert_eq!(bob.wait(writes).await, state);
    let busy = |event: &Event| match event {
        Event::Presence { availability: Availability::Busy, .. } => Some(()),
        _ => None,
    };
    // The server may hold presence back while nobody looks, but not afterwards.
    alice.ask(Command::SetActive(false)).await;
    bob.ask(Command::SetPresence(Availability::Busy)).await;
    alice.ask(Command::SetActive(true)).await;
    alice.wait(busy).await;
    let name = Some("Bob <3".to_owned());
    alice.ask(Command::RosterSet { jid: bob.bare.clone(), name: name.clone(), groups: None }).await;
    let renamed = |event: &Event| {
        matches!(event, Event::RosterChanged(item) if item.name == name).then_some(())
    };
    alice.wait(renamed).await;
    let gone = |event: &Event| match event {
        Event::Presence { availability: Availability::Offline, .. } => Some(()),
        _ => None,
    };
    bob.leave().await;
    alice.wait(gone).await;
    alice.leave().await;
}

/// Stream management: nothing is lost and nobody notices.
pub(crate) async fn a_cut_wire_is_mended(alice: Account, bob: Account) {
    let (peer, mut bob) = befriended(alice.clone(), bob).await;
    peer.leave().await;
    let Server::At { host, port, direct_tls } = &alice.server else { panic!("no port") };
    let relay = Relay::to(*port).await;
    let server = Server::At { host: host.clone(), port: relay.port, direct_tls: *direct_tls };
    let mut alice = Peer::new(Account { server, ..alice });
    let (jid, _) = alice.online().await;
    let to = alice.wait(came_online(&bob.bare)).await;
    for round in 0..3 {
        alice.say(round, to.clone(), &format!("before {round}"), MessageKind::Otr).await;
        relay.cut();
        let mut fate = None;
        let resumed = alice
            .wait(|event| match event {
                Event::Online { jid, resumed } => Some((jid.clone(), *resumed)),
                Event::DeliveryUnknown { tags } => panic!("{tags:?}"),
                other => {
                    fate = fate.or(acked(other));
                    None
                }
            })
            .await;
        assert_eq!(resumed, (jid.clone(), true));
        if fate.is_none() {
            fate = Some(alice.wait(acked).await);
        }
        assert_eq!(fate, Some(round));
        assert_eq!(bob.hears().await.1, format!("before {round}"));
        bob.say(round, jid.clone(), &format!("after {round}"), MessageKind::Otr).await;
        assert_eq!(alice.hears().await.1, format!("after {round}"));
    }
}

/// What one process wrote down lets the next go on, orderly or after a crash.
pub(crate) async fn a_later_process_goes_on(alice: Account, bob: Account) {
    let (mut first, mut bob) = befriended(alice.clone(), bob).await;
    let to = first.wait(came_online(&bob.bare)).await;
    first.say(1, to.clone(), "before", MessageKind::Otr).await;
    let (from, body) = bob.hears().await;
    assert_eq!(body, "before");
    first.ask(Command::Suspend).await;
    let last = first.ends().await;
    assert!(!last.iter().any(|event| matches!(event, Event::DeliveryUnknown { .. })), "{last:?}");
    bob.say(2, from.clone(), "meanwhile", MessageKind::Otr).await;
    let resume = first.resume.take().expect("something to go on with");
    assert_eq!(Jid::from(resume.jid().clone()), from);
    // As it is kept.
    let resume = resume.to_string().parse().unwrap();
    let mut second = Peer::new(Account { resume: Some(resume), ..alice.clone() });
    let (jid, resumed) = second.online().await;
    assert!(resumed);
    assert_eq!(Jid::from(jid), from);
    // It knows the roster, too.
    let roster = |event: &Event| match event {
        Event::Roster { items, .. } => Some(items.len()),
        _ => None,
    };
    let (mut known, mut heard) = (0, String::new());
    while known == 0 || heard.is_empty() {
        let event = second.next().await;
        known = roster(&event).unwrap_or(known);
        if let Event::MessageReceived { body, .. } = event {
            heard = body.into_inner();
        }
    }
    assert_eq!((known, heard.as_str()), (1, "meanwhile"));
    second.say(3, to.clone(), "afterwards", MessageKind::Otr).await;
    assert_eq!(bob.hears().await.1, "afterwards");
    assert_eq!(second.wait(acked).await, 3);
    for tag in 4..8 {
        bob.say(tag, from.clone(), "more", MessageKind::Plain).await;
        second.hears().await;
    }
    let resume = second.crash().await;
    let mut third = Peer::new(Account { resume, ..alice });
    assert!(third.online().await.1);
    third.leave().await;
}

/// Waits until this is done, and until the list is so, in whichever order the server tells.
async fn done_and_blocked(peer: &mut Peer, tag: u64, expected: &[Jid]) {
    let (mut done, mut blocked) = (false, false);
    while !(done && blocked) {
        match peer.next().await {
            Event::Blocked(jids) => blocked = jids == expected,
            Event::Response(other, Ok(Response::Done)) => done |= other == tag,
            Event::MessageReceived { body, .. } => panic!("{}", *body),
            Event::Response(_, Err(error)) => panic!("{error}"),
            _ => {}
        }
    }
}

/// Whom the server keeps away.
pub(crate) async fn blocking(alice: Account, bob: Account) {
    let (mut alice, mut bob) = befriended(alice, bob).await;
    bob.wait(came_online(&alice.bare)).await;
    let who = Jid::from(bob.bare.clone());
    alice.ask(Command::Request(1, Request::Block(who.clone()))).await;
    done_and_blocked(&mut alice, 1, std::slice::from_ref(&who)).await;
    bob.say(1, alice.bare.clone(), "unheard", MessageKind::Plain).await;
    let refused = |event: &Event| match event {
        Event::DeliveryFailed { id, .. } => Some(id.clone()),
        _ => None,
    };
    assert_eq!(bob.wait(refused).await, "id1");
    alice.ask(Command::Request(2, Request::Unblock(who))).await;
    done_and_blocked(&mut alice, 2, &[]).await;
    bob.say(2, alice.bare.clone(), "heard", MessageKind::Plain).await;
    assert_eq!(alice.hears().await.1, "heard");
}

/// The next copy; a message would be wrong.
async fn copied(peer: &mut Peer) -> (CarbonDirection, ForwardedMessage) {
    peer.wait(|event| match event {
        Event::Carbon { direction, message } => Some((*direction, message.clone())),
        Event::MessageReceived { body, .. } => panic!("{}", **body),
        _ => None,
    })
    .await
}

/// Two devices of one account.
pub(crate) async fn copies(alice: Account, bob: Account) {
    let mut phone = Peer::new(alice.clone());
    let mut desk = Peer::new(alice);
    let mut bob = Peer::new(bob);
    let (phone_jid, _) = phone.online().await;
    desk.online().await;
    let (bob_jid, _) = bob.online().await;
    // Copies may be turned on only after that; then the next message is copied.
    desk.wait(|event| matches!(event, Event::Blocked(_)).then_some(())).await;
    bob.say(1, phone_jid.clone(), "?OTR:secret", MessageKind::Otr).await;
    bob.say(2, phone_jid, "hello", MessageKind::Plain).await;
    assert_eq!(phone.hears().await.1, "?OTR:secret");
    assert_eq!(phone.hears().await.1, "hello");
    let (direction, message) = copied(&mut desk).await;
    assert_eq!((direction, message.body.as_str()), (CarbonDirection::Received, "hello"));
    assert_eq!(message.from, Jid::from(bob_jid.clone()));
    phone.say(3, bob_jid.clone(), "?OTR:secret", MessageKind::Otr).await;
    phone.say(4, bob_jid, "goodbye", MessageKind::Plain).await;
    let (direction, message) = copied(&mut desk).await;
    assert_eq!((direction, message.body.as_str()), (CarbonDirection::Sent, "goodbye"));
    assert_eq!(message.id.as_deref(), Some("id4"));
}

async fn page(peer: &mut Peer, with: &Peer, range: ArchiveRange) -> ArchivePage {
    let query = ArchiveQuery { with: Some(with.bare.clone()), range, page: 2 };
    peer.ask(Command::Request(9, Request::QueryArchive(query))).await;
    peer.wait(|event| match event {
        Event::Response(9, Ok(Response::Archive(page))) => Some(page.clone()),
        Event::MessageReceived { body, .. } => panic!("{}", **body),
        Event::Response(_, Err(error)) => panic!("{error}"),
        _ => None,
    })
    .await
}

fn bodies(page: &ArchivePage) -> Vec<&str> {
    page.messages.iter().map(|message| message.body.as_str()).collect()
}

/// What the server keeps.
pub(crate) async fn archive(alice: Account, bob: Account) {
    let mut alice = Peer::new(alice);
    let mut bob = Peer::new(bob);
    alice.online().await;
    bob.online().await;
    // Its answer follows Alice's presence: what comes before that, ejabberd 23.01 may store and not give.
    page(&mut alice, &bob, ArchiveRange::Newest).await;
    let begin = SystemTime::now() - Duration::from_secs(3600);
    let mut ids = Vec::new();
    for number in 0..5 {
        bob.say(number, alice.bare.clone(), &format!("m{number}"), MessageKind::Plain).await;
        ids.push(
            alice
                .wait(|event| match event {
                    Event::MessageReceived { archive_id, .. } => Some(archive_id.clone()),
                    _ => None,
                })
                .await
                .expect("an id in the archive"),
        );
    }
    let first = page(&mut alice, &bob, ArchiveRange::Since(begin)).await;
    assert_eq!((bodies(&first), first.complete), (vec!["m0", "m1"], false));
    assert_eq!(first.messages[1].archive_id.as_ref(), Some(&ids[1]));
    assert!(first.messages[0].at.is_some_and(|at| at > begin));
    let second =
        page(&mut alice, &bob, ArchiveRange::After(first.last().unwrap().id.clone())).await;
    assert_eq!((bodies(&second), second.complete), (vec!["m2", "m3"], false));
    let third =
        page(&mut alice, &bob, ArchiveRange::After(second.last().unwrap().id.clone())).await;
    assert_eq!((bodies(&third), third.complete), (vec!["m4"], true));
    let newest = page(&mut alice, &bob, ArchiveRange::Newest).await;
    assert_eq!(bodies(&newest), ["m3", "m4"]);
    let older =
        page(&mut alice, &bob, ArchiveRange::Before(newest.first().unwrap().id.clone())).await;
    assert_eq!(bodies(&older), ["m1", "m2"]);
    // A stamp may be cut to whole seconds.
    let until = newest.last().unwrap().at.expect("the server's stamp") + Duration::from_secs(1);
    let until = page(&mut alice, &bob, ArchiveRange::Until(until)).await;
    assert_eq!(bodies(&until), ["m3", "m4"]);
    let until = page(&mut alice, &bob, ArchiveRange::Until(begin)).await;
    assert_eq!(bodies(&until), [""; 0]);
    let strange = ArchiveRange::After("never-was".into());
    let query = ArchiveQuery { with: None, range: strange, page: 2 };
    alice.ask(Command::Request(5, Request::QueryArchive(query))).await;
    // Some servers refuse, others begin anew: both answer.
    alice
        .wait(|event| match event {
            Event::Response(5, Ok(Response::Archive(_)) | Err(RequestError::Refused { .. })) => {
                Some(())
            }
            _ => None,
        })
        .await;
}

/// Made, used, given another password, and removed. `read` fills in what only a person can.
pub(crate) async fn an_account_lives(place: Account, read: impl Fn(&mut Form)) {
    let domain = place.jid.domain().to_string();
    let user = format!("u{:08x}", rand::random::<u32>());
    let (mut registration, mut form) = Registration::open(&place).await.unwrap();
    let fill = |form: &mut Form, password: &str| {
        assert!(form.fill("username", user.as_str()) && form.fill("password", password));
        read(form);
    };
    fill(&mut form, "first");
    registration.submit(&form).await.unwrap();
    let mut form = registration.ask().await.unwrap();
    fill(&mut form, "another");
    assert_eq!(registration.submit(&form).await, Err(RegistrationError::NameTaken));
    drop(registration);

    let jid = format!("{user}@{domain}").parse().unwrap();
    let account = Account { jid, password: "first".to_owned().into(), ..place };
    let mut peer = Peer::new(account.clone());
    peer.online().await;
    let password = "second, and ж".to_owned();
    let change = Request::ChangePassword(password.clone().into());
    peer.ask(Command::Request(1, change)).await;
    let done = |event: &Event| match event {
        Event::Response(tag, Ok(Response::Done)) => Some(*tag),
        Event::Response(_, Err(error)) => panic!("{error}"),
        _ => None,
    };
    assert_eq!(peer.wait(done).await, 1);
    // The server may end other sessions, or this one; the link knows the new one.
    let mut old = Peer::new(account.clone());
    assert_eq!(old.refused_at_once().await, SignInError::WrongPassword);
    peer.leave().await;
    let mut peer = Peer::new(Account { password: password.clone().into(), ..account.clone() });
    peer.online().await;
    peer.ask(Command::Request(2, Request::DeleteAccount)).await;
    assert_eq!(peer.wait(done).await, 2);
    let rest = peer.ends().await;
    assert!(rest.iter().all(|event| offline(event).is_none()), "{rest:?}");
    let mut nobody = Peer::new(Account { password: password.into(), ..account });
    assert_eq!(nobody.refused_at_once().await, SignInError::WrongPassword);
}

/// A form filled in wrongly costs neither the connection nor the name.
pub(crate) async fn a_wrong_answer_is_refused(place: Account) {
    let (mut registration, mut form) = Registration::open(&place).await.unwrap();
    let user = format!("u{:08x}", rand::random::<u32>());
    assert!(form.fill("username", user) && form.fill("password", "pw"));
    assert!(form.fill("ocr", "wrong"));
    let refusal = registration.submit(&form).await;
    assert!(matches!(refusal, Err(RegistrationError::Refused { .. })), "{refusal:?}");
    registration.ask().await.unwrap();
}
