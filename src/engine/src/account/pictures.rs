//! Contacts' pictures: fetched one after another, and only from those who may know that we look.
//!
//! Not here: the pictures themselves. The window has them; here they are counted.

use std::collections::BTreeMap;

use xmpp::{AvatarHash, RequestError};

use super::Account;
use crate::message::{Availability, Avatar, BareJid, ChatEvent};
use crate::roster::Roster;

/// No account shows more pictures.
const PICTURES_MAX: usize = 256;
/// Nor more bytes of them.
const BYTES_MAX: usize = 8 * 1024 * 1024;
/// The link takes no larger one.
const PICTURE_BYTES_MAX: usize = 128 * 1024;

/// What contacts said of their pictures, and what became of it. Only contacts are in it, so it is
/// no longer than the roster.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    announced: BTreeMap<BareJid, (AvatarHash, Stage)>,
    asked: Option<(BareJid, AvatarHash)>,
}

/// How far a picture came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It was not fetched yet, or is not shown any more.
    Unseen,
    /// It is shown, and has so many bytes.
    Shown(usize),
    /// It cannot be had.
    Unusable,
}

impl Pictures {
    /// A contact has another picture, or none; whether the one that was shown is outdated.
    fn announce(&mut self, contact: BareJid, hash: Option<AvatarHash>) -> bool {
        let known = self.announced.get(&contact);
        if known.map(|(known, _)| *known) == hash {
            return false;
        }
        let before = match hash {
            Some(hash) => self.announced.insert(contact, (hash, Stage::Unseen)),
            None => self.announced.remove(&contact),
        };
        matches!(before, Some((_, Stage::Shown(_))))
    }

    /// What to fetch now, if anything.
    fn next(&self, roster: &Roster) -> Option<(BareJid, AvatarHash)> {
        if self.asked.is_some() || self.is_full() {
            return None;
        }
        let mut unseen = self.announced.iter().filter(|(_, (_, stage))| *stage == Stage::Unseen);
        let (contact, (hash, _)) = unseen.find(|(contact, _)| roster.is_mutual(contact))?;
        Some((contact.clone(), *hash))
    }

    /// What was asked for is answered: whose it is, if it is to be shown.
    fn came(&mut self, roster: &Roster, wanted: bool, bytes: usize) -> Option<BareJid> {
        let (contact, hash) = self.asked.take()?;
        if wanted && roster.is_mutual(&contact) {
            self.move_on(&contact, hash, Stage::Shown(bytes)).then_some(contact)
        } else {
            None
        }
    }

    /// What was asked for did not come; whether it is worth asking for another at once.
    fn failed(&mut self, error: &RequestError) -> bool {
        let Some((contact, hash)) = self.asked.take() else { return false };
        if matches!(error, RequestError::Offline | RequestError::Lost | RequestError::Busy) {
            return false;
        }
        self.move_on(&contact, hash, Stage::Unusable);
        true
    }

    /// Takes back what may not be shown any more, and forgets who is no contact; whose that was.
    fn withdraw(&mut self, roster: &Roster, wanted: bool) -> Vec<BareJid> {
        let mut withdrawn = Vec::new();
        for (contact, (_, stage)) in &mut self.announced {
            if matches!(stage, Stage::Shown(_)) && !(wanted && roster.is_mutual(contact)) {
                *stage = Stage::Unseen;
                withdrawn.push(contact.clone());
            }
        }
        self.announced.retain(|contact, _| roster.lists(contact));
        withdrawn
    }

    /// Whether that is still their picture.
    fn move_on(&mut self, contact: &BareJid, hash: AvatarHash, to: Stage) -> bool {
        match self.announced.get_mut(contact) {
            Some((known, stage)) if *known == hash => {
                *stage = to;
                true
            }
            Some(_) | None => false,
        }
    }

    fn is_full(&self) -> bool {
        let shown = self.announced.values().filter_map(|(_, stage)| match stage {
            Stage::Shown(bytes) => Some(*bytes),
            Stage::Unseen | Stage::Unusable => None,
        });
        let (count, bytes) = shown.fold((0, 0), |(count, all), bytes| (count + 1, all + bytes));
        count >= PICTURES_MAX || bytes + PICTURE_BYTES_MAX > BYTES_MAX
    }
}

impl Account {
    /// A contact has another picture, or none.
    pub(super) async fn avatar_changed(&mut self, contact: BareJid, hash: Option<AvatarHash>) {
        if self.pictures.announce(contact.clone(), hash) {
            self.tell_chat(contact, ChatEvent::AvatarChanged(None)).await;
        }
        self.fetch_picture();
    }

    /// A picture came.
    pub(super) async fn avatar(&mut self, tag: u64, bytes: Vec<u8>) {
        if !self.avatar_answered(tag) {
            return;
        }
        let wanted = self.setup.known.manners.pictures;
        if let Some(contact) = self.pictures.came(&self.roster, wanted, bytes.len()) {
            let avatar = Some(Avatar::new(bytes));
            self.tell_chat(contact, ChatEvent::AvatarChanged(avatar)).await;
        }
        self.fetch_picture();
    }

    /// A picture did not come.
    pub(super) fn no_avatar(&mut self, error: &RequestError) {
        if self.pictures.failed(error) {
            self.fetch_picture();
        }
    }

    /// Who is on the list, or what the person wants, has changed.
    pub(super) async fn review_pictures(&mut self) {
        let wanted = self.setup.known.manners.pictures;
        for contact in self.pictures.withdraw(&self.roster, wanted) {
            self.tell_chat(contact, ChatEvent::AvatarChanged(None)).await;
        }
        self.fetch_picture();
    }

    /// Fetches the next picture, if the person wants that. While we are hidden it would tell that
    /// we are there.
    pub(super) fn fetch_picture(&mut self) {
        let is_shown = self.setup.availability != Availability::Offline;
        if !(self.online && is_shown && self.setup.known.manners.pictures) {
            return;
        }
        let Some((contact, hash)) = self.pictures.next(&self.roster) else { return };
        if self.query_avatar(contact.clone(), hash) {
            self.pictures.asked = Some((contact, hash));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jid(name: &str) -> BareJid {
        format!("{name}@example.org").parse().unwrap()
    }

    fn hash(number: usize) -> AvatarHash {
        format!("{number:040x}").parse().unwrap()
    }

    fn roster(names: &[&str], subscription: xmpp::Subscription) -> Roster {
        let mut roster = Roster::default();
        for name in names {
            let (jid, groups) = (jid(name), Vec::new());
            roster.put(xmpp::RosterItem { jid, name: None, subscription, asked: false, groups });
        }
        roster
    }

    fn friends(names: &[&str]) -> Roster {
        roster(names, xmpp::Subscription::Both)
    }

    /// Asks for the next one; whose it is.
    fn ask(pictures: &mut Pictures, roster: &Roster) -> Option<BareJid> {
        let next = pictures.next(roster)?;
        pictures.asked = Some(next.clone());
        Some(next.0)
    }

    /// Has the picture of a contact shown.
    fn show(pictures: &mut Pictures, roster: &Roster, name: &str, number: usize, bytes: usize) {
        pictures.announce(jid(name), Some(hash(number)));
        assert_eq!(ask(pictures, roster), Some(jid(name)));
        assert_eq!(pictures.came(roster, true, bytes), Some(jid(name)));
    }

    #[test]
    fn one_picture_is_fetched_at_a_time_and_each_once() {
        let (mut pictures, roster) = (Pictures::default(), friends(&["bob", "carol"]));
        pictures.announce(jid("bob"), Some(hash(1)));
        pictures.announce(jid("carol"), Some(hash(2)));
        assert_eq!(ask(&mut pictures, &roster), Some(jid("bob")));
        assert_eq!(ask(&mut pictures, &roster), None);
        assert_eq!(pictures.came(&roster, true, 10), Some(jid("bob")));
        assert_eq!(ask(&mut pictures, &roster), Some(jid("carol")));
        assert_eq!(pictures.came(&roster, true, 10), Some(jid("carol")));
        // As after a new sign-in.
        assert!(!pictures.announce(jid("bob"), Some(hash(1))));
        assert_eq!(ask(&mut pictures, &roster), None);
    }

    #[test]
    fn nobody_is_asked_who_does_not_share_presence_both_ways_or_is_blocked() {
        use xmpp::Subscription::{From, None as Neither, To};
        let mut pictures = Pictures::default();
        pictures.announce(jid("bob"), Some(hash(1)));
        for subscription in [From, To, Neither] {
            assert_eq!(pictures.next(&roster(&["bob"], subscription)), None);
        }
        assert_eq!(pictures.next(&Roster::default()), None, "a stranger");
        let mut blocked = friends(&["bob"]);
        blocked.block([jid("bob")].into());
        assert_eq!(pictures.next(&blocked), None);
        assert!(pictures.next(&friends(&["bob"])).is_some());
    }

    #[test]
    fn another_picture_replaces_the_first_and_none_takes_it_away() {
        let (mut pictures, roster) = (Pictures::default(), friends(&["bob"]));
        show(&mut pictures, &roster, "bob", 1, 10);
        assert!(pictures.announce(jid("bob"), Some(hash(2))));
        assert_eq!(ask(&mut pictures, &roster), Some(jid("bob")));
        // It changes once more before it came.
        assert!(!pictures.announce(jid("bob"), Some(hash(3))));
        assert_eq!(pictures.came(&roster, true, 10), None);
        assert_eq!(ask(&mut pictures, &roster), Some(jid("bob")));
        assert_eq!(pictures.came(&roster, true, 10), Some(jid("bob")));
        assert!(pictures.announce(jid("bob"), None));
        assert_eq!(ask(&mut pictures, &roster), None);
    }

    #[test]
    fn what_may_not_be_shown_any_more_is_withdrawn() {
        let mut pictures = Pictures::default();
        let both = friends(&["bob", "carol"]);
        show(&mut pictures, &both, "bob", 1, 10);
        show(&mut pictures, &both, "carol", 2, 10);
        assert_eq!(pictures.withdraw(&friends(&["carol"]), true), [jid("bob")]);
        assert!(!pictures.announced.contains_key(&jid("bob")), "they are no contact any more");
        assert_eq!(pictures.withdraw(&both, false), [jid("carol")]);
        assert_eq!(ask(&mut pictures, &both), Some(jid("carol")), "wanted again");
        assert_eq!(pictures.came(&both, false, 10), None, "wanted no more when it came");
    }

    #[test]
    fn what_cannot_be_had_is_asked_for_once_and_what_was_lost_again() {
        let (mut pictures, roster) = (Pictures::default(), friends(&["bob"]));
        pictures.announce(jid("bob"), Some(hash(1)));
        assert_eq!(ask(&mut pictures, &roster), Some(jid("bob")));
        assert!(!pictures.failed(&RequestError::Lost));
        assert_eq!(ask(&mut pictures, &roster), Some(jid("bob")));
        assert!(pictures.failed(&RequestError::TimedOut));
        assert_eq!(ask(&mut pictures, &roster), None);
        pictures.announce(jid("bob"), Some(hash(2)));
        assert_eq!(ask(&mut pictures, &roster), Some(jid("bob")));
    }

    #[test]
    fn pictures_are_bounded_in_number_and_in_bytes() {
        let names: Vec<String> = (0..=PICTURES_MAX).map(|number| format!("{number:04}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let roster = friends(&names);
        for (bytes, many) in [(1, PICTURES_MAX), (PICTURE_BYTES_MAX, BYTES_MAX / PICTURE_BYTES_MAX)]
        {
            let mut pictures = Pictures::default();
            for (number, name) in names.iter().take(many).enumerate() {
                show(&mut pictures, &roster, name, number, bytes);
            }
            pictures.announce(jid("0256"), Some(hash(1_000)));
            assert_eq!(ask(&mut pictures, &roster), None);
            // There is room for it once another is gone.
            pictures.announce(jid("0000"), None);
            assert_eq!(ask(&mut pictures, &roster), Some(jid("0256")));
        }
    }
}
