//! An untrusted image, such as a CAPTCHA (XEP-0158) or an avatar: PNG or JPEG from somebody else.
//!
//! It is wrapped in an SVG drawing, because iced's SVG renderer is here anyway and decodes PNG and JPEG.
//! The size it would have in memory is read from its header before anything is decoded.

mod avatar_image;
mod png;

pub use avatar_image::AvatarImage;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use iced::Size;
use iced::widget::svg;

/// No picture has more pixels: four bytes each are four megabytes.
const PIXELS_MAX: u32 = 1_000_000;

/// A picture that is small enough to be shown.
#[derive(Clone, Debug)]
pub struct UntrustedImage {
    /// To be painted.
    pub handle: svg::Handle,
    /// In pixels.
    pub size: Size,
}

impl UntrustedImage {
    /// Reads the head of a PNG or JPEG file; `None` for anything else, and for what is too large.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        Self::over("", bytes)
    }

    /// The same on white paper, since ink may be all there is.
    #[must_use]
    pub fn on_white(bytes: &[u8]) -> Option<Self> {
        Self::over("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>", bytes)
    }

    fn over(ground: &str, bytes: &[u8]) -> Option<Self> {
        let (kind, width, height) = match png_size(bytes) {
            Some((width, height)) => ("png", width, height),
            None => {
                let (width, height) = jpeg_size(bytes)?;
                ("jpeg", width, height)
            }
        };
        let pixels = width.checked_mul(height)?;
        if pixels == 0 || pixels > PIXELS_MAX {
            return None;
        }
        let drawing = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\">\
             {ground}<image width=\"{width}\" height=\"{height}\" href=\"data:image/{kind};base64,{}\"/>\
             </svg>",
            BASE64.encode(bytes)
        );
        let size = Size::new(width as f32, height as f32);
        Some(Self { handle: svg::Handle::from_memory(drawing.into_bytes()), size })
    }
}

/// Width and height in the header chunk (PNG §11.2.1), which always comes first.
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")?;
    let number = |at: usize| Some(u32::from_be_bytes(rest.get(at..at + 4)?.try_into().ok()?));
    Some((number(0)?, number(4)?))
}

/// Width and height in the first frame header (ITU T.81 §B.2.2). Another frame later on is refused
/// by what decodes it.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    loop {
        let (&[0xff, marker], after) = rest.split_first_chunk::<2>()? else { return None };
        let length = usize::from(u16::from_be_bytes(*after.first_chunk::<2>()?));
        let segment = after.get(2..length)?;
        // All frame headers; C4, C8 and CC are tables and such.
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let side = |at: usize| {
                Some(u32::from(u16::from_be_bytes(segment.get(at..at + 2)?.try_into().ok()?)))
            };
            return Some((side(3)?, side(1)?));
        }
        // What follows a start of scan is no segment.
        if marker == 0xda || length < 2 {
            return None;
        }
        rest = after.get(length..)?;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) use super::avatar_image::tests::avatar_image;

    /// One red pixel.
    pub(crate) const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";

    fn png() -> Vec<u8> {
        BASE64.decode(PNG).unwrap()
    }

    fn jpeg(width: u16, height: u16) -> Vec<u8> {
        let mut bytes = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x0b\x08".to_vec();
        bytes.extend(height.to_be_bytes());
        bytes.extend(width.to_be_bytes());
        bytes.extend(b"\x01\x01\x11\0");
        bytes
    }

    #[test]
    fn the_size_of_a_picture_is_read_from_its_head() {
        let picture = UntrustedImage::read(&png()).unwrap();
        assert_eq!((picture.size.width, picture.size.height), (1.0, 1.0));
        let picture = UntrustedImage::read(&jpeg(120, 60)).unwrap();
        assert_eq!((picture.size.width, picture.size.height), (120.0, 60.0));
    }

    #[test]
    fn a_picture_of_too_many_pixels_is_never_decoded() {
        let mut bomb = png();
        bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
        assert!(UntrustedImage::read(&bomb).is_none());
        bomb[16..20].copy_from_slice(&u32::MAX.to_be_bytes());
        assert!(UntrustedImage::read(&bomb).is_none());
        assert!(UntrustedImage::read(&jpeg(1001, 1000)).is_none());
        assert!(UntrustedImage::read(&jpeg(1000, 1000)).is_some());
        assert!(UntrustedImage::read(&jpeg(0, 10)).is_none());
    }

    #[test]
    fn what_is_no_picture_is_not_shown() {
        for bytes in [&b""[..], b"<svg/>", b"GIF89a", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"] {
            assert!(UntrustedImage::read(bytes).is_none());
        }
        for end in 0..png().len().min(24) {
            assert!(UntrustedImage::read(&png()[..end]).is_none());
        }
        let whole = jpeg(10, 10);
        for end in 0..whole.len() - 4 {
            assert!(UntrustedImage::read(&whole[..end]).is_none(), "{end}");
        }
    }
}
