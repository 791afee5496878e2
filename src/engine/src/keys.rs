//! What the fingerprint manager shows: which keys are known, and which are in use.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::message::{ChatId, Fingerprint};

/// What a contact tells about its keys.
#[derive(Debug)]
pub(crate) enum KeyReport {
    /// What is written down about a key changed.
    Changed,
    /// A private conversation uses this key now, or none.
    InUse(ChatId, Option<Fingerprint>),
}

/// Where contacts report. Nobody waits here: a contact must never wait for the router, which may be
/// waiting for the contact. What is reported is taken in at once, so no queue grows.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyReports(Arc<Reported>);

#[derive(Debug, Default)]
struct Reported {
    in_use: Mutex<KeysInUse>,
    news: Notify,
}

impl KeyReports {
    /// Takes in a report.
    pub(crate) fn send(&self, report: KeyReport) {
        if self.with(|in_use| in_use.observe(report)) {
            self.0.news.notify_one();
        }
    }

    /// Waits until something changed that was not told before. May be dropped at any time.
    pub(crate) async fn changed(&self) {
        self.0.news.notified().await;
    }

    /// Which keys are in use now.
    pub(crate) fn in_use(&self) -> KeysInUse {
        self.with(|in_use| in_use.clone())
    }

    fn with<T>(&self, work: impl FnOnce(&mut KeysInUse) -> T) -> T {
        work(&mut self.0.in_use.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Which key each private conversation uses.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeysInUse(HashMap<ChatId, Fingerprint>);

impl KeysInUse {
    /// Takes in a report; says whether anything changed.
    pub(crate) fn observe(&mut self, report: KeyReport) -> bool {
        match report {
            KeyReport::Changed => true,
            KeyReport::InUse(chat, Some(fingerprint)) => {
                self.0.insert(chat, fingerprint) != Some(fingerprint)
            }
            KeyReport::InUse(chat, None) => self.0.remove(&chat).is_some(),
        }
    }

    /// Whether the conversation uses this key.
    pub(crate) fn contains(&self, chat: &ChatId, fingerprint: Fingerprint) -> bool {
        self.0.get(chat) == Some(&fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn however_much_is_reported_only_the_last_of_each_conversation_is_kept() {
        let reports = KeyReports::default();
        let chat = |name: &str| ChatId {
            account: "alice@a.example".parse().unwrap(),
            contact: format!("{name}@b.example").parse().unwrap(),
        };
        let key = |number: u16| {
            let mut bytes = [0; 20];
            bytes[..2].copy_from_slice(&number.to_be_bytes());
            Fingerprint::V3(bytes)
        };
        for number in 0..10_000 {
            reports.send(KeyReport::InUse(chat("bob"), Some(key(number))));
            reports.send(KeyReport::Changed);
        }
        reports.send(KeyReport::InUse(chat("carol"), Some(key(1))));
        reports.send(KeyReport::InUse(chat("carol"), None));
        reports.changed().await;
        assert!(reports.changed().now_or_never().is_none(), "all of it is one change");
        let in_use = reports.in_use();
        assert_eq!(in_use.0.len(), 1);
        assert!(in_use.contains(&chat("bob"), key(9_999)));
    }
}
