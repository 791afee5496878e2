//! The window. Knows the engine's [`Command`](engine::Command) and [`Event`](engine::Event), and
//! nothing below them.
//!
//! A screen is state, a `Message`, an `update` that returns an `Action`, and a `view`. Screens ask,
//! [`App`] acts; so every screen can be driven by a test without an engine.

pub mod address;
pub mod app;
pub mod error_text;
pub mod icon;
pub mod image;
pub mod lookalike;
mod names;
pub mod run;
pub mod screen;
pub mod shortcut;
#[cfg(test)]
pub(crate) mod test_support;
pub mod text;
pub mod theme;
pub(crate) mod time_format;
pub mod widget;

pub use app::App;

/// What the desktop knows Sotto by.
pub const APPLICATION_ID: &str = "im.sotto.Sotto";
