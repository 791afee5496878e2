//! Accounts of other programs: looked for only when the person asks, and brought over one by one.

use tokio::task::spawn_blocking;

use super::Router;
use super::work::Done;
use crate::account::Input;
use crate::import::{self, Found, Imported};
use crate::message::{Event, ImportCommand, ImportEvent, ImportId, ImportableAccount, Secret};

impl Router {
    pub(super) fn import(&mut self, command: ImportCommand) {
        match command {
            ImportCommand::Scan { passphrase } => self.scan(passphrase),
            ImportCommand::Import(id) => self.import_account(&id),
            ImportCommand::Discard => self.elsewhere.clear(),
        }
    }

    fn scan(&self, passphrase: Option<Secret>) {
        let (homes, store) = (self.config.homes.clone(), self.store.clone());
        self.work.begin(async move {
            let found = match homes {
                Some(homes) => {
                    spawn_blocking(move || import::look(&homes, passphrase.as_ref())).await
                }
                None => Ok(Found::default()),
            };
            // It reads what others wrote; whatever that leads to must not end us.
            let found = found.unwrap_or_default();
            let mut shown = Vec::new();
            for account in &found.accounts {
                let has_key_here = match &store {
                    Some(store) => store.has_key(&account.id.account).await,
                    None => false,
                };
                shown.push(ImportableAccount { has_key_here, ..as_found(account) });
            }
            Done::Found(found, shown)
        });
    }

    pub(super) async fn found(
        &mut self,
        Found { accounts, troubles }: Found,
        shown: Vec<ImportableAccount>,
    ) {
        self.elsewhere = accounts;
        for trouble in &troubles {
            tracing::debug!(path = %trouble.path.display(), why = ?trouble.why, "not read");
        }
        let troubles = troubles.into_iter().map(|trouble| (trouble.program, trouble.why)).collect();
        self.tell(Event::Import(ImportEvent::Found { accounts: shown, troubles })).await;
    }

    fn import_account(&mut self, id: &ImportId) {
        let found = self.elsewhere.iter().position(|account| account.id == *id);
        let (Some(store), Some(found)) = (self.store.clone(), found) else { return };
        let account = self.elsewhere.remove(found);
        self.work.begin(async move {
            let own_key = store.import_account(&account).await;
            Done::AccountImported(Box::new(account), own_key)
        });
    }

    pub(super) async fn account_imported(&mut self, account: Imported, own_key: Option<bool>) {
        let id = account.id.clone();
        let password = account.password.as_ref().map(|text| Secret::new(text.as_str().to_owned()));
        let (server, route) = (account.server.clone(), account.route.clone());
        // It can be brought over again.
        self.elsewhere.push(account);
        // What could not be kept was told; then nothing is said to have been brought.
        let Some(own_key) = own_key else { return };
        self.ask(&id.account, Input::KeysLearnt);
        self.tell_keys();
        self.tell(Event::Import(ImportEvent::Imported { id, server, route, password, own_key }))
            .await;
    }
}

fn as_found(account: &Imported) -> ImportableAccount {
    ImportableAccount {
        id: account.id.clone(),
        server: account.server.clone(),
        has_password: account.password.is_some(),
        key: account.key.as_ref().map(otr::PrivateKey::fingerprint),
        contact_keys: account.contacts.len(),
        verified: account.contacts.iter().filter(|key| key.verified).count(),
        has_key_here: false,
    }
}
