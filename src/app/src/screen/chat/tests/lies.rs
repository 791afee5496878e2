//! A message as drawn: whatever it holds, nothing beside it changes.

use iced::advanced::widget::{Id, Operation};
use iced::{Pixels, Rectangle, Renderer, Size, mouse};
use iced_test::core::renderer::{Headless, Style};
use iced_test::runtime::user_interface::{Cache, UserInterface};
use proptest::prelude::*;

use super::*;
use crate::theme;

/// Logical pixels; nothing is scrolled.
const SIZE: Size = Size::new(640.0, 900.0);
/// Bytes of a pixel.
const DEPTH: usize = 4;
/// What a bubble has around its words: room, its edge, and half a pixel of blur.
const AROUND: Size = Size::new(16.0, 9.0);

/// How far the mark reaches beyond the bubble.
const MARK: f32 = 24.0;

struct Screenshot {
    pixels: Vec<u8>,
    above: Rectangle,
    words: Rectangle,
    below: Rectangle,
    canvas: [u8; DEPTH],
}

#[derive(Default)]
struct Written(Vec<(String, Rectangle)>);

impl Operation for Written {
    fn traverse(&mut self, operate: &mut dyn FnMut(&mut dyn Operation)) {
        operate(self);
    }

    fn text(&mut self, _: Option<&Id>, bounds: Rectangle, text: &str) {
        self.0.push((text.to_owned(), bounds));
    }
}

fn renderer() -> Renderer {
    static FONTS: std::sync::Once = std::sync::Once::new();
    FONTS.call_once(|| {
        let fonts = iced::advanced::graphics::text::font_system();
        let mut fonts = fonts.write().unwrap();
        for font in crate::run::FONTS {
            fonts.load_font(font.into());
        }
    });
    let make = <Renderer as Headless>::new(theme::REGULAR, Pixels(14.0), Some("tiny-skia"));
    futures::executor::block_on(make).unwrap()
}

/// A message between two others, as it is drawn.
fn picture(text: &str) -> Screenshot {
    let mut chat = under(Padlock::NotPrivate);
    let at = SystemTime::now() - Duration::from_secs(20);
    for (seconds, text) in [(0, "aboveabove"), (1, text), (2, "belowbelow")] {
        let (text, at) = (text.to_owned(), at + Duration::from_secs(seconds));
        let provenance = Provenance::Plain;
        chat.observe(ChatEvent::Received {
            text,
            provenance,
            at,
            label: Label::default(),
            place: None,
        });
    }
    let mut renderer = renderer();
    let view = chat.view(SystemTime::now());
    let mut ui = UserInterface::build(view, SIZE, Cache::default(), &mut renderer);
    let mut written = Written::default();
    ui.operate(&renderer, &mut written);
    let theme = theme::theme(iced::theme::Mode::Light);
    let colors = theme::colors(&theme);
    let style = Style { text_color: colors.text };
    ui.draw(&mut renderer, &theme, &style, mouse::Cursor::Unavailable);
    let size = Size::new(SIZE.width as u32, SIZE.height as u32);
    let pixels = renderer.screenshot(size, 1.0, colors.background);
    let of = |words: &str| {
        let found = written.0.iter().position(|(text, _)| text == words);
        found.unwrap_or_else(|| panic!("no {words:?}: {:?}", written.0))
    };
    let (above, below) = (of("aboveabove"), of("belowbelow"));
    Screenshot {
        canvas: colors.background.into_rgba8(),
        above: written.0[above].1,
        words: written.0[above + 1..below].iter().find(|(text, _)| !text.is_empty()).unwrap().1,
        below: written.0[below].1,
        pixels,
    }
}

impl Screenshot {
    fn at(&self, x: usize, y: usize) -> &[u8] {
        let from = (y * SIZE.width as usize + x) * DEPTH;
        &self.pixels[from..from + DEPTH]
    }

    /// What is drawn of a neighbour, with its bubble, but without where the bubbles may touch.
    fn cut(&self, bounds: Rectangle) -> Vec<&[u8]> {
        let (left, right) = (bounds.x - AROUND.width, bounds.x + bounds.width + AROUND.width);
        let (top, bottom) = (bounds.y - 6.0, bounds.y + bounds.height + 6.0);
        let rows = top.round() as usize..bottom.round() as usize;
        let columns = move || left.round().max(0.0) as usize..right.round() as usize;
        rows.flat_map(|y| columns().map(move |x| (x, y))).map(|(x, y)| self.at(x, y)).collect()
    }

    /// Where beside the bubble something is drawn that is no mark.
    fn strays(&self) -> Vec<(usize, usize)> {
        let words = self.words;
        let (left, right) = (words.x - AROUND.width, words.x + words.width + AROUND.width);
        // The mark stands at the lower right of the bubble, and is as tall as a line.
        let mark_top = words.y + words.height - 24.0;
        let rows = words.y.ceil() as usize..(words.y + words.height).floor() as usize;
        let is_stray = |x: usize, y: usize| {
            let (along, down) = (x as f32, y as f32);
            let within = along >= left && along <= right;
            let mark = along >= right - 8.0 && along <= right + MARK && down >= mark_top;
            !within && !mark && self.at(x, y) != self.canvas
        };
        rows.flat_map(|y| (0..SIZE.width as usize).map(move |x| (x, y)))
            .filter(|(x, y)| is_stray(*x, *y))
            .collect()
    }
}

fn changes_nothing_beside_it(text: &str) -> Result<(), String> {
    thread_local! {
        static HONEST: Screenshot = picture("xxxxxxxxxx");
    }
    let drawn = picture(text);
    HONEST.with(|honest| {
        if drawn.cut(drawn.above) != honest.cut(honest.above) {
            return Err("what stands above changed".to_owned());
        }
        if drawn.cut(drawn.below) != honest.cut(honest.below) {
            return Err("what stands below changed".to_owned());
        }
        match drawn.strays().as_slice() {
            [] => Ok(()),
            strays => Err(format!("drawn beside it: {} points, {:?}", strays.len(), strays[0])),
        }
    })
}

#[test]
fn known_lies_and_honest_texts_stay_in_their_bubbles() {
    for text in [
        "\u{601} ".repeat(60),
        "\u{661}\u{662} ".repeat(60),
        "12 \u{628}\u{628} ".repeat(40),
        format!("ok? {} \u{1f512}", "\u{601}\u{661} ".repeat(40)),
        format!("\u{5d0}{}", " 12 ab".repeat(60)),
        "invoice\u{202e}fdp.exe now".to_owned(),
        format!("\u{202e}{}", "https://example.org/ ".repeat(8)),
        format!("a{}", "\u{30d}".repeat(80)),
        "Z\u{30d}\u{30d}\u{30d}\u{30d}\u{30d} ".repeat(12),
        "a\u{323}\u{323}\u{323}\u{323}\u{323}".to_owned(),
        "\u{fdfd}".repeat(10),
        "\u{12031}\u{1242b}\u{a9c5}".to_owned(),
        "W".repeat(400),
        "\u{2588}".repeat(200),
    ] {
        let outcome = changes_nothing_beside_it(&text);
        assert_eq!(outcome, Ok(()), "{text:?}");
    }
}

#[test]
fn numbers_among_words_from_right_to_left_are_all_seen() {
    for text in ["12 \u{628}\u{628} ".repeat(40), "\u{661}\u{662} ".repeat(60)] {
        let drawn = picture(&text);
        let widest = 560.0;
        assert!(drawn.words.width <= widest, "{:?}", drawn.words);
        assert!(drawn.words.height > 40.0, "on several lines: {:?}", drawn.words);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whatever_a_message_holds_nothing_beside_it_changes(
        text in "[a-c 1-3\u{5d0}\u{628}\u{661}\u{601}\u{202a}-\u{202e}\u{2066}-\u{2069}\u{200b}-\u{200f}\u{300}-\u{310}\u{fdfd}\n]{1,80}"
    ) {
        prop_assume!(text.chars().any(|c| !c.is_whitespace()));
        prop_assert_eq!(changes_nothing_beside_it(&text), Ok(()));
    }
}
