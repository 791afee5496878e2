//! What the fingerprint manager shows: which keys are known, and which are in use.

use std::collections::HashMap;

use tokio::sync::mpsc;

use crate::message::{ChatId, Fingerprint};

/// What a contact tells about its keys.
#[derive(Debug)]
pub(crate) enum KeyReport {
    /// What is written down about a key changed.
    Changed,
    /// A private conversation uses this key now, or none.
    InUse(ChatId, Option<Fingerprint>),
}

/// Where contacts report. Unbounded on purpose: a contact must never wait for the router, which may
/// be waiting for the contact; there is one report per session change.
pub(crate) type KeyReports = mpsc::UnboundedSender<KeyReport>;

/// Which key each private conversation uses.
#[derive(Debug, Default)]
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
