//! Accounts begin, begin again and end. What it takes rests with the keyring, which may take its time,
//! so it is read and written beside the routing.

use zeroize::Zeroizing;

use super::work::{Done, Ready};
use super::{Router, Running, SignedIn, Start};
use crate::account::{Credentials, Input, Setup};
use crate::message::{
    AccountEvent, AccountState, Availability, BareJid, ConnectionCommand, Event, PinnedKey, Secret,
};
use crate::store::{Note, Place, Resting, Store};

impl Router {
    pub(super) async fn connection(&mut self, account: BareJid, command: ConnectionCommand) {
        match command {
            ConnectionCommand::SignIn { password, server, route, trusted_key } => {
                let (place, trusted_key) = (Place { server, route }, trusted_key.map(|key| *key));
                self.sign_in(account, password, place, trusted_key).await;
            }
            ConnectionCommand::SignOut => self.sign_out(account).await,
            ConnectionCommand::Reconnect => self.reconnect(account).await,
            ConnectionCommand::Move { server, route } => {
                self.restart(&account, Some(Place { server, route })).await;
            }
            ConnectionCommand::TrustServer(key) => self.trust_server(account, key).await,
            ConnectionCommand::AcceptWeaker => {
                self.relearn(account, Note::Strength(None)).await;
            }
            ConnectionCommand::AllowPlain => self.relearn(account, Note::AllowPlain).await,
        }
    }

    async fn sign_in(
        &mut self,
        jid: BareJid,
        password: Secret,
        place: Place,
        trusted_key: Option<PinnedKey>,
    ) {
        if self.store.is_none() {
            // The window asks for the vault first; without one, nothing is kept.
            self.open_one_that_forgets().await;
        }
        self.stop(&jid).await;
        if let (Some(store), Some(_)) = (&self.store, trusted_key) {
            store.note(&jid, Note::PinnedKey(trusted_key)).await;
        }
        let password = Zeroizing::new(password.expose().to_owned());
        self.start(jid, place, password, Start::New).await;
    }

    /// Starts an account again, elsewhere if told so. What it learnt holds, as does its password:
    /// the one that rests, unless it has never signed in.
    pub(super) async fn restart(&mut self, jid: &BareJid, place: Option<Place>) {
        let (Some(store), Some(former)) = (self.store.clone(), self.stop(jid).await) else {
            return;
        };
        let (account, state) = (jid.clone(), AccountState::Connecting);
        self.tell(Event::Account(account, AccountEvent::State(state))).await;
        let account = jid.clone();
        self.work.begin_for(jid.clone(), async move {
            let (known, password) = match store.resting(&account).await {
                Ok(Some(Resting { place, password })) => (place, password),
                // It ran until now, so what it ran with is right.
                Ok(None) | Err(_) => (former.place, former.password),
            };
            let place = place.unwrap_or(known);
            prepare(store, account, (place, password), Start::New).await
        });
    }

    async fn trust_server(&mut self, account: BareJid, key: Option<PinnedKey>) {
        let note = Note::PinnedKey(key);
        match key {
            Some(key) => {
                if let Some(store) = &self.store {
                    store.note(&account, note).await;
                }
                self.ask(&account, Input::TrustServer(key)).await;
                if let Some(place) = self.accounts.get(&account).map(|one| one.place.clone()) {
                    self.tell_place(&account, place, true).await;
                }
            }
            None => self.relearn(account, note).await,
        }
    }

    /// Starts an account again that knows something else.
    async fn relearn(&mut self, account: BareJid, note: Note) {
        if let Some(store) = &self.store {
            store.note(&account, note).await;
            self.restart(&account, None).await;
        }
    }

    /// Starts an account. What it takes is read beside, as the keyring may take its time.
    pub(super) async fn start(
        &mut self,
        jid: BareJid,
        place: Place,
        password: Zeroizing<String>,
        start: Start,
    ) {
        let Some(store) = self.store.clone() else { return };
        let state = AccountState::Connecting;
        self.tell(Event::Account(jid.clone(), AccountEvent::State(state))).await;
        self.work.begin_for(jid.clone(), prepare(store, jid, (place, password), start));
    }

    /// Starts an account of which all is read.
    pub(super) async fn launch(&mut self, ready: Ready) {
        let Some(store) = self.store.clone() else { return };
        let Ready { jid, place, password, start, known, identity } = ready;
        self.tell_place(&jid, place.clone(), known.trusted_key.is_some()).await;
        let Place { server, route } = place.clone();
        let availability = self.availability.unwrap_or(Availability::Online);
        let (link, to_link, from_link) = xmpp::Link::new(xmpp::Account {
            server,
            route,
            extra_roots: self.config.extra_roots.clone(),
            pinned_key: known.trusted_key,
            known_strength: known.strength,
            allow_plain: known.allow_plain,
            resume: known.resume.clone(),
            roster: known.roster.clone(),
            initial_delay: start.patience(),
            availability,
            ..xmpp::Account::new(jid.clone(), password.clone())
        });
        drop(tokio::spawn(link.run()));
        let is_new = matches!(start, Start::New);
        let credentials = Credentials { place: place.clone(), password: password.clone() };
        let running = Running::start(Setup {
            jid: jid.clone(),
            identity,
            known,
            credentials: is_new.then_some(credentials),
            availability,
            store,
            to_window: self.to_window.clone(),
            reports: self.reports.clone(),
            offer: self.config.offer.as_str().into(),
            to_link,
            from_link,
        });
        self.accounts.insert(jid, SignedIn { running, place, password });
    }

    pub(super) async fn tell_place(&self, account: &BareJid, place: Place, key_is_pinned: bool) {
        let (account, Place { server, route }) = (account.clone(), place);
        self.tell(Event::Account(account, AccountEvent::Place { server, route, key_is_pinned }))
            .await;
    }

    pub(super) async fn stop(&mut self, jid: &BareJid) -> Option<SignedIn> {
        let mut account = self.accounts.remove(jid)?;
        account.running.stop().await;
        Some(account)
    }

    async fn sign_out(&mut self, jid: BareJid) {
        drop(self.stop(&jid).await);
        let store = self.store.clone();
        self.work.begin_for(jid.clone(), async move {
            if let Some(store) = store {
                store.forget_account(&jid).await;
            }
            Done::Forgotten(jid)
        });
    }
}

/// Reads what it takes to start an account.
async fn prepare(
    store: Store,
    jid: BareJid,
    (place, password): (Place, Zeroizing<String>),
    start: Start,
) -> Done {
    let known = match store.known(&jid).await {
        Ok(known) => known,
        Err(failure) => return Done::Unreadable(jid, failure),
    };
    let identity = match store.identity(&jid).await {
        Ok(identity) => identity,
        Err(failure) => return Done::Unreadable(jid, failure),
    };
    Done::Ready(Box::new(Ready { jid, place, password, start, known, identity }))
}
