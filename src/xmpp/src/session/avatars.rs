//! Contacts' avatars (XEP-0084, XEP-0153): changes are reported, images fetched only on request.

use std::collections::HashMap;

use tokio_xmpp::jid::BareJid;
use tokio_xmpp::minidom::Element;

use super::Session;
use super::pending_iqs::{self, PendingIq, Responder};
use crate::link::state::LinkState;
use crate::stanza::avatar::{Announced, AvatarHash, Picture, Source};
use crate::stanza::roster::Roster;
use crate::{Event, RequestError, Response};

/// The hash that each contact announced last, in any session. Only contacts are in it, so the limit
/// of the roster limits it as well.
#[derive(Debug, Default)]
pub(crate) struct Avatars {
    told: HashMap<BareJid, (Option<AvatarHash>, Source)>,
}

impl Avatars {
    /// Handles an announcement; returns the event if the hash has changed. A published avatar
    /// (XEP-0084) takes precedence over one in a vCard (XEP-0153).
    pub(super) fn changed(&mut self, announced: Announced, roster: &Roster) -> Option<Event> {
        let Announced { of: jid, hash, source } = announced;
        if !roster.contains(&jid) {
            self.told.remove(&jid);
            return None;
        }
        let before = self.told.get(&jid);
        if source == Source::Card && before.is_some_and(|(_, kept)| *kept == Source::Published) {
            return None;
        }
        let is_news = before.map_or(hash.is_some(), |(known, _)| *known != hash);
        self.told.insert(jid.clone(), (hash, source));
        is_news.then_some(Event::AvatarChanged { jid, hash })
    }

    /// Forgets who is not on the roster any more, so that they are reported anew when they return
    /// to it.
    pub(super) fn forget_others(&mut self, roster: &Roster) {
        self.told.retain(|jid, _| roster.contains(jid));
    }
}

impl Session {
    /// Requests an avatar. If it is not published, [`avatar_answered`](Self::avatar_answered)
    /// requests the vCard.
    pub(super) fn fetch_avatar(
        &mut self,
        tag: u64,
        (jid, hash): (BareJid, AvatarHash),
        source: Source,
        state: &mut LinkState,
    ) {
        let pending = PendingIq::Avatar { tag, jid: jid.clone(), hash, source };
        let owner = Responder::Entity(jid.clone().into());
        let write = |id: &str| Some(source.query(id, &jid, hash));
        self.request_from(owner, tag, state, pending, write);
    }

    /// Handles the result of a request for an avatar.
    pub(super) fn avatar_answered(
        &mut self,
        tag: u64,
        (jid, hash): (BareJid, AvatarHash),
        source: Source,
        element: &Element,
        state: &mut LinkState,
    ) {
        match (source.read(element, hash), source) {
            (Some(Picture { bytes, media_type }), _) => {
                let bytes = bytes.into();
                let avatar = Response::Avatar { jid, hash, bytes, media_type };
                state.events.push(Event::Response(tag, Ok(avatar)));
            }
            (None, Source::Published) => {
                self.fetch_avatar(tag, (jid, hash), Source::Card, state);
            }
            (None, Source::Card) => {
                let refused = element.attr("type") == Some("error");
                let error =
                    if refused { pending_iqs::refusal(element) } else { RequestError::Unusable };
                state.events.push(Event::Response(tag, Err(error)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::Desk;
    use super::*;
    use crate::stanza::avatar::tests::{answer, event, hash_of, png, presence};
    use crate::xml::ns;
    use crate::{Command, Request};

    fn bob() -> BareJid {
        "bob@example.org".parse().unwrap()
    }

    async fn desk() -> Desk {
        let mut desk = Desk::new();
        push(&mut desk, "both").await;
        desk
    }

    async fn push(desk: &mut Desk, subscription: &str) {
        let push = format!(
            "<iq xmlns='jabber:client' type='set' id='p'><query xmlns='jabber:iq:roster'>\
             <item jid='bob@example.org' subscription='{subscription}'/></query></iq>"
        );
        desk.receive(&push).unwrap();
        desk.events().await;
        desk.written();
    }

    async fn told(desk: &mut Desk, xml: &str) -> Option<Option<AvatarHash>> {
        desk.receive(xml).unwrap();
        desk.events().await.into_iter().find_map(|event| {
            let Event::AvatarChanged { jid, hash } = event else { return None };
            assert_eq!(jid, bob());
            Some(hash)
        })
    }

    #[tokio::test]
    async fn a_contact_who_publishes_is_told_once_and_a_stranger_never() {
        let mut desk = desk().await;
        let (one, two) = (hash_of(b"one"), hash_of(b"two"));
        let publishes = |who: &str, hash: AvatarHash| event(who, &hash.to_string(), "<info/>");
        assert_eq!(told(&mut desk, &publishes("bob@example.org", one)).await, Some(Some(one)));
        assert_eq!(told(&mut desk, &publishes("bob@example.org", one)).await, None);
        assert_eq!(told(&mut desk, &publishes("mallory@example.org", two)).await, None);
        // The card counts for less.
        let card = presence("from='bob@example.org/x'", &format!("<photo>{two}</photo>"));
        assert_eq!(told(&mut desk, &card).await, None);
        assert_eq!(told(&mut desk, &event("bob@example.org", "x", "")).await, Some(None));
        assert!(desk.written().is_empty(), "nothing is fetched by itself");
    }

    #[tokio::test]
    async fn what_was_told_is_no_news_in_another_session_unless_they_were_removed() {
        let mut desk = desk().await;
        let one = hash_of(b"one");
        let publishes = event("bob@example.org", &one.to_string(), "<info/>");
        assert_eq!(told(&mut desk, &publishes).await, Some(Some(one)));
        desk.sign_in_again();
        assert_eq!(told(&mut desk, &publishes).await, None);
        // Had it been forgotten, this would be none.
        assert_eq!(told(&mut desk, &event("bob@example.org", "x", "")).await, Some(None));
        assert_eq!(told(&mut desk, &publishes).await, Some(Some(one)));
        push(&mut desk, "remove").await;
        push(&mut desk, "both").await;
        assert_eq!(told(&mut desk, &publishes).await, Some(Some(one)));
    }

    #[tokio::test]
    async fn a_card_tells_where_nothing_is_published() {
        let mut desk = desk().await;
        let hash = hash_of(b"one");
        let bob = "from='bob@example.org/x'";
        assert_eq!(told(&mut desk, &presence(bob, "<photo/>")).await, None, "as before");
        let shows = presence(bob, &format!("<photo>{hash}</photo>"));
        assert_eq!(told(&mut desk, &shows).await, Some(Some(hash)));
        assert_eq!(told(&mut desk, &presence(bob, "")).await, None);
        assert_eq!(told(&mut desk, &presence(bob, "<photo/>")).await, Some(None));
    }

    #[tokio::test]
    async fn a_picture_is_taken_from_its_owner_alone_and_sought_on_the_card_too() {
        let bytes = png(100);
        let hash = hash_of(&bytes);
        let fetch = || Command::Request(7, Request::FetchAvatar { jid: bob(), hash });
        for source in [Source::Published, Source::Card] {
            let mut desk = desk().await;
            let (mut id, asked) = desk.asks(fetch());
            assert!(asked.is("pubsub", ns::PUBSUB));
            if source == Source::Card {
                desk.answers(&id, "error", "from='bob@example.org'", "<error/>");
                let written = desk.written();
                assert!(written[0].has_child("vCard", ns::VCARD));
                assert_eq!(written[0].attr("to"), Some("bob@example.org"));
                id = written[0].attr("id").unwrap().to_owned();
            }
            for other in ["from='mallory@example.org'", "from='bob@example.org/x'"] {
                desk.answers(&id, "result", other, &answer(source, &bytes));
                assert!(desk.events().await.is_empty(), "{other}");
            }
            desk.answers(&id, "result", "from='bob@example.org'", &answer(source, &bytes));
            let events = desk.events().await;
            let [Event::Response(7, Ok(Response::Avatar { jid, bytes: got, media_type, .. }))] =
                &events[..]
            else {
                panic!("{events:?}");
            };
            assert_eq!((jid, &**got, *media_type), (&bob(), &bytes, "image/png"));
        }
    }

    #[tokio::test]
    async fn another_picture_than_the_one_asked_for_fails() {
        let mut desk = desk().await;
        let hash = hash_of(b"another");
        let command = Command::Request(7, Request::FetchAvatar { jid: bob(), hash });
        let (id, _) = desk.asks(command);
        let bob = "from='bob@example.org'";
        desk.answers(&id, "result", bob, &answer(Source::Published, &png(100)));
        let id = desk.written()[0].attr("id").unwrap().to_owned();
        desk.answers(&id, "result", bob, &answer(Source::Card, &png(100)));
        let events = desk.events().await;
        assert!(
            matches!(events[..], [Event::Response(7, Err(RequestError::Unusable))]),
            "{events:?}"
        );
    }
}
