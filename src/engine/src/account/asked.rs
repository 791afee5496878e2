//! What the person asks of an account and of who is on its list.

use tokio::sync::mpsc::error::TrySendError;

use super::{Account, Input};
use crate::contact::{Asked, Input as ContactInput};
use crate::message::{Availability, ChatEvent, Subscription};
use crate::store::Note;

/// How many changes of the list wait for the account to be online, and the link to take them: all
/// strangers who may wait can be declined at once, several times over.
const WISHES_MAX: usize = 1_024;

impl Account {
    pub(super) async fn asked(&mut self, input: Input) {
        match input {
            Input::Asked(contact, asked) => {
                if asked.is_speech() {
                    self.acquaint(&contact).await;
                }
                self.deliver(&contact, ContactInput::Asked(asked)).await;
            }
            Input::Add(contact) => {
                self.acquaint(&contact).await;
                let jid = contact.clone();
                self.wish(xmpp::Command::RosterSet { jid, name: None, groups: None });
                self.wish(xmpp::Command::Subscribe(contact));
            }
            Input::Accept(contact) => {
                let name = self.roster.info(&contact).name;
                if self.roster.info(&contact).subscription == Subscription::Requested {
                    self.wish(xmpp::Command::Approve(contact.clone()));
                }
                let (jid, groups) = (contact.clone(), None);
                self.wish(xmpp::Command::RosterSet { jid, name, groups });
                if !self.roster.standing(&contact).seen {
                    self.wish(xmpp::Command::Subscribe(contact.clone()));
                }
                self.roster.strangers.answered(&contact);
                self.roster.speak_to(&contact);
                self.standing_changed(&contact).await;
                self.show(&contact).await;
            }
            Input::Decline(contact) => {
                if self.roster.info(&contact).subscription == Subscription::Requested {
                    self.wish(xmpp::Command::Decline(contact.clone()));
                }
                self.roster.part_with(&contact);
                self.forget_stranger(&contact).await;
                self.standing_changed(&contact).await;
                if self.roster.lists(&contact) {
                    self.show(&contact).await;
                } else {
                    self.tell_chat(contact, ChatEvent::Removed).await;
                }
            }
            Input::Remove(contact) => {
                self.wish(xmpp::Command::RosterRemove(contact.clone()));
                if !self.roster.lists(&contact) {
                    self.roster.part_with(&contact);
                    self.forget_stranger(&contact).await;
                    self.standing_changed(&contact).await;
                    self.tell_chat(contact, ChatEvent::Removed).await;
                }
            }
            Input::Set { contact: jid, name, groups } => {
                self.wish(xmpp::Command::RosterSet { jid, name, groups: Some(groups) });
            }
            Input::Block(contact) => self.block(contact).await,
            Input::Unblock(contact) => self.unblock(contact),
            Input::Reconnect => self.ask_link(xmpp::Command::Reconnect),
            Input::Hurry => self.ask_link(xmpp::Command::Hurry),
            Input::TrustServer(key) => {
                self.setup.known.trusted_key = Some(key);
                self.ask_link(xmpp::Command::TrustKey(key));
            }
            Input::ChangePassword(password) => self.change_password(&password),
            Input::Delete => self.delete(),
            Input::SetActive(active) => self.ask_link(xmpp::Command::SetActive(active)),
            Input::SetAvailability(availability) => {
                let before = std::mem::replace(&mut self.setup.availability, availability);
                let shows =
                    before == Availability::Offline && availability != Availability::Offline;
                self.ask_link(if shows {
                    xmpp::Command::ShowAnew(availability)
                } else {
                    xmpp::Command::SetPresence(availability)
                });
                self.standings_changed().await;
                self.fetch_picture();
            }
            Input::SetManners(manners) => {
                self.setup.known.manners = manners;
                self.remember(Note::Manners(manners)).await;
                self.standings_changed().await;
                self.tell_manners().await;
                self.review_pictures().await;
            }
            Input::KeysLearnt => {
                self.tell_contacts(|| ContactInput::Asked(Asked::ReviewKeys)).await;
            }
            Input::FetchGap(gap) => self.fetch_gap(gap).await,
            Input::SetConsole(console) => self.ask_link(xmpp::Command::SetConsole(console)),
        }
    }

    /// To be done at once, be the account online or not. Never waits: the link may be waiting for
    /// us. What it has no room for follows as soon as it has.
    pub(super) fn ask_link(&mut self, command: xmpp::Command) {
        if !self.pressing.is_empty() {
            return self.press(command);
        }
        if let Err(TrySendError::Full(command)) = self.setup.to_link.try_send(command) {
            self.press(command);
        }
    }

    fn press(&mut self, command: xmpp::Command) {
        if self.pressing.len() < WISHES_MAX {
            self.pressing.push_back(command);
        } else {
            tracing::warn!("the link does not keep up; what was asked of it is dropped");
        }
    }

    /// Whether something waits for room in the link.
    pub(super) fn has_wish(&self) -> bool {
        let has_quiet = self.confirmation.is_some() || !self.wishes.is_empty();
        !self.pressing.is_empty() || (self.online && has_quiet)
    }

    /// What the link is given next.
    pub(super) fn next_wish(&mut self) -> Option<xmpp::Command> {
        let quiet =
            |account: &mut Self| account.confirmation.take().or_else(|| account.wishes.pop_front());
        self.pressing.pop_front().or_else(|| self.online.then(|| quiet(self)).flatten())
    }

    /// A change of the list: done as soon as we are online and the link takes it.
    pub(super) fn wish(&mut self, command: xmpp::Command) {
        if self.wishes.len() < WISHES_MAX {
            self.wishes.push_back(command);
        } else {
            tracing::warn!("too many changes of the list wait; one is dropped");
        }
    }
}
