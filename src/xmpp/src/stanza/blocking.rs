//! Whom our server keeps away from us (XEP-0191).

use std::collections::BTreeSet;

use tokio_xmpp::jid::Jid;
use tokio_xmpp::minidom::Element;

use crate::Event;
use crate::xml::{WithAttribute, iq, ns};

/// No list is longer; a server that sends more is cut off there. All of it is told with each
/// change.
const BLOCKED_MAX: usize = 5_000;

/// The list as the server told it.
#[derive(Debug, Default)]
pub(crate) struct Blocked {
    jids: BTreeSet<Jid>,
}

/// Asks for all of it.
pub(crate) fn query(id: &str) -> Element {
    iq("get", id, Element::bare("blocklist", ns::BLOCKING))
}

/// Puts somebody on it.
pub(crate) fn block(id: &str, jid: &Jid) -> Element {
    change(id, "block", jid)
}

/// Takes somebody off it.
pub(crate) fn unblock(id: &str, jid: &Jid) -> Element {
    change(id, "unblock", jid)
}

fn change(id: &str, what: &str, jid: &Jid) -> Element {
    let item = Element::builder("item", ns::BLOCKING).with("jid", jid.as_str()).build();
    iq("set", id, Element::builder(what, ns::BLOCKING).append(item).build())
}

/// The push in an iq, if it is one.
pub(crate) fn push(iq: &Element) -> Option<&Element> {
    iq.get_child("block", ns::BLOCKING).or_else(|| iq.get_child("unblock", ns::BLOCKING))
}

impl Blocked {
    /// Takes the answer to [`query`].
    pub(crate) fn replace(&mut self, list: &Element) -> Event {
        self.jids = items(list).take(BLOCKED_MAX).collect();
        self.told()
    }

    /// Takes a push.
    pub(crate) fn push(&mut self, push: &Element) -> Event {
        if push.name() == "block" {
            let room = BLOCKED_MAX.saturating_sub(self.jids.len());
            self.jids.extend(items(push).take(room));
        } else if push.children().next().is_none() {
            // Everybody.
            self.jids.clear();
        } else {
            for jid in items(push) {
                self.jids.remove(&jid);
            }
        }
        self.told()
    }

    fn told(&self) -> Event {
        Event::Blocked(self.jids.iter().cloned().collect())
    }
}

fn items(list: &Element) -> impl Iterator<Item = Jid> {
    list.children()
        .filter(|child| child.is("item", ns::BLOCKING))
        .filter_map(|item| Jid::new(item.attr("jid")?).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(name: &str, items: &str) -> Element {
        format!("<{name} xmlns='urn:xmpp:blocking'>{items}</{name}>").parse().unwrap()
    }

    fn told(event: Event) -> Vec<String> {
        let Event::Blocked(jids) = event else { panic!("{event:?}") };
        jids.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_list_is_read_and_changed() {
        let mut blocked = Blocked::default();
        let list = element("blocklist", "<item jid='a@b'/><item jid='c'/><item jid='@'/><x/>");
        assert_eq!(told(blocked.replace(&list)), ["a@b", "c"]);
        assert_eq!(told(blocked.push(&element("block", "<item jid='d'/>"))), ["a@b", "c", "d"]);
        assert_eq!(told(blocked.push(&element("unblock", "<item jid='c'/>"))), ["a@b", "d"]);
        assert_eq!(told(blocked.push(&element("unblock", "<item jid='@'/>"))), ["a@b", "d"]);
        assert!(told(blocked.push(&element("unblock", ""))).is_empty());
    }

    #[test]
    fn an_endless_list_is_cut_off() {
        let mut blocked = Blocked::default();
        for number in 0..BLOCKED_MAX + 10 {
            blocked.push(&element("block", &format!("<item jid='u{number}'/>")));
        }
        assert_eq!(blocked.jids.len(), BLOCKED_MAX);
    }
}
