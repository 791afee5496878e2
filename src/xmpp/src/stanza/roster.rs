//! The list of contacts that the server keeps (RFC 6121 §2).

use std::collections::HashMap;

use tokio_xmpp::jid::BareJid;
use tokio_xmpp::minidom::Element;

use crate::xml::{WithAttribute, can_carry, iq, ns};
use crate::{Event, RosterItem, Subscription};

/// No roster is longer; a server that sends more is cut off there.
const CONTACTS_MAX: usize = 20_000;

/// What the server told of our contacts.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    entries: HashMap<BareJid, Entry>,
}

#[derive(Debug)]
struct Entry {
    item: RosterItem,
    /// Kept to be sent back: setting an item replaces its groups.
    groups: Vec<String>,
}

/// Asks for all of it.
pub(crate) fn query(id: &str) -> Element {
    iq("get", id, Element::bare("query", ns::ROSTER))
}

/// Takes a contact out, with both subscriptions.
pub(crate) fn remove(id: &str, jid: &BareJid) -> Element {
    let item = Element::builder("item", ns::ROSTER)
        .with("jid", jid.as_str())
        .with("subscription", "remove");
    iq("set", id, Element::builder("query", ns::ROSTER).append(item.build()).build())
}

impl Roster {
    /// Takes the answer to [`query`].
    pub(crate) fn replace(&mut self, query: Option<&Element>) -> Event {
        let items = query.into_iter().flat_map(Element::children);
        self.entries = items
            .filter_map(Change::read)
            .filter_map(|change| match change {
                Change::Set(entry) => Some((entry.item.jid.clone(), entry)),
                Change::Removed(_) => None,
            })
            .take(CONTACTS_MAX)
            .collect();
        Event::Roster(self.entries.values().map(|entry| entry.item.clone()).collect())
    }

    /// Takes a push (§2.1.6).
    pub(crate) fn push(&mut self, query: &Element) -> Option<Event> {
        match query.children().find_map(Change::read)? {
            Change::Set(entry) => {
                let item = entry.item.clone();
                if self.entries.len() >= CONTACTS_MAX && !self.entries.contains_key(&item.jid) {
                    return None;
                }
                self.entries.insert(item.jid.clone(), entry);
                Some(Event::RosterChanged(item))
            }
            Change::Removed(jid) => {
                self.entries.remove(&jid);
                Some(Event::RosterRemoved(jid))
            }
        }
    }

    /// Adds or renames a contact; `None` if XML cannot carry the name.
    pub(crate) fn set(&self, id: &str, jid: &BareJid, name: Option<&str>) -> Option<Element> {
        if !name.is_none_or(can_carry) {
            return None;
        }
        let groups = self.entries.get(jid).into_iter().flat_map(|entry| &entry.groups);
        let item =
            Element::builder("item", ns::ROSTER)
                .with("jid", jid.as_str())
                .with("name", name)
                .append_all(groups.map(|group| {
                    Element::builder("group", ns::ROSTER).append(group.as_str()).build()
                }));
        let query = Element::builder("query", ns::ROSTER).append(item.build());
        Some(iq("set", id, query.build()))
    }

    /// Whether this contact may know that we are there.
    pub(crate) fn may_see_us(&self, jid: &BareJid) -> bool {
        self.entries.get(jid).is_some_and(|entry| match entry.item.subscription {
            Subscription::From | Subscription::Both => true,
            Subscription::None | Subscription::To => false,
        })
    }
}

/// What one `<item/>` says.
enum Change {
    Set(Entry),
    Removed(BareJid),
}

impl Change {
    fn read(item: &Element) -> Option<Self> {
        if !item.is("item", ns::ROSTER) {
            return None;
        }
        let jid = BareJid::new(item.attr("jid")?).ok()?;
        let subscription = match item.attr("subscription") {
            Some("remove") => return Some(Self::Removed(jid)),
            Some("both") => Subscription::Both,
            Some("from") => Subscription::From,
            Some("to") => Subscription::To,
            _ => Subscription::None,
        };
        let groups = item.children().filter(|child| child.is("group", ns::ROSTER));
        Some(Self::Set(Entry {
            groups: groups.map(Element::text).collect(),
            item: RosterItem {
                jid,
                name: item.attr("name").filter(|name| !name.is_empty()).map(str::to_owned),
                subscription,
                asked: item.attr("ask") == Some("subscribe"),
            },
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query_of(items: &str) -> Element {
        format!("<query xmlns='{}'>{items}</query>", ns::ROSTER).parse().unwrap()
    }

    fn bob() -> BareJid {
        "bob@example.org".parse().unwrap()
    }

    fn roster() -> Roster {
        let mut roster = Roster::default();
        roster.replace(Some(&query_of(
            "<item jid='bob@example.org' name='Bob' subscription='both'><group>Friends</group>\
             <group>Work</group></item><item jid='carol@example.org' ask='subscribe'/>\
             <item jid='@'/><other/>",
        )));
        roster
    }

    #[test]
    fn the_whole_roster_is_read() {
        let query = query_of("<item jid='bob@example.org' name='' subscription='to'/>");
        let Event::Roster(items) = roster().replace(Some(&query)) else { panic!("no roster") };
        let expected =
            RosterItem { jid: bob(), name: None, subscription: Subscription::To, asked: false };
        assert_eq!(items, [expected]);
        assert!(roster().entries[&"carol@example.org".parse::<BareJid>().unwrap()].item.asked);
    }

    #[test]
    fn pushes_change_and_remove() {
        let mut roster = roster();
        assert!(roster.may_see_us(&bob()));
        let event = roster.push(&query_of("<item jid='bob@example.org' subscription='to'/>"));
        assert!(matches!(event, Some(Event::RosterChanged(_))));
        assert!(!roster.may_see_us(&bob()));
        let event = roster.push(&query_of("<item jid='bob@example.org' subscription='remove'/>"));
        assert!(matches!(event, Some(Event::RosterRemoved(jid)) if jid == bob()));
        assert!(!roster.entries.contains_key(&bob()));
        assert!(roster.push(&query_of("")).is_none());
    }

    #[test]
    fn endless_pushes_fill_no_more_than_a_roster() {
        let mut roster = roster();
        let push = |number: usize| query_of(&format!("<item jid='{number}@example.org'/>"));
        let taken = (0..CONTACTS_MAX + 10).filter_map(|number| roster.push(&push(number))).count();
        assert_eq!((taken, roster.entries.len()), (CONTACTS_MAX - 2, CONTACTS_MAX));
        assert!(roster.push(&push(0)).is_some());
    }

    #[test]
    fn renaming_keeps_the_groups() {
        let iq = roster().set("1", &bob(), Some("Robert")).unwrap();
        let item = iq.get_child("query", ns::ROSTER).unwrap().children().next().unwrap();
        assert_eq!(item.attr("name"), Some("Robert"));
        let groups: Vec<_> = item.children().map(Element::text).collect();
        assert_eq!(groups, ["Friends", "Work"]);
        assert!(roster().set("1", &bob(), Some("\0")).is_none());
    }
}
