//! Keys wait while the focus moves.
//!
//! What a person does reaches the screens only after iced has handed over everything that came with
//! it, and the focus moves a round later still. Whatever is typed in between would go to where it was
//! typed before: into the message to somebody else. So this stands around a whole window, takes the
//! shortcuts before any widget does, and keeps all keys back until what was done is settled.

use std::collections::VecDeque;

use iced::advanced::widget::{Operation, Tree, tree};
use iced::advanced::{Clipboard, Layout, Shell, Widget, layout, mouse, overlay, renderer};
use iced::{Element, Event, Length, Rectangle, Renderer, Size, Theme, Vector};

use crate::shortcut::Shortcut;

/// Most keys that wait; with a second of a frozen window nobody types more. What comes after is
/// dropped: it must not reach what it is not meant for.
const KEYS_MAX: usize = 1_024;

/// Counts what a person did in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ActionSeq(u64);

/// What is said of the things that a person does.
pub struct Rules<Message> {
    /// A shortcut was pressed.
    pub shortcut: Box<dyn Fn(Shortcut) -> Message>,
    /// Something was done that has to be settled before keys go on.
    pub user_action: Box<dyn Fn(ActionSeq, Message) -> Message>,
    /// Whether a message only changes a text where the focus is, and so moves no focus.
    pub is_typing: fn(&Message) -> bool,
}

/// Keeps keys from `content` until all that was done is `settled`.
pub fn key_buffer<'a, Message: 'a>(
    content: impl Into<Element<'a, Message>>,
    settled: ActionSeq,
    rules: Rules<Message>,
) -> Element<'a, Message> {
    Element::new(KeyBuffer { content: content.into(), settled, rules })
}

struct KeyBuffer<'a, Message> {
    content: Element<'a, Message>,
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

/// Where an event of a round goes, and with what.
struct Round<'a, 'b> {
    layout: Layout<'a>,
    cursor: mouse::Cursor,
    renderer: &'a Renderer,
    clipboard: &'b mut dyn Clipboard,
    viewport: &'a Rectangle,
}

impl<Message> KeyBuffer<'_, Message> {
    fn waits(&self, state: &State) -> bool {
        state.done > self.settled
    }

    /// Hands a key on, or reads it as a shortcut.
    fn key(
        &mut self,
        (state, inner): (&mut State, &mut Tree),
        event: &Event,
        round: &mut Round<'_, '_>,
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
        self.pass((state, inner), event, round, shell);
    }

    /// Hands an event on. What the content makes of it is a user action, unless it is typing.
    fn pass(
        &mut self,
        (state, inner): (&mut State, &mut Tree),
        event: &Event,
        round: &mut Round<'_, '_>,
        shell: &mut Shell<'_, Message>,
    ) {
        let mut messages = Vec::new();
        let mut within = Shell::new(&mut messages);
        self.content.as_widget_mut().update(
            inner,
            event,
            round.layout,
            round.cursor,
            round.renderer,
            &mut *round.clipboard,
            &mut within,
            round.viewport,
        );
        let is_done = !matches!(event, Event::Window(_));
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
        (state, inner): (&mut State, &mut Tree),
        round: &mut Round<'_, '_>,
        shell: &mut Shell<'_, Message>,
    ) {
        while !self.waits(state)
            && let Some(event) = state.keys.pop_front()
        {
            let mut messages = Vec::new();
            let mut within = Shell::new(&mut messages);
            self.key((&mut *state, &mut *inner), &event, round, &mut within);
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

impl<Message> Widget<Message, Theme, Renderer> for KeyBuffer<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State { done: self.settled, ..State::default() })
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.content)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.content));
    }

    fn size(&self) -> Size<Length> {
        self.content.as_widget().size()
    }

    fn size_hint(&self) -> Size<Length> {
        self.content.as_widget().size_hint()
    }

    fn layout(
        &mut self,
        tree: &mut Tree,
        renderer: &Renderer,
        limits: &layout::Limits,
    ) -> layout::Node {
        let Some(inner) = tree.children.first_mut() else { return layout::Node::default() };
        self.content.as_widget_mut().layout(inner, renderer, limits)
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &Renderer,
        operation: &mut dyn Operation,
    ) {
        if let Some(inner) = tree.children.first_mut() {
            self.content.as_widget_mut().operate(inner, layout, renderer, operation);
        }
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        viewport: &Rectangle,
    ) {
        let Tree { state, children, .. } = tree;
        let state = state.downcast_mut::<State>();
        let Some(inner) = children.first_mut() else { return };
        let mut round = Round { layout, cursor, renderer, clipboard, viewport };
        self.release((&mut *state, &mut *inner), &mut round, shell);
        match event {
            Event::Keyboard(_) | Event::InputMethod(_) if self.waits(state) => {
                if state.keys.len() < KEYS_MAX {
                    state.keys.push_back(event.clone());
                }
                shell.capture_event();
            }
            Event::Keyboard(_) | Event::InputMethod(_) => {
                self.key((state, inner), event, &mut round, shell);
            }
            Event::Mouse(_) | Event::Window(_) | Event::Touch(_) => {
                self.pass((state, inner), event, &mut round, shell);
            }
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        let Some(inner) = tree.children.first() else { return mouse::Interaction::None };
        self.content.as_widget().mouse_interaction(inner, layout, cursor, viewport, renderer)
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        if let Some(inner) = tree.children.first() {
            let content = self.content.as_widget();
            content.draw(inner, renderer, theme, style, layout, cursor, viewport);
        }
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, Renderer>> {
        let inner = tree.children.first_mut()?;
        self.content.as_widget_mut().overlay(inner, layout, renderer, viewport, translation)
    }
}
