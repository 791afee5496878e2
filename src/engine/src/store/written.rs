//! How contacts and manners are written down, as JSON.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use xmpp::{KnownRoster, RosterItem};

use crate::message::{BareJid, FailReason, PrivacySettings};

#[derive(Serialize, Deserialize)]
struct Contacts {
    version: String,
    contacts: Vec<Contact>,
}

#[derive(Serialize, Deserialize)]
struct Contact {
    jid: String,
    name: Option<String>,
    /// Whether we see them.
    to: bool,
    /// Whether they see us.
    from: bool,
    asked: bool,
    groups: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Told {
    receipts: bool,
    writing: bool,
    /// Whoever was never asked is not seen to look.
    #[serde(default)]
    pictures: bool,
}

/// As [`read_roster`] reads it.
pub(super) fn roster(roster: &KnownRoster) -> Option<String> {
    use xmpp::Subscription::{Both, From, To};
    let contacts = roster.items.iter().map(|item| Contact {
        jid: item.jid.to_string(),
        name: item.name.clone(),
        to: matches!(item.subscription, To | Both),
        from: matches!(item.subscription, From | Both),
        asked: item.asked,
        groups: item.groups.clone(),
    });
    let contacts = Contacts { version: roster.version.clone(), contacts: contacts.collect() };
    serde_json::to_string(&contacts).ok()
}

/// As [`read_requests`] reads it; nothing if nobody asks.
pub(super) fn requests(requests: &BTreeSet<BareJid>) -> Option<String> {
    let all: Vec<_> = requests.iter().map(ToString::to_string).collect();
    (!all.is_empty()).then(|| serde_json::to_string(&all).ok()).flatten()
}

/// Those who can be read.
pub(super) fn read_requests(text: &str) -> BTreeSet<BareJid> {
    let all: Vec<String> = serde_json::from_str(text).unwrap_or_default();
    all.iter().filter_map(|who| who.parse().ok()).collect()
}

/// All contacts; nothing if any can't be read, so that the server is asked for all.
pub(super) fn read_roster(text: &str) -> Option<KnownRoster> {
    use xmpp::Subscription::{Both, From, None, To};
    let Contacts { version, contacts } = serde_json::from_str(text).ok()?;
    let items = contacts.into_iter().map(|contact| {
        let Contact { jid, name, to, from, asked, groups } = contact;
        let subscription = match (to, from) {
            (true, true) => Both,
            (true, false) => To,
            (false, true) => From,
            (false, false) => None,
        };
        Some(RosterItem { jid: jid.parse().ok()?, name, subscription, asked, groups })
    });
    Some(KnownRoster { version, items: items.collect::<Option<_>>()? })
}

/// As [`read_manners`] reads it.
pub(super) fn manners(manners: PrivacySettings) -> Option<String> {
    let PrivacySettings { receipts, writing, pictures } = manners;
    serde_json::to_string(&Told { receipts, writing, pictures }).ok()
}

/// The manners; if they can't be read, the quietest.
pub(super) fn read_manners(text: &str) -> PrivacySettings {
    match serde_json::from_str(text) {
        Ok(Told { receipts, writing, pictures }) => PrivacySettings { receipts, writing, pictures },
        Err(_) => PrivacySettings { receipts: false, writing: false, pictures: false },
    }
}

/// As [`read_failure`] reads it.
pub(super) const fn failure(reason: FailReason) -> &'static str {
    match reason {
        FailReason::Undeliverable => "undeliverable",
        FailReason::Unreadable => "unreadable",
        FailReason::Unsure => "unsure",
        FailReason::Unsendable => "unsendable",
        FailReason::Reserved => "reserved",
    }
}

/// Why a message came back. If that can't be read, it may or may not have arrived.
pub(super) fn read_failure(word: &str) -> FailReason {
    use FailReason::{Reserved, Undeliverable, Unreadable, Unsendable};
    let all = [Undeliverable, Unreadable, Unsendable, Reserved];
    all.into_iter().find(|reason| failure(*reason) == word).unwrap_or(FailReason::Unsure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_read_as_it_was_written() {
        use FailReason::{Reserved, Undeliverable, Unreadable, Unsendable, Unsure};
        for reason in [Undeliverable, Unreadable, Unsure, Unsendable, Reserved] {
            assert_eq!(read_failure(failure(reason)), reason);
        }
        assert_eq!(read_failure(""), Unsure);
    }

    #[test]
    fn contacts_are_read_as_they_were_written() {
        use xmpp::Subscription::{Both, From, None, To};
        let items = [Both, To, From, None].into_iter().map(|subscription| RosterItem {
            jid: "romeo@montague.example".parse().unwrap(),
            name: Some("\"Romeo\"\n".into()),
            subscription,
            asked: subscription == None,
            groups: vec!["Friends".into(), String::new()],
        });
        let known = KnownRoster { version: "v 1".into(), items: items.collect() };
        assert_eq!(read_roster(&roster(&known).unwrap()), Some(known));
        assert_eq!(read_roster("{}"), Option::None);
        assert_eq!(read_roster("{\"version\":\"\",\"contacts\":[{\"jid\":\"@\"}]}"), Option::None);
    }

    #[test]
    fn manners_are_read_as_they_were_written_and_quiet_if_they_cannot_be() {
        let quietest = PrivacySettings { receipts: false, writing: false, pictures: false };
        for told in
            [PrivacySettings::default(), PrivacySettings { writing: true, ..quietest }, quietest]
        {
            assert_eq!(read_manners(&manners(told).unwrap()), told);
        }
        assert_eq!(read_manners("?"), quietest);
    }
}
