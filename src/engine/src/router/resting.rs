//! The vault is opened, and what rests in it signs in.

use tokio::time::sleep;
use vault::PATIENCE;

use super::work::{Done, Opened};
use super::{Router, Start};
use crate::account::Input;
use crate::message::{
    AccountEvent, AccountState, Availability, BareJid, Event, Setting, VaultChoice, VaultEvent,
    VaultFailure,
};
use crate::store::{Half, Resting, Store};

impl Router {
    /// Opens a vault beside. A keyring may be asking the person for its password, so it has all the
    /// time it wants; but if it does not answer soon, that is told.
    pub(super) fn open_vault(&mut self, choice: VaultChoice, half: Half) {
        if self.store.is_some() {
            return;
        }
        let by_keyring = matches!((&choice, half), (VaultChoice::Keyring, Half::Refuse));
        // Asked again while it is being asked: a second call would only wait beside the first.
        let asked = self.work.opening.as_ref().filter(|opening| by_keyring && opening.by_keyring);
        let number = match asked {
            Some(opening) => opening.number,
            None => {
                let (number, given_up) = self.work.open(by_keyring);
                let (profile, to_window) = (self.config.profile.clone(), self.to_window.clone());
                self.work.begin(async move {
                    let profile = profile.as_deref();
                    let opened = Store::open(profile, choice, half, to_window, given_up).await;
                    let opened = match opened {
                        Ok(store) => Opened::read(store).await,
                        Err(failure) => Err(failure),
                    };
                    Done::Opened(number, Box::new(opened))
                });
                number
            }
        };
        if by_keyring {
            self.work.begin(async move {
                sleep(PATIENCE).await;
                Done::Silent(number)
            });
        }
    }

    /// Opens one that touches no disk and asks no keyring; commands for accounts wait.
    pub(super) fn open_one_that_forgets(&mut self) {
        let (number, _) = self.work.open(false);
        let to_window = self.to_window.clone();
        self.work.begin(async move {
            let opened = match Store::that_forgets(to_window).await {
                Ok(store) => Opened::read(store).await,
                Err(failure) => Err(failure),
            };
            Done::Opened(number, Box::new(opened))
        });
    }

    /// A vault is open, or is not.
    pub(super) async fn opened(&mut self, opened: Result<Opened, VaultFailure>) {
        let Opened { store, resting, text_size, availability } = match opened {
            Ok(opened) => opened,
            Err(failure) => return self.tell(Event::Vault(VaultEvent::Failed(failure))).await,
        };
        let accounts = resting.iter().map(|(jid, _)| jid.clone()).collect();
        self.tell(Event::Vault(VaultEvent::Opened { accounts })).await;
        if !store.keeps() {
            self.tell(Event::Vault(VaultEvent::KeepsNothing)).await;
        }
        if let Some(percent) = text_size {
            self.tell(Event::Setting(Setting::TextSize(percent))).await;
        }
        self.store = Some(store);
        // Before any account starts: whoever is hidden stays so.
        self.show_as_kept(availability).await;
        self.tell_keys();
        for (place_in_line, (jid, resting)) in resting.into_iter().enumerate() {
            match resting {
                Ok(Resting { place, password }) => {
                    self.start(None, jid, (place, password), Start::Resting { place_in_line })
                        .await;
                }
                Err(failure) => self.unreadable(jid, failure).await,
            }
        }
    }

    /// Contacts are shown of us what they were in the life before; what was chosen since holds, and
    /// is kept.
    async fn show_as_kept(&mut self, kept: Option<Availability>) {
        if let Some(chosen) = self.availability {
            self.set(Setting::Availability(chosen));
        } else if let Some(kept) = kept {
            self.availability = Some(kept);
            self.tell(Event::Setting(Setting::Availability(kept))).await;
        }
    }

    pub(super) async fn unreadable(&self, account: BareJid, failure: VaultFailure) {
        self.tell(Event::Account(account, AccountEvent::State(AccountState::Unreadable(failure))))
            .await;
    }

    /// Tries at once; one that could not be read is read again.
    pub(super) fn reconnect(&mut self, jid: BareJid) {
        let Some(store) = self.store.clone().filter(|_| !self.accounts.contains_key(&jid)) else {
            return self.ask(&jid, Input::Reconnect);
        };
        self.work.begin_for(jid.clone(), async move {
            match store.resting(&jid).await {
                Ok(resting) => Done::Rested(jid, resting),
                Err(failure) => Done::Unreadable(jid, failure),
            }
        });
    }

    /// What rests of an account was read again.
    pub(super) async fn rested(&mut self, jid: BareJid, resting: Option<Resting>) {
        match resting {
            Some(Resting { place, password }) => {
                self.start(None, jid, (place, password), Start::Resting { place_in_line: 0 }).await;
            }
            None => self.ask(&jid, Input::Reconnect),
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
