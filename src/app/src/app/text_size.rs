//! The text size (zoom), in steps of ten percent.

/// The least and the most that can be chosen, and how far one step goes, in percent of the usual.
pub(super) const PERCENT_MIN: u16 = 70;
pub(super) const PERCENT_MAX: u16 = 250;
const STEP: u16 = 10;
const USUAL: u16 = 100;

/// In percent of the usual, and whether the person chose it since the program began.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextSize {
    percent: u16,
    is_chosen: bool,
}

impl Default for TextSize {
    fn default() -> Self {
        Self { percent: USUAL, is_chosen: false }
    }
}

impl TextSize {
    /// As a share of the usual.
    pub(super) fn scale(self) -> f32 {
        f32::from(self.percent) / f32::from(USUAL)
    }

    /// In percent, if the person chose it.
    pub(super) fn chosen(self) -> Option<u16> {
        self.is_chosen.then_some(self.percent)
    }

    pub(super) fn zoom_in(&mut self) {
        self.choose(self.percent.saturating_add(STEP));
    }

    pub(super) fn zoom_out(&mut self) {
        self.choose(self.percent.saturating_sub(STEP));
    }

    pub(super) fn reset_zoom(&mut self) {
        self.choose(USUAL);
    }

    /// An earlier life was left with this. What was chosen since holds.
    pub(super) fn was(&mut self, percent: u16) {
        if !self.is_chosen {
            self.percent = percent.clamp(PERCENT_MIN, PERCENT_MAX);
        }
    }

    fn choose(&mut self, percent: u16) {
        self.percent = percent.clamp(PERCENT_MIN, PERCENT_MAX);
        self.is_chosen = true;
    }
}
