//! Scrolls the widget that has the focus into view.

use iced::Task;
use iced::advanced::widget::operation::{Focusable, Operation, Outcome, Scrollable};
use iced::advanced::widget::{Id, operate};
use iced::widget::operation::AbsoluteOffset;
use iced::{Rectangle, Vector};

use super::id;

/// Room that is left beside it, in logical pixels.
const MARGIN: f32 = 12.0;

/// Scrolls to what has the focus.
pub fn reveal<T: Send + 'static>() -> Task<T> {
    operate(Find::default()).discard()
}

/// Looks for it, and for the innermost of all that scrolls around it; these are counted.
#[derive(Default)]
struct Find {
    count: usize,
    /// The one whose content comes next.
    next: Option<(usize, Rectangle)>,
    around: Vec<(usize, Rectangle)>,
    found: Option<(usize, Rectangle, Rectangle)>,
}

impl Operation for Find {
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

    fn scrollable(
        &mut self,
        id: Option<&Id>,
        bounds: Rectangle,
        _: Rectangle,
        translation: Vector,
        _: &mut dyn Scrollable,
    ) {
        // The history counts from its end and knows best what of it is looked at.
        self.next = (id != Some(&id::TIMELINE)).then_some((self.count, bounds + translation));
        self.count += 1;
    }

    fn focusable(&mut self, _: Option<&Id>, bounds: Rectangle, state: &mut dyn Focusable) {
        if let Some((which, seen)) = self.around.last()
            && state.is_focused()
        {
            self.found = Some((*which, *seen, bounds));
        }
    }

    fn finish(&self) -> Outcome<()> {
        let Some((which, seen, wanted)) = self.found else { return Outcome::None };
        let above = wanted.y - MARGIN - seen.y;
        let below = wanted.y + wanted.height + MARGIN - (seen.y + seen.height);
        // What is higher than all there is room for is seen from its beginning.
        let by = if above < 0.0 { above } else { below.clamp(0.0, above) };
        if by == 0.0 {
            return Outcome::None;
        }
        Outcome::Chain(Box::new(Move { which, by, count: 0 }))
    }
}

/// Moves the one that was found.
struct Move {
    which: usize,
    by: f32,
    count: usize,
}

impl Operation for Move {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        operate(self);
    }

    fn scrollable(
        &mut self,
        _: Option<&Id>,
        bounds: Rectangle,
        content: Rectangle,
        _: Vector,
        state: &mut dyn Scrollable,
    ) {
        if self.count == self.which {
            state.scroll_by(AbsoluteOffset { x: 0.0, y: self.by }, bounds, content);
        }
        self.count += 1;
    }
}
