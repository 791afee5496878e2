//! The vault is opened, and what rests in it signs in.

use super::{Router, Start};
use crate::account::Input;
use crate::message::{AccountState, BareJid, Event, VaultChoice, VaultFailure};
use crate::store::{Half, Resting, Store};

impl Router {
    pub(super) async fn open_vault(&mut self, choice: VaultChoice, half: Half) {
        if self.store.is_some() {
            return;
        }
        let profile = self.config.profile.as_deref();
        let opened = Store::open(profile, choice, half, self.to_window.clone()).await;
        let read = match opened {
            Ok(store) => store.accounts().await.map(|resting| (store, resting)),
            Err(failure) => Err(failure),
        };
        match read {
            Ok((store, resting)) => {
                self.store = Some(store);
                let accounts = resting.iter().map(|(jid, _)| jid.clone()).collect();
                self.tell(Event::VaultOpened { accounts }).await;
                self.tell_keys().await;
                for (place_in_line, (jid, resting)) in resting.into_iter().enumerate() {
                    match resting {
                        Ok(Resting { place, password }) => {
                            let start = Start::Resting { place_in_line };
                            self.start(jid, place, password, start).await;
                        }
                        Err(failure) => self.unreadable(jid, failure).await,
                    }
                }
            }
            Err(failure) => self.tell(Event::VaultFailed(failure)).await,
        }
    }

    pub(super) async fn unreadable(&self, account: BareJid, failure: VaultFailure) {
        self.tell(Event::Account { account, state: AccountState::Unreadable(failure) }).await;
    }

    /// Tries at once; one that could not be read is read again.
    pub(super) async fn reconnect(&mut self, jid: BareJid) {
        let Some(store) = self.store.clone().filter(|_| !self.accounts.contains_key(&jid)) else {
            return self.ask(&jid, Input::Reconnect).await;
        };
        match store.resting(&jid).await {
            Ok(Some(Resting { place, password })) => {
                self.start(jid, place, password, Start::Resting { place_in_line: 0 }).await;
            }
            Ok(None) => self.ask(&jid, Input::Reconnect).await,
            Err(failure) => self.unreadable(jid, failure).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::STAGGER;
    use super::*;

    #[test]
    fn several_accounts_start_at_different_times() {
        let patience = |place_in_line| Start::Resting { place_in_line }.patience();
        assert_eq!((patience(0), Start::New.patience()), (Duration::ZERO, Duration::ZERO));
        for place in 1_u8..20 {
            let longest = STAGGER * u32::from(place);
            let whiles: Vec<_> = (0..8).map(|_| patience(place.into())).collect();
            assert!(whiles.iter().all(|it| *it >= longest / 2 && *it <= longest), "{whiles:?}");
            assert!(whiles.iter().any(|it| *it != whiles[0]), "never the same while");
        }
    }
}
