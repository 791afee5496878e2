//! The windows of the program: what each shows, how large it opens, and which has the focus.

use std::collections::BTreeMap;

use engine::{Command, VaultCommand};
use iced::widget::operation;
use iced::{Size, Task, window};

use super::user_action::KeyboardFocus;
use super::{App, Message, Screen};
use crate::widget::id;

/// What a window shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WindowKind {
    Main,
    Keys,
}

/// What of a monitor is not a window's: its frame, and what the desktop keeps at the edges; logical
/// pixels.
const EDGES: Size = Size::new(16.0, 64.0);

impl WindowKind {
    /// How large it opens, and how small it may become, in logical pixels: the smallest fits on half
    /// of a small screen that is drawn twice as large.
    const fn sizes(self) -> (Size, Size) {
        match self {
            Self::Main => (Size::new(1180.0, 760.0), Size::new(480.0, 360.0)),
            Self::Keys => (Size::new(860.0, 620.0), Size::new(400.0, 320.0)),
        }
    }

    /// How iced opens it.
    pub(super) fn settings(self) -> window::Settings {
        let (size, min_size) = self.sizes();
        window::Settings {
            size,
            min_size: Some(min_size),
            icon: crate::icon::app(),
            #[cfg(target_os = "linux")]
            platform_specific: window::settings::PlatformSpecific {
                application_id: crate::APPLICATION_ID.to_owned(),
                ..Default::default()
            },
            ..window::Settings::default()
        }
    }
}

/// Which windows have the focus, as far as the window system has told.
#[derive(Debug, Default)]
pub(super) struct WindowFocus(BTreeMap<window::Id, bool>);

impl WindowFocus {
    fn is_any_focused(&self) -> bool {
        self.0.values().any(|focused| *focused)
    }

    /// Whether a window has lost the focus. X11 without a window manager never tells of a focus, and
    /// a window counts as looked at until the opposite is known.
    fn has_lost(&self, window: window::Id) -> bool {
        self.0.get(&window) == Some(&false)
    }
}

impl App {
    /// Whether the person sees the conversations.
    pub(super) fn is_messenger_seen(&self) -> bool {
        let main = self.windows.iter().find(|(_, kind)| **kind == WindowKind::Main);
        let is_focused = main.is_some_and(|(window, _)| !self.focus.has_lost(*window));
        is_focused && matches!(self.screen, Screen::Messenger)
    }

    /// A window is there: it must not be larger than the screen, and something in it can be typed in.
    pub(super) fn opened(&mut self, window: window::Id) -> Task<Message> {
        let monitor = window::monitor_size(window).map(move |size| Message::Monitor(window, size));
        let theme = iced::system::theme().map(Message::Mode);
        let begin = match self.to_open.take() {
            Some(choice) => self.send(Command::Vault(VaultCommand::Open(choice))),
            None => Task::none(),
        };
        let type_here = match self.windows.get(&window) {
            Some(WindowKind::Keys) => {
                self.keyboard_focus = KeyboardFocus::Manual;
                operation::focus(id::KEY_SEARCH)
            }
            Some(WindowKind::Main) | None => Task::none(),
        };
        Task::batch([theme, monitor, begin, type_here])
    }

    /// Makes a window smaller that its monitor has no room for.
    pub(super) fn fit(&self, window: window::Id, monitor: Option<Size>) -> Task<Message> {
        let (Some(kind), Some(monitor)) = (self.windows.get(&window), monitor) else {
            return Task::none();
        };
        let (wanted, least) = kind.sizes();
        let scale = self.text.scale();
        // The monitor is told of in the pixels that texts are drawn in now, as windows are.
        let fits = |wanted: f32, all: f32, edge: f32, least: f32| {
            wanted.min((all - edge / scale).max(least / scale))
        };
        let size = Size::new(
            fits(wanted.width / scale, monitor.width, EDGES.width, least.width),
            fits(wanted.height / scale, monitor.height, EDGES.height, least.height),
        );
        let is_too_large = size.width < wanted.width / scale || size.height < wanted.height / scale;
        if is_too_large { window::resize(window, size) } else { Task::none() }
    }

    /// A window is gone; one goes on writing in the main one.
    pub(super) fn closed(&mut self, window: window::Id) -> Task<Message> {
        let told = self.focus(window, false);
        let _ = self.focus.0.remove(&window);
        let _ = self.settled.remove(&window);
        match self.windows.remove(&window) {
            Some(WindowKind::Main) => iced::exit(),
            Some(WindowKind::Keys) => Task::batch([told, self.restore_focus()]),
            None => told,
        }
    }

    /// Tells the engine when the person begins or stops to look at any window of ours. It is no loss
    /// if it does not take that now.
    pub(super) fn focus(&mut self, window: window::Id, focused: bool) -> Task<Message> {
        let before = self.focus.is_any_focused();
        let _ = self.focus.0.insert(window, focused);
        let active = self.focus.is_any_focused();
        if active != before {
            let _ = (self.tell)(Command::SetActive(active));
        }
        let is_main = self.windows.get(&window) == Some(&WindowKind::Main);
        if focused && is_main && self.keyboard_focus == KeyboardFocus::Manual {
            return self.restore_focus();
        }
        Task::none()
    }

    pub(super) fn open_keys(&mut self) -> Task<Message> {
        if let Some((window, _)) = self.windows.iter().find(|(_, kind)| **kind == WindowKind::Keys)
        {
            return window::gain_focus(*window);
        }
        let (window, open) = window::open(WindowKind::Keys.settings());
        let _ = self.windows.insert(window, WindowKind::Keys);
        open.map(Message::Opened)
    }
}
