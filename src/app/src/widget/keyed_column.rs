//! A column whose children keep their state by key, with room for children that are not built.
//!
//! iced's own keyed column carries state over by position when rows come at one end and go at the
//! other, and panics if they are of different kinds; so a window moving over a history needs this.

use std::collections::HashMap;

use iced::advanced::widget::{Operation, Tree, tree};
use iced::advanced::{Clipboard, Layout, Shell, Widget, layout, mouse, overlay, renderer};
use iced::{Element, Event, Fill, Length, Point, Rectangle, Size, Theme, Vector, window};

/// Smaller differences of height are not worth a message, in logical pixels.
const HEIGHT_STEP: f32 = 0.5;

type OnMeasured<'a, Message> = Box<dyn Fn(Vec<(u64, f32)>) -> Message + 'a>;

/// The column.
pub(crate) struct KeyedColumn<'a, Message> {
    keys: Vec<u64>,
    children: Vec<Element<'a, Message>>,
    above: f32,
    below: f32,
    height: Length,
    on_measured: Option<OnMeasured<'a, Message>>,
}

#[derive(Default)]
struct State {
    keys: Vec<u64>,
    told: HashMap<u64, f32>,
}

impl<'a, Message> KeyedColumn<'a, Message> {
    /// Children and their keys; each key once.
    pub(crate) fn new(rows: impl IntoIterator<Item = (u64, Element<'a, Message>)>) -> Self {
        let (keys, children) = rows.into_iter().unzip();
        Self { keys, children, above: 0.0, below: 0.0, height: Length::Shrink, on_measured: None }
    }

    /// One child that fills all there is; another key is another child, whatever it looks like.
    pub(crate) fn one(key: u64, child: Element<'a, Message>) -> Self {
        Self { height: Fill, ..Self::new([(key, child)]) }
    }

    /// Leaves room for children that are not built, in logical pixels.
    pub(crate) const fn room(mut self, above: f32, below: f32) -> Self {
        (self.above, self.below) = (above, below);
        self
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
        state.told.retain(|key, _| self.keys.contains(key));
        let mut news = Vec::new();
        for (key, layout) in self.keys.iter().zip(layout.children()) {
            let height = layout.bounds().height;
            let told = state.told.insert(*key, height);
            if told.is_none_or(|told| (told - height).abs() > HEIGHT_STEP) {
                news.push((*key, height));
            }
        }
        news
    }
}

impl<Message> Widget<Message, Theme, iced::Renderer> for KeyedColumn<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State { keys: self.keys.clone(), told: HashMap::new() })
    }

    fn children(&self) -> Vec<Tree> {
        self.children.iter().map(Tree::new).collect()
    }

    fn diff(&self, tree: &mut Tree) {
        let state = tree.state.downcast_mut::<State>();
        let mut old: HashMap<u64, Tree> =
            state.keys.drain(..).zip(tree.children.drain(..)).collect();
        tree.children = self
            .keys
            .iter()
            .zip(&self.children)
            .map(|(key, child)| match old.remove(key) {
                Some(mut tree) => {
                    tree.diff(child);
                    tree
                }
                None => Tree::new(child),
            })
            .collect();
        state.keys.clone_from(&self.keys);
    }

    fn size(&self) -> Size<Length> {
        Size::new(Fill, self.height)
    }

    fn layout(
        &mut self,
        tree: &mut Tree,
        renderer: &iced::Renderer,
        limits: &layout::Limits,
    ) -> layout::Node {
        let limits = limits.width(Fill).height(self.height);
        let within = layout::Limits::new(Size::ZERO, limits.max());
        let mut y = self.above;
        let nodes: Vec<layout::Node> = self
            .children
            .iter_mut()
            .zip(&mut tree.children)
            .map(|(child, tree)| {
                let node = child.as_widget_mut().layout(tree, renderer, &within);
                let node = node.move_to(Point::new(0.0, y));
                y += node.size().height;
                node
            })
            .collect();
        let size = limits.resolve(Fill, self.height, Size::new(0.0, y + self.below));
        layout::Node::with_children(size, nodes)
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &iced::Renderer,
        operation: &mut dyn Operation,
    ) {
        operation.container(None, layout.bounds());
        operation.traverse(&mut |operation| {
            for ((child, tree), layout) in
                self.children.iter_mut().zip(&mut tree.children).zip(layout.children())
            {
                child.as_widget_mut().operate(tree, layout, renderer, operation);
            }
        });
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &iced::Renderer,
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
        for ((child, tree), layout) in
            self.children.iter_mut().zip(&mut tree.children).zip(layout.children())
        {
            child
                .as_widget_mut()
                .update(tree, event, layout, cursor, renderer, clipboard, shell, viewport);
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &iced::Renderer,
    ) -> mouse::Interaction {
        self.children
            .iter()
            .zip(&tree.children)
            .zip(layout.children())
            .map(|((child, tree), layout)| {
                child.as_widget().mouse_interaction(tree, layout, cursor, viewport, renderer)
            })
            .max()
            .unwrap_or_default()
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut iced::Renderer,
        theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        for ((child, tree), layout) in
            self.children.iter().zip(&tree.children).zip(layout.children())
        {
            if layout.bounds().intersects(viewport) {
                child.as_widget().draw(tree, renderer, theme, style, layout, cursor, viewport);
            }
        }
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &iced::Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, iced::Renderer>> {
        overlay::from_children(&mut self.children, tree, layout, renderer, viewport, translation)
    }
}

impl<'a, Message: 'a> From<KeyedColumn<'a, Message>> for Element<'a, Message> {
    fn from(rows: KeyedColumn<'a, Message>) -> Self {
        Self::new(rows)
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
