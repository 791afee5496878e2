//! What lies behind a sheet: it is seen and keeps its state, but no key reaches it.

use iced::advanced::widget::operation::{self, Focusable, Operation, Scrollable, TextInput};
use iced::advanced::widget::{Id, Tree};
use iced::advanced::{Clipboard, Layout, Shell, Widget, layout, mouse, overlay, renderer};
use iced::{Element, Event, Length, Rectangle, Renderer, Size, Theme, Vector};

/// Keeps keys and the Tab key's focus away from `content` while `disabled`.
pub fn disabled_layer<'a, Message: 'a>(
    content: impl Into<Element<'a, Message>>,
    disabled: bool,
) -> Element<'a, Message> {
    Element::new(DisabledLayer { content: content.into(), disabled })
}

struct DisabledLayer<'a, Message> {
    content: Element<'a, Message>,
    disabled: bool,
}

/// Hands everything on but what can be focused.
struct Unfocusable<'a>(&'a mut dyn Operation);

impl Operation for Unfocusable<'_> {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        self.0.traverse(&mut |inner| operate(&mut Unfocusable(inner)));
    }

    fn container(&mut self, id: Option<&Id>, bounds: Rectangle) {
        self.0.container(id, bounds);
    }

    fn scrollable(
        &mut self,
        id: Option<&Id>,
        bounds: Rectangle,
        content_bounds: Rectangle,
        translation: Vector,
        state: &mut dyn Scrollable,
    ) {
        self.0.scrollable(id, bounds, content_bounds, translation, state);
    }

    fn focusable(&mut self, _: Option<&Id>, _: Rectangle, state: &mut dyn Focusable) {
        // No key reaches it, so no caret says so.
        state.unfocus();
    }

    fn text_input(&mut self, id: Option<&Id>, bounds: Rectangle, state: &mut dyn TextInput) {
        self.0.text_input(id, bounds, state);
    }

    fn text(&mut self, id: Option<&Id>, bounds: Rectangle, text: &str) {
        self.0.text(id, bounds, text);
    }

    fn custom(&mut self, id: Option<&Id>, bounds: Rectangle, state: &mut dyn std::any::Any) {
        self.0.custom(id, bounds, state);
    }

    fn finish(&self) -> operation::Outcome<()> {
        self.0.finish()
    }
}

impl<Message> Widget<Message, Theme, Renderer> for DisabledLayer<'_, Message> {
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
        let Some(inner) = tree.children.first_mut() else { return };
        let content = self.content.as_widget_mut();
        if self.disabled {
            content.operate(inner, layout, renderer, &mut Unfocusable(operation));
        } else {
            content.operate(inner, layout, renderer, operation);
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
        if self.disabled && matches!(event, Event::Keyboard(_) | Event::InputMethod(_)) {
            return;
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

#[cfg(test)]
mod tests {
    use iced::widget::{Id, text_input};
    use iced_test::simulator;

    use super::*;

    fn typed(behind: bool) -> usize {
        let input = text_input("", "").id(Id::new("input")).on_input(|typed| typed);
        let mut ui = simulator::<String, Theme, Renderer>(disabled_layer(input, behind));
        ui.click(Id::new("input")).unwrap();
        let _ = ui.typewrite("a");
        ui.into_messages().count()
    }

    #[test]
    fn keys_reach_what_lies_open_only() {
        assert_eq!(typed(false), 1);
        assert_eq!(typed(true), 0);
    }
}
