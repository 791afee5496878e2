//! A simulated look at a view, for tests: finds and clicks by the words on it.

use iced::{Element, Settings};
use iced_test::Simulator;
use iced_test::selector::{Candidate, Target};

use crate::text::strip_isolates;

/// Logical pixels; a usual window.
const SIZE: [f32; 2] = [1000.0, 760.0];

/// One look at a view.
pub(crate) struct Probe<'a, Message> {
    ui: Simulator<'a, Message>,
}

impl<'a, Message> Probe<'a, Message> {
    pub(crate) fn new(view: Element<'a, Message>) -> Self {
        Self { ui: Simulator::with_size(Settings::default(), SIZE, view) }
    }

    /// Whether exactly these words stand somewhere.
    pub(crate) fn shows(&mut self, words: &str) -> bool {
        self.ui.find(text(words)).is_ok()
    }

    /// Clicks the words and takes what that asks for.
    pub(crate) fn click(mut self, words: &str) -> Vec<Message> {
        self.press(words);
        self.ui.into_messages().collect()
    }

    /// Clicks the words.
    pub(crate) fn press(&mut self, words: &str) {
        if let Err(error) = self.ui.click(text(words)) {
            panic!("no {words:?} to click: {error}");
        }
    }

    /// Everything else.
    pub(crate) fn ui(&mut self) -> &mut Simulator<'a, Message> {
        &mut self.ui
    }

    /// What the interactions so far ask for.
    pub(crate) fn into_messages(self) -> Vec<Message> {
        self.ui.into_messages().collect()
    }
}

fn text(words: &str) -> impl FnMut(Candidate<'_>) -> Option<Target> + Send {
    let words = words.to_owned();
    move |candidate| {
        let Candidate::Text { content, .. } = &candidate else { return None };
        (strip_isolates(content) == words).then(|| candidate.into())
    }
}
