//! Questions others ask our client.

use tokio_xmpp::minidom::Element;

use super::disco;
use crate::xml::{WithAttribute, ns};
use crate::{Answer, AnswerError, Payload};

/// The answer to a `get` or `set` that is none of the roster's. `trusted` may know that we are
/// there: our server, our own devices, and contacts who see our presence. Everybody else gets what
/// the server itself answers for somebody who is away.
pub(crate) fn answer(iq: &Element, trusted: bool) -> Element {
    let payload = iq.children().next();
    let node = payload.and_then(|payload| payload.attr("node"));
    let asks = |name: &str, namespace: &str| {
        trusted
            && iq.attr("type") == Some("get")
            && payload.is_some_and(|payload| payload.is(name, namespace))
    };
    if asks("ping", ns::PING) {
        reply(iq, "result").build()
    } else if asks("query", ns::DISCO_INFO) && disco::is_ours(node) {
        reply(iq, "result").append(disco::info(node)).build()
    } else if asks("query", ns::VERSION) {
        reply(iq, "result").append(version()).build()
    } else {
        service_unavailable(iq)
    }
}

/// Confirms a roster push.
pub(crate) fn result(iq: &Element) -> Element {
    reply(iq, "result").build()
}

/// Refuses without telling why.
pub(crate) fn service_unavailable(iq: &Element) -> Element {
    error(iq, AnswerError::ServiceUnavailable)
}

/// The engine's answer.
pub(crate) fn answered(iq: &Element, answer: Answer) -> Element {
    match answer {
        Answer::Result(payload) => {
            reply(iq, "result").append_all(payload.map(Payload::into_element)).build()
        }
        Answer::Error(condition) => error(iq, condition),
    }
}

fn error(iq: &Element, condition: AnswerError) -> Element {
    let (condition, kind) = condition.condition();
    let error = Element::builder("error", ns::CLIENT)
        .with("type", kind)
        .append(Element::bare(condition, ns::STANZAS));
    reply(iq, "error").append(error.build()).build()
}

fn reply(iq: &Element, kind: &'static str) -> tokio_xmpp::minidom::ElementBuilder {
    Element::builder("iq", ns::CLIENT)
        .with("type", kind)
        .with("id", iq.attr("id").unwrap_or_default())
        .with("to", iq.attr("from"))
}

/// What we are, but neither which version nor on which system: whoever looks for holes to use
/// learns nothing (XEP-0092 §5).
fn version() -> Element {
    let name = Element::builder("name", ns::VERSION).append(disco::NAME);
    Element::builder("query", ns::VERSION)
        .append(name.build())
        .append(Element::bare("version", ns::VERSION))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(kind: &str, payload: &str, trusted: bool) -> Element {
        let xml = format!(
            "<iq xmlns='jabber:client' type='{kind}' id='q1' from='bob@example.org/x'>{payload}</iq>"
        );
        let answer = answer(&xml.parse().unwrap(), trusted);
        assert_eq!(answer.attr("id"), Some("q1"));
        assert_eq!(answer.attr("to"), Some("bob@example.org/x"));
        answer
    }

    const PING: &str = "<ping xmlns='urn:xmpp:ping'/>";
    const INFO: &str = "<query xmlns='http://jabber.org/protocol/disco#info'/>";

    const VERSION: &str = "<query xmlns='jabber:iq:version'/>";

    #[test]
    fn the_version_tells_a_name_and_nothing_else() {
        let answer = ask("get", VERSION, true);
        let query = answer.get_child("query", ns::VERSION).unwrap();
        let told: Vec<_> = query.children().map(|c| (c.name().to_owned(), c.text())).collect();
        assert_eq!(told, [("name".into(), "Sotto".into()), ("version".into(), String::new())]);
    }

    #[test]
    fn those_who_may_see_us_get_answers() {
        assert_eq!(ask("get", PING, true).attr("type"), Some("result"));
        let info = ask("get", INFO, true);
        let query = info.get_child("query", ns::DISCO_INFO).unwrap();
        assert!(query.children().any(|child| child.attr("var") == Some("urn:xmpp:otr:0")));
    }

    #[test]
    fn everything_else_is_unavailable() {
        for (kind, payload, trusted) in [
            ("get", PING, false),
            ("get", INFO, false),
            ("set", PING, true),
            ("get", VERSION, false),
            ("set", VERSION, true),
            ("get", "<query xmlns='jabber:iq:last'/>", true),
            // What time it is where we are is nobody's business (XEP-0202).
            ("get", "<time xmlns='urn:xmpp:time'/>", true),
            ("get", "<query xmlns='http://jabber.org/protocol/disco#items'/>", true),
            ("get", "<query xmlns='http://jabber.org/protocol/disco#info' node='x'/>", true),
            ("get", "<vCard xmlns='vcard-temp'/>", true),
            ("get", "", true),
        ] {
            let answer = ask(kind, payload, trusted);
            assert_eq!(answer.attr("type"), Some("error"), "{kind} {payload}");
            let error = answer.get_child("error", ns::CLIENT).unwrap();
            assert!(error.has_child("service-unavailable", ns::STANZAS));
        }
    }
}
