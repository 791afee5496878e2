//! Buttons that the Tab key reaches. iced moves the focus between inputs only; this wraps anything
//! that can be pressed, draws a ring around it, and presses it on Enter or Space.

use iced::advanced::widget::operation::{Focusable as Reachable, Operation};
use iced::advanced::widget::{Id, Tree, tree};
use iced::advanced::{Clipboard, Layout, Shell, Widget, layout, mouse, overlay, renderer};
use iced::keyboard::{self, Key, key::Named};
use iced::{Element, Event, Length, Rectangle, Renderer, Size, Theme, Vector, border};

use crate::theme::{colors, radius};

/// Width of the ring in logical pixels.
const RING: f32 = 2.0;

/// Lets the Tab key reach `content`; Enter and Space send `press`. Without it, Tab passes by.
pub fn focusable<'a, Message: Clone + 'a>(
    content: impl Into<Element<'a, Message>>,
    press: Option<Message>,
) -> Element<'a, Message> {
    Element::new(Focusable { id: None, content: content.into(), press })
}

/// The same, where the focus is moved to by this name.
pub fn named<'a, Message: Clone + 'a>(
    id: Id,
    content: impl Into<Element<'a, Message>>,
    press: Option<Message>,
) -> Element<'a, Message> {
    Element::new(Focusable { id: Some(id), content: content.into(), press })
}

struct Focusable<'a, Message> {
    id: Option<Id>,
    content: Element<'a, Message>,
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

impl<Message: Clone> Widget<Message, Theme, Renderer> for Focusable<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<Focus>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(Focus::default())
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
        let focus = tree.state.downcast_mut::<Focus>();
        if self.press.is_some() {
            operation.focusable(self.id.as_ref(), layout.bounds(), focus);
        } else {
            focus.unfocus();
        }
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
        let focus = tree.state.downcast_mut::<Focus>();
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
        if let Some(inner) = tree.children.first_mut() {
            let content = self.content.as_widget_mut();
            content.update(inner, event, layout, cursor, renderer, clipboard, shell, viewport);
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
        if tree.state.downcast_ref::<Focus>().is_focused() {
            let ring = renderer::Quad {
                bounds: layout.bounds().expand(RING),
                border: border::rounded(radius::CONTROL + RING)
                    .color(colors(theme).accent)
                    .width(RING),
                ..renderer::Quad::default()
            };
            renderer::Renderer::fill_quad(renderer, ring, iced::Color::TRANSPARENT);
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
