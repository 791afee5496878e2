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
        let theirs: Vec<_> = foreign
            .contacts
            .iter()
            .map(|key| (key.contact.to_string(), *key.fingerprint.as_bytes(), key.verified))
            .collect();
        self.run(move |vault| {
            let now = SystemTime::now();
            for (contact, fingerprint, verified) in theirs {
                let peer = Peer { account: &account, contact: &contact };
                let known = vault.saw_key(peer, fingerprint, now)?;
                if verified && !known.key.trust.is_verified() {
                    let trust = Trust::Verified { proof: Proof::Imported, at: now };
                    vault.set_trust(peer, fingerprint, trust)?;
                }
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
