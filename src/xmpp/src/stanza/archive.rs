//! Message Archive Management (XEP-0313): queries, and the entries that answer them.

use std::time::{Duration, SystemTime};

use tokio_xmpp::jid::{FullJid, Jid};
use tokio_xmpp::minidom::Element;
use tokio_xmpp::parsers::date::DateTime;

use super::forwarded::forwarded;
use super::message::readable_stamp;
use crate::xml::{WithAttribute, iq, is_valid_xml_text, ns};
use crate::{ArchivePosition, ArchiveQuery, ArchiveRange, ForwardedMessage};

/// Limit of messages on one page.
const PAGE_MAX: u8 = 100;
/// The last year that XEP-0082 can express.
const YEAR_9999: Duration = Duration::from_secs(253_370_764_800);

/// The query for a page; `None` if an id in it contains characters that XML does not allow.
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

/// A point in time in the format of XEP-0082.
fn written(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().min(YEAR_9999);
    "1970-01-01T00:00:00Z"
        .parse::<DateTime>()
        .map_or_else(|_| String::new(), |epoch| (epoch.0 + since).to_rfc3339())
}

/// An entry of the archive: the id of its query, its position, and the message, unless that has no
/// body.
pub(crate) struct ArchiveEntry {
    pub(crate) query: String,
    pub(crate) position: ArchivePosition,
    pub(crate) message: Option<ForwardedMessage>,
}

/// Reads an entry of the archive; `None` unless our own account sends it.
pub(crate) fn entry(message: &Element, own: &FullJid) -> Option<ArchiveEntry> {
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
    Some(ArchiveEntry { query: result.attr("queryid")?.to_owned(), position, message: past })
}

/// Whether the answer to a query says that nothing lies beyond it.
pub(crate) fn is_complete(answer: &Element) -> bool {
    answer
        .get_child("fin", ns::MAM)
        .is_some_and(|fin| matches!(fin.attr("complete"), Some("true" | "1")))
}

#[cfg(test)]
mod tests {
    use super::super::forwarded::tests::{ACCOUNT, TO_PHONE, inside, own};
    use super::*;

    fn entry_from(from: &str) -> Option<ArchiveEntry> {
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
