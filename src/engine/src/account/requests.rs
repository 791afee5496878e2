//! What an account asked of its server, and what comes of it.

use std::collections::{BTreeSet, HashMap};

use xmpp::{ArchiveQuery, AvatarHash, RequestError};
use zeroize::Zeroizing;

use super::Account;
use crate::contact::Input as ContactInput;
use crate::message::{AccountEvent, BareJid, ChatEvent, Event, Notice, Secret};
use crate::tags::{ACCOUNT, Tags};

/// Questions that the server has not answered yet, by tag.
#[derive(Debug)]
pub(super) struct Requests {
    tags: Tags,
    open: HashMap<u64, Request>,
}

enum Request {
    Block(BareJid),
    Unblock(BareJid),
    Password(Zeroizing<String>),
    Delete,
    Archive,
    Avatar,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Request(…)")
    }
}

impl Requests {
    pub(super) fn new() -> Self {
        Self { tags: Tags::of(ACCOUNT), open: HashMap::new() }
    }

    fn open(&mut self, request: Request) -> u64 {
        let tag = self.tags.draw();
        self.open.insert(tag, request);
        tag
    }
}

impl Account {
    /// Says goodbye, then has the server keep them away.
    pub(super) async fn block(&mut self, contact: BareJid) {
        let tag = self.requests.open(Request::Block(contact.clone()));
        let then = xmpp::Command::Request(tag, xmpp::Request::Block(contact.clone().into()));
        if self.mailbox(&contact).is_some() {
            self.deliver(&contact, ContactInput::Leave { then: Some(then) });
        } else {
            self.ask_link(then);
        }
    }

    pub(super) fn unblock(&mut self, contact: BareJid) {
        let tag = self.requests.open(Request::Unblock(contact.clone()));
        let request = xmpp::Request::Unblock(contact.into());
        self.ask_link(xmpp::Command::Request(tag, request));
    }

    pub(super) fn change_password(&mut self, password: &Secret) {
        let password = Zeroizing::new(password.expose().to_owned());
        let tag = self.requests.open(Request::Password(password.clone()));
        let request = xmpp::Request::ChangePassword(password.into());
        self.ask_link(xmpp::Command::Request(tag, request));
    }

    pub(super) fn delete(&mut self) {
        let tag = self.requests.open(Request::Delete);
        self.ask_link(xmpp::Command::Request(tag, xmpp::Request::DeleteAccount));
    }

    /// Asks the archive; by which tag, if the link took that.
    pub(super) fn query_archive(&mut self, query: ArchiveQuery) -> Option<u64> {
        let tag = self.requests.open(Request::Archive);
        let command = xmpp::Command::Request(tag, xmpp::Request::QueryArchive(query));
        let is_taken = self.setup.to_link.try_send(command).is_ok();
        if !is_taken {
            self.requests.open.remove(&tag);
        }
        is_taken.then_some(tag)
    }

    /// Whether this tag is that of an archive query, which is answered by it.
    pub(super) fn archive_answered(&mut self, tag: u64) -> bool {
        matches!(self.requests.open.remove(&tag), Some(Request::Archive))
    }

    /// Asks for a contact's picture; whether the link took that.
    pub(super) fn query_avatar(&mut self, jid: BareJid, hash: AvatarHash) -> bool {
        let tag = self.requests.open(Request::Avatar);
        let command = xmpp::Command::Request(tag, xmpp::Request::FetchAvatar { jid, hash });
        let is_taken = self.setup.to_link.try_send(command).is_ok();
        if !is_taken {
            self.requests.open.remove(&tag);
        }
        is_taken
    }

    /// Whether this tag is that of a question for a picture, which is answered by it.
    pub(super) fn avatar_answered(&mut self, tag: u64) -> bool {
        matches!(self.requests.open.remove(&tag), Some(Request::Avatar))
    }

    pub(super) async fn answered(
        &mut self,
        tag: u64,
        result: Result<xmpp::Response, RequestError>,
    ) {
        match result {
            // Taken before: it may be the account's end.
            Ok(xmpp::Response::Done) => {}
            Ok(xmpp::Response::Archive(page)) => self.archive_page(tag, page).await,
            Ok(xmpp::Response::Avatar { bytes, .. }) => self.avatar(tag, bytes.into_inner()).await,
            Err(error) => self.not_done(tag, error).await,
        }
    }

    /// The server did it; says whether that was the account's end.
    pub(super) async fn done(&mut self, tag: u64) -> bool {
        match self.requests.open.remove(&tag) {
            Some(Request::Password(password)) => {
                let (store, jid) = (self.setup.store.clone(), self.setup.jid.clone());
                let (kept, to_window) = (password.clone(), self.setup.to_window.clone());
                // An account that is not remembered yet will be, with this one.
                if let Some(credentials) = &mut self.setup.credentials {
                    credentials.password = password;
                }
                self.keep(async move {
                    let _ = store.save_password(&jid, kept).await;
                    // It is changed at the server, kept or not; whoever reads this may close Sotto.
                    let changed = Event::Account(jid, AccountEvent::PasswordChanged(Ok(())));
                    let _ = to_window.send(changed).await;
                });
            }
            Some(Request::Delete) => {
                self.setup.store.forget_account(&self.setup.jid).await;
                return true;
            }
            // The new list is told by itself.
            Some(Request::Block(_) | Request::Unblock(_) | Request::Archive | Request::Avatar)
            | None => {}
        }
        false
    }

    /// The server did not do it, as far as we know.
    pub(super) async fn not_done(&mut self, tag: u64, error: RequestError) {
        match self.requests.open.remove(&tag) {
            Some(Request::Block(contact) | Request::Unblock(contact)) => {
                self.tell_chat(contact.clone(), ChatEvent::Notice(Notice::NotBlocked(error))).await;
            }
            Some(Request::Password(_)) => self.password_changed(Err(error)).await,
            Some(Request::Delete) => {
                let account = self.setup.jid.clone();
                self.tell(Event::Account(account, AccountEvent::NotDeleted(error))).await;
            }
            Some(Request::Archive) => self.no_archive(tag, &error).await,
            Some(Request::Avatar) => self.no_avatar(&error),
            None => self.sent(tag, ContactInput::NotArchived { tag, error }),
        }
    }

    async fn password_changed(&self, result: Result<(), RequestError>) {
        self.tell(Event::Account(self.setup.jid.clone(), AccountEvent::PasswordChanged(result)))
            .await;
    }

    /// The server's list of those whom it keeps away.
    pub(super) async fn blocked(&mut self, jids: Vec<xmpp::Jid>) {
        let blocked: BTreeSet<BareJid> = jids
            .into_iter()
            .filter(|jid| jid.node().is_some() && jid.resource().is_none())
            .map(|jid| jid.to_bare())
            .collect();
        let contacts = blocked.iter().cloned().collect();
        for contact in self.roster.block(blocked) {
            self.standing_changed(&contact);
            // Of a stranger nothing is left but their place on that list.
            if self.roster.is_acquainted(&contact) {
                self.show(&contact).await;
            } else if self.roster.strangers.wish(&contact).is_some() {
                self.roster.part_with(&contact);
                self.tell_chat(contact, ChatEvent::Removed).await;
            }
        }
        self.review_pictures().await;
        self.tell(Event::Account(self.setup.jid.clone(), AccountEvent::Blocked(contacts))).await;
    }
}
