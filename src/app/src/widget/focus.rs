//! Buttons that the Tab key reaches. iced moves the focus between inputs only; this wraps anything
//! that can be pressed, draws a ring around it, and presses it on Enter or Space.

use iced::advanced::widget::Id;
use iced::advanced::widget::operation::{Focusable as Reachable, Operation};
use iced::advanced::{Layout, Shell, mouse, renderer};
use iced::keyboard::{self, Key, key::Named};
use iced::{Element, Event, Rectangle, Renderer, Theme, border};

use super::wrap::{Context, Inside, Wrap, wrap};
use crate::theme::{colors, radius};

/// Width of the ring in logical pixels.
const RING: f32 = 2.0;

/// Lets the Tab key reach `content`; Enter and Space send `press`. Without it, Tab passes by.
pub fn focusable<'a, Message: Clone + 'a>(
    content: impl Into<Element<'a, Message>>,
    press: Option<Message>,
) -> Element<'a, Message> {
    wrap(content, Focusable { id: None, press })
}

/// The same with an id, by which the focus is moved to it.
pub fn named<'a, Message: Clone + 'a>(
    id: Id,
    content: impl Into<Element<'a, Message>>,
    press: Option<Message>,
) -> Element<'a, Message> {
    wrap(content, Focusable { id: Some(id), press })
}

struct Focusable<Message> {
    id: Option<Id>,
    press: Option<Message>,
}

#[derive(Debug, Default)]
struct Focus(bool);

impl Reachable for Focus {
    fn is_focused(&self) -> bool {
        self.0
    }

    fn focus(&mut self) {
        self.0 = true;
    }

    fn unfocus(&mut self) {
        self.0 = false;
    }
}

impl<Message: Clone> Wrap<Message> for Focusable<Message> {
    type State = Focus;

    fn state(&self) -> Focus {
        Focus::default()
    }

    fn operate(
        &mut self,
        inside: &mut Inside<'_, '_, Message>,
        focus: &mut Focus,
        (layout, renderer): (Layout<'_>, &Renderer),
        operation: &mut dyn Operation,
    ) {
        if self.press.is_some() {
            operation.focusable(self.id.as_ref(), layout.bounds(), focus);
        } else {
            focus.unfocus();
        }
        inside.operate((layout, renderer), operation);
    }

    fn update(
        &mut self,
        inside: &mut Inside<'_, '_, Message>,
        focus: &mut Focus,
        event: &Event,
        context: &mut Context<'_, '_>,
        shell: &mut Shell<'_, Message>,
    ) {
        if focus.is_focused() {
            match event {
                Event::Mouse(mouse::Event::ButtonPressed(_)) => {
                    focus.unfocus();
                    shell.request_redraw();
                }
                Event::Keyboard(event) if presses(event) => {
                    if let Some(press) = &self.press {
                        shell.publish(press.clone());
                        shell.capture_event();
                        return;
                    }
                }
                Event::Mouse(_)
                | Event::Keyboard(_)
                | Event::Window(_)
                | Event::Touch(_)
                | Event::InputMethod(_) => {}
            }
        }
        inside.update(event, context, shell);
    }

    fn draw_above(&self, focus: &Focus, renderer: &mut Renderer, theme: &Theme, bounds: Rectangle) {
        if !focus.is_focused() {
            return;
        }
        let ring = renderer::Quad {
            bounds: bounds.expand(RING),
            border: border::rounded(radius::CONTROL + RING).color(colors(theme).accent).width(RING),
            ..renderer::Quad::default()
        };
        renderer::Renderer::fill_quad(renderer, ring, iced::Color::TRANSPARENT);
    }
}

fn presses(event: &keyboard::Event) -> bool {
    matches!(
        event,
        keyboard::Event::KeyPressed {
            key: Key::Named(Named::Enter | Named::Space),
            modifiers,
            repeat: false,
            ..
        } if modifiers.is_empty()
    )
}

#[cfg(test)]
mod tests {
    use iced::Size;
    use iced::advanced::widget::operation;
    use iced::widget::{column, text};
    use iced_test::core::renderer::Headless;
    use iced_test::runtime::UserInterface;
    use iced_test::runtime::user_interface::Cache;

    use super::*;

    /// Presses Tab `times` times, then `key`; what was sent.
    fn walk(times: usize, key: Named) -> Vec<u8> {
        let page: Element<'_, u8> = column![
            focusable(text("one"), Some(1)),
            focusable(text("passed by"), None),
            focusable(text("two"), Some(2)),
        ]
        .into();
        let make =
            <Renderer as Headless>::new(crate::theme::REGULAR, 14.0.into(), Some("tiny-skia"));
        let mut renderer = futures::executor::block_on(make).unwrap();
        let size = Size::new(200.0, 200.0);
        let mut ui = UserInterface::build(page, size, Cache::default(), &mut renderer);
        for _ in 0..times {
            let mut next: Box<dyn Operation> =
                Box::new(operation::map(operation::focusable::focus_next::<()>(), |()| ()));
            loop {
                ui.operate(&renderer, next.as_mut());
                match next.finish() {
                    operation::Outcome::Chain(more) => next = more,
                    operation::Outcome::None | operation::Outcome::Some(()) => break,
                }
            }
        }
        let mut sent = Vec::new();
        let tap: Vec<_> = iced_test::simulator::tap_key(key, None).collect();
        let cursor = mouse::Cursor::Unavailable;
        let mut clipboard = iced::advanced::clipboard::Null;
        let _ = ui.update(&tap, cursor, &mut renderer, &mut clipboard, &mut sent);
        sent
    }

    #[test]
    fn tab_reaches_what_can_be_pressed_and_passes_by_the_rest() {
        assert_eq!(walk(1, Named::Enter), [1]);
        assert_eq!(walk(2, Named::Space), [2]);
    }

    #[test]
    fn without_the_focus_enter_presses_nothing() {
        assert!(walk(0, Named::Enter).is_empty());
    }
}
