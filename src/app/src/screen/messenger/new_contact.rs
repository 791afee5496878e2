//! The dialog that adds a contact by address (JID).

use engine::{BareJid, ChatId, Command, ContactCommand};
use iced::widget::{column, row, text_input};
use iced::{Element, Fill};

use crate::icon::Icon;
use crate::lookalike::{Looks, Mark};
use crate::theme::{self, Tone, space};
use crate::widget::{self, id};
use crate::{address, t};

/// State of the dialog.
#[derive(Debug)]
pub struct NewContact {
    /// The account that adds the contact.
    account: BareJid,
    /// All that can be chosen from.
    accounts: Vec<BareJid>,
    typed: String,
    asked: bool,
    /// The contact with a confusable address, if there is one.
    mark: Option<Mark>,
}

/// What a person can do on it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Typed an address.
    Typed(String),
    /// Adds them as this one of ours.
    As(BareJid),
    /// Pressed the button.
    Add,
    /// Puts the sheet away.
    Cancel,
}

/// What the parent has to do about it.
#[derive(Debug)]
#[must_use]
pub(super) enum Action {
    /// Nothing has to be done.
    None,
    /// Put the sheet away.
    Cancel,
    /// Close it, and send this command to the engine.
    Command(Command),
}

impl NewContact {
    pub(super) fn new(accounts: Vec<BareJid>, open_account: Option<&BareJid>) -> Option<Self> {
        let open_account = open_account.filter(|account| accounts.contains(account));
        let account = open_account.or(accounts.first())?.clone();
        Some(Self { account, accounts, typed: String::new(), asked: false, mark: None })
    }

    /// Handles what the person did.
    pub(super) fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Typed(typed) => self.typed = typed,
            Message::As(account) => self.account = account,
            Message::Add => return self.add(),
            Message::Cancel => return Action::Cancel,
        }
        Action::None
    }

    /// Adds the contact, if the address is one, and not our own.
    fn add(&mut self) -> Action {
        self.asked = true;
        match address::parse(&self.typed) {
            Ok(contact) if contact != self.account => {
                let chat = ChatId { account: self.account.clone(), contact };
                Action::Command(Command::Contact(chat, ContactCommand::Add))
            }
            Ok(_) | Err(_) => Action::None,
        }
    }

    /// Looks for whom the address may be taken.
    pub(super) fn mark(&mut self, mark_of: impl FnOnce(&Looks) -> Option<Mark>) {
        let looks = address::parse(&self.typed).ok().map(|contact| {
            let name = contact.node().map_or_else(String::new, |node| node.as_str().to_owned());
            Looks::of(&name, &contact)
        });
        self.mark = looks.and_then(|looks| mark_of(&looks));
    }

    pub(super) fn view(&self) -> Element<'_, Message> {
        let ourselves = address::parse(&self.typed).is_ok_and(|contact| contact == self.account);
        let wrong = if ourselves {
            Some(t!("new-contact-yourself"))
        } else {
            address::complaint(&self.typed, self.asked)
        };
        let input = text_input(&t!("address-placeholder"), &self.typed)
            .id(id::NEW_CONTACT)
            .on_input(Message::Typed)
            .on_submit(Message::Add);
        let accounts = (self.accounts.len() > 1).then(|| {
            let lines = self.accounts.iter().map(|account| {
                let press = Message::As(account.clone());
                widget::radio_row(account.to_string(), None, *account == self.account, press)
            });
            column![widget::strong(t!("new-contact-as"))].extend(lines).spacing(space::XS)
        });
        column![
            widget::title(t!("new-contact-title")),
            widget::hint(t!("new-contact-lead")),
            column![].push(accounts),
            widget::field(t!("address"), input, wrong),
            column![].push(self.mark.as_ref().map(|mark| widget::note(
                Icon::Warning,
                Tone::Warning,
                mark.words()
            ))),
            column![
                row![
                    widget::secondary(t!("cancel"), Some(Message::Cancel)),
                    widget::primary(t!("add-contact"), Some(Message::Add)),
                ]
                .spacing(space::S)
                .wrap()
            ]
            .width(Fill)
            .align_x(theme::end()),
        ]
        .spacing(space::M)
        .into()
    }
}
