//! From the server's form to the first sign-in.

use engine::Registration;
use iced::Task;

use super::{App, Message, Stage};
use crate::screen::register;
use crate::screen::sign_in::{self, SignIn};

impl App {
    pub(super) fn in_register(&mut self, message: register::Message) -> Task<Message> {
        let Stage::Register(screen) = &mut self.stage else { return Task::none() };
        let action = screen.update(message);
        self.go_on_registering(action)
    }

    pub(super) fn registration(&mut self, step: Registration) -> Task<Message> {
        let Stage::Register(screen) = &mut self.stage else { return Task::none() };
        let action = screen.observe(step);
        self.go_on_registering(action)
    }

    fn go_on_registering(&mut self, action: register::Action) -> Task<Message> {
        match action {
            register::Action::None => Task::none(),
            register::Action::Command(command) => self.tell(command),
            register::Action::Task(task) => task.map(Message::Register),
            register::Action::Back => {
                self.stage = self.home();
                Task::none()
            }
            register::Action::SignIn { address, password, connection, trusted } => {
                let screen = SignIn::with(address, password, connection, trusted);
                self.stage = Stage::SignIn(Box::new(screen));
                self.in_sign_in(sign_in::Message::Submit)
            }
        }
    }
}
