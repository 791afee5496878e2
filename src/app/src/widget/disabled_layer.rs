//! What lies behind a modal dialog: it is drawn and keeps its state, but no key reaches it.

use iced::advanced::widget::Id;
use iced::advanced::widget::operation::{self, Focusable, Operation, Scrollable, TextInput};
use iced::advanced::{Layout, Shell};
use iced::{Element, Event, Rectangle, Renderer, Vector};

use super::wrap::{Context, Inside, Stateless, Wrap, wrap};

/// Keeps keys and the Tab key's focus away from `content` while `disabled`.
pub fn disabled_layer<'a, Message: 'a>(
    content: impl Into<Element<'a, Message>>,
    disabled: bool,
) -> Element<'a, Message> {
    wrap(content, DisabledLayer { disabled })
}

struct DisabledLayer {
    disabled: bool,
}

/// Hands an operation on, but for the focus.
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

impl<Message> Wrap<Message> for DisabledLayer {
    type State = Stateless;

    fn state(&self) -> Stateless {
        Stateless
    }

    fn operate(
        &mut self,
        inside: &mut Inside<'_, '_, Message>,
        _: &mut Stateless,
        at: (Layout<'_>, &Renderer),
        operation: &mut dyn Operation,
    ) {
        if self.disabled {
            inside.operate(at, &mut Unfocusable(operation));
        } else {
            inside.operate(at, operation);
        }
    }

    fn update(
        &mut self,
        inside: &mut Inside<'_, '_, Message>,
        _: &mut Stateless,
        event: &Event,
        context: &mut Context<'_, '_>,
        shell: &mut Shell<'_, Message>,
    ) {
        if self.disabled && matches!(event, Event::Keyboard(_) | Event::InputMethod(_)) {
            return;
        }
        inside.update(event, context, shell);
    }
}

#[cfg(test)]
mod tests {
    use iced::Theme;
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
