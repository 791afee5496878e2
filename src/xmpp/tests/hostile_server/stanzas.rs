//! Stanzas that are too much, too deep, or not from whom they should be.

use std::fs;

use sotto_xmpp::{Event, OfflineReason};

use crate::stage::{DOMAIN, Stage};
use crate::support::peer::Peer;
use crate::support::{acked, offline};
use crate::wire::{Wire, message};

/// Held by whoever measures the memory of this process.
static MEASURING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

async fn online() -> (Stage, Peer, Wire) {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    let wire = stage.serve().await;
    alice.online().await;
    (stage, alice, wire)
}

/// Says this, and finds that the connection lives, that nothing of it was told, and that it was
/// counted as one stanza.
async fn is_survived(alice: &mut Peer, wire: &mut Wire, what: &str, xml: &str) {
    let before = wire.asks_count().await;
    wire.says(xml).await;
    wire.says(message("afterwards")).await;
    let event = alice
        .wait(|event| match event {
            Event::Presence { .. } | Event::Blocked(_) => None,
            other => Some(format!("{other:?}")),
        })
        .await;
    assert!(event.starts_with("MessageReceived"), "{what}: {event}");
    assert_eq!(wire.asks_count().await, before + 2, "{what}");
}

#[tokio::test]
async fn stanzas_beyond_all_measure_are_dropped_and_the_stream_lives_on() {
    let _measuring = MEASURING.lock().await;
    let (_stage, mut alice, mut wire) = online().await;
    let from = format!("from='mallory@{DOMAIN}/x' type='chat' id='1'");
    let ten_megabytes = "x".repeat(10 * 1024 * 1024);
    let attribute = "x".repeat(9_000);
    let deep = format!("{}{}", "<a>".repeat(50_000), "</a>".repeat(50_000));
    let many = "<a/>".repeat(1_000_000);
    for (what, xml) in [
        ("a long body", format!("<message {from}><body>{ten_megabytes}</body></message>")),
        (
            "a long attribute",
            format!("<message {from}><body>x</body><a k='{attribute}'/></message>"),
        ),
        (
            "a long id",
            format!("<message from='mallory@{DOMAIN}/x' id='{attribute}'><body>x</body></message>"),
        ),
        ("depth", format!("<message {from}><body>x</body>{deep}</message>")),
        ("many elements", format!("<message {from}><body>x</body>{many}</message>")),
        ("a deep presence", format!("<presence {from}>{deep}</presence>")),
    ] {
        let before = memory_kib();
        is_survived(&mut alice, &mut wire, what, &xml).await;
        let grown = memory_kib().saturating_sub(before);
        assert!(grown < 128 * 1024, "{what} took {grown} KiB");
    }
}

#[tokio::test]
async fn a_question_beyond_all_measure_is_refused() {
    let (_stage, mut alice, mut wire) = online().await;
    let deep = format!("{}{}", "<a>".repeat(9_000), "</a>".repeat(9_000));
    let question =
        format!("<iq type='get' id='q' from='{DOMAIN}'><ping xmlns='urn:xmpp:ping'/>{deep}</iq>");
    is_survived(&mut alice, &mut wire, "a question", &question).await;
}

#[tokio::test]
async fn a_tag_without_end_ends_the_stream() {
    let (_stage, mut alice, mut wire) = online().await;
    wire.says(format!("<{}", "x".repeat(100_000))).await;
    // The tag is taken, but never held, as long as it lasts.
    wire.says(">").await;
    let reason = alice.wait(offline).await;
    assert!(matches!(reason, OfflineReason::Protocol(_)), "{reason:?}");
}

#[tokio::test]
async fn what_only_our_server_may_say_is_ignored_from_others() {
    let (_stage, mut alice, mut wire) = online().await;
    let item = "<query xmlns='jabber:iq:roster'><item jid='mallory@example.org' \
        subscription='both'/></query>";
    let carbon = |from: &str, inner: &str| {
        format!(
            "<message from='{from}' to='{}'><received xmlns='urn:xmpp:carbons:2'><forwarded \
             xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' {inner} type='chat'>\
             <body>forged</body></message></forwarded></received></message>",
            crate::wire::ALICE
        )
    };
    let inner = format!("from='bob@{DOMAIN}/x' to='alice@{DOMAIN}/phone'");
    for (what, xml) in [
        ("a push", format!("<iq type='set' id='p' from='mallory@{DOMAIN}/x'>{item}</iq>")),
        ("a push by a room", format!("<iq type='set' id='p' from='rooms.{DOMAIN}'>{item}</iq>")),
        (
            "a push by a device",
            format!("<iq type='set' id='p' from='alice@{DOMAIN}/x'>{item}</iq>"),
        ),
        (
            "a result nobody asked for",
            format!("<iq type='result' id='0' from='{DOMAIN}'>{item}</iq>"),
        ),
        ("a copy", carbon(&format!("mallory@{DOMAIN}"), &inner)),
        ("a copy by a device", carbon(&format!("alice@{DOMAIN}/x"), &inner)),
        ("a copy by the server", carbon(DOMAIN, &inner)),
    ] {
        is_survived(&mut alice, &mut wire, what, &xml).await;
    }
}

#[tokio::test]
async fn the_roster_is_taken_from_our_server_alone() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    let mut wire = stage.accept().await;
    wire.signs_in().await;
    wire.opens(crate::wire::FEATURES).await;
    let id = wire.hears_iq().await;
    wire.says(format!(
        "<iq type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
         <jid>{}</jid></bind></iq>",
        crate::wire::ALICE
    ))
    .await;
    wire.hears("<enable").await;
    wire.says("<failed xmlns='urn:xmpp:sm:3'/>").await;
    let id = wire.hears_iq().await;
    let result = |from: &str, contact: &str| {
        format!(
            "<iq type='result' id='{id}' from='{from}'><query xmlns='jabber:iq:roster'>\
             <item jid='{contact}' subscription='both'/></query></iq>"
        )
    };
    for from in [format!("mallory@{DOMAIN}/x"), format!("alice@{DOMAIN}/x"), "elsewhere".into()] {
        wire.says(result(&from, "mallory@example.org")).await;
    }
    wire.says(result(&format!("alice@{DOMAIN}"), "bob@example.org")).await;
    let items = alice
        .wait(|event| match event {
            Event::Roster { items, .. } => Some(items.clone()),
            _ => None,
        })
        .await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].jid.as_str(), "bob@example.org");
}

/// What our client answers to this question.
async fn answer(wire: &mut Wire, from: &str, payload: &str) -> String {
    let id: u64 = rand::random();
    wire.says(format!("<iq type='get' id='{id}' from='{from}'>{payload}</iq>")).await;
    wire.hears(&format!(" id='{id}'")).await;
    wire.hears("</iq>").await
}

#[tokio::test]
async fn contacts_learn_what_our_presence_names_and_strangers_what_servers_say_of_who_is_away() {
    let stage = Stage::new().await;
    let _alice = Peer::new(stage.account());
    let mut wire = stage.accept().await;
    wire.signs_in().await;
    wire.opens(crate::wire::FEATURES).await;
    let id = wire.hears_iq().await;
    wire.says(format!(
        "<iq type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
         <jid>{}</jid></bind></iq>",
        crate::wire::ALICE
    ))
    .await;
    wire.hears("<enable").await;
    wire.says("<failed xmlns='urn:xmpp:sm:3'/>").await;
    let roster = wire.hears_iq().await;
    let presence = wire.hears("</presence>").await;
    let value = |name: &str| {
        let text = presence.split(&format!(" {name}='")).nth(1).expect("an attribute");
        text.split('\'').next().unwrap().to_owned()
    };
    let node = format!("{}#{}", value("node"), value("ver"));
    let info = format!("<query xmlns='http://jabber.org/protocol/disco#info' node='{node}'/>");
    let contact = format!("bob@{DOMAIN}/x");
    // Who is a contact is not yet known.
    let unknown = answer(&mut wire, &contact, &info).await;
    wire.says(format!(
        "<iq type='result' id='{roster}'><query xmlns='jabber:iq:roster'>\
         <item jid='bob@{DOMAIN}' subscription='from'/>\
         <item jid='carol@{DOMAIN}' subscription='to'/></query></iq>"
    ))
    .await;
    let told = answer(&mut wire, &contact, &info).await;
    assert!(told.contains("name='Sotto'") && told.contains(&node), "{told}");
    let version = answer(&mut wire, &contact, "<query xmlns='jabber:iq:version'/>").await;
    assert!(version.contains("<name>Sotto</name>") && !version.contains("<os"), "{version}");
    for (from, payload) in [
        (format!("carol@{DOMAIN}/x"), info.as_str()),
        (format!("mallory@{DOMAIN}/x"), info.as_str()),
        (format!("mallory@{DOMAIN}/x"), "<ping xmlns='urn:xmpp:ping'/>"),
        (format!("mallory@{DOMAIN}/x"), "<query xmlns='jabber:iq:version'/>"),
        (contact.clone(), "<time xmlns='urn:xmpp:time'/>"),
    ] {
        let away = answer(&mut wire, &from, payload).await;
        let error = "<error type='cancel'><service-unavailable \
            xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'></service-unavailable></error></iq>";
        assert!(away.ends_with(error) && !away.contains("Sotto"), "{away}");
    }
    assert!(unknown.contains("service-unavailable"), "{unknown}");
}

#[tokio::test]
async fn endless_presence_fills_no_memory_and_waits_for_the_engine() {
    const COUNT: usize = 200_000;
    let _measuring = MEASURING.lock().await;
    let (_stage, mut alice, mut wire) = online().await;
    let before = memory_kib();
    let talker = tokio::spawn(async move {
        for number in 0..COUNT {
            wire.says(format!("<presence from='u{number}@{DOMAIN}/r{number}'/>")).await;
        }
        wire.says(message("the end")).await;
        wire
    });
    let mut seen = 0;
    while !matches!(alice.next().await, Event::MessageReceived { .. }) {
        seen += 1;
    }
    assert!(seen >= COUNT);
    let grown = memory_kib().saturating_sub(before);
    assert!(grown < 64 * 1024, "grew by {grown} KiB");
    drop(talker.await.unwrap());
}

#[tokio::test]
async fn whoever_asks_without_end_and_never_listens_fills_no_memory() {
    const COUNT: usize = 200_000;
    let _measuring = MEASURING.lock().await;
    let (_stage, mut alice, mut wire) = online().await;
    let before = memory_kib();
    let question = format!(
        "<iq type='get' id='{}' from='{DOMAIN}'><ping xmlns='urn:xmpp:ping'/></iq>\
         <r xmlns='urn:xmpp:sm:3'/>",
        "q".repeat(200)
    );
    let many = question.repeat(100);
    for _ in 0..COUNT / 100 {
        wire.says(&many).await;
        // However slow this computer is, the connection does not count as lost.
        wire.confirms_nothing().await;
    }
    wire.says(message("the end")).await;
    alice.hears().await;
    let grown = memory_kib().saturating_sub(before);
    assert!(grown < 64 * 1024, "grew by {grown} KiB");
}

#[tokio::test]
async fn a_count_of_what_was_never_sent_ends_the_session() {
    let (_stage, mut alice, mut wire) = online().await;
    wire.says("<a xmlns='urn:xmpp:sm:3' h='4000000'/>").await;
    let outcome =
        alice.wait(|event| offline(event).map(Ok).or_else(|| acked(event).map(Err))).await;
    assert!(matches!(outcome, Ok(OfflineReason::Protocol(_))), "{outcome:?}");
}

/// Resident memory of this process, which holds both ends.
fn memory_kib() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
