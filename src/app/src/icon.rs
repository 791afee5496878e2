//! Line icons, drawn for Sotto on a grid of 24 and built into the program.

use std::sync::LazyLock;

use iced::widget::svg::{self, Svg};
use iced::window;

use crate::theme::{self, Tone};

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident = $file:literal,)+) => {
        /// A picture that says the same as the word beside it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Icon {
            $($(#[$doc])* $name,)+
        }

        impl Icon {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            fn handle(self) -> svg::Handle {
                match self {
                    $(Self::$name => {
                        static HANDLE: LazyLock<svg::Handle> = LazyLock::new(|| {
                            svg::Handle::from_memory(include_bytes!(concat!(
                                "../../../resources/icons/", $file, ".svg"
                            )))
                        });
                        HANDLE.clone()
                    })+
                }
            }
        }
    };
}

icons! {
    /// Not private.
    LockOpen = "lock-open",
    /// Privacy, as a thing.
    Lock = "lock",
    /// Private, key not verified.
    LockUnverified = "lock-unverified",
    /// Private, key verified.
    LockVerified = "lock-verified",
    /// The private conversation was left.
    LockStruck = "lock-struck",
    /// Waiting for somebody.
    Hourglass = "hourglass",
    /// Take care.
    Warning = "warning",
    /// Under way.
    Ring = "ring",
    /// A person.
    Person = "person",
    /// Find.
    Search = "search",
    /// New.
    Plus = "plus",
    /// Key codes.
    Key = "key",
    /// Send.
    Send = "send",
    /// Done; the server has it.
    Check = "check",
    /// The contact has it.
    DoubleCheck = "double-check",
    /// Close, take away.
    Cross = "cross",
    /// Help.
    Question = "question",
    /// Something to know.
    Info = "info",
    /// Go out.
    Leave = "leave",
    /// A conversation.
    Chat = "chat",
    /// Folded.
    ChevronRight = "chevron-right",
    /// Back.
    ChevronLeft = "chevron-left",
    /// Expanded.
    ChevronDown = "chevron-down",
    /// Further up.
    ChevronUp = "chevron-up",
    /// Again.
    Retry = "retry",
    /// To the clipboard.
    Copy = "copy",
    /// Throw away.
    Trash = "trash",
    /// Not sent yet.
    Clock = "clock",
    /// Edit.
    Pen = "pen",
    /// Readable by others.
    Eye = "eye",
    /// Practice.
    Practice = "practice",
    /// There: a full disc.
    PresenceOnline = "presence-online",
    /// Away: a clock.
    PresenceAway = "presence-away",
    /// Busy: a disc with a bar.
    PresenceBusy = "presence-busy",
    /// Kept away.
    Block = "block",
    /// Not there: an empty ring.
    PresenceOffline = "presence-offline",
}

impl Icon {
    /// The picture, `size` logical pixels wide and high.
    #[must_use]
    pub fn view<'a>(self, size: f32, tone: Tone) -> Svg<'a> {
        Svg::new(self.handle()).width(size).height(size).style(theme::icon(tone))
    }
}

/// The picture in the title bar and the list of windows: 64 by 64 pixels of RGBA.
#[must_use]
pub fn app() -> Option<window::Icon> {
    const PIXELS: &[u8] = include_bytes!("../../../resources/app/icon-64.rgba");
    window::icon::from_rgba(PIXELS.to_vec(), 64, 64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_of_the_window_has_its_size() {
        assert!(app().is_some());
    }

    #[test]
    fn every_icon_is_drawn_on_the_same_grid() {
        for icon in Icon::ALL {
            let handle = icon.handle();
            let iced::advanced::svg::Data::Bytes(bytes) = handle.data() else { panic!("{icon:?}") };
            let text = std::str::from_utf8(bytes).unwrap();
            assert!(text.contains("viewBox=\"0 0 24 24\""), "{icon:?}");
        }
    }
}
