//! Messages, receipts and bounces.

use std::time::SystemTime;

use tokio_xmpp::jid::{BareJid, FullJid, Jid};
use tokio_xmpp::minidom::Element;
use tokio_xmpp::parsers::date::DateTime;

use super::carbons::is_carbon;
use crate::sender::Sender;
use crate::xml::{WithAttribute, error_condition, escaped_bytes, is_valid_xml_text, ns, random_id};
use crate::{Delay, Event, MessageKind};

/// No text of others is longer: some hundred may wait for the engine. Servers take half of that.
const BODY_BYTES_MAX: usize = 512 * 1024;

/// So much of an address that can't be read is told.
const ADDRESS_CHARS_MAX: usize = 128;

/// A message of ours.
#[derive(Clone, Copy)]
pub(crate) struct Message<'a> {
    pub(crate) to: &'a Jid,
    pub(crate) id: &'a str,
    pub(crate) body: &'a str,
    pub(crate) kind: MessageKind,
    pub(crate) request_receipt: bool,
    pub(crate) replaces: Option<&'a str>,
}

impl Message<'_> {
    /// The stanza, or `None` if XML cannot carry it or it is longer than `bytes_max`: either would
    /// cost us the stream.
    pub(crate) fn encode(&self, bytes_max: usize) -> Option<Element> {
        if !is_valid_xml_text(self.body)
            || !is_valid_xml_text(self.id)
            || !self.replaces.is_none_or(is_valid_xml_text)
            || escaped_bytes(self.body) > bytes_max
        {
            return None;
        }
        let mut message = Element::builder("message", ns::CLIENT)
            .with("to", self.to.as_str())
            .with("type", "chat")
            .with("id", self.id)
            .append(Element::builder("body", ns::CLIENT).append(self.body).build())
            .append(Element::builder("origin-id", ns::STANZA_ID).with("id", self.id).build());
        if let Some(id) = self.replaces {
            message =
                message.append(Element::builder("replace", ns::CORRECTION).with("id", id).build());
        }
        if self.request_receipt {
            message = message.append(Element::bare("request", ns::RECEIPTS));
        }
        match self.kind {
            // A query to all resources is for everybody to see: no hint belongs on it (XEP-0364).
            MessageKind::Otr if self.to.is_full() => Some(private(message.build())),
            MessageKind::Plain | MessageKind::Otr => Some(message.build()),
        }
    }
}

/// Says what it is, and asks servers to neither copy nor keep it.
fn private(mut message: Element) -> Element {
    message
        .append_child(Element::builder("encryption", ns::EME).with("namespace", ns::OTR).build());
    message.append_child(Element::bare("private", ns::CARBONS));
    for hint in ["no-copy", "no-permanent-store", "no-store"] {
        message.append_child(Element::bare(hint, ns::HINTS));
    }
    message
}

/// Confirms the message `id` (XEP-0184 §5.4).
pub(crate) fn receipt(to: &Jid, id: &str) -> Option<Element> {
    is_valid_xml_text(id).then(|| {
        Element::builder("message", ns::CLIENT)
            .with("to", to.as_str())
            .with("type", "chat")
            .with("id", random_id())
            .append(Element::builder("received", ns::RECEIPTS).with("id", id).build())
            .build()
    })
}

/// What a message means to the engine, if anything. Copies, archives and rooms are not for it; a
/// headline with a text is, like any other: that is how servers announce things.
pub(crate) fn decode(message: &Element, own: &FullJid) -> Option<Event> {
    let from = Jid::new(message.attr("from")?).ok()?;
    if from == *own {
        return None;
    }
    let id = message.attr("id").filter(|id| !id.is_empty());
    match message.attr("type") {
        Some("error") => return delivery_failed(message, from, id?),
        Some("groupchat") => return None,
        // An unknown type means `normal` (RFC 6121 §5.2.2).
        _ => {}
    }
    if is_carbon(message) || message.has_child("result", ns::MAM) {
        return None;
    }
    let Some(body) = body(message) else { return receipt_event(message, own) };
    Some(Event::MessageReceived {
        delayed: delay(message, own),
        wants_receipt: id.is_some() && message.has_child("request", ns::RECEIPTS),
        id: id.map(str::to_owned),
        archive_id: archive_id(message, &own.to_bare()),
        replaces: replaces(message),
        from,
        body: body.into(),
    })
}

/// From whom something to be shown came, if that can't be read: a text, by itself or copied or
/// archived by our server.
pub(crate) fn unaddressable(message: &Element) -> Option<String> {
    let wrapper = message
        .children()
        .find(|child| child.is("result", ns::MAM) || child.is("received", ns::CARBONS));
    let inner = wrapper.map(|wrapper| wrapper.get_child("forwarded", ns::FORWARD));
    let message = match inner {
        Some(forwarded) => forwarded?.get_child("message", ns::CLIENT)?,
        None => message,
    };
    let is_text = !matches!(message.attr("type"), Some("error" | "groupchat"))
        && message.get_child("body", ns::CLIENT).is_some();
    message.attr("from").filter(|from| is_text && Jid::new(from).is_err()).map(shortened)
}

/// So much of an address as is worth keeping.
pub(crate) fn shortened(address: &str) -> String {
    address.chars().take(ADDRESS_CHARS_MAX).collect()
}

/// What a message says of one of ours, beside a text or alone: that it arrived (XEP-0184).
pub(crate) fn receipt_event(message: &Element, own: &FullJid) -> Option<Event> {
    let from = Jid::new(message.attr("from")?).ok().filter(|from| from != own)?;
    let id = message.get_child("received", ns::RECEIPTS)?.attr("id")?.to_owned();
    Some(Event::Receipt { from, id })
}

/// Since when a message is on its way, and who says so: our own server, if it says anything.
fn delay(message: &Element, own: &FullJid) -> Option<Delay> {
    let stamps = || message.children().filter(|child| child.is("delay", ns::DELAY));
    let is_ours = |delay: &&Element| {
        let by = delay.attr("from").and_then(|from| Jid::new(from).ok());
        by.is_some_and(|by| matches!(Sender::of(&by, own), Sender::Server | Sender::OwnDevice))
    };
    match stamps().find(is_ours) {
        Some(ours) => Some(Delay::Stored(stamp(ours))),
        None => stamps().next().map(|theirs| Delay::Claimed(stamp(theirs))),
    }
}

/// What somebody wrote; nothing, if it is longer than servers pass on.
pub(crate) fn body(message: &Element) -> Option<String> {
    let body = message.get_child("body", ns::CLIENT)?.text();
    (body.len() <= BODY_BYTES_MAX).then_some(body)
}

/// The id of a message in our account's archive (XEP-0359). Whoever else gives ids gives his own.
pub(crate) fn archive_id(message: &Element, account: &BareJid) -> Option<String> {
    message
        .children()
        .filter(|child| child.is("stanza-id", ns::STANZA_ID))
        .find(|child| child.attr("by") == Some(account.as_str()))
        .and_then(|child| child.attr("id"))
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
}

/// Which message this one corrects (XEP-0308).
pub(crate) fn replaces(message: &Element) -> Option<String> {
    let replace = message.get_child("replace", ns::CORRECTION)?;
    replace.attr("id").filter(|id| !id.is_empty()).map(str::to_owned)
}

/// When a stored message was sent; now, if that cannot be read, for stored it was.
pub(crate) fn stamp(delay: &Element) -> SystemTime {
    readable_stamp(delay).unwrap_or_else(SystemTime::now)
}

/// The same; nothing, if it cannot be read.
pub(crate) fn readable_stamp(delay: &Element) -> Option<SystemTime> {
    let date = delay.attr("stamp")?.parse::<DateTime>().ok()?;
    Some(SystemTime::from(date.0))
}

fn delivery_failed(message: &Element, from: Jid, id: &str) -> Option<Event> {
    let condition = message
        .get_child("error", ns::CLIENT)
        .and_then(|error| error_condition(error, ns::STANZAS))
        .unwrap_or_else(|| "undefined-condition".to_owned());
    Some(Event::DeliveryFailed { from, id: id.to_owned(), condition })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn own() -> FullJid {
        "alice@example.org/sotto".parse().unwrap()
    }

    fn read(attributes: &str, content: &str) -> Option<Event> {
        let xml = format!("<message xmlns='jabber:client' {attributes}>{content}</message>");
        decode(&xml.parse().unwrap(), &own())
    }

    fn encode(to: &str, kind: MessageKind, body: &str) -> Option<Element> {
        let to = &Jid::new(to).unwrap();
        let replaces = Some("i0");
        Message { to, id: "i1", body, kind, request_receipt: true, replaces }.encode(100)
    }

    const BOB: &str = "from='bob@example.org/x' type='chat' id='m1'";

    #[test]
    fn otr_to_a_full_jid_is_marked_and_neither_copied_nor_stored() {
        let message = encode("bob@example.org/x", MessageKind::Otr, "?OTR:").unwrap();
        let encryption = message.get_child("encryption", ns::EME).unwrap();
        assert_eq!(encryption.attr("namespace"), Some("urn:xmpp:otr:0"));
        assert!(message.has_child("private", ns::CARBONS));
        for hint in ["no-copy", "no-permanent-store", "no-store"] {
            assert!(message.has_child(hint, ns::HINTS), "{hint}");
        }
    }

    #[test]
    fn plain_messages_and_queries_to_everybody_carry_no_hints() {
        for (to, kind) in [
            ("bob@example.org", MessageKind::Otr),
            ("bob@example.org", MessageKind::Plain),
            ("bob@example.org/x", MessageKind::Plain),
        ] {
            let message = encode(to, kind, "hi").unwrap();
            let names: Vec<_> = message.children().map(Element::name).collect();
            assert_eq!(names, ["body", "origin-id", "replace", "request"], "{to} {kind:?}");
            assert_eq!(message.attr("id"), Some("i1"));
        }
    }

    #[test]
    fn what_xml_cannot_carry_or_is_too_long_is_not_sendable() {
        assert!(encode("bob@example.org", MessageKind::Plain, "a\0b").is_none());
        assert!(encode("bob@example.org", MessageKind::Plain, &"x".repeat(100)).is_some());
        assert!(encode("bob@example.org", MessageKind::Plain, &"x".repeat(101)).is_none());
        assert!(encode("bob@example.org", MessageKind::Plain, &"<".repeat(17)).is_none());
    }

    #[test]
    fn a_message_is_read_with_its_delay_and_wish_for_a_receipt() {
        let content = "<body>hi &lt;b&gt;</body><request xmlns='urn:xmpp:receipts'/>\
            <delay xmlns='urn:xmpp:delay' stamp='1970-01-01T00:01:00Z'/>";
        let Some(Event::MessageReceived { from, id, body, delayed, wants_receipt, .. }) =
            read(BOB, content)
        else {
            panic!("not a message");
        };
        assert_eq!(from.as_str(), "bob@example.org/x");
        assert_eq!((id.as_deref(), body.as_str(), wants_receipt), (Some("m1"), "hi <b>", true));
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(60);
        assert_eq!(delayed, Some(Delay::Claimed(at)));
    }

    #[test]
    fn a_correction_names_what_it_corrects() {
        let message = encode("bob@example.org/x", MessageKind::Plain, "better").unwrap();
        let replace = message.get_child("replace", ns::CORRECTION).unwrap();
        assert_eq!(replace.attr("id"), Some("i0"));
        let content = "<body>x</body><replace xmlns='urn:xmpp:message-correct:0' id='m0'/>";
        let event = read(BOB, content);
        assert!(
            matches!(event, Some(Event::MessageReceived { replaces: Some(id), .. }) if id == "m0")
        );
    }

    #[test]
    fn only_our_own_archive_gives_ids() {
        let read = |by: &str| {
            let content = format!(
                "<body>x</body><stanza-id xmlns='urn:xmpp:sid:0' by='bob@example.org' id='forged'/>\
                 <stanza-id xmlns='urn:xmpp:sid:0' by='{by}' id='a1'/>"
            );
            match read(BOB, &content) {
                Some(Event::MessageReceived { archive_id, .. }) => archive_id,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(read("alice@example.org").as_deref(), Some("a1"));
        assert_eq!(read("alice@example.org/sotto"), None);
    }

    #[test]
    fn only_our_own_server_says_that_it_stored_a_message() {
        let delay =
            |by: &str| format!("<delay xmlns='urn:xmpp:delay' {by} stamp='2026-01-01T00:00:00Z'/>");
        let delayed = |stamps: &str| match read(BOB, &format!("<body>x</body>{stamps}")) {
            Some(Event::MessageReceived { delayed, .. }) => delayed,
            other => panic!("{other:?}"),
        };
        let theirs = ["", "from='bob@example.org/x'", "from='other.example'", "from='@'"];
        for by in theirs {
            assert!(matches!(delayed(&delay(by)), Some(Delay::Claimed(_))), "{by}");
        }
        for by in ["from='example.org'", "from='alice@example.org'"] {
            assert!(matches!(delayed(&delay(by)), Some(Delay::Stored(_))), "{by}");
            for first in theirs {
                let both = delay(first) + &delay(by);
                assert!(matches!(delayed(&both), Some(Delay::Stored(_))), "{both}");
            }
        }
        assert_eq!(delayed(""), None);
    }

    #[test]
    fn a_receipt_beside_a_text_takes_nothing_from_it() {
        let content = "<body>?OTR:AAM=.</body><received xmlns='urn:xmpp:receipts' id='m0'/>";
        assert!(matches!(read(BOB, content), Some(Event::MessageReceived { .. })));
        let xml = format!("<message xmlns='jabber:client' {BOB}>{content}</message>");
        let told = receipt_event(&xml.parse().unwrap(), &own());
        assert!(matches!(told, Some(Event::Receipt { id, .. }) if id == "m0"));
    }

    #[test]
    fn an_unreadable_delay_is_still_a_delay() {
        let content = "<body>x</body><delay xmlns='urn:xmpp:delay' stamp='yesterday'/>";
        let event = read(BOB, content);
        assert!(matches!(event, Some(Event::MessageReceived { delayed: Some(_), .. })));
    }

    #[test]
    fn a_text_beyond_all_measure_is_not_read() {
        let text = |bytes: usize| read(BOB, &format!("<body>{}</body>", "x".repeat(bytes)));
        assert!(text(BODY_BYTES_MAX).is_some());
        assert!(text(BODY_BYTES_MAX + 1).is_none());
    }

    #[test]
    fn without_an_id_no_receipt_is_wanted() {
        let content = "<body>x</body><request xmlns='urn:xmpp:receipts'/>";
        let event = read("from='bob@example.org/x'", content);
        assert!(matches!(
            event,
            Some(Event::MessageReceived { id: None, wants_receipt: false, .. })
        ));
    }

    #[test]
    fn copies_archives_rooms_and_echoes_are_not_messages() {
        let body = "<body>x</body>";
        let forwarded = "<body>x</body><received xmlns='urn:xmpp:carbons:2'><forwarded \
            xmlns='urn:xmpp:forward:0'/></received>";
        let archived = "<body>x</body><result xmlns='urn:xmpp:mam:2'/>";
        for (attributes, content) in [
            ("from='room@example.org/x' type='groupchat'", body),
            ("from='alice@example.org/sotto' type='chat'", body),
            ("type='chat'", body),
            ("from='@' type='chat'", body),
            (BOB, ""),
            (BOB, forwarded),
            (BOB, archived),
        ] {
            assert!(read(attributes, content).is_none(), "{attributes} {content}");
        }
        let marked = "<body>?OTR:</body><private xmlns='urn:xmpp:carbons:2'/>";
        assert!(read(BOB, marked).is_some());
    }

    #[test]
    fn a_headline_with_a_text_is_a_message_whoever_announces() {
        for from in ["example.org", "bob@example.org/x"] {
            let attributes = format!("from='{from}' type='headline'");
            let event = read(&attributes, "<subject>Soon</subject><body>we restart</body>");
            assert!(
                matches!(event, Some(Event::MessageReceived { body, .. }) if body == "we restart")
            );
            assert!(read(&attributes, "<event xmlns='x'/>").is_none());
        }
    }

    #[test]
    fn of_whom_nothing_can_be_shown_is_told() {
        let told = |attributes: &str, content: &str| {
            let xml = format!("<message xmlns='jabber:client' {attributes}>{content}</message>");
            unaddressable(&xml.parse().unwrap())
        };
        let body = "<body>hi</body>";
        let penguin = "from='🐧@localhost' type='chat'";
        assert_eq!(told(penguin, body).as_deref(), Some("🐧@localhost"));
        assert_eq!(told(penguin, ""), None);
        assert_eq!(told("from='🐧@localhost' type='error'", body), None);
        assert_eq!(told(BOB, body), None);
        let archived = format!(
            "<result xmlns='urn:xmpp:mam:2' queryid='q' id='1'><forwarded \
             xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' {penguin}>{body}</message>\
             </forwarded></result>"
        );
        assert!(told("", &archived).is_some());
        let long = format!("from='{}@localhost'", "🐧".repeat(500));
        assert_eq!(told(&long, body).map(|told| told.chars().count()), Some(ADDRESS_CHARS_MAX));
    }

    #[test]
    fn an_error_is_a_bounce_and_never_a_message() {
        let content = "<body>?OTR:AAM=</body><error type='cancel'><service-unavailable \
            xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
        let attributes = "from='bob@example.org/x' type='error' id='m1'";
        let Some(Event::DeliveryFailed { id, condition, .. }) = read(attributes, content) else {
            panic!("not a bounce");
        };
        assert_eq!((id.as_str(), condition.as_str()), ("m1", "service-unavailable"));
        assert!(read("from='bob@example.org/x' type='error'", content).is_none());
    }

    #[test]
    fn receipts_go_both_ways() {
        let bob = Jid::new("bob@example.org/x").unwrap();
        let mut stanza = receipt(&bob, "m1").unwrap();
        assert!(receipt(&bob, "\0").is_none());
        stanza.set_attr(
            tokio_xmpp::minidom::rxml::Namespace::NONE,
            "from".try_into().unwrap(),
            "carol@example.org/y",
        );
        let Some(Event::Receipt { from, id }) = decode(&stanza, &own()) else {
            panic!("not a receipt");
        };
        assert_eq!((from.as_str(), id.as_str()), ("carol@example.org/y", "m1"));
    }
}
