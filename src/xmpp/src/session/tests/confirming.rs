//! What the server hears of what came.

use super::*;

#[tokio::test]
async fn a_server_that_asks_again_is_answered_though_a_confirmation_got_lost() {
    let mut desk = Desk::new();
    desk.receive(
        "<message xmlns='jabber:client' from='bob@example.org/x' type='chat' id='1'>\
        <body>hi</body></message>",
    )
    .unwrap();
    desk.events().await;
    for _ in 0..2 {
        // What the engine says to it is lost with the connection.
        desk.receive("<r xmlns='urn:xmpp:sm:3'/>").unwrap();
        assert!(desk.written().is_empty());
        let told = desk.events().await;
        assert!(matches!(told[..], [Event::ResumeTokenChanged(_)]), "{told:?}");
    }
}
