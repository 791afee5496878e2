//! The window. Knows the engine's [`Command`](engine::Command) and [`Event`](engine::Event), and
//! nothing below them.
//!
//! A screen is state, a `Message`, an `update` that returns an `Action`, and a `view`. Screens ask,
//! [`App`] acts; so every screen can be driven by a test without an engine.

pub mod address;
pub mod app;
pub mod icon;
pub mod lookalike;
pub mod picture;
pub mod reason;
pub mod run;
pub mod screen;
pub mod shortcut;
pub mod text;
pub mod theme;
pub mod widget;

pub use app::App;

/// What the desktop knows Sotto by.
pub const APPLICATION_ID: &str = "im.sotto.Sotto";
