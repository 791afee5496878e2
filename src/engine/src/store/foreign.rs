//! What another program knew becomes ours.

use std::time::SystemTime;

use vault::{Peer, Proof, Trust};

use super::Store;
use crate::elsewhere::Foreign;
use crate::message::BareJid;

impl Store {
    /// Whether the account has a key. If that can't be read, it is taken to have one.
    pub(crate) async fn has_key(&self, account: &BareJid) -> bool {
        let account = account.to_string();
        self.run(move |vault| Ok(vault.otr_key(&account)?.is_some())).await.unwrap_or(true)
    }

    /// Keeps the account's key, unless it has one here, and what was known of contacts' keys. Says
    /// whether the key was taken; nothing if it could not be kept.
    pub(crate) async fn bring_over(&self, foreign: &Foreign) -> Option<bool> {
        let account = foreign.id.account.to_string();
        let own = foreign.key.as_ref().map(otr::PrivateKey::to_bytes);
        let mut theirs: Vec<_> = foreign
            .contacts
            .iter()
            .map(|key| (key.contact.to_string(), *key.fingerprint.as_bytes(), key.verified))
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
                let known = vault.saw_key(peer, fingerprint, now)?;
                let trust = match known.key.trust {
                    Trust::Undecided | Trust::First | Trust::Accepted { .. } if verified => {
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
                vault.set_trust(peer, fingerprint, trust)?;
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
