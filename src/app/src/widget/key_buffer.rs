//! Keys wait while the focus moves.
//!
//! What a person does reaches the screens only after iced has handed over everything that came with
//! it, and the focus moves a round later still. Whatever is typed in between would go to where it was
//! typed before: into the message to somebody else. So this stands around a whole window, takes the
//! shortcuts before any widget does, and keeps all keys back until what was done is settled.

use std::collections::VecDeque;

use iced::advanced::Shell;
use iced::{Element, Event, mouse};

use super::wrap::{Context, Inside, Wrap, wrap};
use crate::shortcut::Shortcut;

/// Most keys that wait; with a second of a frozen window nobody types more. What comes after is
/// dropped: it must not reach what it is not meant for.
const KEYS_MAX: usize = 1_024;

/// Sequence number of a user action in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ActionSeq(u64);

/// The messages of user actions.
pub struct Rules<Message> {
    /// Makes the message of a keyboard shortcut.
    pub shortcut: Box<dyn Fn(Shortcut) -> Message>,
    /// Makes the message of a click that hits nothing.
    pub missed: Box<dyn Fn() -> Message>,
    /// Wraps the message of an action that has to be settled before keys go on.
    pub user_action: Box<dyn Fn(ActionSeq, Message) -> Message>,
    /// Whether a message only changes a text where the focus is, and so moves no focus.
    pub is_typing: fn(&Message) -> bool,
}

/// Buffers the keys for `content` until all user actions are `settled`.
pub fn key_buffer<'a, Message: 'a>(
    content: impl Into<Element<'a, Message>>,
    settled: ActionSeq,
    rules: Rules<Message>,
) -> Element<'a, Message> {
    wrap(content, KeyBuffer { settled, rules })
}

struct KeyBuffer<Message> {
    settled: ActionSeq,
    rules: Rules<Message>,
}

#[derive(Default)]
struct State {
    done: ActionSeq,
    keys: VecDeque<Event>,
}

impl State {
    const fn next(&mut self) -> ActionSeq {
        self.done.0 += 1;
        self.done
    }
}

impl<Message> KeyBuffer<Message> {
    fn waits(&self, state: &State) -> bool {
        state.done > self.settled
    }

    /// Hands a key on, or reads it as a shortcut.
    fn key(
        &mut self,
        (state, inside): (&mut State, &mut Inside<'_, '_, Message>),
        event: &Event,
        context: &mut Context<'_, '_>,
        shell: &mut Shell<'_, Message>,
    ) {
        let shortcut = match event {
            Event::Keyboard(event) => Shortcut::read(event),
            Event::Mouse(_) | Event::Window(_) | Event::Touch(_) | Event::InputMethod(_) => None,
        };
        if let Some(shortcut) = shortcut {
            let message = (self.rules.shortcut)(shortcut);
            shell.publish((self.rules.user_action)(state.next(), message));
            shell.capture_event();
            return;
        }
        self.pass((state, inside), event, context, shell);
    }

    /// Hands an event on. What the content makes of it is a user action, unless it is typing.
    fn pass(
        &mut self,
        (state, inside): (&mut State, &mut Inside<'_, '_, Message>),
        event: &Event,
        context: &mut Context<'_, '_>,
        shell: &mut Shell<'_, Message>,
    ) {
        let mut messages = Vec::new();
        let mut within = Shell::new(&mut messages);
        inside.update(event, context, &mut within);
        let is_done = !matches!(event, Event::Window(_));
        let hit = within.is_event_captured();
        if is_click(event) && !hit {
            within.publish((self.rules.missed)());
        }
        let counter = std::cell::RefCell::new(state);
        shell.merge(within, |message| {
            if is_done && !(self.rules.is_typing)(&message) {
                (self.rules.user_action)(counter.borrow_mut().next(), message)
            } else {
                message
            }
        });
    }

    /// Hands on what waited, until something is done again. That a key is taken says nothing of the
    /// event that is being handed on now.
    fn release(
        &mut self,
        (state, inside): (&mut State, &mut Inside<'_, '_, Message>),
        context: &mut Context<'_, '_>,
        shell: &mut Shell<'_, Message>,
    ) {
        while !self.waits(state)
            && let Some(event) = state.keys.pop_front()
        {
            let mut messages = Vec::new();
            let mut within = Shell::new(&mut messages);
            self.key((&mut *state, &mut *inside), &event, context, &mut within);
            shell.request_redraw_at(within.redraw_request());
            if within.is_layout_invalid() {
                shell.invalidate_layout();
            }
            if within.are_widgets_invalid() {
                shell.invalidate_widgets();
            }
            for message in messages {
                shell.publish(message);
            }
        }
    }
}

const fn is_click(event: &Event) -> bool {
    matches!(event, Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)))
}

impl<Message> Wrap<Message> for KeyBuffer<Message> {
    type State = State;

    fn state(&self) -> State {
        State { done: self.settled, ..State::default() }
    }

    fn update(
        &mut self,
        inside: &mut Inside<'_, '_, Message>,
        state: &mut State,
        event: &Event,
        context: &mut Context<'_, '_>,
        shell: &mut Shell<'_, Message>,
    ) {
        self.release((&mut *state, &mut *inside), context, shell);
        match event {
            Event::Keyboard(_) | Event::InputMethod(_) if self.waits(state) => {
                if state.keys.len() < KEYS_MAX {
                    state.keys.push_back(event.clone());
                }
                shell.capture_event();
            }
            Event::Keyboard(_) | Event::InputMethod(_) => {
                self.key((state, inside), event, context, shell);
            }
            Event::Mouse(_) | Event::Window(_) | Event::Touch(_) => {
                self.pass((state, inside), event, context, shell);
            }
        }
    }
}
