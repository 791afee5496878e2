//! Accounts begin, begin again and end. What it takes rests with the keyring, which may take its time,
//! so it is read and written beside the routing.

use zeroize::Zeroizing;

use super::work::{Done, Ready};
use super::{Router, Running, SignedIn, Start};
use crate::account::{Credentials, Input, Setup};
use crate::message::{
    AccountEvent, AccountState, Availability, BareJid, Command, ConnectionCommand, Event, PinnedKey,
};
use crate::store::{Note, Place, Resting, Store};

impl Router {
    pub(super) async fn connection(&mut self, account: BareJid, command: ConnectionCommand) {
        match command {
            ConnectionCommand::SignIn { .. } if self.store.is_none() => {
                // The window asks for the vault first; without one, nothing is kept.
                self.open_one_that_forgets();
                let _ = self.work.line_up(Command::Connection(account, command));
            }
            ConnectionCommand::SignIn { password, server, route, trusted_key } => {
                let password = Zeroizing::new(password.expose().to_owned());
                let note = trusted_key.map(|key| Note::PinnedKey(Some(*key)));
                self.start(note, account, (Place { server, route }, password), Start::New).await;
            }
            ConnectionCommand::SignOut => self.sign_out(account),
            ConnectionCommand::Reconnect => self.reconnect(account),
            ConnectionCommand::Move { server, route } => {
                self.restart(account, None, Some(Place { server, route })).await;
            }
            ConnectionCommand::TrustServer(Some(key)) => self.trust_server(account, key).await,
            ConnectionCommand::TrustServer(None) => {
                self.restart(account, Some(Note::PinnedKey(None)), None).await;
            }
            ConnectionCommand::AcceptWeaker => {
                self.restart(account, Some(Note::Strength(None)), None).await;
            }
            ConnectionCommand::AllowPlain => {
                self.restart(account, Some(Note::AllowPlain), None).await;
            }
        }
    }

    /// Starts an account again that knows something else, elsewhere if told so. What it learnt
    /// holds, as does its password: the one that rests, unless it has never signed in.
    async fn restart(&mut self, jid: BareJid, note: Option<Note>, place: Option<Place>) {
        let Some(store) = self.store.clone() else { return };
        let Some(former) = self.accounts.remove(&jid) else {
            if let Some(note) = note {
                self.work.write(async move { store.note(&jid, note).await });
            }
            return;
        };
        self.connects(&jid).await;
        self.work.begin_for(jid.clone(), async move {
            former.running.stop().await;
            if let Some(note) = note {
                store.note(&jid, note).await;
            }
            let (known, password) = match store.resting(&jid).await {
                Ok(Some(Resting { place, password })) => (place, password),
                // It ran until now, so what it ran with is right.
                Ok(None) | Err(_) => (former.place, former.password),
            };
            prepare(store, jid, (place.unwrap_or(known), password), Start::New).await
        });
    }

    async fn trust_server(&mut self, account: BareJid, key: PinnedKey) {
        if let Some(store) = self.store.clone() {
            let account = account.clone();
            let note = Note::PinnedKey(Some(key));
            self.work.write(async move { store.note(&account, note).await });
        }
        self.ask(&account, Input::TrustServer(key));
        if let Some(place) = self.accounts.get(&account).map(|one| one.place.clone()) {
            self.tell_place(&account, place, true).await;
        }
    }

    /// Starts an account, instead of the one that runs. What it takes is read beside, as the keyring
    /// may take its time.
    pub(super) async fn start(
        &mut self,
        note: Option<Note>,
        jid: BareJid,
        with: (Place, Zeroizing<String>),
        start: Start,
    ) {
        let Some(store) = self.store.clone() else { return };
        let former = self.accounts.remove(&jid);
        self.connects(&jid).await;
        self.work.begin_for(jid.clone(), async move {
            if let Some(former) = former {
                former.running.stop().await;
            }
            if let Some(note) = note {
                store.note(&jid, note).await;
            }
            prepare(store, jid, with, start).await
        });
    }

    async fn connects(&self, jid: &BareJid) {
        let state = AccountEvent::State(AccountState::Connecting);
        self.tell(Event::Account(jid.clone(), state)).await;
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

    fn sign_out(&mut self, jid: BareJid) {
        let (store, former) = (self.store.clone(), self.accounts.remove(&jid));
        self.work.begin_for(jid.clone(), async move {
            if let Some(former) = former {
                former.running.stop().await;
            }
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
