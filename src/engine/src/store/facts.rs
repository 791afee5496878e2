//! Small things that are remembered of one contact.

use std::time::{Duration, SystemTime};

use super::Store;
use crate::message::ChatId;

/// What is remembered of a contact.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    /// Whether the contact has spoken version 3 of the protocol.
    pub(crate) v3_seen: bool,
    /// Whether the person allows version 2 all the same.
    pub(crate) v2_allowed: bool,
    /// When they were last told in words what an offer to go private is.
    pub(crate) invited: Option<SystemTime>,
}

impl Facts {
    /// If nothing can be read: version 3 is taken for granted, since version 2 is the weaker one,
    /// and nobody is told again what they may have heard.
    fn unreadable() -> Self {
        Self { v3_seen: true, v2_allowed: false, invited: Some(SystemTime::now()) }
    }
}

const V3_SEEN: &str = "v3-seen";
const V2_ALLOWED: &str = "v2-allowed";
const INVITED: &str = "invited";

impl Store {
    /// What is remembered of this contact.
    pub(crate) async fn facts(&self, chat: &ChatId) -> Facts {
        let account = chat.account.to_string();
        let [v3_seen, v2_allowed, invited] =
            [V3_SEEN, V2_ALLOWED, INVITED].map(|fact| name(fact, chat));
        let read = self.run(move |vault| {
            let notes = vault.notes(&account)?;
            let seconds = notes.get(&invited).and_then(|text| text.parse().ok());
            let invited = seconds.and_then(|seconds| {
                SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
            });
            let [v3_seen, v2_allowed] = [v3_seen, v2_allowed].map(|fact| notes.contains_key(&fact));
            Ok(Facts { v3_seen, v2_allowed, invited })
        });
        read.await.unwrap_or_else(Facts::unreadable)
    }

    /// Writes down that the contact speaks version 3.
    pub(crate) async fn save_v3_seen(&self, chat: &ChatId) {
        self.save_fact(chat, V3_SEEN, Some("yes".to_owned())).await;
    }

    /// Writes down whether the person allows version 2 though the contact has spoken version 3.
    pub(crate) async fn save_v2_allowed(&self, chat: &ChatId, is_allowed: bool) {
        self.save_fact(chat, V2_ALLOWED, is_allowed.then(|| "yes".to_owned())).await;
    }

    /// Writes down when the contact was told in words what an offer is; to the second.
    pub(crate) async fn save_invited(&self, chat: &ChatId, at: SystemTime) {
        let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.save_fact(chat, INVITED, Some(since.as_secs().to_string())).await;
    }

    async fn save_fact(&self, chat: &ChatId, fact: &str, value: Option<String>) {
        let (account, name) = (chat.account.to_string(), name(fact, chat));
        self.run(move |vault| vault.save_note(&account, &name, value.as_deref())).await;
    }
}

fn name(fact: &str, chat: &ChatId) -> String {
    format!("{fact} {}", chat.contact)
}
