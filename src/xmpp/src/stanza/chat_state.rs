//! Whether somebody is writing (XEP-0085).

use tokio_xmpp::jid::{FullJid, Jid};
use tokio_xmpp::minidom::Element;

use super::carbons::is_carbon;
use crate::Event;
use crate::xml::{WithAttribute, ns, random_id};

/// What somebody does in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChatState {
    /// Looks at it.
    Active,
    /// Writes.
    Composing,
    /// Wrote, and stopped for a moment.
    Paused,
    /// Looks elsewhere.
    Inactive,
    /// Closed it.
    ReceiverDropped,
}

impl ChatState {
    const ALL: [Self; 5] =
        [Self::Active, Self::Composing, Self::Paused, Self::Inactive, Self::ReceiverDropped];

    const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Composing => "composing",
            Self::Paused => "paused",
            Self::Inactive => "inactive",
            Self::ReceiverDropped => "gone",
        }
    }

    /// The stanza. It means nothing later, so nobody shall keep it (XEP-0334).
    pub(crate) fn encode(self, to: &Jid) -> Element {
        Element::builder("message", ns::CLIENT)
            .with("to", to.as_str())
            .with("type", "chat")
            .with("id", random_id())
            .append(Element::bare(self.name(), ns::CHAT_STATES))
            .append(Element::bare("no-store", ns::HINTS))
            .build()
    }
}

/// What a message says of its writer now, with a text or without. What was stored, copied or
/// archived says nothing of now, nor does what came back, nor what a room says.
pub(crate) fn decode(message: &Element, own: &FullJid) -> Option<Event> {
    let from = Jid::new(message.attr("from")?).ok()?;
    let is_live = !is_carbon(message)
        && !message.has_child("result", ns::MAM)
        && !message.has_child("delay", ns::DELAY)
        && !matches!(message.attr("type"), Some("error" | "groupchat" | "headline"));
    if from.to_bare() == own.to_bare() || !is_live {
        return None;
    }
    let state = ChatState::ALL
        .into_iter()
        .find(|state| message.has_child(state.name(), ns::CHAT_STATES))?;
    Some(Event::ChatState { from, state })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(attributes: &str, content: &str) -> Option<ChatState> {
        let xml = format!("<message xmlns='jabber:client' {attributes}>{content}</message>");
        let own = "alice@example.org/sotto".parse().unwrap();
        let Event::ChatState { from, state } = decode(&xml.parse().unwrap(), &own)? else {
            panic!("not a state");
        };
        assert_eq!(from.as_str(), "bob@example.org/x");
        Some(state)
    }

    const BOB: &str = "from='bob@example.org/x' type='chat'";
    const COMPOSING: &str = "<composing xmlns='http://jabber.org/protocol/chatstates'/>";

    #[test]
    fn what_is_sent_is_what_is_read_and_kept_by_nobody() {
        for state in ChatState::ALL {
            let stanza = state.encode(&Jid::new("bob@example.org/x").unwrap());
            assert_eq!(stanza.attr("type"), Some("chat"));
            assert!(
                stanza.has_child("no-store", ns::HINTS) && !stanza.has_child("body", ns::CLIENT)
            );
            let content: String = stanza.children().map(String::from).collect();
            assert_eq!(read(BOB, &content), Some(state));
        }
    }

    #[test]
    fn it_comes_along_with_a_text_too() {
        let content = format!("<body>hi</body>{COMPOSING}");
        assert_eq!(read(BOB, &content), Some(ChatState::Composing));
        assert_eq!(read(BOB, "<body>hi</body>"), None);
        assert_eq!(read(BOB, "<composing xmlns='urn:example'/>"), None);
    }

    #[test]
    fn only_what_holds_now_and_is_said_to_us_counts() {
        let delay = "<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>";
        let copy = "<received xmlns='urn:xmpp:carbons:2'><forwarded \
            xmlns='urn:xmpp:forward:0'/></received>";
        let archived = "<result xmlns='urn:xmpp:mam:2'/>";
        for more in [delay, copy, archived] {
            assert_eq!(read(BOB, &format!("{COMPOSING}{more}")), None, "{more}");
        }
        for attributes in [
            "from='bob@example.org/x' type='error'",
            "from='room@example.org/x' type='groupchat'",
            "from='example.org' type='headline'",
            "from='alice@example.org/phone' type='chat'",
            "from='@' type='chat'",
            "type='chat'",
        ] {
            assert_eq!(read(attributes, COMPOSING), None, "{attributes}");
        }
    }
}
