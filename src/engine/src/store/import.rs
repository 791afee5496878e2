//! What another program knew becomes ours.

use std::time::SystemTime;

use vault::{Peer, Proof, Trust};

use super::Store;
use crate::import::Imported;
use crate::message::BareJid;

impl Store {
    /// Whether the account has a key. If that can't be read, it is taken to have one.
    pub(crate) async fn has_key(&self, account: &BareJid) -> bool {
        let account = account.to_string();
        self.run(move |vault| Ok(vault.otr_key(&account)?.is_some())).await.unwrap_or(true)
    }

    /// Keeps the account's key, unless it has one here, and what was known of contacts' keys. Says
    /// whether the key was taken; nothing if it could not be kept.
    pub(crate) async fn import_account(&self, foreign: &Imported) -> Option<bool> {
        let account = foreign.id.account.to_string();
        let own = foreign.key.as_ref().map(otr::PrivateKey::to_bytes);
        let mut theirs: Vec<_> = foreign
            .contacts
            .iter()
            .map(|key| (key.contact.to_string(), key.fingerprint, key.verified))
            .collect();
        // A verified one is known first; of several that are not, none is the first.
        theirs.sort_by_key(|(contact, _, verified)| (contact.clone(), !verified));
        let is_one_of_many =
            |contact: &str| theirs.iter().filter(|(other, ..)| other == contact).count() > 1;
        let theirs: Vec<_> = theirs
            .iter()
            .map(|(contact, key, verified)| {
                (contact.clone(), *key, *verified, is_one_of_many(contact))
            })
            .collect();
        self.run(move |vault| {
            let now = SystemTime::now();
            for (contact, fingerprint, verified, one_of_many) in theirs {
                let peer = Peer { account: &account, contact: &contact };
                let known = vault.saw_key(peer, fingerprint.as_bytes(), now)?;
                let trust = match known.key.trust {
                    Trust::Undecided | Trust::First | Trust::Accepted { .. }
                        if verified && !known.key.distrusted =>
                    {
                        Trust::Verified { proof: Proof::Imported, at: now }
                    }
                    Trust::First if known.is_new && one_of_many => Trust::Undecided,
                    // What was decided here stands.
                    Trust::Undecided
                    | Trust::First
                    | Trust::Accepted { .. }
                    | Trust::Verified { .. }
                    | Trust::Doubted { .. } => continue,
                };
                vault.set_trust(peer, fingerprint.as_bytes(), trust)?;
            }
            // One that contacts have verified here is never replaced.
            match own {
                Some(own) if vault.otr_key(&account)?.is_none() => {
                    vault.save_otr_key(&account, &own)?;
                    Ok(true)
                }
                Some(_) | None => Ok(false),
            }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;
    use xmpp::Server;

    use super::*;
    use crate::import::ImportedKey;
    use crate::message::{ChatId, Doubt, Fingerprint, ImportId, Program, Proof, Trust};

    const KEY: Fingerprint = Fingerprint::V3([7; 20]);

    async fn store() -> Store {
        let (to_window, _) = mpsc::channel(8);
        Store::that_forgets(to_window).await.unwrap()
    }

    fn chat() -> ChatId {
        let (account, contact) = ("juliet@capulet.example", "romeo@montague.example");
        ChatId { account: account.parse().unwrap(), contact: contact.parse().unwrap() }
    }

    /// An account of Pidgin in which the contact's key was verified.
    fn pidgin() -> Imported {
        let ChatId { account, contact } = chat();
        Imported {
            id: ImportId { program: Program::Pidgin, account },
            server: Server::Discover,
            route: None,
            password: None,
            key: None,
            contacts: vec![ImportedKey { contact, fingerprint: KEY, verified: true }],
        }
    }

    async fn trust(store: &Store) -> Trust {
        let keys = store.keys_of(&chat()).await.unwrap();
        keys.into_iter().find(|(key, _)| *key == KEY).unwrap().1
    }

    const fn is_imported(trust: Trust) -> bool {
        matches!(trust, Trust::Verified { proof: Proof::Imported, .. })
    }

    #[tokio::test]
    async fn what_speaks_against_a_key_here_stays_when_an_account_comes_over_again() {
        let at = SystemTime::now();
        let doubted = |doubt| Trust::Doubted { doubt, at };
        for steps in [
            // Trust is withdrawn where the key is the only one, and where another one is known.
            &[Trust::First][..],
            &[Trust::Undecided],
            &[doubted(Doubt::Differs)],
            &[doubted(Doubt::NotMatched)],
            // To go on with it all the same vouches for nothing.
            &[Trust::First, Trust::Accepted { at }],
            &[doubted(Doubt::Differs), Trust::Accepted { at }],
            &[doubted(Doubt::Differs), Trust::Accepted { at }, Trust::First],
        ] {
            let store = store().await;
            store.import_account(&pidgin()).await.unwrap();
            assert!(is_imported(trust(&store).await));
            for step in steps {
                store.set_trust(&chat(), KEY, *step).await;
            }
            let decided = trust(&store).await;
            for _ in 0..2 {
                store.import_account(&pidgin()).await.unwrap();
                assert_eq!(trust(&store).await, decided, "{steps:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_key_that_nothing_speaks_against_is_verified_when_its_account_comes_over() {
        for before in [Trust::First, Trust::Undecided, Trust::Accepted { at: SystemTime::now() }] {
            let store = store().await;
            store.saw_key(&chat(), KEY).await.unwrap();
            store.set_trust(&chat(), KEY, before).await;
            store.import_account(&pidgin()).await.unwrap();
            assert!(is_imported(trust(&store).await), "{before:?}");
        }
    }

    #[tokio::test]
    async fn a_key_that_was_forgotten_comes_over_as_one_never_seen() {
        let store = store().await;
        store.import_account(&pidgin()).await.unwrap();
        store.set_trust(&chat(), KEY, Trust::First).await;
        store.forget_key(&chat(), KEY).await;
        store.import_account(&pidgin()).await.unwrap();
        assert!(is_imported(trust(&store).await));
    }
}
