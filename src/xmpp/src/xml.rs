//! Building and reading elements, and the names used in them.

use tokio_xmpp::minidom::rxml::NcName;
use tokio_xmpp::minidom::{Element, ElementBuilder, IntoAttributeValue};

/// Namespaces.
pub(crate) mod ns {
    pub(crate) const AVATAR_DATA: &str = "urn:xmpp:avatar:data";
    pub(crate) const AVATAR_METADATA: &str = "urn:xmpp:avatar:metadata";
    pub(crate) const BIND: &str = "urn:ietf:params:xml:ns:xmpp-bind";
    pub(crate) const BIND2: &str = "urn:xmpp:bind:0";
    pub(crate) const BLOCKING: &str = "urn:xmpp:blocking";
    pub(crate) const BOB: &str = "urn:xmpp:bob";
    pub(crate) const CAPS: &str = "http://jabber.org/protocol/caps";
    pub(crate) const CARBONS: &str = "urn:xmpp:carbons:2";
    pub(crate) const CHANNEL_BINDING: &str = "urn:xmpp:sasl-cb:0";
    pub(crate) const CHAT_STATES: &str = "http://jabber.org/protocol/chatstates";
    pub(crate) const CLIENT: &str = "jabber:client";
    pub(crate) const CORRECTION: &str = "urn:xmpp:message-correct:0";
    pub(crate) const CSI: &str = "urn:xmpp:csi:0";
    pub(crate) const DATA_FORM: &str = "jabber:x:data";
    pub(crate) const DELAY: &str = "urn:xmpp:delay";
    pub(crate) const DISCO_INFO: &str = "http://jabber.org/protocol/disco#info";
    pub(crate) const EME: &str = "urn:xmpp:eme:0";
    pub(crate) const FORWARD: &str = "urn:xmpp:forward:0";
    pub(crate) const HINTS: &str = "urn:xmpp:hints";
    pub(crate) const MAM: &str = "urn:xmpp:mam:2";
    pub(crate) const MEDIA: &str = "urn:xmpp:media-element";
    pub(crate) const OOB: &str = "jabber:x:oob";
    pub(crate) const OTR: &str = "urn:xmpp:otr:0";
    pub(crate) const PING: &str = "urn:xmpp:ping";
    pub(crate) const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
    pub(crate) const PUBSUB_EVENT: &str = "http://jabber.org/protocol/pubsub#event";
    pub(crate) const RECEIPTS: &str = "urn:xmpp:receipts";
    pub(crate) const REGISTER: &str = "jabber:iq:register";
    pub(crate) const ROSTER: &str = "jabber:iq:roster";
    pub(crate) const ROSTER_VERSIONS: &str = "urn:xmpp:features:rosterver";
    pub(crate) const RSM: &str = "http://jabber.org/protocol/rsm";
    pub(crate) const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
    pub(crate) const SASL2: &str = "urn:xmpp:sasl:2";
    pub(crate) const SESSION: &str = "urn:ietf:params:xml:ns:xmpp-session";
    pub(crate) const SM: &str = "urn:xmpp:sm:3";
    pub(crate) const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
    pub(crate) const STANZA_ID: &str = "urn:xmpp:sid:0";
    pub(crate) const STREAM: &str = "http://etherx.jabber.org/streams";
    pub(crate) const STREAMS: &str = "urn:ietf:params:xml:ns:xmpp-streams";
    pub(crate) const STREAM_LIMITS: &str = "urn:xmpp:stream-limits:0";
    pub(crate) const TLS: &str = "urn:ietf:params:xml:ns:xmpp-tls";
    pub(crate) const VCARD: &str = "vcard-temp";
    pub(crate) const VCARD_UPDATE: &str = "vcard-temp:x:update";
    pub(crate) const VERSION: &str = "jabber:iq:version";
}

/// Attributes by plain name.
pub(crate) trait WithAttribute: Sized {
    /// Adds an attribute; `None` adds nothing. `name` is one of ours, and so a valid one.
    fn with(self, name: &'static str, value: impl IntoAttributeValue) -> Self;
}

impl WithAttribute for ElementBuilder {
    fn with(self, name: &'static str, value: impl IntoAttributeValue) -> Self {
        match NcName::try_from(name) {
            Ok(name) => self.attr(name, value),
            Err(_) => self,
        }
    }
}

/// `<iq/>` with one child.
pub(crate) fn iq(kind: &'static str, id: &str, payload: Element) -> Element {
    Element::builder("iq", ns::CLIENT).with("type", kind).with("id", id).append(payload).build()
}

/// The name of the defined condition inside an error: its first child in that namespace that is
/// not the explanatory text.
pub(crate) fn error_condition(error: &Element, namespace: &str) -> Option<String> {
    error
        .children()
        .find(|child| child.ns() == namespace && child.name() != "text")
        .map(|child| child.name().to_owned())
}

/// Whether XML 1.0 can carry every character (§2.2 Char). What it cannot carry would be refused by
/// our own serialiser or end the stream at the server.
pub(crate) fn is_valid_xml_text(text: &str) -> bool {
    text.chars().all(|c| {
        matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
            || c >= '\u{10000}'
    })
}

/// How many bytes a text takes once its markup characters are escaped.
pub(crate) fn escaped_bytes(text: &str) -> usize {
    text.bytes()
        .map(|byte| match byte {
            b'<' | b'>' | b'&' | b'"' | b'\'' | b'\r' => 6,
            _ => 1,
        })
        .sum()
}

/// 128 random bits in hexadecimal, for ids of ours.
pub(crate) fn random_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_non_characters_cannot_be_carried() {
        for bad in ["\0", "a\u{1}", "\u{b}", "\u{1f}", "\u{fffe}", "\u{ffff}"] {
            assert!(!is_valid_xml_text(bad), "{bad:?}");
        }
        for good in ["", "a\tb\r\nc", "\u{7f}", "жук", "🐞", "\u{fffd}", " \t  \t\t\t\t \t \t \t  "]
        {
            assert!(is_valid_xml_text(good), "{good:?}");
        }
    }

    #[test]
    fn everything_said_to_be_carried_is_serialised_and_read_back() {
        let text = "a\tb\nc <&>'\" \u{7f} \u{fffd} 🐞";
        assert!(is_valid_xml_text(text));
        let element = Element::builder("body", ns::CLIENT).append(text).build();
        let mut bytes = Vec::new();
        element.write_to(&mut bytes).unwrap();
        let read: Element = std::str::from_utf8(&bytes).unwrap().parse().unwrap();
        assert_eq!(read.text(), text);
    }

    #[test]
    fn markup_counts_escaped() {
        assert_eq!(escaped_bytes("a<b"), 8);
        assert_eq!(escaped_bytes("жук"), 6);
    }

    #[test]
    fn the_condition_is_found_beside_a_text() {
        let error: Element = format!(
            "<error xmlns='jabber:client' type='cancel'><text xmlns='{0}'>no</text>\
             <service-unavailable xmlns='{0}'/></error>",
            ns::STANZAS
        )
        .parse()
        .unwrap();
        assert_eq!(error_condition(&error, ns::STANZAS).as_deref(), Some("service-unavailable"));
    }
}
