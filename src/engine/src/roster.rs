//! Who is on an account's contact list, and who of them is there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use otr::html::Reader;
use xmpp::{FullJid, RosterItem};

use crate::contact::Standing;
use crate::message::{Availability, BareJid, ContactInfo, Subscription};

/// The contact list of one account.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    items: HashMap<BareJid, RosterItem>,
    /// Those who ask to see our presence and wait for an answer.
    requests: BTreeSet<BareJid>,
    /// Those who wrote to us without being listed.
    strangers: BTreeSet<BareJid>,
    /// Those whom the server keeps away from us.
    blocked: BTreeSet<BareJid>,
    resources: HashMap<BareJid, BTreeMap<FullJid, Availability>>,
    /// How programs read private texts that say what they are, while they are there.
    readers: HashMap<BareJid, BTreeMap<FullJid, Reader>>,
}

/// How a program reads private texts, by the name that it gives itself (XEP-0115).
pub(crate) fn reader(program: Option<&str>) -> Reader {
    /// Pidgin, Adium, and all that is made of the same library.
    const OF_LIBPURPLE: &str = "http://pidgin.im/";
    match program {
        Some(node) if node.starts_with(OF_LIBPURPLE) => Reader::Html,
        Some(_) => Reader::Plain,
        None => Reader::Unknown,
    }
}

impl Roster {
    /// Takes the whole list.
    pub(crate) fn replace(&mut self, items: Vec<RosterItem>) {
        self.items = items.into_iter().map(|item| (item.jid.clone(), item)).collect();
    }

    /// Takes one contact.
    pub(crate) fn put(&mut self, item: RosterItem) {
        if matches!(item.subscription, xmpp::Subscription::From | xmpp::Subscription::Both) {
            self.requests.remove(&item.jid);
        }
        self.strangers.remove(&item.jid);
        self.items.insert(item.jid.clone(), item);
    }

    /// Forgets one contact.
    pub(crate) fn remove(&mut self, contact: &BareJid) {
        self.items.remove(contact);
        self.requests.remove(contact);
    }

    /// Somebody asks to see our presence.
    pub(crate) fn request(&mut self, contact: BareJid) {
        self.requests.insert(contact);
    }

    /// Somebody wrote whom we have not listed; says whether that is new.
    pub(crate) fn wrote(&mut self, contact: BareJid) -> bool {
        self.strangers.insert(contact)
    }

    /// Their request was answered.
    pub(crate) fn answered(&mut self, contact: &BareJid) {
        self.requests.remove(contact);
        self.strangers.remove(contact);
    }

    /// Takes the list of those whom the server keeps away; gives back whose standing changed.
    pub(crate) fn block(&mut self, blocked: BTreeSet<BareJid>) -> Vec<BareJid> {
        let before = std::mem::replace(&mut self.blocked, blocked);
        before.symmetric_difference(&self.blocked).cloned().collect()
    }

    /// Nobody's presence is known any more.
    pub(crate) fn forget_presence(&mut self) {
        self.resources.clear();
        self.readers.clear();
    }

    /// Somebody came, went or changed.
    pub(crate) fn observe(&mut self, from: FullJid, availability: Availability, reader: Reader) {
        let readers = self.readers.entry(from.to_bare()).or_default();
        if availability == Availability::Offline {
            readers.remove(&from);
        } else {
            readers.insert(from.clone(), reader);
        }
        let resources = self.resources.entry(from.to_bare()).or_default();
        if availability == Availability::Offline {
            resources.remove(&from);
        } else {
            resources.insert(from, availability);
        }
    }

    /// Where a contact is.
    pub(crate) fn resources(&self, contact: &BareJid) -> BTreeMap<FullJid, Availability> {
        self.resources.get(contact).cloned().unwrap_or_default()
    }

    /// How each of a contact's programs reads.
    pub(crate) fn readers(&self, contact: &BareJid) -> BTreeMap<FullJid, Reader> {
        self.readers.get(contact).cloned().unwrap_or_default()
    }

    /// What a contact's actor must know.
    pub(crate) fn standing(&self, contact: &BareJid) -> Standing {
        use xmpp::Subscription::{Both, From, To};
        let Some(item) = self.items.get(contact) else { return Standing::default() };
        Standing {
            accepted: true,
            seen: matches!(item.subscription, To | Both),
            sees_us: matches!(item.subscription, From | Both),
            ..Standing::default()
        }
    }

    /// Whether they and we see when the other is there, and nobody keeps them away.
    pub(crate) fn is_mutual(&self, contact: &BareJid) -> bool {
        let Standing { seen, sees_us, .. } = self.standing(contact);
        seen && sees_us && !self.blocked.contains(contact)
    }

    /// Whether the contact is on the list.
    pub(crate) fn lists(&self, contact: &BareJid) -> bool {
        self.items.contains_key(contact)
    }

    /// Whether the contact is listed or asks to be.
    pub(crate) fn knows(&self, contact: &BareJid) -> bool {
        self.lists(contact) || self.asks(contact)
    }

    /// A contact as the list shows it.
    pub(crate) fn info(&self, contact: &BareJid) -> ContactInfo {
        let item = self.items.get(contact);
        let availability = self
            .resources
            .get(contact)
            .and_then(|resources| resources.values().copied().max())
            .unwrap_or_default();
        ContactInfo {
            contact: contact.clone(),
            name: item.and_then(|item| item.name.clone()),
            availability,
            subscription: self.subscription(contact, item),
            blocked: self.blocked.contains(contact),
            groups: item.map(|item| item.groups.clone()).unwrap_or_default(),
        }
    }

    /// Whether they wait for an answer of ours.
    fn asks(&self, contact: &BareJid) -> bool {
        self.requests.contains(contact) || self.strangers.contains(contact)
    }

    fn subscription(&self, contact: &BareJid, item: Option<&RosterItem>) -> Subscription {
        if self.requests.contains(contact) {
            return Subscription::Requested;
        }
        if item.is_none() && self.strangers.contains(contact) {
            return Subscription::Wrote;
        }
        match item.map(|item| (item.subscription, item.asked)) {
            Some((xmpp::Subscription::Both, _)) => Subscription::Both,
            Some((_, true)) => Subscription::Asked,
            Some((xmpp::Subscription::From | xmpp::Subscription::To, false)) => {
                Subscription::OneWay
            }
            Some((xmpp::Subscription::None, false)) | None => Subscription::None,
        }
    }

    /// Everybody on the list, and who asks to be.
    pub(crate) fn contacts(&self) -> Vec<ContactInfo> {
        let asking = self.requests.union(&self.strangers);
        let asking = asking.filter(|jid| !self.items.contains_key(*jid));
        let mut all: Vec<_> = self.items.keys().chain(asking).map(|jid| self.info(jid)).collect();
        all.sort_by(|a, b| a.contact.cmp(&b.contact));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jid(text: &str) -> BareJid {
        text.parse().unwrap()
    }

    fn item(subscription: xmpp::Subscription, asked: bool) -> RosterItem {
        let jid = jid("bob@example.org");
        RosterItem { jid, name: None, subscription, asked, groups: Vec::new() }
    }

    #[test]
    fn a_contact_is_as_present_as_their_most_present_program() {
        let mut roster = Roster::default();
        let bob = jid("bob@example.org");
        roster.put(item(xmpp::Subscription::Both, false));
        let (phone, desk) = ("bob@example.org/phone", "bob@example.org/desk");
        roster.observe(phone.parse().unwrap(), Availability::Away, Reader::Unknown);
        roster.observe(desk.parse().unwrap(), Availability::Online, Reader::Html);
        assert!(roster.readers(&bob).values().any(|reader| *reader == Reader::Html));
        assert_eq!(roster.info(&bob).availability, Availability::Online);
        roster.observe(desk.parse().unwrap(), Availability::Offline, Reader::Unknown);
        assert_eq!(roster.readers(&bob).len(), 1);
        assert_eq!(roster.info(&bob).availability, Availability::Away);
    }

    #[test]
    fn a_program_is_known_by_its_name() {
        assert_eq!(reader(Some("http://pidgin.im/")), Reader::Html);
        assert_eq!(reader(Some("http://profanity-im.github.io")), Reader::Plain);
        assert_eq!(reader(None), Reader::Unknown);
    }

    #[test]
    fn a_stranger_is_not_accepted_until_listed() {
        let mut roster = Roster::default();
        let bob = jid("bob@example.org");
        roster.request(bob.clone());
        assert!(!roster.standing(&bob).accepted);
        assert_eq!(roster.info(&bob).subscription, Subscription::Requested);
        roster.put(item(xmpp::Subscription::From, true));
        assert!(roster.standing(&bob).accepted);
        assert_eq!(roster.info(&bob).subscription, Subscription::Asked);
    }
}
