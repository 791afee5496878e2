//! The registration screen (XEP-0077): the server's address, its form, then signing in. What was typed
//! stays until that has worked.

mod fields;
#[cfg(test)]
mod tests;

use std::fmt;

use engine::{
    BareJid, Command, Form, PinnedKey, Registration, RegistrationCommand, RegistrationFailure,
    Secret,
};
use iced::widget::{Id, column, operation, row, text_editor, text_input};
use iced::{Center, Element, Fill, Task};

use self::fields::Fields;
use crate::error_text::{self, shortened};
use crate::icon::Icon;
use crate::screen::connection_form::{self, ConnectionForm};
use crate::screen::sign_in_error;
use crate::t;
use crate::theme::{Tone, space};
use crate::widget::{self, id};

/// State of the screen.
#[derive(Default)]
pub struct Register {
    domain: String,
    connection: ConnectionForm,
    /// The form as the server sent it.
    form: Option<Form>,
    fields: Option<Fields>,
    /// The server key that the person pinned, and its server.
    trusted: Option<(BareJid, PinnedKey)>,
    asked: bool,
    details: bool,
    state: FormState,
}

#[derive(Debug, Default)]
enum FormState {
    #[default]
    Typing,
    Waiting,
    NotTaken,
    Failed(RegistrationFailure),
}

/// What a person can do here.
#[derive(Clone, Debug)]
pub enum Message {
    /// Typed a server.
    Domain(String),
    /// In the section for the server and the route to it.
    Connection(connection_form::Message),
    /// About a server that cannot be trusted by itself.
    SignInError(sign_in_error::Message),
    /// In a field of the server's form.
    Edit(usize, Edit),
    /// Wants another picture.
    AskAgain,
    /// Pressed the button.
    Submit,
    /// Pressed Back, or Escape.
    Back,
}

/// What was done in a field.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Typed a line; it may be a password.
    Typed(Secret),
    /// Typed lines.
    Lines(text_editor::Action),
    /// Ticked or not.
    Ticked(bool),
    /// Chose one.
    Chosen(String),
    /// Chose one of several, or no longer.
    Toggled(String, bool),
}

/// What the parent has to do about it.
#[derive(Debug)]
#[must_use]
pub enum Action {
    /// Nothing has to be done.
    None,
    /// Send this command to the engine.
    Command(Command),
    /// Run this task.
    Task(Task<Message>),
    /// Go back to where the server is asked for, or leave.
    Back,
    /// There is an account: sign in to it the same way.
    SignIn {
        /// Its address as made of what was typed.
        address: String,
        /// The password of the form.
        password: Secret,
        /// How to reach the server.
        connection: ConnectionForm,
        /// The server key that the person pinned, and its server.
        trusted: Option<(BareJid, PinnedKey)>,
    },
}

impl Register {
    /// Handles an event of the engine.
    pub fn observe(&mut self, step: Registration) -> Action {
        match step {
            Registration::Form(form) => {
                let fields = Fields::new(form.fields.clone(), self.fields.as_ref());
                self.show(fields.about(form.title.clone(), form.instructions.clone()));
                self.form = Some(form);
                self.fields.as_ref().and_then(Fields::first).map_or(Action::None, focus)
            }
            Registration::Failed(failure) => {
                let connected = !matches!(
                    failure,
                    RegistrationFailure::Offline(_) | RegistrationFailure::Untrusted(_)
                );
                self.state = FormState::Failed(failure);
                // A picture is good for one answer.
                let again = connected && self.fields.as_ref().is_some_and(Fields::has_picture);
                if again {
                    Action::Command(Command::Registration(RegistrationCommand::RefreshForm))
                } else {
                    Action::None
                }
            }
            Registration::Done => {
                let value = |name: &str| self.fields.as_ref().and_then(|form| form.value(name));
                let name = value("username").unwrap_or_default();
                let password = Secret::new(value("password").unwrap_or_default().to_owned());
                let address = format!("{}@{}", name.trim(), self.domain.trim());
                let (connection, trusted) =
                    (std::mem::take(&mut self.connection), self.trusted.take());
                Action::SignIn { address, password, connection, trusted }
            }
        }
    }

    /// Shows a form; why the last answer failed is still told.
    fn show(&mut self, fields: Fields) {
        self.fields = Some(fields);
        if matches!(self.state, FormState::Waiting) {
            self.state = FormState::Typing;
            self.asked = false;
        }
    }

    /// The engine rejected the command: everything typed stays, and the screen says so.
    pub fn command_rejected(&mut self) {
        self.state = FormState::NotTaken;
    }

    /// Handles what the person did.
    pub fn update(&mut self, message: Message) -> Action {
        match message {
            Message::Domain(domain) => {
                self.domain = domain;
                // What another server did is no news of this one, and its key not to be trusted.
                self.state = FormState::Typing;
            }
            Message::Connection(message) => match self.connection.update(message) {
                connection_form::Action::None => {}
                connection_form::Action::Task(task) => {
                    return Action::Task(task.map(Message::Connection));
                }
                connection_form::Action::Submit => return self.submit(),
            },
            Message::Edit(index, edit) => {
                if let Some(fields) = &mut self.fields {
                    fields.edit(index, edit);
                }
            }
            Message::SignInError(sign_in_error::Message::Details(details)) => {
                self.details = details
            }
            Message::SignInError(sign_in_error::Message::Trust(key)) => {
                self.trusted = self.read_domain().map(|domain| (domain, key));
                return self.open();
            }
            // Nobody signs in yet.
            Message::SignInError(
                sign_in_error::Message::AcceptWeaker | sign_in_error::Message::AllowPlain,
            ) => {}
            Message::AskAgain => {
                return Action::Command(Command::Registration(RegistrationCommand::RefreshForm));
            }
            Message::Submit => return self.submit(),
            Message::Back => return self.back(),
        }
        Action::None
    }

    fn submit(&mut self) -> Action {
        if matches!(self.state, FormState::Waiting) {
            return Action::None;
        }
        self.asked = true;
        if let Some(fields) = &self.fields {
            if let Some(missing) = fields.missing() {
                return focus(missing);
            }
            let Some(mut form) = self.form.clone() else { return Action::None };
            form.fields = fields.answers().to_vec();
            self.state = FormState::Waiting;
            return Action::Command(Command::Registration(RegistrationCommand::Submit(form)));
        }
        self.open()
    }

    /// Asks the server for its form.
    fn open(&mut self) -> Action {
        let Some(domain) = self.read_domain() else { return focus(id::DOMAIN) };
        let (server, route) = match self.connection.read(domain.domain().as_str()) {
            Ok(read) => read,
            Err(field) => return focus(field),
        };
        let trusted = self.trusted.as_ref().filter(|(trusted, _)| *trusted == domain);
        let trusted_key = trusted.map(|(_, key)| Box::new(*key));
        self.state = FormState::Waiting;
        Action::Command(Command::Registration(RegistrationCommand::Open {
            domain,
            server,
            route,
            trusted_key,
        }))
    }

    /// From the form to the server's name; from there away.
    fn back(&mut self) -> Action {
        let waits = matches!(self.state, FormState::Waiting);
        self.state = FormState::Typing;
        self.asked = false;
        if self.fields.take().is_some() || waits {
            return Action::Command(Command::Registration(RegistrationCommand::Close));
        }
        Action::Back
    }

    fn read_domain(&self) -> Option<BareJid> {
        let domain: BareJid = self.domain.trim().parse().ok()?;
        domain.node().is_none().then_some(domain)
    }

    /// Draws it.
    #[must_use]
    pub fn view(&self) -> Element<'_, Message> {
        widget::centered_card(480.0, || self.card())
    }

    fn card(&self) -> Element<'_, Message> {
        let waits = matches!(self.state, FormState::Waiting);
        let inside: Element<'_, Message> = match &self.fields {
            Some(fields) => fields.view(self.asked).into(),
            None => column![
                self.domain_field(),
                self.connection.view(self.asked, self.domain.trim()).map(Message::Connection)
            ]
            .spacing(space::M)
            .into(),
        };
        let label = if self.fields.is_some() { t!("register-yes") } else { t!("register-ask") };
        let buttons = row![
            widget::secondary(t!("back"), Some(Message::Back)),
            iced::widget::space().width(Fill),
            widget::primary(label, (!waits).then_some(Message::Submit)),
        ]
        .align_y(Center);
        let head = column![widget::title(t!("register-title")), widget::hint(self.lead())]
            .spacing(space::XS);
        column![head, inside].push(self.status()).push(buttons).spacing(space::M).into()
    }

    fn lead(&self) -> String {
        if self.fields.is_some() {
            t!("register-form-lead", server = self.domain.trim())
        } else {
            t!("register-lead")
        }
    }

    fn domain_field(&self) -> Element<'_, Message> {
        let wrong = self.asked && self.read_domain().is_none();
        let input = text_input(&t!("register-placeholder"), &self.domain)
            .id(id::DOMAIN)
            .on_input(Message::Domain)
            .on_submit(Message::Submit);
        widget::field(t!("register-domain"), input, wrong.then(|| t!("register-domain-wrong")))
            .into()
    }

    fn status(&self) -> Option<Element<'_, Message>> {
        let (icon, tone, words) = match &self.state {
            FormState::Typing => return None,
            FormState::Waiting => (Icon::Ring, Tone::Muted, t!("asking-server")),
            FormState::NotTaken => (Icon::Warning, Tone::Danger, t!("engine-busy")),
            FormState::Failed(RegistrationFailure::Untrusted(failure)) => {
                return Some(sign_in_error::view(failure, self.details).map(Message::SignInError));
            }
            FormState::Failed(failure) => (Icon::Warning, Tone::Danger, words(failure)),
        };
        Some(widget::note(icon, tone, words).into())
    }
}

fn words(failure: &RegistrationFailure) -> String {
    match failure {
        RegistrationFailure::Offline(reason) => error_text::offline(reason),
        RegistrationFailure::Untrusted(failure) => error_text::refused(failure),
        RegistrationFailure::NotOffered => t!("register-not-offered"),
        RegistrationFailure::Elsewhere { url } => {
            t!("register-on-website", url = shortened(url))
        }
        RegistrationFailure::NameTaken => t!("register-name-taken"),
        RegistrationFailure::Unencodable => t!("not-done-unsendable"),
        RegistrationFailure::Refused { condition, text } => {
            let said = text.as_deref().filter(|text| !text.trim().is_empty());
            t!("not-done-refused", words = shortened(said.unwrap_or(condition)))
        }
    }
}

fn focus(field: Id) -> Action {
    Action::Task(operation::focus(field))
}

impl fmt::Debug for Register {
    /// Nothing of what was typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Register").field("state", &self.state).finish_non_exhaustive()
    }
}
