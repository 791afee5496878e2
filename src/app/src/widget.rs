//! What screens are made of. No state of their own beyond focus, no messages of their own.

pub mod avatar;
pub mod field;
pub mod id;
pub mod padlock;
pub mod press;
pub mod sheet;
pub mod words;

pub use avatar::avatar;
pub use field::field;
pub use press::{bare, danger, icon_button, primary, quiet};
pub use sheet::sheet;
pub use words::{body, display, heading, hint, note, small, strong, title};
