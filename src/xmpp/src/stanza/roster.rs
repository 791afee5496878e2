//! The list of contacts that the server keeps (RFC 6121 §2).

use std::collections::HashMap;

use tokio_xmpp::jid::{BareJid, Jid};
use tokio_xmpp::minidom::Element;

use super::message::shortened;
use crate::xml::{WithAttribute, iq, is_valid_xml_text, ns};
use crate::{Event, KnownRoster, RosterItem, Subscription};

/// No roster is longer; a server that sends more is cut off there.
const CONTACTS_MAX: usize = 20_000;
/// Nor do the names and groups in it take more bytes.
const BYTES_MAX: usize = 8 * 1024 * 1024;
/// Nobody is in more groups.
const GROUPS_MAX: usize = 64;
/// So many that can't be shown are told of.
const UNADDRESSABLE_MAX: usize = 256;
/// No group's name is longer (RFC 7622 gives as much to a part of a JID).
const GROUP_BYTES_MAX: usize = 1_023;

/// What the server told of our contacts.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    items: HashMap<BareJid, RosterItem>,
    /// What they take.
    bytes: usize,
    /// What the server calls this state.
    version: Option<String>,
    /// Whether the server confirmed it in this session.
    confirmed: bool,
}

/// Asks for all of it, or for what changed since `version`, where servers know versions (RFC 6121
/// §2.6).
pub(crate) fn query(id: &str, version: Option<&str>) -> Element {
    iq("get", id, Element::builder("query", ns::ROSTER).with("ver", version).build())
}

/// Takes a contact out, with both subscriptions.
pub(crate) fn remove(id: &str, jid: &BareJid) -> Element {
    let item = Element::builder("item", ns::ROSTER)
        .with("jid", jid.as_str())
        .with("subscription", "remove");
    iq("set", id, Element::builder("query", ns::ROSTER).append(item.build()).build())
}

impl Roster {
    /// As it was last told.
    pub(crate) fn known(known: Option<KnownRoster>) -> Self {
        let Some(KnownRoster { version, items }) = known else { return Self::default() };
        let version =
            Some(version).filter(|version| !version.is_empty() && is_valid_xml_text(version));
        let mut roster = Self { version, ..Self::default() };
        for item in items {
            roster.put(item);
        }
        roster
    }

    /// Takes a contact in, if there is room for them.
    fn put(&mut self, item: RosterItem) -> bool {
        let before = self.items.get(&item.jid);
        let bytes = self.bytes - before.map_or(0, weight) + weight(&item);
        let has_room = before.is_some() || self.items.len() < CONTACTS_MAX;
        if has_room && bytes <= BYTES_MAX {
            self.bytes = bytes;
            self.items.insert(item.jid.clone(), item);
            return true;
        }
        tracing::warn!("the list of contacts is too long; one is left out");
        false
    }

    fn remove(&mut self, jid: &BareJid) {
        self.bytes -= self.items.remove(jid).as_ref().map_or(0, weight);
    }

    /// What the server calls this state of it, if it does.
    pub(crate) fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Another session begins: until the server answers there, this is how it was.
    pub(crate) const fn mark_stale(&mut self) {
        self.confirmed = false;
    }

    /// Takes the answer to [`query`]. An empty one says that nothing changed since the version
    /// that was known.
    pub(crate) fn answered(&mut self, answer: &Element, refused: bool) -> Event {
        let query = answer.get_child("query", ns::ROSTER);
        if refused || query.is_some() || self.version.is_none() {
            self.replace(query);
        }
        self.confirmed = true;
        let items = self.items.values().cloned().collect();
        Event::Roster { items, version: self.version.clone() }
    }

    fn replace(&mut self, query: Option<&Element>) {
        self.version = query.and_then(version);
        (self.items, self.bytes) = (HashMap::new(), 0);
        for change in query.into_iter().flat_map(Element::children).filter_map(Change::read) {
            match change {
                Change::Set(item) => {
                    self.put(item);
                }
                Change::Removed(_) => {}
            }
        }
    }

    /// Takes a push (§2.1.6).
    pub(crate) fn push(&mut self, query: &Element) -> Option<Event> {
        let change = query.children().find_map(Change::read)?;
        if let Some(version) = version(query) {
            self.version = Some(version);
        }
        match change {
            Change::Set(item) => {
                if !self.put(item.clone()) {
                    // Something is missing from now on, so no version describes what we have.
                    self.version = None;
                    return None;
                }
                Some(Event::RosterChanged(item))
            }
            Change::Removed(jid) => {
                self.remove(&jid);
                Some(Event::RosterRemoved(jid))
            }
        }
    }

    /// Adds a contact, or replaces what is said of them. Without `groups` they stay in theirs.
    /// `None` if XML cannot carry the name.
    pub(crate) fn set(
        &self,
        id: &str,
        jid: &BareJid,
        name: Option<&str>,
        groups: Option<Vec<String>>,
    ) -> Option<Element> {
        if !name.is_none_or(is_valid_xml_text) {
            return None;
        }
        let kept = || self.items.get(jid).map(|item| item.groups.clone()).unwrap_or_default();
        let groups = groups.map_or_else(kept, bounded);
        let groups = groups.into_iter().filter(|group| is_valid_xml_text(group));
        let item = Element::builder("item", ns::ROSTER)
            .with("jid", jid.as_str())
            .with("name", name)
            .append_all(
                groups.map(|group| Element::builder("group", ns::ROSTER).append(group).build()),
            );
        let query = Element::builder("query", ns::ROSTER).append(item.build());
        Some(iq("set", id, query.build()))
    }

    /// Whether this is a contact.
    pub(crate) fn contains(&self, jid: &BareJid) -> bool {
        self.items.contains_key(jid)
    }

    /// Whether this contact may know that we are there.
    pub(crate) fn may_see_us(&self, jid: &BareJid) -> bool {
        self.items.get(jid).is_some_and(|item| match item.subscription {
            Subscription::From | Subscription::Both => self.confirmed,
            Subscription::None | Subscription::To => false,
        })
    }
}

/// Who on the list can't be shown, because their addresses can't be read.
pub(crate) fn unaddressable(answer: &Element) -> Vec<String> {
    let query = answer.get_child("query", ns::ROSTER);
    let items = query.into_iter().flat_map(Element::children);
    let addresses = items.filter(|item| item.is("item", ns::ROSTER)).filter_map(|item| {
        let jid = item.attr("jid")?;
        Jid::new(jid).is_err().then(|| shortened(jid))
    });
    addresses.take(UNADDRESSABLE_MAX).collect()
}

/// The bytes of what others chose.
fn weight(item: &RosterItem) -> usize {
    let groups: usize = item.groups.iter().map(String::len).sum();
    item.jid.as_str().len() + item.name.as_ref().map_or(0, String::len) + groups
}

/// What one `<item/>` says.
enum Change {
    Set(RosterItem),
    Removed(BareJid),
}

impl Change {
    fn read(item: &Element) -> Option<Self> {
        if !item.is("item", ns::ROSTER) {
            return None;
        }
        // Some transports list themselves with a resource.
        let jid = Jid::new(item.attr("jid")?).ok()?.into_bare();
        let subscription = match item.attr("subscription") {
            Some("remove") => return Some(Self::Removed(jid)),
            Some("both") => Subscription::Both,
            Some("from") => Subscription::From,
            Some("to") => Subscription::To,
            _ => Subscription::None,
        };
        Some(Self::Set(RosterItem {
            jid,
            name: item.attr("name").filter(|name| !name.is_empty()).map(str::to_owned),
            subscription,
            asked: item.attr("ask") == Some("subscribe"),
            groups: groups(item),
        }))
    }
}

fn groups(item: &Element) -> Vec<String> {
    let groups = item.children().filter(|child| child.is("group", ns::ROSTER));
    bounded(groups.map(Element::text))
}

/// Each once, and none that is empty or too long.
fn bounded(all: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut groups = Vec::new();
    for group in all {
        let fits = !group.is_empty() && group.len() <= GROUP_BYTES_MAX;
        if fits && groups.len() < GROUPS_MAX && !groups.contains(&group) {
            groups.push(group);
        }
    }
    groups
}

fn version(query: &Element) -> Option<String> {
    query.attr("ver").filter(|version| !version.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query_of(items: &str) -> Element {
        format!("<query xmlns='{}'>{items}</query>", ns::ROSTER).parse().unwrap()
    }

    fn answer(items: &str) -> Element {
        iq("result", "1", query_of(items))
    }

    fn empty() -> Element {
        Element::bare("iq", ns::CLIENT)
    }

    fn bob() -> BareJid {
        "bob@example.org".parse().unwrap()
    }

    fn roster() -> Roster {
        let mut roster = Roster::default();
        roster.answered(
            &answer(
                "<item jid='bob@example.org' name='Bob' subscription='both'><group>Friends</group>\
                 <group>Work</group></item><item jid='carol@example.org' ask='subscribe'/>\
                 <item jid='@'/><other/>",
            ),
            false,
        );
        roster
    }

    #[test]
    fn the_whole_roster_is_read() {
        let answer = answer("<item jid='bob@example.org' name='' subscription='to'/>");
        let Event::Roster { items, version: None } = roster().answered(&answer, false) else {
            panic!("no roster");
        };
        let expected = RosterItem {
            jid: bob(),
            name: None,
            subscription: Subscription::To,
            asked: false,
            groups: Vec::new(),
        };
        assert_eq!(items, [expected]);
        assert!(roster().items[&"carol@example.org".parse::<BareJid>().unwrap()].asked);
        assert_eq!(roster().items[&bob()].groups, ["Friends", "Work"]);
    }

    #[test]
    fn groups_are_bounded_and_each_stands_once() {
        let groups: String = (0..GROUPS_MAX + 5)
            .map(|number| format!("<group>{number}</group><group>{number}</group>"))
            .collect();
        let long = "x".repeat(GROUP_BYTES_MAX + 1);
        let mut roster = Roster::default();
        roster.push(&query_of(&format!(
            "<item jid='bob@example.org'><group>{long}</group><group/>{groups}</item>"
        )));
        let groups = &roster.items[&bob()].groups;
        assert_eq!((groups.len(), groups[0].as_str()), (GROUPS_MAX, "0"));
    }

    #[test]
    fn an_empty_answer_keeps_what_was_known_and_nothing_else_does() {
        let mut known = roster();
        known.version = Some("v1".into());
        known.push(&query_of("<item jid='dave@example.org'/>"));
        assert_eq!(known.version(), Some("v1"), "a push without a version");
        let push = format!("<query xmlns='{}' ver='v2'><item jid='@'/></query>", ns::ROSTER);
        known.push(&push.parse().unwrap());
        assert_eq!(known.version(), Some("v1"), "a push without an item");
        known.push(&push.replace("@", "erin@example.org").parse().unwrap());
        assert_eq!(known.version(), Some("v2"));
        let Event::Roster { items, version } = known.answered(&empty(), false) else { panic!() };
        assert_eq!((items.len(), version.as_deref()), (4, Some("v2")));
        known.answered(&empty(), true);
        assert!(known.items.is_empty() && known.version().is_none(), "a refusal");
        let mut unknown = roster();
        unknown.answered(&empty(), false);
        assert!(unknown.items.is_empty(), "without a version all of it is told");
    }

    #[test]
    fn what_is_asked_for_follows_what_is_known() {
        let ver = |version| {
            let asked = query("1", version);
            asked.get_child("query", ns::ROSTER).unwrap().attr("ver").map(str::to_owned)
        };
        assert_eq!(ver(None), None);
        assert_eq!(ver(Some("")).as_deref(), Some(""));
        assert_eq!(ver(Some("v1")).as_deref(), Some("v1"));
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
        assert!(!roster.items.contains_key(&bob()));
        assert!(roster.push(&query_of("")).is_none());
    }

    #[test]
    fn endless_pushes_fill_no_more_than_a_roster() {
        let mut roster = roster();
        let push = |number: usize| query_of(&format!("<item jid='{number}@example.org'/>"));
        let taken = (0..CONTACTS_MAX + 10).filter_map(|number| roster.push(&push(number))).count();
        assert_eq!((taken, roster.items.len()), (CONTACTS_MAX - 2, CONTACTS_MAX));
        assert!(roster.push(&push(0)).is_some());
    }

    fn set(name: &str, groups: Option<&[&str]>) -> (Option<String>, Vec<String>) {
        let groups = groups.map(|all| all.iter().map(|group| (*group).to_owned()).collect());
        let iq = roster().set("1", &bob(), Some(name), groups).unwrap();
        let item = iq.get_child("query", ns::ROSTER).unwrap().children().next().unwrap();
        (item.attr("name").map(str::to_owned), item.children().map(Element::text).collect())
    }

    #[test]
    fn renaming_keeps_the_groups() {
        let (name, groups) = set("Robert", None);
        assert_eq!(
            (name.as_deref(), groups),
            (Some("Robert"), vec!["Friends".into(), "Work".into()])
        );
        assert!(roster().set("1", &bob(), Some("\0"), None).is_none());
    }

    #[test]
    fn other_groups_replace_those_before_as_far_as_they_can_be_written() {
        assert_eq!(set("Bob", Some(&["Family", "", "\0", "Family"])).1, ["Family"]);
        assert!(set("Bob", Some(&[])).1.is_empty());
    }

    #[test]
    fn a_contact_with_a_resource_is_listed_without_and_one_that_cannot_be_read_is_told() {
        let answer = answer(
            "<item jid='icq.example.org/registered'/><item jid='dave@example.org/home' \
             name='Dave'/><item jid='🐧@example.org'/>",
        );
        let mut roster = Roster::default();
        let Event::Roster { items, .. } = roster.answered(&answer, false) else { panic!() };
        let mut jids: Vec<_> = items.iter().map(|item| item.jid.to_string()).collect();
        jids.sort();
        assert_eq!(jids, ["dave@example.org", "icq.example.org"]);
        assert_eq!(unaddressable(&answer), ["🐧@example.org"]);
    }
}
