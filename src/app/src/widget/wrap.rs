//! What every widget of ours that surrounds one other has in common: it hands everything on, but for
//! what it is there for. iced 0.14 has no such thing.

use iced::advanced::widget::{Operation, Tree, tree};
use iced::advanced::{Clipboard, Layout, Shell, Widget, layout, mouse, overlay, renderer};
use iced::{Element, Event, Length, Rectangle, Renderer, Size, Theme, Vector};

/// What surrounds one widget and changes what reaches it or how it is drawn.
pub(super) trait Wrap<Message> {
    /// Kept by iced as long as the widget stays in its place; [`Stateless`] for none.
    type State: 'static;

    /// The state of a new widget.
    fn state(&self) -> Self::State;

    /// Handles an event, and hands it on or does not.
    fn update(
        &mut self,
        inside: &mut Inside<'_, '_, Message>,
        state: &mut Self::State,
        event: &Event,
        context: &mut Context<'_, '_>,
        shell: &mut Shell<'_, Message>,
    ) {
        let _ = state;
        inside.update(event, context, shell);
    }

    /// Performs an operation, and hands it on or does not.
    fn operate(
        &mut self,
        inside: &mut Inside<'_, '_, Message>,
        state: &mut Self::State,
        (layout, renderer): (Layout<'_>, &Renderer),
        operation: &mut dyn Operation,
    ) {
        let _ = state;
        inside.operate((layout, renderer), operation);
    }

    /// Draws on top of what is inside.
    fn draw_above(
        &self,
        state: &Self::State,
        renderer: &mut Renderer,
        theme: &Theme,
        bounds: Rectangle,
    ) {
        let _ = (state, renderer, theme, bounds);
    }
}

/// No state. It is no `()`: that is iced's own mark for a tree without state (iced_core 0.14.0), which
/// holds nothing to give back.
pub(super) struct Stateless;

/// The widget that is surrounded.
pub(super) struct Inside<'a, 'b, Message> {
    content: &'a mut Element<'b, Message>,
    tree: &'a mut Tree,
}

/// Where an event happens, and with what.
pub(super) struct Context<'a, 'b> {
    pub(super) layout: Layout<'a>,
    pub(super) cursor: mouse::Cursor,
    pub(super) renderer: &'a Renderer,
    pub(super) clipboard: &'b mut dyn Clipboard,
    pub(super) viewport: &'a Rectangle,
}

impl<Message> Inside<'_, '_, Message> {
    /// Hands an event on.
    pub(super) fn update(
        &mut self,
        event: &Event,
        context: &mut Context<'_, '_>,
        shell: &mut Shell<'_, Message>,
    ) {
        let Context { layout, cursor, renderer, viewport, .. } = *context;
        let (tree, clipboard) = (&mut *self.tree, &mut *context.clipboard);
        let content = self.content.as_widget_mut();
        content.update(tree, event, layout, cursor, renderer, clipboard, shell, viewport);
    }

    /// Hands an operation on.
    pub(super) fn operate(
        &mut self,
        (layout, renderer): (Layout<'_>, &Renderer),
        operation: &mut dyn Operation,
    ) {
        self.content.as_widget_mut().operate(self.tree, layout, renderer, operation);
    }
}

/// Surrounds `content`.
pub(super) fn wrap<'a, Message: 'a>(
    content: impl Into<Element<'a, Message>>,
    wrap: impl Wrap<Message> + 'a,
) -> Element<'a, Message> {
    Element::new(Wrapper { content: content.into(), wrap })
}

struct Wrapper<'a, Message, W> {
    content: Element<'a, Message>,
    wrap: W,
}

impl<Message, W: Wrap<Message>> Widget<Message, Theme, Renderer> for Wrapper<'_, Message, W> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<W::State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(self.wrap.state())
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
        let Tree { state, children, .. } = tree;
        let Some(tree) = children.first_mut() else { return };
        let mut inside = Inside { content: &mut self.content, tree };
        self.wrap.operate(&mut inside, state.downcast_mut(), (layout, renderer), operation);
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
        let Some(tree) = children.first_mut() else { return };
        let mut inside = Inside { content: &mut self.content, tree };
        let mut context = Context { layout, cursor, renderer, clipboard, viewport };
        self.wrap.update(&mut inside, state.downcast_mut(), event, &mut context, shell);
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
        self.wrap.draw_above(tree.state.downcast_ref(), renderer, theme, layout.bounds());
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
