//! What screens are made of. No state of their own beyond focus, no messages of their own.

pub mod avatar;
mod breaking;
pub mod field;
pub mod focus;
pub mod hold;
pub mod id;
pub mod inert;
pub mod padlock;
pub mod page;
pub mod pick;
pub mod place;
pub mod press;
pub mod reveal;
pub mod server_key;
pub mod sheet;
pub mod text;
pub mod walk;
pub mod words;

pub use avatar::{avatar, portrait};
pub use field::field;
pub use focus::focusable;
pub use inert::inert;
pub use page::{Room, page, page_in};
pub use pick::pick;
pub use place::Place;
pub use press::{
    bare, bare_at, danger, hinted, icon_button, pressable, pressable_at, primary, primary_at,
    quiet, quiet_at,
};
pub use reveal::reveal;
pub use server_key::server_key;
pub use sheet::sheet;
pub use text::Text;
pub use walk::{Direction, walk};
pub use words::{body, display, heading, hint, note, small, strong, title};
