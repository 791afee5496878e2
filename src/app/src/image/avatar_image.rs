//! A contact's avatar (XEP-0084, XEP-0153), cropped to a circle.
//!
//! iced decodes the images of an SVG drawing whenever it paints it anew. So an avatar is decoded once and
//! scaled down to the size at which it is shown: from then on its size in the file costs nothing.

use std::fmt;
use std::sync::{LazyLock, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures::FutureExt;
use iced::advanced::Renderer as _;
use iced::advanced::renderer::Headless;
use iced::advanced::svg::{Renderer as _, Svg};
use iced::widget::svg;
use iced::{Color, Rectangle, Renderer, Size};

use super::{UntrustedImage, png};
use crate::theme;

/// Widest that is kept, in pixels: more than twice the width of any disc.
const SIDE_MAX: u32 = 80;

/// Decodes what no window shows. It remembers the system's fonts, so that they are looked for once.
static PAINTER: LazyLock<Mutex<Option<Renderer>>> = LazyLock::new(|| {
    let size = theme::size::BODY.into();
    let painter = <Renderer as Headless>::new(theme::REGULAR, size, Some("tiny-skia"));
    Mutex::new(painter.now_or_never().flatten())
});

/// A picture that can be shown, round.
#[derive(Clone)]
pub struct AvatarImage(svg::Handle);

impl AvatarImage {
    /// Decodes a PNG or JPEG file, which may take long; `None` for what cannot be shown.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let picture = UntrustedImage::read(bytes)?;
        let size = Size::new(picture.size.width as u32, picture.size.height as u32);
        let (side, pixels) = shrink(size, &paint(&picture, size)?)?;
        let drawing = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"80\" height=\"80\">\
             <clipPath id=\"disc\"><circle cx=\"40\" cy=\"40\" r=\"40\"/></clipPath>\
             <image width=\"80\" height=\"80\" clip-path=\"url(#disc)\" \
             href=\"data:image/png;base64,{}\"/>\
             <circle cx=\"40\" cy=\"40\" r=\"39\" fill=\"none\" stroke=\"black\" \
             stroke-width=\"2\" stroke-opacity=\"0.12\"/></svg>",
            BASE64.encode(png::write(side, &pixels))
        );
        Some(Self(svg::Handle::from_memory(drawing.into_bytes())))
    }

    /// To be painted on a square.
    pub(crate) fn drawing(&self) -> Svg {
        Svg::new(self.0.clone())
    }
}

impl fmt::Debug for AvatarImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AvatarImage(…)")
    }
}

/// Paints a picture as it is, on glass: four bytes a pixel. `None` if nothing comes of it, as when
/// it is broken further on.
fn paint(picture: &UntrustedImage, size: Size<u32>) -> Option<Vec<u8>> {
    let mut painter = PAINTER.lock().unwrap_or_else(PoisonError::into_inner);
    let painter = painter.as_mut()?;
    let bounds = Rectangle::with_size(picture.size);
    painter.reset(bounds);
    painter.draw_svg(Svg::new(picture.handle.clone()), bounds, bounds);
    let pixels = painter.screenshot(size, 1.0, Color::TRANSPARENT);
    // It keeps what it painted last: let that be nothing.
    painter.reset(Rectangle::default());
    let _ = painter.screenshot(Size::new(1, 1), 1.0, Color::TRANSPARENT);
    pixels.iter().skip(3).step_by(4).any(|alpha| *alpha > 0).then_some(pixels)
}

/// Cuts a square from the middle, lays it on white paper and makes it small: each pixel becomes the
/// mean of those it stands for. How wide it is then, and its pixels of three bytes.
fn shrink(size: Size<u32>, pixels: &[u8]) -> Option<(u32, Vec<u8>)> {
    let cut = size.width.min(size.height);
    let side = cut.min(SIDE_MAX);
    let (left, top) = ((size.width - cut) / 2, (size.height - cut) / 2);
    let span = |at: u32| at * cut / side..(at + 1) * cut / side;
    let mut small = Vec::with_capacity((3 * side * side) as usize);
    for (row, column) in (0..side).flat_map(|row| (0..side).map(move |column| (row, column))) {
        let mut sum = [0; 3];
        for y in span(row) {
            for x in span(column) {
                let at = 4 * ((top + y) * size.width + left + x) as usize;
                let &[red, green, blue, alpha] = pixels.get(at..)?.first_chunk()?;
                for (sum, part) in sum.iter_mut().zip([red, green, blue]) {
                    // Colours are already as strong as they are opaque.
                    *sum += u32::from(part) + u32::from(u8::MAX - alpha);
                }
            }
        }
        let count = (span(row).len() * span(column).len()) as u32;
        small.extend(sum.map(|sum| (sum / count).min(255) as u8));
    }
    Some((side, small))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::image::tests::PNG;

    /// An avatar of one colour.
    pub(crate) fn avatar_image() -> AvatarImage {
        AvatarImage::decode(&BASE64.decode(PNG).unwrap()).unwrap()
    }

    /// As the painter gives them.
    fn painted(bytes: &[u8]) -> (Size<u32>, Vec<u8>) {
        let picture = UntrustedImage::read(bytes).unwrap();
        let size = Size::new(picture.size.width as u32, picture.size.height as u32);
        let pixels = paint(&picture, size).unwrap();
        (size, pixels)
    }

    #[test]
    fn a_picture_is_decoded_to_its_pixels() {
        let red = BASE64.decode(PNG).unwrap();
        let (size, pixels) = painted(&red);
        assert_eq!((size, pixels.as_slice()), (Size::new(1, 1), [255, 0, 0, 255].as_slice()));
        assert_eq!(shrink(size, &pixels), Some((1, vec![255, 0, 0])));
        let stripes: Vec<u8> = (0..100_u8).flat_map(|y| [y, 2 * y, 255 - y].repeat(100)).collect();
        let (size, pixels) = painted(&png::write(100, &stripes));
        assert_eq!(size, Size::new(100, 100));
        assert!(stripes.chunks(3).zip(pixels.chunks(4)).all(|(rgb, rgba)| rgba.starts_with(rgb)));
    }

    #[test]
    fn a_wide_picture_is_cut_in_the_middle_and_made_small() {
        let (width, height) = (300, 160);
        let colour = |x: u32| match x {
            0..70 | 230.. => [255, 0, 0, 255],
            _ => [0, 0, 100 + (x % 2) as u8 * 100, 255],
        };
        let pixels: Vec<u8> = (0..height).flat_map(|_| (0..width).flat_map(colour)).collect();
        let (side, small) = shrink(Size::new(width, height), &pixels).unwrap();
        assert_eq!((side, small.len()), (80, 80 * 80 * 3));
        assert!(small.chunks(3).all(|pixel| pixel == [0, 0, 150]));
    }

    #[test]
    fn white_paper_lies_under_what_is_transparent() {
        assert_eq!(shrink(Size::new(1, 1), &[0, 0, 0, 0]), Some((1, vec![255; 3])));
        assert_eq!(shrink(Size::new(1, 1), &[64, 0, 0, 128]), Some((1, vec![191, 127, 127])));
    }

    #[test]
    fn what_is_broken_further_on_is_no_image() {
        let mut broken = BASE64.decode(PNG).unwrap();
        broken.truncate(40);
        assert!(UntrustedImage::read(&broken).is_some());
        assert!(AvatarImage::decode(&broken).is_none());
        assert!(AvatarImage::decode(b"GIF89a").is_none());
    }
}
