//! Copies of what our other devices send and receive (XEP-0280).

use tokio_xmpp::jid::{FullJid, Jid};
use tokio_xmpp::minidom::Element;

use super::forwarded::forwarded;
use crate::xml::{iq, ns};
use crate::{CarbonDirection, ForwardedMessage};

/// Asks for copies of what our other devices send and receive.
pub(crate) fn enable(id: &str) -> Element {
    iq("set", id, Element::bare("enable", ns::CARBONS))
}

/// Whether a message claims to be a copy.
pub(crate) fn is_carbon(message: &Element) -> bool {
    message.has_child("sent", ns::CARBONS) || message.has_child("received", ns::CARBONS)
}

/// Reads a copy; `None` unless our own account sends it (§11) and it is of our own doing.
pub(crate) fn read(
    message: &Element,
    own: &FullJid,
) -> Option<(CarbonDirection, ForwardedMessage)> {
    let account = own.to_bare();
    if Jid::new(message.attr("from")?).ok()? != account {
        return None;
    }
    let (direction, wrapper) = match message.get_child("sent", ns::CARBONS) {
        Some(sent) => (CarbonDirection::Sent, sent),
        None => (CarbonDirection::Received, message.get_child("received", ns::CARBONS)?),
    };
    let forwarded_message = forwarded(wrapper, &account)?;
    let ours = match direction {
        CarbonDirection::Sent => &forwarded_message.from,
        CarbonDirection::Received => &forwarded_message.to,
    };
    (ours.to_bare() == account).then_some((direction, forwarded_message))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::super::forwarded::tests::{ACCOUNT, TO_PHONE, inside, own};
    use super::*;

    const BY_PHONE: &str = "from='alice@example.org/phone' to='bob@example.org' type='chat'";

    fn read(
        from: &str,
        kind: &str,
        attributes: &str,
    ) -> Option<(CarbonDirection, ForwardedMessage)> {
        let inside = inside(attributes, "<body>hi</body>");
        let xml = format!(
            "<message xmlns='jabber:client' {from}><{kind} xmlns='urn:xmpp:carbons:2'>{inside}\
             </{kind}></message>"
        );
        super::read(&xml.parse().unwrap(), &own())
    }

    #[test]
    fn copies_are_taken_from_our_account_alone() {
        let (direction, past) = read(ACCOUNT, "received", TO_PHONE).unwrap();
        assert_eq!(direction, CarbonDirection::Received);
        assert_eq!((past.from.as_str(), past.body.as_str()), ("bob@example.org/x", "hi"));
        assert_eq!((past.id.as_deref(), past.archive_id), (Some("1"), None));
        assert_eq!(past.at, Some(SystemTime::UNIX_EPOCH + Duration::from_secs(60)));
        let (direction, past) = read(ACCOUNT, "sent", BY_PHONE).unwrap();
        assert_eq!((direction, past.to.as_str()), (CarbonDirection::Sent, "bob@example.org"));
        for from in [
            "",
            "from='example.org'",
            "from='alice@example.org/phone'",
            "from='bob@example.org'",
            "from='alice@example.net'",
            "from='@'",
        ] {
            assert!(read(from, "received", TO_PHONE).is_none(), "{from}");
            assert!(read(from, "sent", BY_PHONE).is_none(), "{from}");
        }
    }

    #[test]
    fn copies_of_what_others_did_are_not_ours() {
        for (kind, attributes) in [
            ("received", "from='bob@example.org/x' to='carol@example.org'"),
            ("sent", "from='bob@example.org/x' to='alice@example.org'"),
            ("received", "from='room@example.org/x' to='alice@example.org' type='groupchat'"),
            ("received", "from='bob@example.org/x' to='alice@example.org' type='error'"),
            ("received", "to='alice@example.org'"),
        ] {
            assert!(read(ACCOUNT, kind, attributes).is_none(), "{kind} {attributes}");
        }
    }
}
