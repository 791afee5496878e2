//! Contacts' avatars (XEP-0084, XEP-0153), decoded on another thread while the window answers.

use engine::{ChatEvent, Event};
use iced::Task;
use tokio::task::spawn_blocking;

use super::Message;
use crate::image::AvatarImage;

/// Decodes the avatar that an event brings, if it brings one; the result comes back as
/// [`Message::AvatarDecoded`].
pub fn decode_avatar(event: &Event) -> Task<Message> {
    let Event::Chat(id, ChatEvent::AvatarChanged(Some(avatar))) = event else {
        return Task::none();
    };
    let (id, avatar, bytes) = (id.clone(), avatar.clone(), avatar.clone());
    let decoding =
        async { spawn_blocking(move || AvatarImage::decode(bytes.bytes())).await.ok().flatten() };
    Task::perform(decoding, move |image| Message::AvatarDecoded(id, avatar, image))
}
