//! Who may be taken for somebody else: by the same name at another address, or by letters that look
//! like others (Unicode TR39 §4 "Confusable Detection", §5.1 "Mixed-Script Detection").
//!
//! Not here: what nobody sees, such as marks that turn the direction; names are shown without them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{DefaultHasher, Hash, Hasher};

use engine::BareJid;
use unicode_security::confusable_detection::skeleton;
use unicode_security::mixed_script::MixedScript;

use crate::t;

/// Why somebody may be taken for somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// They are called as this contact is.
    SameName(BareJid),
    /// Their name or address looks like that of this contact, and is another.
    LooksLike(BareJid),
    /// Letters of several scripts stand in one word of their name or address.
    MixedScripts,
}

/// What somebody looks like, ready to be compared: hashes of what is shown of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looks {
    contact: BareJid,
    /// The name that is shown.
    name: Name,
    /// What stands before the `@`.
    node: Option<Name>,
    address: [u64; 2],
    mixed: bool,
}

/// One name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Name {
    letters: u64,
    shapes: [u64; 2],
}

/// How known people look.
#[derive(Debug, Default)]
pub struct Known<'a> {
    names: Table<'a>,
    shapes: Table<'a>,
    addresses: Table<'a>,
}

type Table<'a> = HashMap<u64, Bearers<'a>>;

/// Who looks so; two are enough to name another than oneself.
#[derive(Clone, Copy, Debug)]
struct Bearers<'a> {
    first: &'a BareJid,
    second: Option<&'a BareJid>,
}

impl Mark {
    /// What it means for whoever looks, in a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::SameName(other) => t!("alike-same-name", other = other.to_string()),
            Self::LooksLike(other) => t!("alike-looks", other = other.to_string()),
            Self::MixedScripts => t!("alike-scripts"),
        }
    }
}

impl Looks {
    /// Of somebody who is shown by this name.
    #[must_use]
    pub fn of(name: &str, contact: &BareJid) -> Self {
        Self {
            name: Name::of(name),
            node: contact.node().map(|node| Name::of(node.as_str())),
            address: shapes(contact.as_str()),
            mixed: is_mixed(name) || is_mixed(contact.as_str()),
            contact: contact.clone(),
        }
    }
}

impl Name {
    fn of(name: &str) -> Self {
        Self { letters: hash(&name.to_lowercase()), shapes: shapes(name) }
    }
}

impl<'a> Known<'a> {
    /// Of everybody who is no stranger.
    pub fn of(people: impl IntoIterator<Item = &'a Looks>) -> Self {
        let mut known = Self::default();
        for looks in people {
            let contact = &looks.contact;
            for name in std::iter::once(&looks.name).chain(&looks.node) {
                note(&mut known.names, name.letters, contact);
                name.shapes.iter().for_each(|shape| note(&mut known.shapes, *shape, contact));
            }
            looks.address.iter().for_each(|shape| note(&mut known.addresses, *shape, contact));
        }
        known
    }

    /// For whom somebody may be taken. Nobody is taken for themselves, with whichever account.
    #[must_use]
    pub fn mark(&self, looks: &Looks) -> Option<Mark> {
        let whom =
            |table: &Table<'a>, key: u64| table.get(&key)?.other_than(&looks.contact).cloned();
        let alike = |table, shapes: [u64; 2]| shapes.into_iter().find_map(|key| whom(table, key));
        // Of two addresses that look alike, that of plain letters is not the odd one.
        let is_plain = |jid: &BareJid| jid.as_str().is_ascii();
        let is_odd = |other: &BareJid| !is_plain(&looks.contact) || is_plain(other);
        if let Some(other) = alike(&self.addresses, looks.address).filter(is_odd) {
            return Some(Mark::LooksLike(other));
        }
        if let Some(other) = whom(&self.names, looks.name.letters) {
            return Some(Mark::SameName(other));
        }
        // A name may be the address of another.
        if let Some(other) = alike(&self.addresses, looks.name.shapes) {
            return Some(Mark::LooksLike(other));
        }
        if let Some(other) = alike(&self.shapes, looks.name.shapes).filter(is_odd) {
            return Some(Mark::LooksLike(other));
        }
        looks.mixed.then_some(Mark::MixedScripts)
    }
}

impl Bearers<'_> {
    fn other_than(&self, contact: &BareJid) -> Option<&BareJid> {
        if self.first == contact { self.second } else { Some(self.first) }
    }
}

fn note<'a>(table: &mut Table<'a>, key: u64, contact: &'a BareJid) {
    match table.entry(key) {
        Entry::Vacant(free) => {
            free.insert(Bearers { first: contact, second: None });
        }
        Entry::Occupied(mut taken) if taken.get().first != contact => {
            taken.get_mut().second.get_or_insert(contact);
        }
        Entry::Occupied(_) => {}
    }
}

/// What a text looks like, in small letters and in capitals: there I looks like l.
fn shapes(text: &str) -> [u64; 2] {
    let of = |text: &str| hash(&skeleton(text).collect::<String>().to_lowercase());
    [of(&text.to_lowercase()), of(&text.to_uppercase())]
}

/// Two texts of one hash would only be marked without need.
fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Whether letters of several scripts stand in one word. Scripts that are written together, such as
/// those of Japanese, count as one.
fn is_mixed(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|word| !word.is_single_script())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jid(text: &str) -> BareJid {
        text.parse().unwrap()
    }

    /// What is said of somebody called `name`, where Bob Miller (bob@home.example) is known.
    fn said(name: &str, contact: &str) -> Option<Mark> {
        let bob = Looks::of("Bob Miller", &jid("bob@home.example"));
        let known = [bob, Looks::of("Ялта", &jid("yalta@home.example"))];
        Known::of(&known).mark(&Looks::of(name, &jid(contact)))
    }

    #[test]
    fn of_two_that_look_alike_the_one_of_plain_letters_is_not_marked() {
        let (plain, odd) = (jid("bob@home.example"), jid("b\u{3bf}b@home.example"));
        let people = [Looks::of("Bob", &plain), Looks::of("B\u{3bf}b", &odd)];
        let known = Known::of(&people);
        assert_eq!(known.mark(&people[1]), Some(Mark::LooksLike(plain)));
        assert_eq!(known.mark(&people[0]), None);
    }

    fn bob() -> BareJid {
        jid("bob@home.example")
    }

    #[test]
    fn the_same_name_at_another_address_is_marked() {
        assert_eq!(said("bob", "bob@evil.example"), Some(Mark::SameName(bob())));
        assert_eq!(said("BOB miller", "x@evil.example"), Some(Mark::SameName(bob())));
        assert_eq!(said("Bob Miller", "bob@home.example"), None, "it is they");
        assert_eq!(said("Bob Muller", "bm@evil.example"), None);
    }

    #[test]
    fn letters_that_look_like_others_are_seen_through() {
        for (name, contact) in [
            ("bob@home.example", "x@evil.example"),
            ("Bob@Home.example", "x@home.example"),
            // A Cyrillic o, in the name and in the domain.
            ("b\u{43e}b", "b\u{43e}b@evil.example"),
            ("somebody", "bob@h\u{43e}me.example"),
            ("Bob Mi1ler", "x@evil.example"),
            ("Bob MiIIer", "x@evil.example"),
            ("Bob rniller", "x@evil.example"),
            ("b0b", "b0b@evil.example"),
        ] {
            assert_eq!(said(name, contact), Some(Mark::LooksLike(bob())), "{name} {contact}");
        }
    }

    #[test]
    fn scripts_that_stand_in_one_word_are_marked_and_two_words_may_differ() {
        assert_eq!(said("p\u{430}ul", "x@evil.example"), Some(Mark::MixedScripts));
        assert_eq!(said("Paul", "p\u{430}ul@evil.example"), Some(Mark::MixedScripts));
        assert_eq!(said("Алексей work", "alexey@work.example"), None);
        assert_eq!(said("山田さん", "yamada@work.example"), None, "written together");
        assert_eq!(said("agent007", "agent007@work.example"), None);
    }

    #[test]
    fn two_contacts_of_one_name_are_told_apart_and_one_in_two_accounts_is_not() {
        let one = Looks::of("Ann", &jid("ann@a.example"));
        let other = Looks::of("Ann", &jid("ann@b.example"));
        let people = [one.clone(), one.clone(), other.clone()];
        let known = Known::of(&people);
        assert_eq!(known.mark(&one), Some(Mark::SameName(jid("ann@b.example"))));
        assert_eq!(known.mark(&other), Some(Mark::SameName(jid("ann@a.example"))));
        assert_eq!(Known::of(&people[..2]).mark(&one), None);
    }
}
