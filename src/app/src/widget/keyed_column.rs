//! A column whose children keep their state by key, with room for children that are not built.
//!
//! iced's own keyed column carries state over by position when rows come at one end and go at the
//! other, and panics if they are of different kinds; so a window moving over a history needs this.

use std::collections::HashMap;

use iced::advanced::widget::{Operation, Tree, tree};
use iced::advanced::{Clipboard, Layout, Shell, Widget, layout, mouse, overlay, renderer};
use iced::widget::Column;
use iced::{
    Element, Event, Fill, Length, Rectangle, Renderer, Size, Theme, Vector, padding, window,
};

/// Smaller differences of height are not worth a message, in logical pixels.
const HEIGHT_STEP: f32 = 0.5;

type OnMeasured<'a, Message> = Box<dyn Fn(Vec<(u64, f32)>) -> Message + 'a>;

/// The column: iced's own, but for the state of its children.
pub(crate) struct KeyedColumn<'a, Message> {
    keys: Vec<u64>,
    column: Column<'a, Message>,
    on_measured: Option<OnMeasured<'a, Message>>,
}

#[derive(Default)]
struct State {
    keys: Vec<u64>,
    /// The height of each child as reported last, in logical pixels.
    reported: HashMap<u64, f32>,
}

impl<'a, Message: 'a> KeyedColumn<'a, Message> {
    /// Children and their keys; each key once.
    pub(crate) fn new(children: impl IntoIterator<Item = (u64, Element<'a, Message>)>) -> Self {
        let (keys, children): (_, Vec<_>) = children.into_iter().unzip();
        // Not `with_children`, which leaves out children without a size: each key has its child.
        Self { keys, column: Column::from_vec(children).width(Fill), on_measured: None }
    }

    /// One child that fills all there is; another key is another child, whatever it looks like.
    pub(crate) fn one(key: u64, child: Element<'a, Message>) -> Self {
        let Self { keys, column, on_measured } = Self::new([(key, child)]);
        Self { keys, column: column.height(Fill), on_measured }
    }

    /// Leaves room for children that are not built, in logical pixels.
    pub(crate) fn room(self, above: f32, below: f32) -> Self {
        Self { column: self.column.padding(padding::top(above).bottom(below)), ..self }
    }

    /// Is told the heights of children as they are drawn, whenever one differs.
    pub(crate) fn on_measured(
        mut self,
        on_measured: impl Fn(Vec<(u64, f32)>) -> Message + 'a,
    ) -> Self {
        self.on_measured = Some(Box::new(on_measured));
        self
    }

    fn measure(&self, state: &mut State, layout: Layout<'_>) -> Vec<(u64, f32)> {
        state.reported.retain(|key, _| self.keys.contains(key));
        let mut news = Vec::new();
        for (key, layout) in self.keys.iter().zip(layout.children()) {
            let height = layout.bounds().height;
            let reported = state.reported.insert(*key, height);
            if reported.is_none_or(|reported| (reported - height).abs() > HEIGHT_STEP) {
                news.push((*key, height));
            }
        }
        news
    }

    fn inner(&self) -> &dyn Widget<Message, Theme, Renderer> {
        &self.column
    }

    fn inner_mut(&mut self) -> &mut dyn Widget<Message, Theme, Renderer> {
        &mut self.column
    }
}

impl<'a, Message: 'a> Widget<Message, Theme, Renderer> for KeyedColumn<'a, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State { keys: self.keys.clone(), reported: HashMap::new() })
    }

    fn children(&self) -> Vec<Tree> {
        self.inner().children()
    }

    fn diff(&self, tree: &mut Tree) {
        let state = tree.state.downcast_mut::<State>();
        let mut old: HashMap<u64, Tree> =
            state.keys.drain(..).zip(tree.children.drain(..)).collect();
        tree.children =
            self.keys.iter().map(|key| old.remove(key).unwrap_or_else(Tree::empty)).collect();
        state.keys.clone_from(&self.keys);
        self.inner().diff(tree);
    }

    fn size(&self) -> Size<Length> {
        self.inner().size()
    }

    fn layout(
        &mut self,
        tree: &mut Tree,
        renderer: &Renderer,
        limits: &layout::Limits,
    ) -> layout::Node {
        self.inner_mut().layout(tree, renderer, limits)
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &Renderer,
        operation: &mut dyn Operation,
    ) {
        self.inner_mut().operate(tree, layout, renderer, operation);
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
        if let Event::Window(window::Event::RedrawRequested(_)) = event
            && let Some(on_measured) = &self.on_measured
        {
            let news = self.measure(tree.state.downcast_mut(), layout);
            if !news.is_empty() {
                shell.publish(on_measured(news));
            }
        }
        let inner = self.inner_mut();
        inner.update(tree, event, layout, cursor, renderer, clipboard, shell, viewport);
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        self.inner().mouse_interaction(tree, layout, cursor, viewport, renderer)
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
        self.inner().draw(tree, renderer, theme, style, layout, cursor, viewport);
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, Renderer>> {
        self.column.overlay(tree, layout, renderer, viewport, translation)
    }
}

impl<'a, Message: 'a> From<KeyedColumn<'a, Message>> for Element<'a, Message> {
    fn from(column: KeyedColumn<'a, Message>) -> Self {
        Self::new(column)
    }
}

#[cfg(test)]
mod tests {
    use iced::widget::{space, text_input};

    use super::*;

    fn row<'a>(height: f32) -> Element<'a, ()> {
        space().height(height).into()
    }

    fn input<'a>() -> Element<'a, ()> {
        text_input("", "").into()
    }

    #[test]
    fn a_child_takes_its_state_along_wherever_it_moves() {
        let mut tree = Tree::new(Element::from(KeyedColumn::new([(1, row(1.0)), (2, input())])));
        let tag = tree.children[1].tag;
        let stateless = tree.children[0].tag;
        assert_ne!(tag, stateless);
        tree.diff(Element::from(KeyedColumn::new([(2, input()), (3, row(1.0)), (4, input())])));
        let tags: Vec<_> = tree.children.iter().map(|child| child.tag).collect();
        assert_eq!(tags, [tag, stateless, tag]);
        tree.diff(Element::from(KeyedColumn::new([(3, input())])));
        assert_eq!(tree.children[0].tag, tag, "another kind under the same key starts anew");
    }

    #[test]
    fn heights_are_told_once_and_again_when_they_change() {
        let measure = |rows: &KeyedColumn<'_, ()>, state: &mut State, heights: [f32; 2]| {
            let node = |height| layout::Node::new(Size::new(10.0, height));
            let node = layout::Node::with_children(Size::ZERO, heights.map(node).to_vec());
            rows.measure(state, Layout::new(&node))
        };
        let rows = KeyedColumn::new([(7, row(0.0)), (8, row(0.0))]);
        let mut state = State::default();
        assert_eq!(measure(&rows, &mut state, [20.0, 30.0]), [(7, 20.0), (8, 30.0)]);
        assert_eq!(measure(&rows, &mut state, [20.0, 30.2]), []);
        assert_eq!(measure(&rows, &mut state, [20.0, 50.0]), [(8, 50.0)]);
    }
}
