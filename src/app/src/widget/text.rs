//! Text as Sotto draws it: never beyond its own bounds, and with nothing in it that acts on what
//! stands beside it. iced's own clips nowhere, and is used nowhere else.

use iced::advanced::text::{self, Paragraph as _, Renderer as _};
use iced::advanced::widget::text::{Format, State as Plain, Style, StyleFn};
use iced::advanced::widget::{Operation, Tree, tree};
use iced::advanced::{Layout, Widget, layout, mouse, renderer};
use iced::widget::text::{Alignment, IntoFragment, LineHeight, Wrapping};
use iced::{Element, Font, Length, Pixels, Rectangle, Renderer, Size, Theme};

use super::breaking;
use crate::text::untrusted;

/// How far a glyph may reach beyond its line, in logical pixels: the end of a stroke, no more.
const REACH: f32 = 2.0;

/// How little is cut from below the last line, in logical pixels. The software renderer clips only
/// what it believes to reach beyond the clip, and does not ask the glyphs (iced_tiny_skia 0.14.1).
const CUT: f32 = 0.25;

type Paragraph = <Renderer as text::Renderer>::Paragraph;

/// Some words.
pub struct Text<'a> {
    words: text::Fragment<'a>,
    format: Format<Font>,
    style: StyleFn<'a, Theme>,
}

#[derive(Default)]
struct State {
    plain: Plain<Paragraph>,
    broken: Option<Broken>,
}

/// Words that iced would break too late, and where they are broken; or words of one line that is too
/// long, and where they are left off.
struct Broken {
    words: String,
    width: f32,
    size: Pixels,
    font: Font,
    lines: String,
}

impl<'a> Text<'a> {
    /// These words; what they hide or turn is seen.
    pub fn new(words: impl IntoFragment<'a>) -> Self {
        Self {
            words: untrusted::guarded(words.into_fragment()),
            format: Format::default(),
            style: Box::new(|_| Style::default()),
        }
    }

    /// Sets the size.
    #[must_use]
    pub fn size(mut self, size: impl Into<Pixels>) -> Self {
        self.format.size = Some(size.into());
        self
    }

    /// Sets the font.
    #[must_use]
    pub fn font(mut self, font: Font) -> Self {
        self.format.font = Some(font);
        self
    }

    /// Sets the height of a line.
    #[must_use]
    pub fn line_height(mut self, height: impl Into<LineHeight>) -> Self {
        self.format.line_height = height.into();
        self
    }

    /// Sets the width.
    #[must_use]
    pub fn width(mut self, width: impl Into<Length>) -> Self {
        self.format.width = width.into();
        self
    }

    /// Sets where lines stand.
    #[must_use]
    pub fn align_x(mut self, alignment: impl Into<Alignment>) -> Self {
        self.format.align_x = alignment.into();
        self
    }

    /// Sets where lines break.
    #[must_use]
    pub const fn wrapping(mut self, wrapping: Wrapping) -> Self {
        self.format.wrapping = wrapping;
        self
    }

    /// Sets the style.
    #[must_use]
    pub fn style(mut self, style: impl Fn(&Theme) -> Style + 'a) -> Self {
        self.style = Box::new(style);
        self
    }

    /// How wide some words are on one line, in logical pixels.
    fn measure(&self, words: &str, size: Pixels, font: Font) -> f32 {
        let paragraph = Paragraph::with_text(text::Text {
            content: words,
            bounds: Size::INFINITE,
            size,
            line_height: self.format.line_height,
            font,
            align_x: self.format.align_x,
            align_y: self.format.align_y,
            shaping: self.format.shaping,
            wrapping: Wrapping::None,
        });
        paragraph.min_width()
    }
}

impl<Message> Widget<Message, Theme, Renderer> for Text<'_> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn size(&self) -> Size<Length> {
        Size::new(self.format.width, self.format.height)
    }

    fn layout(
        &mut self,
        tree: &mut Tree,
        renderer: &Renderer,
        limits: &layout::Limits,
    ) -> layout::Node {
        let State { plain, broken } = tree.state.downcast_mut::<State>();
        let size = self.format.size.unwrap_or_else(|| renderer.default_size());
        let font = self.format.font.unwrap_or_else(|| renderer.default_font());
        let width = limits.width(self.format.width).max().width;
        let known = broken.take_if(|known| {
            known.words == *self.words
                && (known.width - width).abs() < f32::EPSILON
                && known.size == size
                && known.font == font
        });
        let lay_out = |plain: &mut Plain<Paragraph>, words: &str| {
            iced::advanced::widget::text::layout(plain, renderer, limits, words, self.format)
        };
        if known.is_none() {
            let node = lay_out(plain, &self.words);
            if plain.min_width() <= width + 0.5 {
                *broken = None;
                return node;
            }
        }
        let known = known.unwrap_or_else(|| {
            let fits = |words: &str| self.measure(words, size, font) <= width;
            let lines = match self.format.wrapping {
                Wrapping::None => breaking::left_off(&self.words, fits),
                Wrapping::Word | Wrapping::Glyph | Wrapping::WordOrGlyph => {
                    breaking::lines(&self.words, fits)
                }
            };
            Broken { words: self.words.clone().into_owned(), width, size, font, lines }
        });
        lay_out(plain, &broken.insert(known).lines)
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        theme: &Theme,
        defaults: &renderer::Style,
        layout: Layout<'_>,
        _: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let bounds = layout.bounds();
        let cut = if untrusted::is_low(&self.words) { 0.0 } else { REACH + CUT };
        let reach = bounds.expand(REACH);
        let reach = Rectangle { height: reach.height - cut, ..reach };
        let Some(viewport) = viewport.intersection(&reach) else { return };
        let plain = &tree.state.downcast_ref::<State>().plain;
        let style = (self.style)(theme);
        iced::advanced::widget::text::draw(
            renderer,
            defaults,
            bounds,
            plain.raw(),
            style,
            &viewport,
        );
    }

    fn operate(
        &mut self,
        _: &mut Tree,
        layout: Layout<'_>,
        _: &Renderer,
        operation: &mut dyn Operation,
    ) {
        operation.text(None, layout.bounds(), &self.words);
    }
}

impl<'a, Message> From<Text<'a>> for Element<'a, Message> {
    fn from(text: Text<'a>) -> Self {
        Self::new(text)
    }
}
