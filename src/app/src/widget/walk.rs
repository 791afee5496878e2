//! Tab order: moves the focus to the next widget, and from the last to the first. iced's own (0.14) stops
//! at either end, where nothing has the focus.

use iced::Rectangle;
use iced::Task;
use iced::advanced::widget::operation::{Focusable, Operation, Outcome};
use iced::advanced::widget::{Id, operate};

/// Forwards with Tab, backwards with Shift+Tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// As one reads.
    Forwards,
    /// Against that.
    Backwards,
}

/// Moves the focus.
pub fn walk<T: Send + 'static>(direction: Direction) -> Task<T> {
    operate(Look { direction, count: 0, focused: None }).discard()
}

/// Looks where it is.
struct Look {
    direction: Direction,
    count: usize,
    focused: Option<usize>,
}

impl Operation for Look {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        operate(self);
    }

    fn focusable(&mut self, _: Option<&Id>, _: Rectangle, state: &mut dyn Focusable) {
        if state.is_focused() {
            self.focused = Some(self.count);
        }
        self.count += 1;
    }

    fn finish(&self) -> Outcome<()> {
        let Some(last) = self.count.checked_sub(1) else { return Outcome::None };
        let to = match (self.direction, self.focused) {
            (Direction::Forwards, Some(here)) if here < last => here + 1,
            (Direction::Forwards, _) => 0,
            (Direction::Backwards, Some(here)) => here.checked_sub(1).unwrap_or(last),
            (Direction::Backwards, None) => last,
        };
        Outcome::Chain(Box::new(Go { to, count: 0 }))
    }
}

/// Gives it to the one of this number, and takes it from all others.
struct Go {
    to: usize,
    count: usize,
}

impl Operation for Go {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        operate(self);
    }

    fn focusable(&mut self, _: Option<&Id>, _: Rectangle, state: &mut dyn Focusable) {
        if self.count == self.to {
            state.focus();
        } else {
            state.unfocus();
        }
        self.count += 1;
    }
}
