//! Messages, receipts and bounces.

use sotto_xmpp::{Command, Delay, Event, Jid, MessageKind};

use crate::server::{self, Accounts as _};
use crate::support::peer::Peer;
use crate::support::{acked, came_online, receipt};
use crate::{befriended, skipped};

#[tokio::test]
async fn messages_arrive_in_order_and_are_acknowledged_and_confirmed() {
    if skipped() {
        return;
    }
    const COUNT: u64 = 300;
    let server = server::start(&["alice", "bob"]);
    let (mut alice, mut bob) = befriended(&server).await;
    let to = alice.wait(came_online(&bob.bare)).await;
    let listener = async {
        for tag in 0..COUNT {
            let (id, wants_receipt, from, body) = bob
                .wait(|event| match event {
                    Event::MessageReceived {
                        id, wants_receipt, from, body, delayed: None, ..
                    } => Some((id.clone(), *wants_receipt, from.clone(), body.to_string())),
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
                body: format!("<{tag}> жук & 🐞").into(),
                kind: MessageKind::Otr,
                request_receipt: true,
                replaces: None,
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
    let server = server::start(&["alice"]);
    let mut alice = Peer::new(server.account("alice"));
    alice.online().await;
    let to = Jid::new("nobody@localhost/nowhere").unwrap();
    alice.say(1, to, "?OTR:AAMD", MessageKind::Otr).await;
    let (id, condition) = alice
        .wait(|event| match event {
            Event::DeliveryFailed { id, condition, .. } => Some((id.clone(), condition.clone())),
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
    let server = server::start(&["alice", "bob"]);
    let mut alice = Peer::new(server.account("alice"));
    alice.online().await;
    alice.say(1, Jid::new("bob@localhost").unwrap(), "later", MessageKind::Plain).await;
    assert_eq!(alice.wait(acked).await, 1);
    let mut bob = Peer::new(server.account("bob"));
    let delayed = bob.wait(|event| match event {
        Event::MessageReceived { delayed, .. } => Some(*delayed),
        _ => None,
    });
    assert!(matches!(delayed.await, Some(Delay::Stored(_))));
}

#[tokio::test]
async fn the_unsendable_does_not_cost_the_stream() {
    if skipped() {
        return;
    }
    let server = server::start(&["alice"]);
    let mut alice = Peer::new(server.account("alice"));
    alice.online().await;
    let to = Jid::new("alice@localhost").unwrap();
    alice.say(1, to.clone(), "a\0b", MessageKind::Plain).await;
    alice.say(2, to.clone(), &"x".repeat(1_000_000), MessageKind::Plain).await;
    alice.say(3, to, "fine", MessageKind::Plain).await;
    let mut unsendable = Vec::new();
    alice
        .wait(|event| {
            if let Event::Unencodable { tag } = event {
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
    let server = server::start(&["alice", "bob"]);
    let (mut alice, mut bob) = befriended(&server).await;
    let to = alice.wait(came_online(&bob.bare)).await;
    for tag in 0..50 {
        alice.say(tag, to.clone(), &format!("{tag}"), MessageKind::Otr).await;
    }
    let rest = alice.leave().await;
    assert!(!rest.iter().any(|event| matches!(event, Event::DeliveryUnknown { .. })), "{rest:?}");
    for tag in 0..50 {
        assert_eq!(bob.hears().await.1, format!("{tag}"));
    }
}

#[tokio::test]
async fn a_receipt_is_told_to_the_sender() {
    if skipped() {
        return;
    }
    let server = server::start(&["alice", "bob"]);
    let (mut alice, mut bob) = befriended(&server).await;
    alice.say(5, bob.bare.clone(), "plain", MessageKind::Plain).await;
    let (from, body) = bob.hears().await;
    assert_eq!(body, "plain");
    bob.ask(Command::SendReceipt { to: from, id: "id5".into() }).await;
    assert_eq!(alice.wait(receipt).await, "id5");
}
