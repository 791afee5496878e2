//! Secrets behind a service that may never answer: every call ends.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::{SecretId, SecretStore, VaultError};

/// So long a place where secrets rest may take to answer. A keyring that is there takes some ten
/// milliseconds; one that asks the person for its password takes longer, and is asked again.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// A place where secrets rest, of which each call ends in good time. While one that took too long
/// still waits, no other is begun: it would wait behind it.
pub struct PatientSecrets {
    store: Arc<dyn SecretStore>,
    patience: Duration,
    /// Calls that took too long and have not come back.
    overdue: Arc<AtomicUsize>,
}

impl PatientSecrets {
    /// Waits for each answer of `store` at most that long.
    #[must_use]
    pub fn new(store: Arc<dyn SecretStore>, patience: Duration) -> Self {
        Self { store, patience, overdue: Arc::default() }
    }

    fn ask<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn SecretStore) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        if self.overdue.load(Ordering::SeqCst) > 0 {
            return Err(VaultError::KeyringSilent);
        }
        // Handed over hand to hand: what nobody takes any more is dropped where it was found, and
        // wiped.
        let (sender, receiver) = mpsc::sync_channel(0);
        let (store, overdue) = (Arc::clone(&self.store), Arc::clone(&self.overdue));
        let asked = thread::Builder::new().name("sotto-keyring".to_owned()).spawn(move || {
            if sender.send(call(store.as_ref())).is_err() {
                overdue.fetch_sub(1, Ordering::SeqCst);
            }
        });
        asked?;
        match receiver.recv_timeout(self.patience) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => {
                // Counted before the receiver goes, which is what the other side notices.
                self.overdue.fetch_add(1, Ordering::SeqCst);
                drop(receiver);
                Err(VaultError::KeyringSilent)
            }
            // It panicked.
            Err(RecvTimeoutError::Disconnected) => Err(VaultError::NoKeyring),
        }
    }
}

impl SecretStore for PatientSecrets {
    fn load(&self, id: &SecretId) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        let id = id.clone();
        self.ask(move |store| store.load(&id))
    }

    fn save(&self, id: &SecretId, secret: &[u8]) -> Result<(), VaultError> {
        let (id, secret) = (id.clone(), Zeroizing::new(secret.to_vec()));
        self.ask(move |store| store.save(&id, &secret))
    }

    fn delete(&self, id: &SecretId) -> Result<(), VaultError> {
        let id = id.clone();
        self.ask(move |store| store.delete(&id))
    }
}

impl fmt::Debug for PatientSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PatientSecrets(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Condvar, Mutex};

    use super::*;
    use crate::MemorySecrets;
    use crate::secret::behaves_like_a_store;

    /// Answers when it is let.
    #[derive(Default)]
    struct Hanging {
        secrets: MemorySecrets,
        hangs: Mutex<bool>,
        changed: Condvar,
    }

    impl Hanging {
        fn hang(&self, hangs: bool) {
            *self.hangs.lock().unwrap() = hangs;
            self.changed.notify_all();
        }

        fn wait(&self) {
            let hangs = self.hangs.lock().unwrap();
            drop(self.changed.wait_while(hangs, |hangs| *hangs).unwrap());
        }
    }

    impl SecretStore for Hanging {
        fn load(&self, id: &SecretId) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
            self.wait();
            self.secrets.load(id)
        }

        fn save(&self, id: &SecretId, secret: &[u8]) -> Result<(), VaultError> {
            self.wait();
            self.secrets.save(id, secret)
        }

        fn delete(&self, id: &SecretId) -> Result<(), VaultError> {
            self.wait();
            self.secrets.delete(id)
        }
    }

    /// Longer than any machine needs for what answers at once.
    const LONG: Duration = Duration::from_secs(60);
    /// For what never answers, any while will do.
    const SHORT: Duration = Duration::from_millis(1);

    #[test]
    fn what_answers_is_a_store_like_any_other() {
        behaves_like_a_store(&PatientSecrets::new(Arc::new(MemorySecrets::default()), LONG));
    }

    #[test]
    fn a_call_ends_though_nobody_answers_and_the_next_ones_end_at_once() {
        let store = Arc::new(Hanging::default());
        store.hang(true);
        let patient = PatientSecrets::new(Arc::<Hanging>::clone(&store), SHORT);
        let id = SecretId::DatabaseKey;
        assert_eq!(patient.load(&id), Err(VaultError::KeyringSilent));
        // However patient: it does not wait behind a call that waits.
        let patient = PatientSecrets { patience: LONG, ..patient };
        assert_eq!(patient.save(&id, b"secret"), Err(VaultError::KeyringSilent));
        assert_eq!(patient.delete(&id), Err(VaultError::KeyringSilent));

        store.hang(false);
        while patient.load(&id) == Err(VaultError::KeyringSilent) {
            thread::yield_now();
        }
        patient.save(&id, b"secret").unwrap();
        assert_eq!(*patient.load(&id).unwrap().unwrap(), b"secret");
    }
}
