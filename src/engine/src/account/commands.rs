//! What the person asks of an account and of who is on its list.

use tokio::sync::mpsc::error::TrySendError;

use super::{Account, Input};
use crate::contact::Input as ContactInput;
use crate::message::{
    AccountCommand, Availability, BareJid, ChatEvent, ContactCommand, Subscription,
};
use crate::store::Note;

/// How many changes of the list wait for the account to be online, and the link to take them: all
/// strangers who may wait can be declined at once, several times over.
const WISHES_MAX: usize = 1_024;

impl Account {
    pub(super) async fn take(&mut self, input: Input) {
        match input {
            Input::Command(command) => self.obey(command).await,
            Input::Contact(contact, command) => self.obey_about(contact, command).await,
            Input::Chat(contact, command) => {
                if command.is_speech() {
                    self.acquaint(&contact).await;
                }
                self.deliver(&contact, ContactInput::Command(command));
            }
            Input::Reconnect => self.ask_link(xmpp::Command::Reconnect),
            Input::Hurry => self.ask_link(xmpp::Command::NetworkChanged),
            Input::TrustServer(key) => {
                self.setup.known.trusted_key = Some(key);
                self.ask_link(xmpp::Command::PinKey(key));
            }
            Input::SetActive(active) => self.ask_link(xmpp::Command::SetActive(active)),
            Input::SetAvailability(availability) => self.show_as(availability).await,
            Input::KeysLearnt => self.tell_contacts(|| ContactInput::ReviewKeys),
        }
    }

    async fn obey(&mut self, command: AccountCommand) {
        match command {
            AccountCommand::ChangePassword(password) => self.change_password(&password),
            AccountCommand::Delete => self.delete(),
            AccountCommand::SetPrivacySettings(manners) => {
                self.setup.known.manners = manners;
                self.remember(Note::PrivacySettings(manners)).await;
                self.standings_changed();
                self.tell_manners().await;
                self.review_pictures().await;
            }
            AccountCommand::FetchGap(gap) => self.fetch_gap(gap).await,
            AccountCommand::SetConsole(console) => {
                self.ask_link(xmpp::Command::SetConsole(console));
            }
        }
    }

    async fn obey_about(&mut self, contact: BareJid, command: ContactCommand) {
        match command {
            ContactCommand::Add => {
                self.acquaint(&contact).await;
                let jid = contact.clone();
                self.wish(xmpp::Command::RosterSet { jid, name: None, groups: None });
                self.wish(xmpp::Command::Subscribe(contact));
            }
            ContactCommand::Accept => self.accept(contact).await,
            ContactCommand::Decline => self.decline(contact).await,
            ContactCommand::Remove => {
                if self.mailbox(&contact).is_some() {
                    self.deliver(&contact, ContactInput::Leave { then: None });
                }
                self.wish(xmpp::Command::RosterRemove(contact.clone()));
                if !self.roster.lists(&contact) {
                    self.roster.part_with(&contact);
                    self.forget_stranger(&contact).await;
                    self.standing_changed(&contact);
                    self.tell_chat(contact, ChatEvent::Removed).await;
                }
            }
            ContactCommand::Edit { name, groups } => {
                let groups = Some(groups);
                self.wish(xmpp::Command::RosterSet { jid: contact, name, groups });
            }
            ContactCommand::Block => self.block(contact).await,
            ContactCommand::Unblock => self.unblock(contact),
        }
    }

    async fn accept(&mut self, contact: BareJid) {
        let name = self.roster.info(&contact).name;
        if self.roster.info(&contact).subscription == Subscription::Requested {
            self.wish(xmpp::Command::Approve(contact.clone()));
        }
        self.wish(xmpp::Command::RosterSet { jid: contact.clone(), name, groups: None });
        if !self.roster.standing(&contact).seen {
            self.wish(xmpp::Command::Subscribe(contact.clone()));
        }
        self.roster.strangers.answered(&contact);
        self.roster.speak_to(&contact);
        self.standing_changed(&contact);
        self.show(&contact).await;
    }

    async fn decline(&mut self, contact: BareJid) {
        if self.roster.info(&contact).subscription == Subscription::Requested {
            self.wish(xmpp::Command::Decline(contact.clone()));
        }
        self.roster.part_with(&contact);
        self.forget_stranger(&contact).await;
        self.standing_changed(&contact);
        if self.roster.lists(&contact) {
            self.show(&contact).await;
        } else {
            self.tell_chat(contact, ChatEvent::Removed).await;
        }
    }

    /// Shows us so to contacts.
    async fn show_as(&mut self, availability: Availability) {
        let before = std::mem::replace(&mut self.setup.availability, availability);
        let shows = before == Availability::Offline && availability != Availability::Offline;
        self.ask_link(if shows {
            xmpp::Command::ShowAnew(availability)
        } else {
            xmpp::Command::SetPresence(availability)
        });
        self.standings_changed();
        self.fetch_picture();
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
