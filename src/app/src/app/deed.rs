//! What a person does, one thing after the other: keys that follow wait until the focus is where they
//! are meant to go.

use iced::widget::operation;
use iced::{Element, Task, window};

use super::{App, Message, Stage};
use crate::screen::{elsewhere, keys, main, register, sign_in, vault_choice};
use crate::shortcut::Shortcut;
use crate::widget::hold::{self, Deed, hold};

impl App {
    /// Draws around a window what keeps keys back.
    pub(super) fn holding<'a>(
        &self,
        window: window::Id,
        content: Element<'a, Message>,
    ) -> Element<'a, Message> {
        let settled = self.settled.get(&window).copied().unwrap_or_default();
        let rules = hold::Rules {
            shortcut: Box::new(move |shortcut| Message::Key(window, shortcut)),
            deed: Box::new(move |deed, message| Message::Deed(window, deed, Box::new(message))),
            is_typing,
        };
        hold(content, settled, rules)
    }

    /// Does it; keys go on when all that it asked for is done, the moving of the focus last.
    pub(super) fn deed(
        &mut self,
        window: window::Id,
        deed: Deed,
        message: Message,
    ) -> Task<Message> {
        let writes = leads_to_writing(&message);
        let task = self.update(message);
        let place = matches!(self.stage, Stage::Main).then(|| self.main.place()).flatten();
        let task = match place.filter(|_| writes) {
            Some(place) => task.chain(operation::focus(place)),
            None => task,
        };
        if task.units() == 0 {
            self.settle(window, deed);
            return Task::none();
        }
        task.chain(Task::done(Message::Settled(window, deed)))
    }

    /// Lets the keys go on.
    pub(super) fn settle(&mut self, window: window::Id, deed: Deed) {
        let settled = self.settled.entry(window).or_default();
        *settled = deed.max(*settled);
    }
}

/// Whether a message only changes a text where the focus is. What is rarely typed is not told apart.
fn is_typing(message: &Message) -> bool {
    match message {
        Message::Main(message) => message.is_typing(),
        Message::Keys(message) => matches!(message, keys::Message::Searched(_)),
        Message::Vault(message) => {
            matches!(message, vault_choice::Message::First(_) | vault_choice::Message::Second(_))
        }
        Message::SignIn(message) => {
            matches!(message, sign_in::Message::Address(_) | sign_in::Message::Password(_))
        }
        Message::Register(message) => matches!(
            message,
            register::Message::Domain(_)
                | register::Message::Edit(_, register::Edit::Typed(_) | register::Edit::Lines(_))
        ),
        Message::Elsewhere(message) => matches!(message, elsewhere::Message::Passphrase(_)),
        Message::Events(_)
        | Message::EngineGone
        | Message::AskedToEnd
        | Message::Opened(_)
        | Message::Closed(_)
        | Message::Focus(..)
        | Message::Key(..)
        | Message::Deed(..)
        | Message::Settled(..)
        | Message::Mode(_)
        | Message::Start(_)
        | Message::Decoded(..) => false,
    }
}

/// Whether one goes on writing after it: where that is, the main window knows.
fn leads_to_writing(message: &Message) -> bool {
    match message {
        Message::Main(message) => message.leads_to_writing(),
        Message::Key(_, shortcut) => match shortcut {
            Shortcut::GoPrivate | Shortcut::Verify | Shortcut::Help | Shortcut::Escape => true,
            Shortcut::Search
            | Shortcut::NewContact
            | Shortcut::Next
            | Shortcut::Previous
            | Shortcut::Close
            | Shortcut::Quit
            | Shortcut::Larger
            | Shortcut::Smaller
            | Shortcut::Usual
            | Shortcut::FocusNext
            | Shortcut::FocusPrevious => false,
        },
        Message::Events(_)
        | Message::EngineGone
        | Message::AskedToEnd
        | Message::Opened(_)
        | Message::Closed(_)
        | Message::Focus(..)
        | Message::Deed(..)
        | Message::Settled(..)
        | Message::Mode(_)
        | Message::Vault(_)
        | Message::Start(_)
        | Message::SignIn(_)
        | Message::Register(_)
        | Message::Elsewhere(_)
        | Message::Decoded(..)
        | Message::Keys(_) => false,
    }
}

impl main::Message {
    /// Whether it only changes a text, or tells how something was drawn.
    fn is_typing(&self) -> bool {
        match self {
            Self::Chat(_, message) => message.is_typing(),
            Self::Contacts(message) => message.is_typing(),
            Self::Sheet(message) => message.is_typing(),
            Self::NoticeRead
            | Self::Help
            | Self::OpenAccount(_)
            | Self::SignOut(_)
            | Self::Practice(_)
            | Self::TryNow(_)
            | Self::SignInAgain(_)
            | Self::AddAccount
            | Self::StartPractice
            | Self::LeavePractice
            | Self::OpenKeys => false,
        }
    }

    fn leads_to_writing(&self) -> bool {
        match self {
            Self::Chat(_, message) => message.leads_to_writing(),
            Self::Sheet(_)
            | Self::NoticeRead
            | Self::Help
            | Self::OpenAccount(_)
            | Self::SignOut(_)
            | Self::Practice(_) => true,
            Self::Contacts(_)
            | Self::TryNow(_)
            | Self::SignInAgain(_)
            | Self::AddAccount
            | Self::StartPractice
            | Self::LeavePractice
            | Self::OpenKeys => false,
        }
    }
}
