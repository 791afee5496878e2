//! What nobody has read yet, and drafts, as they are written down.

use std::time::SystemTime;

use vault::UnreadRecord;
use zeroize::Zeroizing;

use super::{Numbers, Store, notices};
use crate::message::{
    ArchivePlace, BareJid, ChatEvent, ChatId, Fingerprint, Label, MessageId, Provenance, Secret,
};

/// A received text that waits to be read.
#[derive(Clone)]
pub(crate) struct NotRead {
    pub(crate) number: u64,
    pub(crate) text: Zeroizing<String>,
    pub(crate) at: SystemTime,
    pub(crate) provenance: Provenance,
    pub(crate) label: Label,
    /// Where it belongs among what else the archive tells; in the life in which it came by itself
    /// it stands at the end.
    pub(crate) place: ArchivePlace,
    /// Whether it came by itself, and in this life.
    pub(crate) is_live: bool,
}

/// How a text travelled, and where it was named.
const WAYS: [(&str, Way, bool); 8] = [
    ("plain", Way::Plain, false),
    ("plain-in-private", Way::PlainInPrivate, false),
    ("unaccepted", Way::Unaccepted, false),
    ("private", Way::Private, false),
    ("verified", Way::Verified, false),
    ("unaccepted-named", Way::Unaccepted, true),
    ("private-named", Way::Private, true),
    ("verified-named", Way::Verified, true),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Plain,
    PlainInPrivate,
    Unaccepted,
    Private,
    Verified,
}

impl NotRead {
    /// As the window is told of it.
    pub(crate) fn event(&self) -> ChatEvent {
        ChatEvent::Received {
            text: self.text.as_str().to_owned(),
            provenance: self.provenance,
            at: self.at,
            label: self.label.clone(),
            place: (!self.is_live).then_some(self.place),
        }
    }

    /// As it is written down.
    fn record(self, chat: &ChatId) -> UnreadRecord {
        let way = match self.provenance {
            Provenance::Plain => Way::Plain,
            Provenance::PlainInPrivate => Way::PlainInPrivate,
            Provenance::Unaccepted(_) => Way::Unaccepted,
            Provenance::Private(_) => Way::Private,
            Provenance::Verified(_) => Way::Verified,
        };
        let (is_inside, id, replaces) = match self.label {
            Label::Inside { id, replaces } => (true, Some(id), replaces),
            Label::Outside { id, replaces } => (false, id, replaces),
        };
        let word = WAYS.iter().find(|(_, one, inside)| (*one, *inside) == (way, is_inside));
        UnreadRecord {
            account: chat.account.to_string(),
            contact: chat.contact.to_string(),
            number: self.number,
            text: self.text,
            at: self.at,
            way: word.map_or("plain", |(word, ..)| word).to_owned(),
            key: self.provenance.key().map(|key| key.as_bytes().to_vec()),
            id: id.map(|id| id.as_str().to_owned()),
            replaces: replaces.map(|id| id.as_str().to_owned()),
            place: Some(format!("{} {}", self.place.gap, self.place.order)),
        }
    }

    /// What can't be read of how it travelled is taken for the least.
    fn read(record: UnreadRecord) -> Self {
        let place = place(&record).unwrap_or(ArchivePlace::of_live(record.number));
        let way = WAYS.iter().find(|(word, ..)| *word == record.way);
        let (way, is_inside) = way.map_or((Way::Plain, false), |(_, way, inside)| (*way, *inside));
        let key = record.key.and_then(|key| Fingerprint::from_bytes(&key));
        let provenance = match (way, key) {
            (Way::PlainInPrivate, _) => Provenance::PlainInPrivate,
            (Way::Plain, _) | (_, None) => Provenance::Plain,
            (Way::Unaccepted, Some(key)) => Provenance::Unaccepted(key),
            (Way::Private, Some(key)) => Provenance::Private(key),
            (Way::Verified, Some(key)) => Provenance::Verified(key),
        };
        let (id, replaces) = (record.id.map(MessageId::from), record.replaces.map(MessageId::from));
        let label = match id {
            Some(id) if is_inside && provenance.key().is_some() => Label::Inside { id, replaces },
            id => Label::Outside { id, replaces },
        };
        let (number, at, text, is_live) = (record.number, record.at, record.text, false);
        Self { number, text, at, provenance, label, place, is_live }
    }
}

/// A gap, and where in the gap; earlier versions wrote three numbers, which say nothing any more.
fn place(record: &UnreadRecord) -> Option<ArchivePlace> {
    let (gap, order) = record.place.as_deref()?.split_once(' ')?;
    Some(ArchivePlace { gap: gap.parse().ok()?, order: order.parse().ok()? })
}

impl Store {
    /// A number for what came, greater than all before.
    pub(crate) fn next_number(&self) -> u64 {
        self.numbers.next()
    }

    /// Where such numbers come from; gaps of archives are numbered along with them.
    pub(crate) fn numbers(&self) -> Numbers {
        self.numbers.clone()
    }

    /// What a contact wrote and nobody has read, as it stands: what an archive told may have come
    /// backwards.
    pub(crate) async fn unread_of(&self, chat: &ChatId) -> Option<Vec<NotRead>> {
        self.with_peer(chat, |vault, peer| {
            let mut records = vault.unread_of(peer)?;
            records.retain(|record| !notices::is_notice(record));
            let mut unread: Vec<_> = records.into_iter().map(NotRead::read).collect();
            unread.sort_by_key(|one| (one.place, one.number));
            Ok(unread)
        })
        .await
    }

    /// Keeps these; nothing if that did not work.
    pub(crate) async fn keep_unread(&self, unread: Vec<(ChatId, NotRead)>) -> Option<()> {
        let records: Vec<_> = unread.into_iter().map(|(chat, one)| one.record(&chat)).collect();
        self.run(move |vault| vault.keep_unread(&records)).await
    }

    /// All up to this number was read.
    pub(crate) async fn read_until(&self, chat: &ChatId, number: u64) {
        self.with_peer(chat, move |vault, peer| vault.read_until(peer, number)).await;
    }

    /// Of which contacts of an account something waits to be read.
    pub(crate) async fn unread_contacts(&self, account: &BareJid) -> Vec<BareJid> {
        let account = account.to_string();
        let contacts = self.run(move |vault| vault.unread_contacts(&account)).await;
        parsed(contacts)
    }

    /// What stands in a composer.
    pub(crate) async fn draft(&self, chat: &ChatId) -> Option<Zeroizing<String>> {
        self.with_peer(chat, |vault, peer| vault.draft(peer)).await.flatten()
    }

    /// Keeps what stands in a composer.
    pub(crate) async fn save_draft(&self, chat: &ChatId, text: Secret) {
        self.with_peer(chat, move |vault, peer| vault.save_draft(peer, text.expose())).await;
    }

    /// For which contacts of an account something stands in the composer.
    pub(crate) async fn draft_contacts(&self, account: &BareJid) -> Vec<BareJid> {
        let account = account.to_string();
        let contacts = self.run(move |vault| vault.draft_contacts(&account)).await;
        parsed(contacts)
    }
}

fn parsed(contacts: Option<Vec<String>>) -> Vec<BareJid> {
    contacts.into_iter().flatten().filter_map(|contact| contact.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_it_stands_is_read_as_it_was_written() {
        let record = |place: Option<&str>| UnreadRecord {
            account: String::new(),
            contact: String::new(),
            number: 7,
            text: Zeroizing::new(String::new()),
            at: SystemTime::UNIX_EPOCH,
            way: "plain".to_owned(),
            key: None,
            id: None,
            replaces: None,
            place: place.map(str::to_owned),
        };
        let read = NotRead::read(record(Some("5 -20")));
        assert_eq!(read.place, ArchivePlace { gap: 5, order: -20 });
        assert_eq!(place(&read.record(&chat())), Some(ArchivePlace { gap: 5, order: -20 }));
        // What an earlier version wrote, and nonsense.
        for other in [None, Some("1 5 30"), Some("?"), Some("5 x"), Some("")] {
            assert_eq!(NotRead::read(record(other)).place, ArchivePlace::of_live(7), "{other:?}");
        }
    }

    fn chat() -> ChatId {
        ChatId {
            account: "juliet@capulet.example".parse().unwrap(),
            contact: "romeo@montague.example".parse().unwrap(),
        }
    }

    #[test]
    fn what_waits_to_be_read_is_read_as_it_was_written() {
        let key = Fingerprint::V3([7; 20]);
        let id = || MessageId::from("an id".to_owned());
        let replaces = Some(MessageId::from("another".to_owned()));
        let outside = Label::Outside { id: Some(id()), replaces: replaces.clone() };
        let inside = Label::Inside { id: id(), replaces };
        let private =
            [Provenance::Unaccepted(key), Provenance::Private(key), Provenance::Verified(key)];
        let plain = [Provenance::Plain, Provenance::PlainInPrivate];
        let all = plain.into_iter().chain(private).map(|way| (way, &outside));
        for (provenance, label) in all.chain(private.map(|way| (way, &inside))) {
            let text = Zeroizing::new("good night".to_owned());
            let at = SystemTime::UNIX_EPOCH;
            let (label, place, is_live) = (label.clone(), ArchivePlace::of_live(3), true);
            let one = NotRead { number: 3, text, at, provenance, label, place, is_live };
            let read = NotRead::read(one.clone().record(&chat()));
            assert_eq!((read.provenance, &read.label), (provenance, &one.label));
            assert_eq!((read.number, &*read.text, read.at), (3, &*one.text, at));
        }
    }

    #[test]
    fn what_cannot_be_read_of_it_counts_for_nothing() {
        let record = |way: &str, key| UnreadRecord {
            account: String::new(),
            contact: String::new(),
            number: 1,
            text: Zeroizing::new(String::new()),
            at: SystemTime::UNIX_EPOCH,
            way: way.to_owned(),
            key,
            id: Some("an id".to_owned()),
            replaces: None,
            place: None,
        };
        for (way, key) in [
            ("verified-named", None),
            ("verified-named", Some(vec![1; 19])),
            ("?", Some(vec![1; 20])),
            ("plain", Some(vec![1; 20])),
        ] {
            let read = NotRead::read(record(way, key));
            assert_eq!(read.provenance, Provenance::Plain, "{way}");
            assert!(matches!(read.label, Label::Outside { .. }), "{way}");
        }
    }
}
