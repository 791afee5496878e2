//! What an account learns of its server by signing in.

use std::future::Future;

use tokio::sync::oneshot;

use super::{Account, Credentials};
use crate::message::{AccountEvent, Event, PinnedKey};
use crate::store::Note;

impl Account {
    pub(super) async fn remember(&self, note: Note) {
        self.setup.store.note(&self.setup.jid, note).await;
    }

    /// Remembers an account that signs in for the first time.
    pub(super) fn remember_account(&mut self) {
        if let Some(Credentials { place, password }) = self.setup.credentials.take() {
            let instance = self.setup.identity.instance;
            let (store, jid) = (self.setup.store.clone(), self.setup.jid.clone());
            self.keep(async move { store.remember(&jid, place, instance, password).await });
        }
    }

    /// Keeps a secret, after those that came before. The keyring may take its time, and messages do not
    /// wait for it; saying goodbye does.
    pub(super) fn keep(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        let (done, kept) = oneshot::channel();
        let before = self.kept.replace(kept);
        self.actors.spawn(async move {
            if let Some(before) = before {
                // Whether that worked is told by itself.
                let _ = before.await;
            }
            work.await;
            let _ = done.send(());
        });
    }

    pub(super) async fn secured(&mut self, security: xmpp::Security) {
        if self.setup.known.strength != Some(security.strength) {
            self.setup.known.strength = Some(security.strength);
            self.remember(Note::Strength(Some(security.strength))).await;
        }
        let renewed = security.key.and_then(|key| self.renewed(key));
        if renewed.is_some() {
            self.setup.known.trusted_key = renewed;
            self.remember(Note::PinnedKey(renewed)).await;
        }
        self.tell(Event::Account(self.setup.jid.clone(), AccountEvent::Secured(security))).await;
    }

    /// What is trusted from now on, if this key is not the one that was: its issuer vouched for it.
    fn renewed(&self, key: xmpp::ServerKey) -> Option<PinnedKey> {
        let trusted = self.setup.known.trusted_key?;
        (trusted.issuer.is_some() && trusted.key != key).then_some(PinnedKey { key, ..trusted })
    }
}
