//! What somebody who is on nobody's list can do to us through a real server.

use sotto_xmpp::{Event, MessageKind};

use crate::server::{self, Accounts as _};
use crate::support::came_online;
use crate::support::raw::Raw;
use crate::{befriended, skipped};

/// Elements in one another, so many deep.
fn nested(depth: usize) -> String {
    "<a>".repeat(depth) + &"</a>".repeat(depth)
}

#[tokio::test]
async fn what_a_stranger_nests_is_survived_and_answered_by_nothing() {
    if skipped() {
        return;
    }
    let server = server::start(&["alice", "bob", "mallory"]);
    let (mut alice, mut bob) = befriended(&server).await;
    let her = bob.wait(came_online(&alice.bare)).await;
    let him = alice.wait(came_online(&bob.bare)).await;
    let mut mallory = Raw::sign_in(&server.account_with_direct_tls("mallory")).await;
    // Of 200 kB; Prosody takes 256.
    for depth in [5_000, 28_000] {
        let nested = nested(depth);
        mallory.says(&format!("<iq type='get' id='q' to='{her}'>{nested}</iq>")).await;
        mallory.says(&format!("<message type='chat' to='{her}'>{nested}</message>")).await;
        mallory.says(&format!("<presence to='{her}'>{nested}</presence>")).await;
    }
    mallory.says(&format!("<message to='{her}'><body>that was it</body></message>")).await;

    // The session goes on as if nothing had been.
    alice
        .wait(|event| match event {
            Event::MessageReceived { body, .. } => {
                assert_eq!(body, "that was it");
                Some(())
            }
            Event::Presence { from, .. } => {
                assert_eq!(from.to_bare(), bob.bare);
                None
            }
            Event::Offline { .. } | Event::Refused(_) | Event::Connecting { .. } => {
                panic!("{event:?}")
            }
            _ => None,
        })
        .await;
    alice.say(1, him, "still here", MessageKind::Otr).await;
    assert_eq!(bob.hears().await.1, "still here");
    bob.say(2, her.clone(), "so am I", MessageKind::Otr).await;
    assert_eq!(alice.hears().await.1, "so am I");

    // By now the server has passed on whatever was answered.
    mallory.says("<iq type='get' id='end'><ping xmlns='urn:xmpp:ping'/></iq>").await;
    let heard = mallory.hears("id='end'").await;
    let answers: Vec<_> = heard.split(&format!("from='{her}'")).skip(1).collect();
    for answer in &answers {
        assert!(answer.contains("<service-unavailable"), "{answer}");
    }
    assert_eq!(answers.len(), 2, "one for each question: {heard}");
    assert!(!heard.contains("<presence") && !heard.contains("<message"), "{heard}");
}
