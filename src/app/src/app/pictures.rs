//! Contacts' pictures, decoded while the window answers.

use engine::{Avatar, ChatId};
use iced::Task;
use tokio::task::spawn_blocking;

use super::Message;
use crate::image::AvatarImage;

/// Decodes a picture beside the window's own thread.
pub(super) fn decode(id: ChatId, avatar: Avatar) -> Task<Message> {
    let undecoded = avatar.clone();
    let decoding = async {
        spawn_blocking(move || AvatarImage::decode(undecoded.bytes())).await.ok().flatten()
    };
    Task::perform(decoding, move |avatar_image| Message::Decoded(id, avatar, avatar_image))
}
