//! The message inside `<forwarded/>` (XEP-0297), as carbons and the archive carry it.

use tokio_xmpp::jid::{BareJid, Jid};
use tokio_xmpp::minidom::Element;

use super::message::{archive_id, body, replaces, stamp};
use crate::ForwardedMessage;
use crate::xml::ns;

/// The message in `<forwarded/>` (XEP-0297), if it is one between people and has a text.
pub(super) fn forwarded(wrapper: &Element, account: &BareJid) -> Option<ForwardedMessage> {
    let forwarded = wrapper.get_child("forwarded", ns::FORWARD)?;
    let message = forwarded.get_child("message", ns::CLIENT)?;
    if matches!(message.attr("type"), Some("groupchat" | "error")) {
        return None;
    }
    Some(ForwardedMessage {
        from: Jid::new(message.attr("from")?).ok()?,
        // To our own account, where nothing is said.
        to: match message.attr("to") {
            Some(to) => Jid::new(to).ok()?,
            None => account.clone().into(),
        },
        id: message.attr("id").filter(|id| !id.is_empty()).map(str::to_owned),
        archive_id: archive_id(message, account),
        body: body(message)?.into(),
        at: forwarded.get_child("delay", ns::DELAY).map(stamp),
        replaces: replaces(message),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use tokio_xmpp::jid::FullJid;

    pub(in crate::stanza) fn own() -> FullJid {
        "alice@example.org/sotto".parse().unwrap()
    }

    pub(in crate::stanza) fn inside(attributes: &str, content: &str) -> String {
        format!(
            "<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' \
             stamp='1970-01-01T00:01:00Z'/><message xmlns='jabber:client' {attributes}>{content}\
             </message></forwarded>"
        )
    }

    pub(in crate::stanza) const ACCOUNT: &str = "from='alice@example.org'";
    pub(in crate::stanza) const TO_PHONE: &str =
        "from='bob@example.org/x' to='alice@example.org/phone' type='chat' id='1'";
}
