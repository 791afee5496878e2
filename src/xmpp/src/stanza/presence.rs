//! Who is there, and who may know.

use tokio_xmpp::jid::{BareJid, FullJid, Jid};
use tokio_xmpp::minidom::{Element, ElementBuilder};

use super::disco;
use super::message::shortened;
use crate::xml::{WithAttribute, ns};
use crate::{Availability, Event};

/// Longest name of a program that is told.
const PROGRAM_BYTES_MAX: usize = 256;

/// Our own presence, to everybody who may see it; and what we can do, while we are there.
pub(crate) fn announce(availability: Availability) -> Element {
    let presence = Element::builder("presence", ns::CLIENT);
    let there = |presence: ElementBuilder| presence.append(disco::capabilities()).build();
    let show = |show: &str| Element::builder("show", ns::CLIENT).append(show).build();
    match availability {
        Availability::Online => there(presence),
        Availability::Away => there(presence.append(show("away"))),
        Availability::Busy => there(presence.append(show("dnd"))),
        Availability::Offline => presence.with("type", "unavailable").build(),
    }
}

/// What we ask or tell a contact about subscriptions (RFC 6121 §3).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subscribing {
    /// May we see theirs?
    Subscribe,
    /// They may see ours.
    Approve,
    /// They may not, or no longer.
    Decline,
}

impl Subscribing {
    /// The stanza.
    pub(crate) fn encode(self, to: &BareJid) -> Element {
        let kind = match self {
            Self::Subscribe => "subscribe",
            Self::Approve => "subscribed",
            Self::Decline => "unsubscribed",
        };
        Element::builder("presence", ns::CLIENT).with("to", to.as_str()).with("type", kind).build()
    }
}

/// What a presence means to the engine, if anything. Our own devices and rooms' errors are not for
/// it; the other changes of subscription come with the roster.
pub(crate) fn decode(presence: &Element, own: &FullJid) -> Option<Event> {
    let from = Jid::new(presence.attr("from")?).ok()?;
    if from.to_bare() == own.to_bare() {
        return None;
    }
    let availability = match presence.attr("type") {
        Some("subscribe") => return Some(Event::SubscriptionRequested(from.into_bare())),
        Some("unavailable") => Availability::Offline,
        None => match presence.get_child("show", ns::CLIENT).map(Element::text).as_deref() {
            Some("away" | "xa") => Availability::Away,
            Some("dnd") => Availability::Busy,
            _ => Availability::Online,
        },
        Some(_) => return None,
    };
    let program = presence
        .get_child("c", ns::CAPS)
        .and_then(|capabilities| capabilities.attr("node"))
        .filter(|node| node.len() <= PROGRAM_BYTES_MAX)
        .map(str::to_owned);
    Some(Event::Presence { from: from.try_into_full().ok()?, availability, program })
}

/// Who asks to see our presence, if that can't be read.
pub(crate) fn unaddressable(presence: &Element) -> Option<String> {
    let from = presence.attr("from").filter(|_| presence.attr("type") == Some("subscribe"))?;
    Jid::new(from).is_err().then(|| shortened(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(attributes: &str, content: &str) -> Option<Event> {
        let xml = format!("<presence xmlns='jabber:client' {attributes}>{content}</presence>");
        decode(&xml.parse().unwrap(), &"alice@example.org/sotto".parse().unwrap())
    }

    fn availability(attributes: &str, content: &str) -> Option<Availability> {
        let Event::Presence { availability, .. } = read(attributes, content)? else {
            panic!("not a presence");
        };
        Some(availability)
    }

    #[test]
    fn the_program_is_told_by_the_name_it_gives_itself() {
        let program = |content: &str| match read("from='bob@example.org/x'", content) {
            Some(Event::Presence { program, .. }) => program,
            other => panic!("{other:?}"),
        };
        let capabilities = |node: &str| format!("<c xmlns='{}' node='{node}'/>", ns::CAPS);
        assert_eq!(
            program(&capabilities("http://pidgin.im/")).as_deref(),
            Some("http://pidgin.im/")
        );
        assert_eq!(program(&capabilities(&"x".repeat(257))), None);
        assert_eq!(program("<c xmlns='other' node='x'/>"), None);
        assert_eq!(program(""), None);
    }

    #[test]
    fn presence_is_read() {
        let bob = "from='bob@example.org/x'";
        for (show, expected) in [
            ("", Availability::Online),
            ("<show>chat</show>", Availability::Online),
            ("<show>nonsense</show>", Availability::Online),
            ("<show>away</show><priority>500</priority>", Availability::Away),
            ("<show>xa</show>", Availability::Away),
            ("<show>dnd</show>", Availability::Busy),
        ] {
            assert_eq!(availability(bob, show), Some(expected), "{show}");
        }
        let gone = format!("{bob} type='unavailable'");
        assert_eq!(availability(&gone, ""), Some(Availability::Offline));
    }

    #[test]
    fn what_we_announce_is_what_is_read() {
        for expected in
            [Availability::Online, Availability::Away, Availability::Busy, Availability::Offline]
        {
            let mut stanza = announce(expected);
            let tells = stanza.has_child("c", ns::CAPS);
            assert_eq!(tells, expected != Availability::Offline, "only while we are there");
            stanza.set_attr(
                tokio_xmpp::minidom::rxml::Namespace::NONE,
                "from".try_into().unwrap(),
                "bob@example.org/x",
            );
            let own = "alice@example.org/sotto".parse().unwrap();
            let Some(Event::Presence { availability, .. }) = decode(&stanza, &own) else {
                panic!("not a presence");
            };
            assert_eq!(availability, expected);
        }
    }

    #[test]
    fn a_request_names_the_bare_jid() {
        let event = read("from='bob@example.org/x' type='subscribe'", "");
        let Some(Event::SubscriptionRequested(jid)) = event else { panic!("no request") };
        assert_eq!(jid.as_str(), "bob@example.org");
    }

    #[test]
    fn errors_confirmations_and_ourselves_are_left_out() {
        for attributes in [
            "from='bob@example.org/x' type='error'",
            "from='bob@example.org' type='subscribed'",
            "from='bob@example.org'",
            "from='alice@example.org/phone'",
            "from=''",
            "",
        ] {
            assert!(read(attributes, "").is_none(), "{attributes}");
        }
    }
}
