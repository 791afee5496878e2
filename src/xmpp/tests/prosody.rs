//! Links against a real Prosody.

mod server;

use server::peer::Peer;
use server::proxy::Proxy;
use server::{PASSWORD, Prosody, Setup, free_port, skipped};
use sotto_xmpp::{
    Availability, BareJid, CertificateProblem, Command, Event, Jid, MessageKind, OfflineReason,
    Server, SignInError, Subscription,
};
use zeroize::Zeroizing;

/// The refusal, which must be the answer to the first attempt.
async fn refused_at_once(peer: &mut Peer) -> SignInError {
    match (peer.next().await, peer.next().await) {
        (Event::Connecting { attempt: 1 }, Event::Refused(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// Why the first attempt failed for now.
async fn offline_at_once(peer: &mut Peer) -> OfflineReason {
    match (peer.next().await, peer.next().await) {
        (Event::Connecting { attempt: 1 }, Event::Offline { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

fn came_online(from: &BareJid) -> impl FnMut(&Event) -> Option<Jid> {
    move |event| match event {
        Event::Presence { from: who, availability: Availability::Online }
            if who.to_bare() == *from =>
        {
            Some(who.clone().into())
        }
        _ => None,
    }
}

fn receipt(event: &Event) -> Option<String> {
    match event {
        Event::Receipt { id, .. } => Some(id.clone()),
        _ => None,
    }
}

fn acked(event: &Event) -> Option<u64> {
    match event {
        Event::Acked { tag } => Some(*tag),
        _ => None,
    }
}

/// Signs two accounts in and lets them see each other.
async fn befriended(server: &Prosody) -> (Peer, Peer) {
    let mut alice = Peer::new(server.account("alice"));
    let mut bob = Peer::new(server.account("bob"));
    alice.online().await;
    bob.online().await;
    for (asker, asked) in [(&mut alice, &mut bob)] {
        asker.ask(Command::Subscribe(asked.bare.clone())).await;
        let who = asked
            .wait(|event| match event {
                Event::SubscriptionRequested(who) => Some(who.clone()),
                _ => None,
            })
            .await;
        assert_eq!(who, asker.bare);
        asked.ask(Command::Approve(who.clone())).await;
        asked.ask(Command::Subscribe(who)).await;
        asker.wait(|event| matches!(event, Event::SubscriptionRequested(_)).then_some(())).await;
        asker.ask(Command::Approve(asked.bare.clone())).await;
    }
    (alice, bob)
}

#[tokio::test]
async fn both_kinds_of_tls_lead_online_and_signing_out_ends_cleanly() {
    if skipped() {
        return;
    }
    let server = Prosody::start(&["alice"]);
    for account in [server.account("alice"), server.account_at("alice", server.tls_port, true)] {
        let mut alice = Peer::new(account);
        let (jid, resumed) = alice.online().await;
        assert!(!resumed && jid.resource().as_str().starts_with("sotto."), "{jid}");
        let items = alice.wait(|event| match event {
            Event::Roster(items) => Some(items.clone()),
            _ => None,
        });
        assert_eq!(items.await, []);
        assert!(alice.leave().await.is_empty());
    }
}

#[tokio::test]
async fn tls_1_2_is_enough() {
    if skipped() {
        return;
    }
    let setup = Setup { tls: "tlsv1_2", ..Setup::default() };
    let server = Prosody::start_with(&["alice"], &setup);
    let mut alice = Peer::new(server.account("alice"));
    alice.online().await;
}

#[tokio::test]
async fn a_wrong_password_is_tried_once_and_the_right_one_then_works() {
    if skipped() {
        return;
    }
    let server = Prosody::start(&["alice"]);
    let mut account = server.account("alice");
    account.password = Zeroizing::new("wrong".into());
    let mut alice = Peer::new(account);
    assert_eq!(refused_at_once(&mut alice).await, SignInError::WrongPassword);
    // A message now cannot leave, and nothing else is said: nothing was tried again.
    alice.say(9, Jid::new("bob@localhost").unwrap(), "hi", MessageKind::Plain).await;
    assert!(matches!(alice.next().await, Event::Unsure { tags } if tags == [9]));
    alice.ask(Command::SignIn { password: Zeroizing::new(PASSWORD.into()) }).await;
    alice.online().await;
}

#[tokio::test]
async fn an_unknown_account_is_refused_like_a_wrong_password() {
    if skipped() {
        return;
    }
    let server = Prosody::start(&["alice"]);
    let mut nobody = Peer::new(server.account("nobody"));
    assert_eq!(refused_at_once(&mut nobody).await, SignInError::WrongPassword);
}

#[tokio::test]
async fn a_password_is_never_shown_to_a_server_that_only_takes_it_plainly() {
    if skipped() {
        return;
    }
    let plain_only = "disable_sasl_mechanisms = { \"SCRAM-SHA-1\", \"SCRAM-SHA-256\" }\n\
                insecure_sasl_mechanisms = {}";
    let setup = Setup { more: plain_only, ..Setup::default() };
    let server = Prosody::start_with(&["alice"], &setup);
    let mut alice = Peer::new(server.account("alice"));
    assert_eq!(refused_at_once(&mut alice).await, SignInError::NoMechanism);
}

#[tokio::test]
async fn untrusted_certificates_are_refused() {
    if skipped() {
        return;
    }
    let server = Prosody::start(&["alice"]);
    for (port, direct_tls) in [(server.port, false), (server.tls_port, true)] {
        let mut account = server.account_at("alice", port, direct_tls);
        account.extra_roots.clear();
        let mut alice = Peer::new(account);
        let expected = SignInError::CertificateRefused {
            host: "localhost".into(),
            problem: CertificateProblem::UnknownIssuer,
        };
        assert_eq!(refused_at_once(&mut alice).await, expected);
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    if skipped() {
        return;
    }
    let setup = Setup { certificate_name: "elsewhere.example", ..Setup::default() };
    let server = Prosody::start_with(&["alice"], &setup);
    let mut alice = Peer::new(server.account("alice"));
    let expected = SignInError::CertificateRefused {
        host: "localhost".into(),
        problem: CertificateProblem::WrongName,
    };
    assert_eq!(refused_at_once(&mut alice).await, expected);
}

#[tokio::test]
async fn an_absent_server_is_unreachable_until_it_is_there() {
    if skipped() {
        return;
    }
    let mut server = Prosody::start(&["alice"]);
    server.kill();
    let mut alice = Peer::new(server.account("alice"));
    let expected = OfflineReason::Unreachable { host: "127.0.0.1".into() };
    assert_eq!(offline_at_once(&mut alice).await, expected);
    server.run();
    alice.ask(Command::Reconnect).await;
    alice.online().await;
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_told() {
    if skipped() {
        return;
    }
    let server = Prosody::start(&[]);
    let mut account = server.account_at("alice", free_port(), false);
    let host = "nowhere.invalid".to_owned();
    account.server = Server::At { host: host.clone(), port: 5222, direct_tls: false };
    let mut alice = Peer::new(account);
    assert_eq!(offline_at_once(&mut alice).await, OfflineReason::HostUnknown { host });
}

#[tokio::test]
async fn contacts_find_see_and_lose_each_other() {
    if skipped() {
        return;
    }
    let server = Prosody::start(&["alice", "bob"]);
    let (mut alice, mut bob) = befriended(&server).await;
    let both = |event: &Event| match event {
        Event::RosterChanged(item) if item.subscription == Subscription::Both => {
            Some(item.jid.clone())
        }
        _ => None,
    };
    assert_eq!(alice.wait(both).await, bob.bare);
    bob.wait(both).await;

    bob.ask(Command::SetPresence(Availability::Busy)).await;
    alice
        .wait(|event| {
            matches!(event, Event::Presence { availability: Availability::Busy, .. }).then_some(())
        })
        .await;

    let name = Some("Bob <3".to_owned());
    alice.ask(Command::RosterSet { jid: bob.bare.clone(), name: name.clone() }).await;
    alice
        .wait(|event| {
            matches!(event, Event::RosterChanged(item) if item.name == name).then_some(())
        })
        .await;

    let bob_bare = bob.bare.clone();
    bob.leave().await;
    alice
        .wait(|event| {
            matches!(event, Event::Presence { availability: Availability::Offline, .. })
                .then_some(())
        })
        .await;

    alice.ask(Command::RosterRemove(bob_bare.clone())).await;
    alice
        .wait(|event| matches!(event, Event::RosterRemoved(jid) if *jid == bob_bare).then_some(()))
        .await;
}

#[tokio::test]
async fn a_declined_request_is_taken_back() {
    if skipped() {
        return;
    }
    let server = Prosody::start(&["alice", "bob"]);
    let mut alice = Peer::new(server.account("alice"));
    let mut bob = Peer::new(server.account("bob"));
    alice.online().await;
    bob.online().await;
    alice.ask(Command::Subscribe(bob.bare.clone())).await;
    let asked = |expected: bool| {
        move |event: &Event| {
            matches!(event, Event::RosterChanged(item) if item.asked == expected).then_some(())
        }
    };
    alice.wait(asked(true)).await;
    bob.wait(|event| matches!(event, Event::SubscriptionRequested(_)).then_some(())).await;
    bob.ask(Command::Decline(alice.bare.clone())).await;
    alice.wait(asked(false)).await;
}

#[tokio::test]
async fn messages_arrive_in_order_and_are_acknowledged_and_confirmed() {
    if skipped() {
        return;
    }
    const COUNT: u64 = 300;
    let server = Prosody::start(&["alice", "bob"]);
    let (mut alice, mut bob) = befriended(&server).await;
    let to = alice.wait(came_online(&bob.bare)).await;
    let listener = async {
        for tag in 0..COUNT {
            let (id, wants_receipt, from, body) = bob
                .wait(|event| match event {
                    Event::MessageReceived { id, wants_receipt, from, body, delayed: None } => {
                        Some((id.clone(), *wants_receipt, from.clone(), body.clone()))
                    }
                    _ => None,
                })
                .await;
            assert_eq!(body, format!("<{tag}> жук & 🐞"));
            assert!(wants_receipt);
            let id = id.expect("an id");
            bob.ask(Command::SendReceipt { to: from, id }).await;
        }
    };
    let (commands, mut next_ack, mut confirmed) = (alice.commands.clone(), 0, 0);
    let talker = async {
        for tag in 0..COUNT {
            let command = Command::SendMessage {
                tag,
                to: to.clone(),
                id: format!("id{tag}"),
                body: format!("<{tag}> жук & 🐞"),
                kind: MessageKind::Otr,
                request_receipt: true,
            };
            commands.send(command).await.unwrap();
        }
    };
    let reader = async {
        while next_ack < COUNT || confirmed < COUNT {
            match alice.next().await {
                Event::Acked { tag } => {
                    assert_eq!(tag, next_ack);
                    next_ack += 1;
                }
                Event::Receipt { id, .. } => {
                    assert_eq!(id, format!("id{confirmed}"));
                    confirmed += 1;
                }
                _ => {}
            }
        }
    };
    tokio::join!(listener, talker, reader);
}

#[tokio::test]
async fn what_cannot_be_delivered_bounces_and_is_no_message() {
    if skipped() {
        return;
    }
    let server = Prosody::start(&["alice"]);
    let mut alice = Peer::new(server.account("alice"));
    alice.online().await;
    let to = Jid::new("nobody@localhost/nowhere").unwrap();
    alice.say(1, to, "?OTR:AAMD", MessageKind::Otr).await;
    let (id, condition) = alice
        .wait(|event| match event {
            Event::Bounced { id, condition, .. } => Some((id.clone(), condition.clone())),
            Event::MessageReceived { .. } => panic!("an echo taken for a message"),
            _ => None,
        })
        .await;
    assert_eq!((id.as_str(), condition.as_str()), ("id1", "service-unavailable"));
}

#[tokio::test]
async fn what_waited_at_the_server_is_marked_as_delayed() {
    if skipped() {
        return;
    }
    let server = Prosody::start(&["alice", "bob"]);
    let mut alice = Peer::new(server.account("alice"));
    alice.online().await;
    alice.say(1, Jid::new("bob@localhost").unwrap(), "later", MessageKind::Plain).await;
    assert_eq!(alice.wait(acked).await, 1);
    let mut bob = Peer::new(server.account("bob"));
    let delayed = bob.wait(|event| match event {
        Event::MessageReceived { delayed, .. } => Some(*delayed),
        _ => None,
    });
    assert!(delayed.await.is_some());
}

#[tokio::test]
async fn the_unsendable_does_not_cost_the_stream() {
    if skipped() {
        return;
    }
    let server = Prosody::start(&["alice"]);
    let mut alice = Peer::new(server.account("alice"));
    alice.online().await;
    let to = Jid::new("alice@localhost").unwrap();
    alice.say(1, to.clone(), "a\0b", MessageKind::Plain).await;
    alice.say(2, to.clone(), &"x".repeat(1_000_000), MessageKind::Plain).await;
    alice.say(3, to, "fine", MessageKind::Plain).await;
    let mut unsendable = Vec::new();
    alice
        .wait(|event| {
            if let Event::Unsendable { tag } = event {
                unsendable.push(*tag);
            }
            assert!(!matches!(event, Event::Offline { .. }));
            acked(event).filter(|tag| *tag == 3)
        })
        .await;
    assert_eq!(unsendable, [1, 2]);
}

#[tokio::test]
async fn goodbyes_leave_before_the_stream_closes() {
    if skipped() {
        return;
    }
    let server = Prosody::start(&["alice", "bob"]);
    let (mut alice, mut bob) = befriended(&server).await;
    let to = alice.wait(came_online(&bob.bare)).await;
    for tag in 0..50 {
        alice.say(tag, to.clone(), &format!("{tag}"), MessageKind::Otr).await;
    }
    let rest = alice.leave().await;
    assert!(!rest.iter().any(|event| matches!(event, Event::Unsure { .. })), "{rest:?}");
    for tag in 0..50 {
        assert_eq!(bob.hears().await.1, format!("{tag}"));
    }
}

#[tokio::test]
async fn a_cut_wire_is_mended_and_the_session_goes_on() {
    if skipped() {
        return;
    }
    let server = Prosody::start(&["alice", "bob"]);
    let (alice, mut bob) = befriended(&server).await;
    alice.leave().await;
    let proxy = Proxy::to(server.port).await;
    let mut alice = Peer::new(server.account_at("alice", proxy.port, false));
    let (jid, _) = alice.online().await;
    let to = alice.wait(came_online(&bob.bare)).await;
    for round in 0..3 {
        alice.say(round, to.clone(), &format!("before {round}"), MessageKind::Otr).await;
        proxy.cut();
        let mut lost = None;
        let mut fate = None;
        let resumed = alice
            .wait(|event| match event {
                Event::Offline { reason, .. } => {
                    lost = Some(reason.clone());
                    None
                }
                Event::Online { jid, resumed } => Some((jid.clone(), *resumed)),
                Event::Unsure { tags } => panic!("{tags:?}"),
                other => {
                    fate = fate.or(acked(other));
                    None
                }
            })
            .await;
        assert_eq!(lost, Some(OfflineReason::ConnectionLost));
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

#[tokio::test]
async fn a_crashed_server_is_found_again_with_a_new_session() {
    if skipped() {
        return;
    }
    let mut server = Prosody::start(&["alice", "bob"]);
    let (mut alice, mut bob) = befriended(&server).await;
    let to = alice.wait(came_online(&bob.bare)).await;
    server.kill();
    // Whatever becomes of it, it is told.
    alice.say(7, to, "into the void", MessageKind::Otr).await;
    let told = alice.wait(|event| match event {
        Event::Offline { reason, .. } => Some(reason.clone()),
        _ => None,
    });
    assert_eq!(told.await, OfflineReason::ConnectionLost);
    server.run();
    alice.ask(Command::Reconnect).await;
    let mut unsure = Vec::new();
    let resumed = alice
        .wait(|event| match event {
            Event::Unsure { tags } => {
                unsure.extend(tags.clone());
                None
            }
            Event::Online { resumed, .. } => Some(*resumed),
            _ => None,
        })
        .await;
    assert!(!resumed);
    assert_eq!(unsure, [7]);
    bob.ask(Command::Reconnect).await;
    bob.online().await;
    alice.wait(came_online(&bob.bare)).await;
}

#[tokio::test]
async fn a_server_that_was_shut_down_is_found_again() {
    if skipped() {
        return;
    }
    let mut server = Prosody::start(&["alice"]);
    let mut alice = Peer::new(server.account("alice"));
    alice.online().await;
    alice.wait(|event| matches!(event, Event::Roster(_)).then_some(())).await;
    server.shut_down();
    let reason = alice
        .wait(|event| match event {
            Event::Offline { reason, .. } => Some(reason.clone()),
            _ => None,
        })
        .await;
    // Prosody 0.12 may close its sockets before it has said why.
    assert!(matches!(reason, OfflineReason::ServerShutdown | OfflineReason::ConnectionLost));
    server.run();
    alice.ask(Command::Reconnect).await;
    let (_, resumed) = alice.online().await;
    assert!(!resumed);
}

#[tokio::test]
async fn a_receipt_is_told_to_the_sender() {
    if skipped() {
        return;
    }
    let server = Prosody::start(&["alice", "bob"]);
    let (mut alice, mut bob) = befriended(&server).await;
    alice.say(5, bob.bare.clone(), "plain", MessageKind::Plain).await;
    let (from, body) = bob.hears().await;
    assert_eq!(body, "plain");
    bob.ask(Command::SendReceipt { to: from, id: "id5".into() }).await;
    assert_eq!(alice.wait(receipt).await, "id5");
}
