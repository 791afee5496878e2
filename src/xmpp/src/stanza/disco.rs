//! What our client is and can do, for who may know (XEP-0030, XEP-0115).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha1::{Digest, Sha1};
use tokio_xmpp::minidom::Element;

use crate::xml::{WithAttribute, ns};

/// What we are called; neither version nor system is told anywhere.
pub(crate) const NAME: &str = "Sotto";
/// Which program this is: the same for all who use it. So contacts know it, and others of it what
/// they may say to it.
pub const NODE: &str = "urn:x-sotto";
const CATEGORY: &str = "client";
const KIND: &str = "pc";
/// Has servers tell us when a contact publishes another picture (XEP-0163 §5).
const NOTIFY: &str = "urn:xmpp:avatar:metadata+notify";
/// What we can do, in the order of its bytes. Not what time it is (XEP-0202), nor since when
/// nobody looked (XEP-0012).
const FEATURES: [&str; 9] = [
    ns::CAPS,
    ns::CHAT_STATES,
    ns::DISCO_INFO,
    ns::VERSION,
    NOTIFY,
    ns::EME,
    ns::OTR,
    ns::PING,
    ns::RECEIPTS,
];

/// Whether a question about this node is one about us: about none, or about what our presence
/// names.
pub(crate) fn is_ours(node: Option<&str>) -> bool {
    node.is_none_or(|node| {
        node.strip_prefix(NODE).and_then(|rest| rest.strip_prefix('#')) == Some(&*verification())
    })
}

/// What we are and can do, about this node.
pub(crate) fn info(node: Option<&str>) -> Element {
    let identity = Element::builder("identity", ns::DISCO_INFO)
        .with("category", CATEGORY)
        .with("type", KIND)
        .with("name", NAME);
    Element::builder("query", ns::DISCO_INFO)
        .with("node", node)
        .append(identity.build())
        .append_all(FEATURES.map(|feature| {
            Element::builder("feature", ns::DISCO_INFO).with("var", feature).build()
        }))
        .build()
}

/// The same in short, for our presence (XEP-0115 §4): whoever knows one of us need not ask.
pub(crate) fn capabilities() -> Element {
    Element::builder("c", ns::CAPS)
        .with("hash", "sha-1")
        .with("node", NODE)
        .with("ver", verification())
        .build()
}

/// The verification string (XEP-0115 §5.1); the hash is the one that all know, and protects
/// nothing.
fn verification() -> String {
    let features = FEATURES.map(|feature| format!("{feature}<")).concat();
    BASE64.encode(Sha1::digest(format!("{CATEGORY}/{KIND}//{NAME}<{features}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As whoever receives it computes it, from what we answer (XEP-0115 §5.4).
    fn computed(info: &Element) -> String {
        let attribute = |child: &Element, name| child.attr(name).unwrap_or_default().to_owned();
        let all = |name: &'static str| {
            info.children().filter(move |child| child.is(name, ns::DISCO_INFO))
        };
        let mut identities: Vec<_> = all("identity")
            .map(|identity| {
                ["category", "type", "lang", "name"].map(|name| attribute(identity, name)).join("/")
            })
            .collect();
        let mut features: Vec<_> = all("feature").map(|f| attribute(f, "var")).collect();
        identities.sort();
        features.sort();
        let text: String = identities.into_iter().chain(features).map(|part| part + "<").collect();
        BASE64.encode(Sha1::digest(text))
    }

    /// The example of XEP-0115 §5.2.
    #[test]
    fn the_computation_is_that_of_the_specification() {
        let info = "<query xmlns='http://jabber.org/protocol/disco#info'>\
            <identity category='client' name='Exodus 0.9.1' type='pc'/>\
            <feature var='http://jabber.org/protocol/caps'/>\
            <feature var='http://jabber.org/protocol/disco#info'/>\
            <feature var='http://jabber.org/protocol/disco#items'/>\
            <feature var='http://jabber.org/protocol/muc'/></query>";
        assert_eq!(computed(&info.parse().unwrap()), "QgayPKawpkPSDYmwT/WM94uAlu0=");
    }

    #[test]
    fn what_our_presence_names_is_what_we_answer() {
        let capabilities = capabilities();
        assert_eq!(capabilities.attr("hash"), Some("sha-1"));
        let ver = capabilities.attr("ver").unwrap();
        let node = format!("{}#{ver}", capabilities.attr("node").unwrap());
        assert!(is_ours(Some(&node)) && is_ours(None));
        let info = info(Some(&node));
        assert_eq!(info.attr("node"), Some(node.as_str()));
        assert_eq!(computed(&info), ver);
        for other in ["", NODE, "urn:x-sotto#", "urn:x-sotto#x", &format!("urn:other#{ver}")] {
            assert!(!is_ours(Some(other)), "{other}");
        }
    }
}
