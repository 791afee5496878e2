//! A window as iced runs it: what comes together is handed over together, and the focus moves only
//! after that.

mod looking;

use std::cell::RefCell;
use std::rc::Rc;

use engine::{
    AccountEvent, AccountState, Availability, ChatCommand, ChatId, Command, ContactInfo, Event,
    NewMessage, Subscription, VaultEvent,
};
use futures::StreamExt as _;
use iced::advanced::clipboard::{self, Clipboard};
use iced::advanced::widget::operation::{Operation, Outcome};
use iced::keyboard::key::{Code, Named, Physical};
use iced::keyboard::{self, Key, Location, Modifiers};
use iced::{Event as Input, Rectangle, Renderer, Size, Task, mouse, window};
use iced_test::core::renderer::Headless;
use iced_test::runtime::user_interface::{Cache, UserInterface};
use iced_test::runtime::{Action, task};
use iced_test::simulator;

use self::looking::{Focused, Seen, Written};
use super::super::{App, Message, StartMode, WindowKind};

/// Logical pixels; a usual window.
const SIZE: Size = Size::new(1000.0, 760.0);

/// A person at a window.
pub(super) struct Desk {
    pub(super) app: App,
    id: window::Id,
    told: Rc<RefCell<Vec<Command>>>,
    cache: Option<Cache>,
    /// What was drawn in the main window, while another is looked at.
    behind: Option<Cache>,
    renderer: Renderer,
    cursor: mouse::Cursor,
    copied: Copied,
    size: Size,
    /// What size it was asked to have.
    asked_size: Option<Size>,
}

/// What lies in the clipboard.
#[derive(Default)]
pub(super) struct Copied(pub(super) String);

impl Clipboard for Copied {
    fn read(&self, _: clipboard::Kind) -> Option<String> {
        Some(self.0.clone())
    }

    fn write(&mut self, _: clipboard::Kind, contents: String) {
        self.0 = contents;
    }
}

impl Desk {
    /// Before anything is asked for.
    pub(super) fn open() -> Self {
        let told = Rc::<RefCell<Vec<Command>>>::default();
        let pen = Rc::clone(&told);
        let tell = Box::new(move |command| {
            pen.borrow_mut().push(command);
            None
        });
        let (app, _) = App::boot(tell, StartMode::Keyring);
        let id = *app.windows.keys().next().unwrap();
        let make =
            <Renderer as Headless>::new(crate::theme::REGULAR, 14.0.into(), Some("tiny-skia"));
        let renderer = futures::executor::block_on(make).unwrap();
        let (cursor, copied) = (mouse::Cursor::Unavailable, Copied::default());
        let cache = Some(Cache::default());
        Self {
            app,
            id,
            told,
            cache,
            behind: None,
            renderer,
            cursor,
            copied,
            size: SIZE,
            asked_size: None,
        }
    }

    /// Signed in as alice, with contacts of these names; nothing is private.
    pub(super) fn with(contacts: &[&str]) -> Self {
        let mut desk = Self::open();
        let account = "alice@example.org".parse().unwrap();
        desk.event(Event::Vault(VaultEvent::Opened { accounts: vec![account] }));
        let account = "alice@example.org".parse().unwrap();
        desk.event(Event::Account(account, AccountEvent::State(AccountState::Online)));
        let account = "alice@example.org".parse().unwrap();
        let contacts = contacts.iter().map(|name| ContactInfo {
            contact: chat(name).contact,
            name: None,
            availability: Availability::Online,
            subscription: Subscription::Both,
            blocked: false,
            groups: Vec::new(),
        });
        desk.event(Event::Account(account, AccountEvent::Roster(contacts.collect())));
        desk
    }

    pub(super) fn event(&mut self, event: Event) {
        self.take_in(Message::Events(vec![event]));
    }

    /// The person looks for a while, and nothing moves.
    pub(super) fn pause(&mut self) {
        self.app.messenger.let_pauses_pass();
    }

    /// What the clipboard holds.
    pub(super) fn copy(&mut self, text: &str) {
        text.clone_into(&mut self.copied.0);
    }

    /// All of this comes before the window can do anything about the first.
    pub(super) fn at_once(&mut self, inputs: impl IntoIterator<Item = Input>) {
        let inputs: Vec<Input> = inputs.into_iter().collect();
        let messages = self.round(&inputs);
        for message in messages {
            self.take_in(message);
        }
        self.redraw();
    }

    /// Points at these words, and what a click there comes with.
    pub(super) fn click(&mut self, words: &str) -> Vec<Input> {
        let written = self.written();
        let found = written.iter().find(|(text, _)| crate::text::strip_isolates(text) == words);
        let Some((_, bounds)) = found else { panic!("no {words:?} to click: {written:?}") };
        self.cursor = mouse::Cursor::Available(bounds.center());
        simulator::click().collect()
    }

    /// Points there, in logical pixels from the upper left corner, and what a click comes with.
    pub(super) fn click_at(&mut self, x: f32, y: f32) -> Vec<Input> {
        self.cursor = mouse::Cursor::Available(iced::Point::new(x, y));
        simulator::click().collect()
    }

    /// The same, where the words may be part of longer ones.
    pub(super) fn click_part(&mut self, part: &str) -> Vec<Input> {
        let written = self.written();
        let found =
            written.iter().find(|(text, _)| crate::text::strip_isolates(text).contains(part));
        let Some((_, bounds)) = found else { panic!("no {part:?} to click: {written:?}") };
        self.cursor = mouse::Cursor::Available(bounds.center());
        simulator::click().collect()
    }

    /// The same, where these words stand last: not in the list, but in the conversation.
    pub(super) fn click_last(&mut self, words: &str) -> Vec<Input> {
        let written = self.written();
        let found = written.iter().rfind(|(text, _)| crate::text::strip_isolates(text) == words);
        let Some((_, bounds)) = found else { panic!("no {words:?} to click: {written:?}") };
        self.cursor = mouse::Cursor::Available(bounds.center());
        simulator::click().collect()
    }

    /// Closes the window by its title bar.
    pub(super) fn close(&mut self) {
        self.take_in(Message::Closed(self.id));
    }

    /// All words that are drawn, and where.
    pub(super) fn written(&mut self) -> Vec<(String, Rectangle)> {
        let mut words = Written::default();
        self.operate(&mut words);
        words.written
    }

    /// The same, and what of it can be scrolled: the words in it, and where it is looked at.
    pub(super) fn drawn(&mut self) -> Written {
        let mut words = Written::default();
        self.operate(&mut words);
        words
    }

    /// Whether the widget that has the focus is drawn within the window, at its beginning.
    pub(super) fn focus_is_seen(&mut self) -> bool {
        let mut focused = Focused::default();
        self.operate(&mut focused);
        let height = self.size.height;
        let Some((top, bottom)) = focused.drawn else { panic!("nothing has the focus") };
        top >= 0.0 && (bottom <= height || bottom - top > height / 2.0 && top < height / 2.0)
    }

    /// Whether these words, or longer ones that begin so, are drawn whole where they can be read.
    pub(super) fn is_seen(&mut self, words: &str) -> bool {
        let mut seen = Seen::of(words, self.size);
        self.operate(&mut seen);
        seen.found
    }

    /// Whether what the Tab key has reached is this button.
    pub(super) fn tabs_reach(&mut self, words: &str) -> bool {
        for _ in 0..40 {
            let mut focused = Focused::default();
            self.operate(&mut focused);
            let written = self.written();
            let at = focused.at;
            let is_there = |(text, bounds): &(String, Rectangle)| {
                crate::text::strip_isolates(text) == words
                    && at.is_some_and(|at| at.contains(bounds.center()))
            };
            if written.iter().any(is_there) {
                return true;
            }
            self.at_once(tap(Named::Tab));
        }
        false
    }

    /// What was sent, and to whom.
    pub(super) fn sent(&self) -> Vec<(String, String)> {
        let told = self.told.borrow();
        let sent = told.iter().filter_map(|command| {
            let Command::Chat(chat, ChatCommand::Send(NewMessage { text, .. })) = command else {
                return None;
            };
            Some((chat.contact.to_string(), text.clone()))
        });
        sent.collect()
    }

    /// The window gets the focus, or loses it to another program.
    pub(super) fn focus(&mut self, focused: bool) {
        self.take_in(Message::Focus(self.id, focused));
    }

    pub(super) fn title(&self) -> String {
        self.app.title(self.id)
    }

    /// Turns to the window of key codes, which is open.
    pub(super) fn look_at_keys(&mut self) {
        let other = self.app.windows.keys().find(|id| **id != self.id);
        self.id = *other.unwrap();
        self.behind = self.cache.replace(Cache::default());
    }

    pub(super) fn told(&self) -> std::cell::Ref<'_, Vec<Command>> {
        self.told.borrow()
    }

    /// Gives the window another size, in logical pixels.
    pub(super) fn resize(&mut self, width: f32, height: f32) {
        self.size = Size::new(width, height);
        self.redraw();
    }

    /// The monitor has this size, and the size the window is asked to have, if any.
    pub(super) fn on_monitor(&mut self, width: f32, height: f32) -> Option<Size> {
        self.asked_size = None;
        let id = self.id;
        self.take_in(Message::Monitor(id, Some(Size::new(width, height))));
        self.asked_size
    }

    /// How many windows there are.
    pub(super) fn windows(&self) -> usize {
        self.app.windows.len()
    }

    fn redraw(&mut self) {
        for _ in 0..8 {
            let now = iced::time::Instant::now();
            let frame = Input::Window(window::Event::RedrawRequested(now));
            let messages = self.round(&[frame]);
            if messages.is_empty() {
                return;
            }
            for message in messages {
                self.take_in(message);
            }
        }
    }

    fn round(&mut self, inputs: &[Input]) -> Vec<Message> {
        let mut messages = Vec::new();
        let view = self.app.view(self.id);
        let cache = self.cache.take().unwrap();
        let mut ui = UserInterface::build(view, self.size, cache, &mut self.renderer);
        let _ = ui.update(inputs, self.cursor, &mut self.renderer, &mut self.copied, &mut messages);
        self.cache = Some(ui.into_cache());
        messages
    }

    fn take_in(&mut self, message: Message) {
        if let Message::Closed(closed) = message
            && closed == self.id
            && let Some(behind) = self.behind.take()
        {
            self.cache = Some(behind);
            let main = self.app.windows.iter().find(|(_, kind)| **kind == WindowKind::Main);
            self.id = *main.unwrap().0;
        }
        let task = self.app.update(message);
        self.run(task);
    }

    fn run(&mut self, task: Task<Message>) {
        let Some(mut actions) = task::into_stream(task) else { return };
        // Several together take turns, so once is not enough to ask; what waits for a window is left.
        let mut asked = 0;
        while asked < 8 {
            let Some(next) = futures::FutureExt::now_or_never(actions.next()) else {
                asked += 1;
                continue;
            };
            let Some(action) = next else { return };
            if let Action::Output(message) = action {
                self.take_in(message);
            } else if let Action::Widget(operation) = action {
                self.operate_all(operation);
            } else if let Action::Window(iced_test::runtime::window::Action::Close(id)) = action {
                self.take_in(Message::Closed(id));
            } else if let Action::Window(iced_test::runtime::window::Action::Resize(_, size)) =
                action
            {
                self.asked_size = Some(size);
            }
        }
    }

    fn operate_all(&mut self, operation: Box<dyn Operation>) {
        let mut current = Some(operation);
        while let Some(mut operation) = current.take() {
            self.operate(operation.as_mut());
            if let Outcome::Chain(next) = operation.finish() {
                current = Some(next);
            }
        }
    }

    fn operate(&mut self, operation: &mut dyn Operation) {
        let view = self.app.view(self.id);
        let cache = self.cache.take().unwrap();
        let mut ui = UserInterface::build(view, self.size, cache, &mut self.renderer);
        ui.operate(&self.renderer, operation);
        self.cache = Some(ui.into_cache());
    }
}

/// The conversation of alice with one of her contacts.
pub(super) fn chat(name: &str) -> ChatId {
    ChatId {
        account: "alice@example.org".parse().unwrap(),
        contact: format!("{name}@example.org").parse().unwrap(),
    }
}

/// Letters typed one after the other.
pub(super) fn typed(text: &str) -> Vec<Input> {
    simulator::typewrite(text).collect()
}

/// A named key, pressed and let go.
pub(super) fn tap(key: Named) -> Vec<Input> {
    simulator::tap_key(key, None).collect()
}

/// The Tab key with Shift.
pub(super) fn shift_tab() -> Input {
    Input::Keyboard(keyboard::Event::KeyPressed {
        key: Key::Named(Named::Tab),
        modified_key: Key::Named(Named::Tab),
        physical_key: Physical::Code(Code::Tab),
        location: Location::Standard,
        modifiers: Modifiers::SHIFT,
        text: None,
        repeat: false,
    })
}

/// A letter with Ctrl, and perhaps with more.
pub(super) fn ctrl(letter: &str, code: Code, more: Modifiers) -> Input {
    Input::Keyboard(keyboard::Event::KeyPressed {
        key: Key::Character(letter.into()),
        modified_key: Key::Character(letter.into()),
        physical_key: Physical::Code(code),
        location: Location::Standard,
        modifiers: Modifiers::CTRL | more,
        text: None,
        repeat: false,
    })
}

/// An arrow with Alt.
pub(super) fn alt(arrow: Named, code: Code) -> Input {
    Input::Keyboard(keyboard::Event::KeyPressed {
        key: Key::Named(arrow),
        modified_key: Key::Named(arrow),
        physical_key: Physical::Code(code),
        location: Location::Standard,
        modifiers: Modifiers::ALT,
        text: None,
        repeat: false,
    })
}
