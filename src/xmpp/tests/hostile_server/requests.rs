//! What is asked of a server, on the wire.

use sotto_xmpp::{Account, Command, Event, Request, RequestError, Response};

use crate::stage::Stage;
use crate::support::offline;
use crate::support::peer::Peer;
use crate::wire::{ALICE, FEATURES, Wire, message};

const RESUMABLE: &str = "<enabled xmlns='urn:xmpp:sm:3' id='session' resume='true'/>";

async fn resumable(stage: &Stage) -> Wire {
    let mut wire = stage.accept().await;
    wire.signs_in().await;
    wire.binds(RESUMABLE).await;
    wire
}

#[tokio::test]
async fn the_server_is_told_whether_the_person_looks_on_every_connection() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    let mut wire = resumable(&stage).await;
    alice.online().await;
    alice.ask(Command::SetActive(false)).await;
    wire.hears("<inactive ").await;
    drop(wire);
    alice.wait(offline).await;
    alice.ask(Command::Reconnect).await;
    let mut wire = stage.accept().await;
    wire.signs_in().await;
    wire.opens(FEATURES).await;
    wire.hears("<resume").await;
    wire.says("<resumed xmlns='urn:xmpp:sm:3' previd='session' h='0'/>").await;
    wire.hears("<inactive ").await;
    alice.ask(Command::SetActive(true)).await;
    wire.hears("<active ").await;
}

#[tokio::test]
async fn a_suspended_session_is_left_without_a_word_and_gone_on_with() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    let mut wire = resumable(&stage).await;
    alice.online().await;
    wire.says(message("one")).await;
    alice.hears().await;
    alice
        .say(1, ALICE.parse::<sotto_xmpp::Jid>().unwrap(), "sent", sotto_xmpp::MessageKind::Plain)
        .await;
    wire.hears("sent").await;
    alice.ask(Command::Suspend).await;
    let rest = wire.hears_the_end().await;
    assert!(!rest.contains("</stream:stream>"), "{rest}");
    assert!(alice.ends().await.iter().all(|event| !matches!(event, Event::DeliveryUnknown { .. })));
    let resume = alice.resume.take().unwrap();
    assert_eq!(resume.unconfirmed().collect::<Vec<_>>(), [1]);

    let mut later = Peer::new(Account { resume: Some(resume), ..stage.account() });
    let mut wire = stage.accept().await;
    wire.signs_in().await;
    wire.opens(FEATURES).await;
    let request = wire.hears("<resume").await + &wire.hears(">").await;
    assert!(request.contains("session") && request.contains("h='1'"), "{request}");
    // Three questions, presence, and not the message.
    wire.says("<resumed xmlns='urn:xmpp:sm:3' previd='session' h='4'/>").await;
    let unsure = later.wait(|event| match event {
        Event::DeliveryUnknown { tags } => Some(tags.clone()),
        _ => None,
    });
    assert_eq!(unsure.await, [1]);
    assert!(later.online().await.1);
}

#[tokio::test]
async fn what_was_asked_and_not_answered_is_told_to_be_lost() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    alice.ask(Command::Request(1, Request::DeleteAccount)).await;
    let failed = |event: &Event| match event {
        Event::Response(tag, Err(error)) => Some((*tag, error.clone())),
        _ => None,
    };
    assert_eq!(alice.wait(failed).await, (1, RequestError::Offline));
    let mut wire = stage.serve().await;
    alice.online().await;
    alice.ask(Command::Request(2, Request::DeleteAccount)).await;
    wire.hears("<remove").await;
    drop(wire);
    assert_eq!(alice.wait(failed).await, (2, RequestError::Lost));
}

#[tokio::test]
async fn a_removal_confirmed_by_closing_the_stream_is_done() {
    let stage = Stage::new().await;
    let mut alice = Peer::new(stage.account());
    let mut wire = stage.serve().await;
    alice.online().await;
    alice.ask(Command::Request(2, Request::DeleteAccount)).await;
    wire.hears("<remove").await;
    wire.says(
        "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
    )
    .await;
    let rest = alice.ends().await;
    assert!(
        rest.iter().any(|event| matches!(event, Event::Response(2, Ok(Response::Done)))),
        "{rest:?}"
    );
    assert!(!stage.was_called().await);
}
