//! One file per thing a person would call a screen.

pub mod chat;
pub mod connection_form;
pub mod contacts;
pub mod keys;
pub mod messenger;
pub mod onboarding;
mod practice_script;
pub mod sign_in_error;
pub mod verify;

pub use practice_script::practice_script;
