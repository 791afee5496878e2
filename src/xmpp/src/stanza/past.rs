//! Messages inside messages: copies (XEP-0280) and entries of the archive (XEP-0313).

use std::time::{Duration, SystemTime};

use tokio_xmpp::jid::{BareJid, FullJid, Jid};
use tokio_xmpp::minidom::Element;
use tokio_xmpp::parsers::date::DateTime;

use super::message::{archive_id, body, readable_stamp, replaces, stamp};
use crate::xml::{WithAttribute, iq, is_valid_xml_text, ns};
use crate::{ArchivePosition, ArchiveQuery, ArchiveRange, CarbonDirection, ForwardedMessage};

/// No page is longer.
const PAGE_MAX: u8 = 100;
/// No later time can be written.
const YEAR_9999: Duration = Duration::from_secs(253_370_764_800);

/// Asks for copies of what our other devices send and receive.
pub(crate) fn enable(id: &str) -> Element {
    iq("set", id, Element::bare("enable", ns::CARBONS))
}

/// Whether a message claims to be a copy.
pub(crate) fn is_carbon(message: &Element) -> bool {
    message.has_child("sent", ns::CARBONS) || message.has_child("received", ns::CARBONS)
}

/// Reads a copy; `None` unless our own account sends it (§11) and it is of our own doing.
pub(crate) fn copy(
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
    let past = forwarded(wrapper, &account)?;
    let ours = match direction {
        CarbonDirection::Sent => &past.from,
        CarbonDirection::Received => &past.to,
    };
    (ours.to_bare() == account).then_some((direction, past))
}

/// Asks for a page; `None` if XML cannot carry the query.
pub(crate) fn query(id: &str, query: &ArchiveQuery) -> Option<Element> {
    let field = |name: &str, value: String| {
        let value = Element::builder("value", ns::DATA_FORM).append(value);
        Element::builder("field", ns::DATA_FORM).with("var", name).append(value.build()).build()
    };
    let mut form = Element::builder("x", ns::DATA_FORM)
        .with("type", "submit")
        .append(field("FORM_TYPE", ns::MAM.to_owned()));
    if let Some(with) = &query.with {
        form = form.append(field("with", with.to_string()));
    }
    let page = query.page.clamp(1, PAGE_MAX).to_string();
    let mut set = Element::builder("set", ns::RSM)
        .append(Element::builder("max", ns::RSM).append(page).build());
    match &query.range {
        ArchiveRange::Since(time) => {
            form = form.append(field("start", written(*time)));
        }
        ArchiveRange::Until(time) => {
            form = form.append(field("end", written(*time)));
            set = set.append(Element::bare("before", ns::RSM));
        }
        ArchiveRange::After(id) | ArchiveRange::Before(id) if !is_valid_xml_text(id) => {
            return None;
        }
        ArchiveRange::After(id) => {
            set = set.append(Element::builder("after", ns::RSM).append(id.as_str()).build());
        }
        ArchiveRange::Before(id) => {
            set = set.append(Element::builder("before", ns::RSM).append(id.as_str()).build());
        }
        ArchiveRange::Newest => set = set.append(Element::bare("before", ns::RSM)),
    }
    let query = Element::builder("query", ns::MAM)
        .with("queryid", id)
        .append(form.build())
        .append(set.build());
    Some(iq("set", id, query.build()))
}

/// A point in time as XEP-0082 writes it.
fn written(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().min(YEAR_9999);
    "1970-01-01T00:00:00Z"
        .parse::<DateTime>()
        .map_or_else(|_| String::new(), |epoch| (epoch.0 + since).to_rfc3339())
}

/// An entry: the id of its query, where it lies, and the message, unless that has no text.
pub(crate) struct Entry {
    pub(crate) query: String,
    pub(crate) position: ArchivePosition,
    pub(crate) message: Option<ForwardedMessage>,
}

/// Reads an entry of the archive; `None` unless our own account sends it.
pub(crate) fn entry(message: &Element, own: &FullJid) -> Option<Entry> {
    let account = own.to_bare();
    let from = message.attr("from");
    if !from.is_none_or(|from| Jid::new(from).is_ok_and(|from| from == account)) {
        return None;
    }
    let result = message.get_child("result", ns::MAM)?;
    let id = result.attr("id")?.to_owned();
    let mut past = forwarded(result, &account);
    if let Some(past) = &mut past {
        past.archive_id = Some(id.clone());
    }
    let at = result
        .get_child("forwarded", ns::FORWARD)
        .and_then(|forwarded| forwarded.get_child("delay", ns::DELAY))
        .and_then(readable_stamp);
    let position = ArchivePosition { id, at };
    Some(Entry { query: result.attr("queryid")?.to_owned(), position, message: past })
}

/// Whether the answer to a query says that nothing lies beyond it.
pub(crate) fn is_complete(answer: &Element) -> bool {
    answer
        .get_child("fin", ns::MAM)
        .is_some_and(|fin| matches!(fin.attr("complete"), Some("true" | "1")))
}

/// The message in `<forwarded/>` (XEP-0297), if it is one between people and has a text.
fn forwarded(wrapper: &Element, account: &BareJid) -> Option<ForwardedMessage> {
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
mod tests {
    use super::*;

    fn own() -> FullJid {
        "alice@example.org/sotto".parse().unwrap()
    }

    fn inside(attributes: &str, content: &str) -> String {
        format!(
            "<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' \
             stamp='1970-01-01T00:01:00Z'/><message xmlns='jabber:client' {attributes}>{content}\
             </message></forwarded>"
        )
    }

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
        copy(&xml.parse().unwrap(), &own())
    }

    const ACCOUNT: &str = "from='alice@example.org'";
    const TO_PHONE: &str =
        "from='bob@example.org/x' to='alice@example.org/phone' type='chat' id='1'";
    const BY_PHONE: &str = "from='alice@example.org/phone' to='bob@example.org' type='chat'";

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

    fn entry_from(from: &str) -> Option<Entry> {
        let inside =
            inside(TO_PHONE, "<body>hi</body><replace xmlns='urn:xmpp:message-correct:0' id='0'/>");
        let xml = format!(
            "<message xmlns='jabber:client' {from}><result xmlns='urn:xmpp:mam:2' queryid='q' \
             id='a1'>{inside}</result></message>"
        );
        entry(&xml.parse().unwrap(), &own())
    }

    #[test]
    fn entries_are_taken_from_our_account_alone() {
        for from in ["", ACCOUNT] {
            let entry = entry_from(from).unwrap();
            let past = entry.message.unwrap();
            assert_eq!((entry.query.as_str(), past.archive_id.as_deref()), ("q", Some("a1")));
            assert_eq!(past.replaces.as_deref(), Some("0"));
        }
        for from in ["from='bob@example.org'", "from='example.org'", "from='alice@example.org/x'"] {
            assert!(entry_from(from).is_none(), "{from}");
        }
    }

    fn asked(range: ArchiveRange) -> String {
        let with = Some("bob@example.org".parse().unwrap());
        let element = query("q", &ArchiveQuery { with, range, page: 200 }).unwrap();
        let mut bytes = Vec::new();
        element.write_to(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn every_range_is_asked_for_in_its_way() {
        let since = SystemTime::UNIX_EPOCH + Duration::from_millis(60_500);
        for (range, expected) in [
            (ArchiveRange::Since(since), "1970-01-01T00:01:00.5"),
            (ArchiveRange::Until(since), "1970-01-01T00:01:00.5"),
            (ArchiveRange::After("<1".into()), "<after>&lt;1</after>"),
            (ArchiveRange::Before("1".into()), "<before>1</before>"),
            (ArchiveRange::Newest, "<before"),
        ] {
            let xml = asked(range);
            assert!(xml.contains(expected), "{xml}");
            assert!(xml.contains("<max>100</max>") && xml.contains("bob@example.org"), "{xml}");
        }
        let range = ArchiveRange::After("\0".into());
        assert!(query("q", &ArchiveQuery { with: None, range, page: 1 }).is_none());
    }
}
