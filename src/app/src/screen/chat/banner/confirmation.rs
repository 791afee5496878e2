//! The banner that asks for a confirmation before something that cannot be taken back.

use super::{Banner, banner, danger, safe};
use crate::icon::Icon;
use crate::screen::chat::{Confirmation, Message};
use crate::t;
use crate::theme::Tone;

pub(super) fn banner_for(confirmation: &Confirmation, name: &str, holds_text: bool) -> Banner {
    let (words, yes) = match confirmation {
        Confirmation::End => (t!("confirm-end", name = name), t!("confirm-end-yes")),
        Confirmation::GoOnPlain => (t!("confirm-plain", name = name), t!("confirm-plain-yes")),
        Confirmation::OlderVersion => {
            return banner(
                Icon::Warning,
                Tone::Warning,
                t!("confirm-older", name = name),
                [
                    danger(t!("confirm-older-yes"), Message::AllowOlder(true)),
                    safe(t!("confirm-older-no")),
                ],
            );
        }
        Confirmation::Discard(id) => {
            return banner(
                Icon::Trash,
                Tone::Warning,
                t!("confirm-discard"),
                [
                    danger(t!("confirm-discard-yes"), Message::DiscardForGood(id.clone())),
                    safe(t!("confirm-discard-no")),
                ],
            );
        }
        Confirmation::SendReadable(id) => return readable(Message::SendReadable(id.clone())),
        Confirmation::SendDraft => return readable(Message::SendDraft),
        Confirmation::Remove => {
            let words = if holds_text {
                t!("confirm-remove-unsent", name = name)
            } else {
                t!("confirm-remove", name = name)
            };
            return banner(
                Icon::Trash,
                Tone::Warning,
                words,
                [danger(t!("confirm-remove-yes"), Message::Remove), safe(t!("chat-cancel"))],
            );
        }
    };
    banner(
        Icon::LockOpen,
        Tone::Warning,
        words,
        [danger(yes, Message::EndPrivate), safe(t!("confirm-no"))],
    )
}

fn readable(sends: Message) -> Banner {
    banner(
        Icon::LockOpen,
        Tone::Warning,
        t!("confirm-readable"),
        [danger(t!("message-retry-readable"), sends), safe(t!("confirm-discard-no"))],
    )
}
