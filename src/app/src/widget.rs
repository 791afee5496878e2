//! The widgets that screens are made of. They have no messages of their own, and no state beyond focus.

pub mod avatar;
mod breaking;
pub mod button;
pub mod centered_card;
pub mod disabled_layer;
pub mod field;
pub mod focus;
pub mod focus_target;
pub mod id;
pub mod key_buffer;
pub(crate) mod key_code;
pub mod keyed_column;
pub mod modal;
pub mod padlock;
pub mod radio_row;
pub mod reveal;
pub mod server_key;
pub mod text;
pub mod typography;
pub mod walk;
mod wrap;

pub use avatar::{avatar, avatar_image};
pub use button::{
    danger, focusable_button, focusable_button_at, icon_button, primary, primary_at, secondary,
    secondary_at, text_button, text_button_at, with_tooltip,
};
pub use centered_card::{Room, centered_card, centered_card_in};
pub use disabled_layer::disabled_layer;
pub use field::field;
pub use focus::focusable;
pub use focus_target::FocusTarget;
pub use modal::modal;
pub use radio_row::radio_row;
pub use reveal::reveal;
pub use server_key::server_key;
pub use text::Text;
pub use typography::{body, display, heading, hint, note, small, strong, title};
pub use walk::{Direction, walk};
