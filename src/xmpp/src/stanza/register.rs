//! Making, changing and removing an account (XEP-0077).

use tokio_xmpp::jid::BareJid;
use tokio_xmpp::minidom::Element;

use crate::xml::{iq, is_valid_xml_text, ns};

/// Asks what a new account needs.
pub(crate) fn query(id: &str) -> Element {
    iq("get", id, Element::bare("query", ns::REGISTER))
}

/// Gives what a new account needs.
pub(crate) fn submit(id: &str, answers: Element) -> Element {
    iq("set", id, answers)
}

/// Asks for another password; `None` if XML cannot carry it.
pub(crate) fn change_password(id: &str, account: &BareJid, password: &str) -> Option<Element> {
    let child = |name: &str, text: &str| {
        Element::builder(name, ns::REGISTER).append(text.to_owned()).build()
    };
    let user = account.node()?.as_str();
    let query = Element::builder("query", ns::REGISTER)
        .append(child("username", user))
        .append(child("password", password));
    is_valid_xml_text(password).then(|| to_server(account, iq("set", id, query.build())))
}

/// Asks to remove the account.
pub(crate) fn remove(id: &str, account: &BareJid) -> Element {
    let query =
        Element::builder("query", ns::REGISTER).append(Element::bare("remove", ns::REGISTER));
    to_server(account, iq("set", id, query.build()))
}

/// Whether a stream error may be how a server confirms that an account is removed: by
/// `not-authorized` (XEP-0077 §3.2), or in ejabberd's way.
pub(crate) fn is_removal(error: &Element) -> bool {
    let send =
        |words: &str| error.get_child("text", ns::STREAMS).is_some_and(|text| text.text() == words);
    error.has_child("not-authorized", ns::STREAMS)
        || (error.has_child("conflict", ns::STREAMS) && send("User removed"))
}

/// Some servers take these only when they are named.
fn to_server(account: &BareJid, mut iq: Element) -> Element {
    if let Ok(name) = "to".try_into() {
        let none = tokio_xmpp::minidom::rxml::Namespace::NONE;
        iq.set_attr(none, name, account.domain().as_str());
    }
    iq
}
