//! Carries out the keyboard shortcuts of a window.

use engine::{Command, Setting};
use iced::{Task, window};

use super::windows::WindowKind;
use super::{App, Message, Screen};
use crate::screen::{chat, messenger};
use crate::shortcut::Shortcut;
use crate::widget::{Direction, reveal, walk};

impl App {
    pub(super) fn press(&mut self, window: window::Id, shortcut: Shortcut) -> Task<Message> {
        match shortcut {
            Shortcut::Quit => return iced::exit(),
            Shortcut::ZoomIn => self.text.zoom_in(),
            Shortcut::ZoomOut => self.text.zoom_out(),
            Shortcut::ResetZoom => self.text.reset_zoom(),
            Shortcut::FocusNext => return walk(Direction::Forwards).chain(reveal()),
            Shortcut::FocusPrevious => return walk(Direction::Backwards).chain(reveal()),
            Shortcut::Close | Shortcut::Escape
                if self.windows.get(&window) == Some(&WindowKind::Keys) =>
            {
                // What is asked below a key lies on top of the list.
                let folds = shortcut == Shortcut::Escape && self.keys.collapse();
                return if folds { Task::none() } else { window::close(window) };
            }
            Shortcut::Search
            | Shortcut::NewContact
            | Shortcut::Next
            | Shortcut::Previous
            | Shortcut::GoPrivate
            | Shortcut::Verify
            | Shortcut::Help
            | Shortcut::Escape
            | Shortcut::Close => {
                if self.windows.get(&window) != Some(&WindowKind::Keys) {
                    return self.press_main(window, shortcut);
                }
            }
        }
        if matches!(shortcut, Shortcut::ZoomIn | Shortcut::ZoomOut | Shortcut::ResetZoom) {
            self.keep_text_size();
        }
        Task::none()
    }

    /// Has the size of text kept, if it was chosen. It is no great loss if that is not taken now.
    pub(super) fn keep_text_size(&self) {
        if let Some(percent) = self.text.chosen() {
            let _ = (self.tell)(Command::Set(Setting::TextSize(percent)));
        }
    }

    fn press_main(&mut self, window: window::Id, shortcut: Shortcut) -> Task<Message> {
        if let Screen::Onboarding(screen) = &mut self.screen {
            if shortcut == Shortcut::Close {
                return window::close(window);
            }
            let back = (shortcut == Shortcut::Escape).then(|| screen.escape()).flatten();
            return back.map_or_else(Task::none, |action| self.perform_onboarding(action));
        }
        let action = match shortcut {
            Shortcut::Search => self.messenger.find(),
            Shortcut::NewContact => self.messenger.new_contact(),
            Shortcut::Next => self.messenger.step(true),
            Shortcut::Previous => self.messenger.step(false),
            Shortcut::GoPrivate => self.messenger.shortcut(chat::Shortcut::GoPrivate),
            Shortcut::Verify => self.messenger.shortcut(chat::Shortcut::Verify),
            Shortcut::Escape => self.messenger.close_top(),
            Shortcut::Help => {
                self.messenger.help();
                messenger::Action::None
            }
            Shortcut::Close => {
                if !self.messenger.leave_chat() {
                    return window::close(window);
                }
                messenger::Action::None
            }
            Shortcut::Quit
            | Shortcut::ZoomIn
            | Shortcut::ZoomOut
            | Shortcut::ResetZoom
            | Shortcut::FocusNext
            | Shortcut::FocusPrevious => messenger::Action::None,
        };
        self.perform(action)
    }
}
