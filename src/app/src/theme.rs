//! The theme: a light and a dark palette, one scale of spaces, one of type sizes. No colour is named
//! elsewhere.

mod direction;
mod style;

use std::sync::LazyLock;

use iced::theme::{Mode, Palette};
use iced::{Color, Font, Theme, font};

pub use direction::{end, padding_end, padding_start, start};
pub use style::*;

/// The step of the grid, and its multiples, in logical pixels.
pub mod space {
    /// Half a step: between an icon and its word.
    pub const XS: f32 = 4.0;
    /// One step.
    pub const S: f32 = 8.0;
    /// One and a half: inside of buttons and rows.
    pub const SM: f32 = 12.0;
    /// Two: between blocks.
    pub const M: f32 = 16.0;
    /// Three: inside of cards.
    pub const L: f32 = 24.0;
    /// Four: around cards.
    pub const XL: f32 = 32.0;
    /// Six.
    pub const XXL: f32 = 48.0;
}

/// Sizes of type in logical pixels.
pub mod size {
    /// Time stamps, hints.
    pub const SMALL: f32 = 12.0;
    /// Almost everything.
    pub const BODY: f32 = 14.0;
    /// What is read at length, headings of rows.
    pub const LARGE: f32 = 16.0;
    /// The heading of a sheet.
    pub const TITLE: f32 = 20.0;
    /// The heading of a whole screen.
    pub const DISPLAY: f32 = 28.0;
}

/// Corner radii in logical pixels.
pub mod radius {
    /// Inputs, buttons, rows.
    pub const CONTROL: f32 = 8.0;
    /// Cards, sheets, bubbles.
    pub const CARD: f32 = 14.0;
    /// Chips and badges: as round as they get.
    pub const ROUND: f32 = 99.0;
}

/// Ordinary type.
pub const REGULAR: Font = Font::with_name("Inter");
/// Headings, names, buttons.
pub const STRONG: Font = Font { weight: font::Weight::Semibold, ..REGULAR };
/// Key codes.
pub const MONO: Font = Font::MONOSPACE;

/// The meaning of a colour. Meaning is never left to the colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// What is read.
    Text,
    /// What is read second.
    Muted,
    /// What can be done; what is ours.
    Accent,
    /// Success: verified, online.
    Success,
    /// Take care.
    Warning,
    /// Broken, refused or destructive.
    Danger,
    /// On top of the accent colour.
    OnAccent,
}

/// The colours of one mode.
#[derive(Clone, Copy, Debug)]
pub struct Colors {
    /// The window's background.
    pub background: Color,
    /// Behind the contact list.
    pub sidebar: Color,
    /// Cards, sheets, inputs.
    pub surface: Color,
    /// Under the pointer.
    pub hover: Color,
    /// Chosen or pressed.
    pub selected: Color,
    /// Separators and outlines of inputs at rest.
    pub line: Color,
    /// What is read.
    pub text: Color,
    /// What is read second.
    pub muted: Color,
    /// What can be done.
    pub accent: Color,
    /// The same, under the pointer.
    pub accent_hover: Color,
    /// A soft background of the same meaning.
    pub accent_soft: Color,
    /// On top of the accent colour.
    pub on_accent: Color,
    /// Made sure.
    pub success: Color,
    /// A soft background of the same meaning.
    pub success_soft: Color,
    /// Take care.
    pub warning: Color,
    /// A soft background of the same meaning.
    pub warning_soft: Color,
    /// Broken, refused or destructive.
    pub danger: Color,
    /// A soft background of the same meaning.
    pub danger_soft: Color,
    /// The scrim: over what lies behind a modal dialog.
    pub scrim: Color,
}

impl Colors {
    /// The colour of a meaning.
    #[must_use]
    pub const fn of(&self, tone: Tone) -> Color {
        match tone {
            Tone::Text => self.text,
            Tone::Muted => self.muted,
            Tone::Accent => self.accent,
            Tone::Success => self.success,
            Tone::Warning => self.warning,
            Tone::Danger => self.danger,
            Tone::OnAccent => self.on_accent,
        }
    }

    /// A background that goes under that colour.
    #[must_use]
    pub const fn soft(&self, tone: Tone) -> Color {
        match tone {
            Tone::Text | Tone::Muted => self.hover,
            Tone::Accent => self.accent_soft,
            Tone::Success => self.success_soft,
            Tone::Warning => self.warning_soft,
            Tone::Danger => self.danger_soft,
            Tone::OnAccent => self.accent,
        }
    }
}

const LIGHT: Colors = Colors {
    background: Color::from_rgb8(0xf8, 0xf8, 0xf5),
    sidebar: Color::from_rgb8(0xef, 0xf1, 0xed),
    surface: Color::from_rgb8(0xff, 0xff, 0xff),
    hover: Color::from_rgb8(0xe6, 0xea, 0xe5),
    selected: Color::from_rgb8(0xda, 0xe4, 0xdf),
    line: Color::from_rgb8(0xd9, 0xde, 0xd8),
    text: Color::from_rgb8(0x1b, 0x24, 0x22),
    muted: Color::from_rgb8(0x51, 0x5f, 0x5b),
    accent: Color::from_rgb8(0x17, 0x66, 0x5b),
    accent_hover: Color::from_rgb8(0x11, 0x54, 0x4b),
    accent_soft: Color::from_rgb8(0xdc, 0xee, 0xea),
    on_accent: Color::from_rgb8(0xff, 0xff, 0xff),
    success: Color::from_rgb8(0x1d, 0x65, 0x38),
    success_soft: Color::from_rgb8(0xde, 0xf0, 0xe2),
    warning: Color::from_rgb8(0x7c, 0x4d, 0x00),
    warning_soft: Color::from_rgb8(0xfb, 0xef, 0xd3),
    danger: Color::from_rgb8(0xa9, 0x25, 0x23),
    danger_soft: Color::from_rgb8(0xfb, 0xe4, 0xe1),
    scrim: Color::from_rgba8(0x10, 0x18, 0x16, 0.45),
};

const DARK: Colors = Colors {
    background: Color::from_rgb8(0x12, 0x17, 0x16),
    sidebar: Color::from_rgb8(0x18, 0x1e, 0x1c),
    surface: Color::from_rgb8(0x1e, 0x25, 0x23),
    hover: Color::from_rgb8(0x27, 0x30, 0x2d),
    selected: Color::from_rgb8(0x2a, 0x3b, 0x37),
    line: Color::from_rgb8(0x30, 0x3a, 0x37),
    text: Color::from_rgb8(0xe7, 0xed, 0xea),
    muted: Color::from_rgb8(0xa3, 0xb1, 0xac),
    accent: Color::from_rgb8(0x72, 0xcb, 0xba),
    accent_hover: Color::from_rgb8(0x8e, 0xdb, 0xcc),
    accent_soft: Color::from_rgb8(0x1c, 0x3a, 0x35),
    on_accent: Color::from_rgb8(0x06, 0x20, 0x1b),
    success: Color::from_rgb8(0x86, 0xd6, 0xa0),
    success_soft: Color::from_rgb8(0x1d, 0x38, 0x27),
    warning: Color::from_rgb8(0xf0, 0xc0, 0x6a),
    warning_soft: Color::from_rgb8(0x3c, 0x30, 0x16),
    danger: Color::from_rgb8(0xff, 0xa1, 0x96),
    danger_soft: Color::from_rgb8(0x45, 0x23, 0x20),
    scrim: Color::from_rgba8(0x00, 0x00, 0x00, 0.60),
};

/// The colours that belong to a theme of iced.
#[must_use]
pub fn colors(theme: &Theme) -> &'static Colors {
    if theme.extended_palette().is_dark { &DARK } else { &LIGHT }
}

/// The theme for what the system prefers.
#[must_use]
pub fn theme(mode: Mode) -> Theme {
    static THEMES: LazyLock<[Theme; 2]> = LazyLock::new(|| {
        [("Sotto light", &LIGHT), ("Sotto dark", &DARK)].map(|(name, colors)| {
            Theme::custom(
                name,
                Palette {
                    background: colors.background,
                    text: colors.text,
                    primary: colors.accent,
                    success: colors.success,
                    warning: colors.warning,
                    danger: colors.danger,
                },
            )
        })
    });
    let [light, dark] = &*THEMES;
    match mode {
        Mode::Dark => dark.clone(),
        Mode::Light | Mode::None => light.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2.2, 1.4.3: ordinary text.
    const CONTRAST_MIN: f32 = 4.5;

    #[test]
    fn every_tone_is_readable_on_every_ground() {
        for colors in [&LIGHT, &DARK] {
            let grounds =
                [colors.background, colors.sidebar, colors.surface, colors.hover, colors.selected];
            for tone in
                [Tone::Text, Tone::Muted, Tone::Accent, Tone::Success, Tone::Warning, Tone::Danger]
            {
                for ground in grounds.into_iter().chain([colors.soft(tone)]) {
                    let contrast = colors.of(tone).relative_contrast(ground);
                    assert!(contrast >= CONTRAST_MIN, "{tone:?} on {ground:?}: {contrast}");
                }
            }
            for ground in [colors.accent, colors.accent_hover] {
                assert!(colors.on_accent.relative_contrast(ground) >= CONTRAST_MIN);
            }
        }
    }

    #[test]
    fn each_mode_has_its_own_colours() {
        assert_eq!(colors(&theme(Mode::Dark)).background, DARK.background);
        assert_eq!(colors(&theme(Mode::Light)).background, LIGHT.background);
    }
}
