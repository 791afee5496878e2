//! Who is on an account's contact list, and who of them is there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(crate) use chat::Program;
use xmpp::{FullJid, RosterItem};

use crate::contact::{Access, ContactPermissions};
use crate::message::{Availability, BareJid, ContactInfo, Subscription};
use crate::strangers::{ContactRequest, Strangers};

/// Of no contact more programs are kept in sight; a server lets fewer in.
const PROGRAMS_MAX: usize = 32;
/// So many people are kept in sight before the list itself has come.
const EARLY_MAX: usize = 512;
/// With so many who are not listed have we spoken, by what the server says; beyond that its word
/// makes nobody known.
const SPOKEN_TO_MAX: usize = 1_024;

/// The contact list of one account.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    items: HashMap<BareJid, RosterItem>,
    /// Whether it has come.
    state: State,
    /// Those who are not listed, and want to reach us.
    pub(crate) strangers: Strangers,
    /// Those whom the person wrote to, asked or accepted without their being listed, yet or at all.
    spoken_to: BTreeSet<BareJid>,
    /// Those whom the server keeps away from us.
    blocked: BTreeSet<BareJid>,
    resources: HashMap<BareJid, BTreeMap<FullJid, Availability>>,
    /// What programs say that they are, while they are there.
    programs: HashMap<BareJid, BTreeMap<FullJid, Program>>,
}

/// Whether the list has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Not yet: nobody can be told from a stranger.
    #[default]
    Awaited,
    /// It has.
    Known,
}

/// What a program is that gives itself this name (XEP-0115).
pub(crate) fn program_named(node: Option<&str>) -> Program {
    const OF_LIBPURPLE: &str = "http://pidgin.im/";
    const OF_PSI: [&str; 3] = ["psi-im.org", "psi-plus.com", "psi-dev.googlecode.com"];
    const AS_TYPED: [&str; 3] = ["profanity-im.github.io", "profanity.im", "conversations.im"];
    let host = node.and_then(|node| node.split_once("://")).map(|(_, rest)| rest);
    let host = host.and_then(|rest| rest.split('/').next());
    let host = host.map(|host| host.strip_prefix("www.").unwrap_or(host));
    match node {
        Some(_) if host.is_some_and(|host| OF_PSI.contains(&host)) => Program::Psi,
        Some(node) if node.starts_with(OF_LIBPURPLE) => Program::Libpurple,
        Some(_) if host.is_some_and(|host| AS_TYPED.contains(&host)) => Program::AsTyped,
        Some(xmpp::PROGRAM) => Program::Sotto,
        Some(_) => Program::Other,
        None => Program::Unknown,
    }
}

impl Roster {
    /// Takes the whole list.
    pub(crate) fn replace(&mut self, items: Vec<RosterItem>) {
        self.items = items.into_iter().map(|item| (item.jid.clone(), item)).collect();
        self.state = State::Known;
        for contact in self.items.keys() {
            self.strangers.are_known(contact);
            self.spoken_to.remove(contact);
        }
        let (items, spoken_to) = (&self.items, &self.spoken_to);
        let is_known =
            |contact: &BareJid| items.contains_key(contact) || spoken_to.contains(contact);
        self.resources.retain(|contact, _| is_known(contact));
        self.programs.retain(|contact, _| is_known(contact));
    }

    /// Takes one contact.
    pub(crate) fn put(&mut self, item: RosterItem) {
        if matches!(item.subscription, xmpp::Subscription::From | xmpp::Subscription::Both) {
            self.strangers.answered(&item.jid);
        }
        self.strangers.are_known(&item.jid);
        self.spoken_to.remove(&item.jid);
        self.items.insert(item.jid.clone(), item);
    }

    /// Forgets one contact: from now on they are a stranger.
    pub(crate) fn remove(&mut self, contact: &BareJid) {
        self.items.remove(contact);
        self.part_with(contact);
    }

    /// The person speaks to somebody, asks or accepts them.
    pub(crate) fn speak_to(&mut self, contact: &BareJid) {
        self.strangers.are_known(contact);
        if !self.is_acquainted(contact) {
            self.spoken_to.insert(contact.clone());
        }
    }

    /// The same as the server tells it of another device; whether it is believed.
    pub(crate) fn spoke_elsewhere(&mut self, contact: &BareJid) -> bool {
        if !self.is_acquainted(contact) && self.spoken_to.len() >= SPOKEN_TO_MAX {
            return false;
        }
        self.speak_to(contact);
        true
    }

    /// The person wants to hear no more of somebody.
    pub(crate) fn part_with(&mut self, contact: &BareJid) {
        self.strangers.answered(contact);
        self.spoken_to.remove(contact);
        if !self.lists(contact) {
            self.resources.remove(contact);
            self.programs.remove(contact);
        }
    }

    /// Takes the list of those whom the server keeps away; gives back whose standing changed.
    pub(crate) fn block(&mut self, blocked: BTreeSet<BareJid>) -> Vec<BareJid> {
        let before = std::mem::replace(&mut self.blocked, blocked);
        before.symmetric_difference(&self.blocked).cloned().collect()
    }

    /// Nobody's presence is known any more.
    pub(crate) fn forget_presence(&mut self) {
        self.resources.clear();
        self.programs.clear();
    }

    /// Somebody came, went or changed; whether that is taken in. Anybody can send us their presence
    /// (RFC 6121 §4.6): of whom we do not know it is none of our business.
    pub(crate) fn observe(
        &mut self,
        from: FullJid,
        availability: Availability,
        program: Program,
    ) -> bool {
        let contact = from.to_bare();
        if !self.may_be_seen(&contact) {
            return false;
        }
        if availability == Availability::Offline {
            remove(&mut self.programs, &contact, &from);
            remove(&mut self.resources, &contact, &from);
            return true;
        }
        let resources = self.resources.entry(contact.clone()).or_default();
        if resources.len() >= PROGRAMS_MAX && !resources.contains_key(&from) {
            return false;
        }
        resources.insert(from.clone(), availability);
        self.programs.entry(contact).or_default().insert(from, program);
        true
    }

    fn may_be_seen(&self, contact: &BareJid) -> bool {
        match self.state {
            State::Known => self.is_acquainted(contact),
            State::Awaited => {
                self.is_acquainted(contact)
                    || self.resources.contains_key(contact)
                    || self.resources.len() < EARLY_MAX
            }
        }
    }

    /// Whether they are listed, or the person has spoken to them.
    pub(crate) fn is_acquainted(&self, contact: &BareJid) -> bool {
        self.lists(contact) || self.spoken_to.contains(contact)
    }

    /// Where a contact is.
    pub(crate) fn resources(&self, contact: &BareJid) -> BTreeMap<FullJid, Availability> {
        self.resources.get(contact).cloned().unwrap_or_default()
    }

    /// What each of a contact's programs says that it is.
    pub(crate) fn programs(&self, contact: &BareJid) -> BTreeMap<FullJid, Program> {
        self.programs.get(contact).cloned().unwrap_or_default()
    }

    /// What a contact's actor must know.
    pub(crate) fn standing(&self, contact: &BareJid) -> ContactPermissions {
        use xmpp::Subscription::{Both, From, To};
        let is_blocked = self.blocked.contains(contact);
        let access = if is_blocked { Access::Blocked } else { Access::Open };
        let Some(item) = self.items.get(contact) else {
            let accepted = self.spoken_to.contains(contact);
            return ContactPermissions { accepted, access, ..ContactPermissions::default() };
        };
        ContactPermissions {
            accepted: true,
            access,
            seen: matches!(item.subscription, To | Both),
            sees_us: matches!(item.subscription, From | Both),
            ..ContactPermissions::default()
        }
    }

    /// Whether they and we see when the other is there, and nobody keeps them away.
    pub(crate) fn is_mutual(&self, contact: &BareJid) -> bool {
        let ContactPermissions { seen, sees_us, .. } = self.standing(contact);
        seen && sees_us && !self.blocked.contains(contact)
    }

    /// Whether the contact is on the list.
    pub(crate) fn lists(&self, contact: &BareJid) -> bool {
        self.items.contains_key(contact)
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

    fn subscription(&self, contact: &BareJid, item: Option<&RosterItem>) -> Subscription {
        match self.strangers.wish(contact) {
            Some(ContactRequest::ToSeeUs) => return Subscription::Requested,
            Some(ContactRequest::ToTalk) if item.is_none() => return Subscription::Wrote,
            Some(ContactRequest::ToTalk) | None => {}
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

    /// Everybody on the list, who asks to be, and whom we have spoken to without.
    pub(crate) fn contacts(&self) -> Vec<ContactInfo> {
        let unlisted: BTreeSet<_> = self.strangers.iter().chain(&self.spoken_to).collect();
        let unlisted = unlisted.into_iter().filter(|jid| !self.items.contains_key(*jid));
        let mut all: Vec<_> = self.items.keys().chain(unlisted).map(|jid| self.info(jid)).collect();
        all.sort_by(|a, b| a.contact.cmp(&b.contact));
        all
    }
}

/// Takes a program of a contact out of a table.
fn remove<T>(
    table: &mut HashMap<BareJid, BTreeMap<FullJid, T>>,
    contact: &BareJid,
    program: &FullJid,
) {
    if let Some(programs) = table.get_mut(contact) {
        programs.remove(program);
        if programs.is_empty() {
            table.remove(contact);
        }
    }
}

#[cfg(test)]
mod tests {
    use otr::html::Reader;

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
        roster.observe(phone.parse().unwrap(), Availability::Away, Program::Unknown);
        roster.observe(desk.parse().unwrap(), Availability::Online, Program::Libpurple);
        assert!(roster.programs(&bob).values().any(|program| *program == Program::Libpurple));
        assert_eq!(roster.info(&bob).availability, Availability::Online);
        roster.observe(desk.parse().unwrap(), Availability::Offline, Program::Unknown);
        assert_eq!(roster.programs(&bob).len(), 1);
        assert_eq!(roster.info(&bob).availability, Availability::Away);
    }

    #[test]
    fn a_program_is_known_by_its_name() {
        let named = |node| (program_named(node), program_named(node).reader());
        assert_eq!(named(Some("http://pidgin.im/")), (Program::Libpurple, Reader::Html));
        let profanity = Some("http://profanity-im.github.io");
        assert_eq!(named(profanity), (Program::AsTyped, Reader::Plain));
        assert_eq!(named(Some("https://www.conversations.im/")).0, Program::AsTyped);
        assert_eq!(named(Some("https://example.org")), (Program::Other, Reader::Plain));
        for psi in
            ["https://psi-im.org", "https://psi-plus.com", "http://psi-dev.googlecode.com/caps"]
        {
            assert_eq!(named(Some(psi)), (Program::Psi, Reader::Html), "{psi}");
        }
        assert_eq!(named(Some("https://psi-im.org.example")).0, Program::Other);
        assert_eq!(named(Some("urn:x-sotto")), (Program::Sotto, Reader::Plain));
        assert_eq!(named(None), (Program::Unknown, Reader::Unknown));
    }

    #[test]
    fn a_stranger_is_not_accepted_until_listed() {
        let mut roster = Roster::default();
        let bob = jid("bob@example.org");
        assert!(roster.strangers.asks(&bob));
        assert!(!roster.standing(&bob).accepted);
        assert_eq!(roster.info(&bob).subscription, Subscription::Requested);
        roster.put(item(xmpp::Subscription::From, true));
        assert!(roster.standing(&bob).accepted);
        assert_eq!(roster.info(&bob).subscription, Subscription::Asked);
    }

    fn comes(roster: &mut Roster, who: &str, availability: Availability) -> bool {
        roster.observe(who.parse().unwrap(), availability, Program::Unknown)
    }

    #[test]
    fn the_presence_of_strangers_is_none_of_our_business() {
        use Availability::{Offline, Online};
        let mut roster = Roster::default();
        roster.replace(vec![item(xmpp::Subscription::From, false)]);
        for number in 0..1_000 {
            assert!(!comes(&mut roster, &format!("s{number}@evil.example/x"), Online));
        }
        roster.strangers.asks(&jid("s1@evil.example"));
        assert!(!comes(&mut roster, "s1@evil.example/x", Online), "asking is not being known");
        assert!(roster.resources.is_empty() && roster.programs.is_empty());
        assert!(comes(&mut roster, "bob@example.org/x", Online), "one-sided, but listed");
        roster.speak_to(&jid("s1@evil.example"));
        assert!(comes(&mut roster, "s1@evil.example/x", Online), "the person writes to them");
        assert!(comes(&mut roster, "s1@evil.example/x", Offline));
        assert_eq!(roster.resources.len(), 1, "nothing is left of who went");
    }

    #[test]
    fn what_came_before_the_list_is_kept_of_contacts_alone_and_within_bounds() {
        let mut roster = Roster::default();
        for number in 0..EARLY_MAX - 1 {
            assert!(comes(&mut roster, &format!("s{number}@evil.example/x"), Availability::Away));
        }
        assert!(comes(&mut roster, "bob@example.org/x", Availability::Away));
        assert!(!comes(&mut roster, "one@toomany.example/x", Availability::Away));
        roster.replace(vec![item(xmpp::Subscription::Both, false)]);
        assert_eq!(roster.resources.keys().collect::<Vec<_>>(), [&jid("bob@example.org")]);
        assert_eq!(roster.programs.len(), 1);
        assert_eq!(roster.info(&jid("bob@example.org")).availability, Availability::Away);
    }

    #[test]
    fn so_many_programs_of_one_contact_are_kept_in_sight() {
        let mut roster = Roster::default();
        roster.replace(vec![item(xmpp::Subscription::Both, false)]);
        let program = |number: usize| format!("bob@example.org/{number}");
        for number in 0..PROGRAMS_MAX {
            assert!(comes(&mut roster, &program(number), Availability::Away));
        }
        assert!(!comes(&mut roster, &program(PROGRAMS_MAX), Availability::Online));
        assert!(comes(&mut roster, &program(0), Availability::Busy), "one of them may change");
        assert_eq!(roster.resources(&jid("bob@example.org")).len(), PROGRAMS_MAX);
        assert_eq!(roster.programs(&jid("bob@example.org")).len(), PROGRAMS_MAX);
    }

    #[test]
    fn the_server_makes_so_many_known_whom_we_are_said_to_have_spoken_to() {
        let mut roster = Roster::default();
        for number in 0..SPOKEN_TO_MAX {
            assert!(roster.spoke_elsewhere(&jid(&format!("s{number}@evil.example"))));
        }
        assert!(!roster.spoke_elsewhere(&jid("one@toomany.example")));
        assert!(roster.spoke_elsewhere(&jid("s1@evil.example")), "known already");
        roster.speak_to(&jid("friend@example.net"));
        assert!(roster.standing(&jid("friend@example.net")).accepted, "the person may");
        roster.part_with(&jid("friend@example.net"));
        assert!(!roster.standing(&jid("friend@example.net")).accepted);
    }
}
