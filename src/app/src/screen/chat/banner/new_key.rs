//! Banners about a key that waits for the person's decision: what it means, and accepting or verifying
//! it.

use engine::Fingerprint;
use iced::widget::{Row, column, container};
use iced::{Element, Fill};

use super::{Room, banner, secondary, square};
use crate::icon::Icon;
use crate::screen::chat::Message;
use crate::t;
use crate::theme::{Tone, space};
use crate::widget::hint;

/// What a person is told about a key that waits for a decision.
pub(super) struct About {
    icon: Icon,
    tone: Tone,
    words: String,
    why: String,
    what_to_do: String,
    accept: String,
    can_verify: bool,
}

pub(super) fn changed(name: &str) -> About {
    About {
        icon: Icon::Warning,
        tone: Tone::Warning,
        words: t!("banner-key-changed", name = name),
        why: t!("key-changed-why", name = name),
        what_to_do: t!("key-changed-do", name = name),
        accept: t!("key-changed-accept"),
        can_verify: true,
    }
}

pub(super) fn doubted(name: &str) -> About {
    About {
        icon: Icon::Question,
        tone: Tone::Danger,
        words: t!("banner-doubted", name = name),
        why: t!("doubted-why", name = name),
        what_to_do: t!("doubted-do", name = name),
        accept: t!("doubted-accept"),
        can_verify: true,
    }
}

/// Another program is verified in its own conversation only, so there is no such button.
pub(super) fn beside(name: &str) -> About {
    About {
        icon: Icon::Warning,
        tone: Tone::Warning,
        words: t!("banner-key-beside", name = name),
        why: t!("key-changed-why", name = name),
        what_to_do: t!("key-beside-do", name = name),
        accept: t!("key-changed-accept"),
        can_verify: false,
    }
}

pub(super) fn view<'a>(
    key: Fingerprint,
    about: &About,
    explains: bool,
    room: Room,
) -> Element<'a, Message> {
    let question = if explains { t!("chat-understood") } else { t!("chat-what-does-this-mean") };
    let verify = about.can_verify.then(|| secondary(t!("chat-verify-again"), Message::OpenVerify));
    let explain = secondary(question, Message::Explain(!explains));
    let buttons = verify.into_iter().chain([explain]);
    let first = banner(about.icon, about.tone, about.words.clone(), buttons).view(room);
    let explanation = explains.then(|| {
        let buttons = [
            secondary(about.accept.clone(), Message::AcceptKey(key)),
            secondary(t!("chat-keys"), Message::OpenKeys),
        ];
        let words = column![
            hint(about.why.clone()),
            hint(about.what_to_do.clone()),
            Row::with_children(buttons.map(|button| button.view(room))).spacing(space::S).wrap()
        ]
        .spacing(space::S);
        container(words).padding([space::SM, space::L]).width(Fill).style(square(about.tone))
    });
    column![first].push(explanation).into()
}
