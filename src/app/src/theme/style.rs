//! Style functions for iced's own widgets.

use iced::border::{self, Border};
use iced::widget::checkbox as tick;
use iced::widget::{button, container, rule, scrollable, svg, text, text_input};
use iced::{Background, Color, Theme};

use super::{Colors, Tone, colors, radius};

/// Text in the colour of a meaning.
pub fn tone_style(tone: Tone) -> impl Fn(&Theme) -> text::Style {
    move |theme| text::Style { color: Some(colors(theme).of(tone)) }
}

/// An icon in the colour of a meaning.
pub fn icon(tone: Tone) -> impl Fn(&Theme, svg::Status) -> svg::Style {
    move |theme, _| svg::Style { color: Some(colors(theme).of(tone)) }
}

/// The one thing to do next.
#[must_use]
pub fn primary(theme: &Theme, status: button::Status) -> button::Style {
    let colors = colors(theme);
    let background = match status {
        button::Status::Active => colors.accent,
        button::Status::Hovered | button::Status::Pressed => colors.accent_hover,
        button::Status::Disabled => colors.accent.scale_alpha(0.4),
    };
    filled(background, colors.on_accent)
}

/// Anything else that can be done; framed, so that it is seen to be a button.
#[must_use]
pub fn secondary(theme: &Theme, status: button::Status) -> button::Style {
    let colors = colors(theme);
    let background = over(colors, status, colors.surface);
    let ink = dim(status, colors.text);
    button::Style { border: outline(colors.line), ..filled(background, ink) }
}

/// What can't be taken back.
#[must_use]
pub fn danger(theme: &Theme, status: button::Status) -> button::Style {
    let colors = colors(theme);
    let background = match status {
        button::Status::Hovered | button::Status::Pressed => colors.danger_soft,
        button::Status::Active | button::Status::Disabled => colors.surface,
    };
    button::Style {
        border: outline(colors.danger),
        ..filled(background, dim(status, colors.danger))
    }
}

/// A button without a frame: icons, links.
#[must_use]
pub fn text_button(theme: &Theme, status: button::Status) -> button::Style {
    let colors = colors(theme);
    let background = over(colors, status, Color::TRANSPARENT);
    filled(background, dim(status, colors.accent))
}

/// A card that is a button.
#[must_use]
pub fn choice(theme: &Theme, status: button::Status) -> button::Style {
    let colors = colors(theme);
    let edge = match status {
        button::Status::Hovered | button::Status::Pressed => colors.accent,
        button::Status::Active | button::Status::Disabled => colors.line,
    };
    let background = if status == button::Status::Pressed { colors.hover } else { colors.surface };
    let border = border::rounded(radius::CARD).color(edge).width(1.0);
    button::Style { border, ..filled(background, dim(status, colors.text)) }
}

/// A row of a list that can be chosen.
pub fn list_row(chosen: bool) -> impl Fn(&Theme, button::Status) -> button::Style {
    move |theme, status| {
        let colors = colors(theme);
        let rest = if chosen { colors.selected } else { Color::TRANSPARENT };
        let background = if chosen { rest } else { over(colors, status, rest) };
        filled(background, colors.text)
    }
}

/// One of several that stand side by side; the chosen one is filled.
pub fn pill(chosen: bool) -> impl Fn(&Theme, button::Status) -> button::Style {
    move |theme, status| {
        let colors = colors(theme);
        let (rest, ink) = if chosen {
            (colors.accent_soft, colors.accent)
        } else {
            (Color::TRANSPARENT, colors.muted)
        };
        let background = if chosen { rest } else { over(colors, status, rest) };
        let border = border::rounded(radius::ROUND).color(colors.line).width(1.0);
        button::Style { border, ..filled(background, ink) }
    }
}

/// A card. It has a line instead of a shadow: the software renderer paints shadows over themselves
/// at every partial redraw.
#[must_use]
pub fn card(theme: &Theme) -> container::Style {
    let colors = colors(theme);
    container::Style {
        text_color: Some(colors.text),
        background: Some(colors.surface.into()),
        border: Border { radius: radius::CARD.into(), ..outline(colors.line) },
        ..container::Style::default()
    }
}

/// A flat area of another background.
pub fn background(color: fn(&Colors) -> Color) -> impl Fn(&Theme) -> container::Style {
    move |theme| container::Style {
        background: Some(color(colors(theme)).into()),
        ..container::Style::default()
    }
}

/// What lies between the window and a sheet.
#[must_use]
pub fn scrim(theme: &Theme) -> container::Style {
    background(|colors| colors.scrim)(theme)
}

/// A soft box around something worth noticing.
pub fn note(tone: Tone) -> impl Fn(&Theme) -> container::Style {
    soft(tone, radius::CONTROL)
}

/// A small round label.
pub fn chip(tone: Tone) -> impl Fn(&Theme) -> container::Style {
    soft(tone, radius::ROUND)
}

/// A filled round label, for counts.
#[must_use]
pub fn badge(theme: &Theme) -> container::Style {
    let colors = colors(theme);
    container::Style {
        text_color: Some(colors.on_accent),
        background: Some(colors.accent.into()),
        border: border::rounded(radius::ROUND),
        ..container::Style::default()
    }
}

/// A round background for a mark beside the list.
#[must_use]
pub fn disc(theme: &Theme) -> container::Style {
    let border = border::rounded(radius::ROUND);
    container::Style { border, ..background(|colors| colors.sidebar)(theme) }
}

/// A small dark-on-light or light-on-dark hint.
#[must_use]
pub fn hint(theme: &Theme) -> container::Style {
    let colors = colors(theme);
    container::Style {
        text_color: Some(colors.background),
        background: Some(colors.text.into()),
        border: border::rounded(radius::CONTROL),
        ..container::Style::default()
    }
}

/// An input; `wrong` frames it in the colour of danger.
pub fn input(wrong: bool) -> impl Fn(&Theme, text_input::Status) -> text_input::Style {
    move |theme, status| {
        let colors = colors(theme);
        let edge = match status {
            _ if wrong => colors.danger,
            text_input::Status::Focused { .. } => colors.accent,
            text_input::Status::Hovered => colors.muted,
            text_input::Status::Active | text_input::Status::Disabled => colors.line,
        };
        let width = if matches!(status, text_input::Status::Focused { .. }) { 2.0 } else { 1.0 };
        text_input::Style {
            background: colors.surface.into(),
            border: border::rounded(radius::CONTROL).color(edge).width(width),
            icon: colors.muted,
            placeholder: colors.muted,
            value: colors.text,
            selection: colors.accent.scale_alpha(0.25),
        }
    }
}

/// A box to tick.
#[must_use]
pub fn checkbox(theme: &Theme, status: tick::Status) -> tick::Style {
    let colors = colors(theme);
    let (checked, edge) = match status {
        tick::Status::Active { is_checked } => (is_checked, colors.muted),
        tick::Status::Hovered { is_checked } => (is_checked, colors.accent),
        tick::Status::Disabled { is_checked } => (is_checked, colors.line),
    };
    let background = if checked { colors.accent } else { colors.surface };
    tick::Style {
        background: background.into(),
        icon_color: colors.on_accent,
        border: border::rounded(radius::CONTROL / 2.0).color(edge).width(1.0),
        text_color: Some(colors.text),
    }
}

/// A hair line.
#[must_use]
pub fn line(theme: &Theme) -> rule::Style {
    rule::Style {
        color: colors(theme).line,
        radius: 0.0.into(),
        fill_mode: rule::FillMode::Full,
        snap: true,
    }
}

/// A slim scrollbar that shows itself under the pointer.
#[must_use]
pub fn scroll(theme: &Theme, status: scrollable::Status) -> scrollable::Style {
    let colors = colors(theme);
    let near = match status {
        scrollable::Status::Active { .. } => 0.15,
        scrollable::Status::Hovered { .. } => 0.4,
        scrollable::Status::Dragged { .. } => 0.7,
    };
    let rail = scrollable::Rail {
        background: None,
        border: Border::default(),
        scroller: scrollable::Scroller {
            background: colors.muted.scale_alpha(near).into(),
            border: border::rounded(radius::ROUND),
        },
    };
    let base = scrollable::default(theme, status);
    scrollable::Style { vertical_rail: rail, horizontal_rail: rail, gap: None, ..base }
}

fn filled(background: Color, ink: Color) -> button::Style {
    button::Style {
        background: Some(Background::Color(background)),
        text_color: ink,
        border: border::rounded(radius::CONTROL),
        ..button::Style::default()
    }
}

fn outline(color: Color) -> Border {
    border::rounded(radius::CONTROL).color(color).width(1.0)
}

fn over(colors: &Colors, status: button::Status, rest: Color) -> Color {
    match status {
        button::Status::Hovered => colors.hover,
        button::Status::Pressed => colors.selected,
        button::Status::Active | button::Status::Disabled => rest,
    }
}

fn dim(status: button::Status, ink: Color) -> Color {
    if status == button::Status::Disabled { ink.scale_alpha(0.45) } else { ink }
}

fn soft(tone: Tone, radius: f32) -> impl Fn(&Theme) -> container::Style {
    move |theme| {
        let colors = colors(theme);
        container::Style {
            text_color: Some(colors.of(tone)),
            background: Some(colors.soft(tone).into()),
            border: border::rounded(radius),
            ..container::Style::default()
        }
    }
}
