//! What an account learns of its server by signing in.

use super::Account;
use crate::message::{Event, TrustedKey};
use crate::store::Note;

impl Account {
    pub(super) async fn remember(&self, note: Note) {
        self.setup.store.note(&self.setup.jid, note).await;
    }

    pub(super) async fn secured(&mut self, security: xmpp::Security) {
        if self.setup.known.strength != Some(security.strength) {
            self.setup.known.strength = Some(security.strength);
            self.remember(Note::Strength(Some(security.strength))).await;
        }
        let renewed = security.key.and_then(|key| self.renewed(key));
        if renewed.is_some() {
            self.setup.known.trusted_key = renewed;
            self.remember(Note::TrustedKey(renewed)).await;
        }
        self.tell(Event::Secured { account: self.setup.jid.clone(), security }).await;
    }

    /// What is trusted from now on, if this key is not the one that was: its issuer vouched for it.
    fn renewed(&self, key: xmpp::ServerKey) -> Option<TrustedKey> {
        let trusted = self.setup.known.trusted_key?;
        (trusted.issuer.is_some() && trusted.key != key).then_some(TrustedKey { key, ..trusted })
    }
}
