//! What of a window can be read, and where the focus is.

use iced::advanced::widget::Id;
use iced::advanced::widget::operation::{Focusable, Operation, Scrollable};
use iced::{Rectangle, Size, Vector};

/// Words where they are drawn.
#[derive(Default)]
pub(in super::super) struct Written {
    /// All of them.
    pub(in super::super) written: Vec<(String, Rectangle)>,
    /// What can be scrolled: where it is looked at, and how far it goes on.
    pub(in super::super) scrolled: Vec<(Rectangle, Rectangle)>,
}

impl Operation for Written {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        operate(self);
    }

    fn text(&mut self, _: Option<&Id>, bounds: Rectangle, text: &str) {
        self.written.push((text.to_owned(), bounds));
    }

    fn scrollable(
        &mut self,
        _: Option<&Id>,
        bounds: Rectangle,
        content: Rectangle,
        _: Vector,
        _: &mut dyn Scrollable,
    ) {
        self.scrolled.push((bounds, content));
    }
}

/// Where what has the focus is drawn: what scrolls around it counts.
#[derive(Default)]
pub(super) struct Focused {
    next: f32,
    moved: Vec<f32>,
    /// Its upper and lower edge, as drawn.
    pub(super) drawn: Option<(f32, f32)>,
    /// Where it was laid out.
    pub(super) at: Option<Rectangle>,
}

impl Operation for Focused {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        self.moved.push(std::mem::take(&mut self.next));
        operate(self);
        let _ = self.moved.pop();
    }

    fn scrollable(
        &mut self,
        _: Option<&Id>,
        _: Rectangle,
        _: Rectangle,
        translation: Vector,
        _: &mut dyn Scrollable,
    ) {
        self.next = translation.y;
    }

    fn focusable(&mut self, _: Option<&Id>, bounds: Rectangle, state: &mut dyn Focusable) {
        if state.is_focused() {
            let top = bounds.y - self.moved.iter().sum::<f32>();
            self.drawn = Some((top, top + bounds.height));
            self.at = Some(bounds);
        }
    }
}

/// Whether words can be read: within all that scrolls around them.
#[derive(Default)]
pub(super) struct Seen {
    wanted: String,
    next: Option<(Rectangle, f32)>,
    /// What is looked at, where it lies, and how far all in it has moved.
    around: Vec<(Rectangle, f32)>,
    pub(super) found: bool,
}

impl Seen {
    /// These words, in a window of this size.
    pub(super) fn of(wanted: &str, window: Size) -> Self {
        let around = vec![(Rectangle::with_size(window), 0.0)];
        Self { wanted: wanted.to_owned(), around, ..Self::default() }
    }
}

impl Operation for Seen {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        let scrolls = self.next.take();
        self.around.extend(scrolls);
        operate(self);
        if scrolls.is_some() {
            let _ = self.around.pop();
        }
    }

    fn container(&mut self, _: Option<&Id>, _: Rectangle) {
        self.next = None;
    }

    fn text(&mut self, _: Option<&Id>, bounds: Rectangle, text: &str) {
        let above = bounds.y - self.around.iter().map(|(_, moved)| moved).sum::<f32>();
        let mut outer = 0.0;
        let is_within = self.around.iter().all(|(looked_at, moved)| {
            let (top, bottom) = (looked_at.y - outer, looked_at.y + looked_at.height - outer);
            outer += moved;
            above >= top - 0.5 && above + bounds.height <= bottom + 0.5
        });
        self.found |= is_within && crate::text::strip_isolates(text).starts_with(&self.wanted);
    }

    fn scrollable(
        &mut self,
        _: Option<&Id>,
        bounds: Rectangle,
        _: Rectangle,
        translation: Vector,
        _: &mut dyn Scrollable,
    ) {
        self.next = Some((bounds, translation.y));
    }
}
