//! A round avatar: a contact's image, or the first letter of the name.

use iced::advanced::svg::Renderer as _;
use iced::advanced::widget::Tree;
use iced::advanced::{Layout, Widget, layout, mouse, renderer};
use iced::widget::{Container, container};
use iced::{Center, Element, Length, Rectangle, Renderer, Size, Theme, border};

use crate::image::AvatarImage;
use crate::theme::{self, Tone, colors};

/// The first letter of `name` on a disc of `diameter` logical pixels.
#[must_use]
pub fn avatar<'a, Message: 'a>(name: &str, diameter: f32) -> Container<'a, Message> {
    let letter: String = name
        .chars()
        .find(|c| c.is_alphanumeric())
        .map_or_else(String::new, |c| c.to_uppercase().collect());
    container(super::strong(letter).size(diameter * 0.42).style(theme::tone_style(Tone::Accent)))
        .width(diameter)
        .height(diameter)
        .align_x(Center)
        .align_y(Center)
        .style(|theme| container::Style {
            background: Some(colors(theme).accent_soft.into()),
            border: border::rounded(theme::radius::ROUND),
            ..container::Style::default()
        })
}

/// The picture of somebody, if there is one that can be shown, or their letter.
#[must_use]
pub fn avatar_image<'a, Message: 'a>(
    name: &str,
    avatar_image: Option<&'a AvatarImage>,
    diameter: f32,
) -> Element<'a, Message> {
    match avatar_image {
        Some(avatar_image) => Element::new(RoundImage { avatar_image, diameter }),
        None => avatar(name, diameter).into(),
    }
}

/// A drawing whose size is known. iced's own widget measures it at every layout, whether it is in
/// sight or not, and so reads each of a long list over and over.
struct RoundImage<'a> {
    avatar_image: &'a AvatarImage,
    diameter: f32,
}

impl<Message> Widget<Message, Theme, Renderer> for RoundImage<'_> {
    fn size(&self) -> Size<Length> {
        Size::new(self.diameter.into(), self.diameter.into())
    }

    fn layout(&mut self, _: &mut Tree, _: &Renderer, _: &layout::Limits) -> layout::Node {
        layout::Node::new(Size::new(self.diameter, self.diameter))
    }

    fn draw(
        &self,
        _: &Tree,
        renderer: &mut Renderer,
        _: &Theme,
        _: &renderer::Style,
        layout: Layout<'_>,
        _: mouse::Cursor,
        _: &Rectangle,
    ) {
        renderer.draw_svg(self.avatar_image.drawing(), layout.bounds(), layout.bounds());
    }
}
