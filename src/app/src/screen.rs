//! One file per thing a person would call a screen.

pub mod chat;
pub mod connection_form;
pub mod contacts;
pub mod import;
pub mod keys;
pub mod messenger;
pub mod register;
pub mod sign_in;
pub mod sign_in_error;
pub mod start;
pub mod vault_choice;
pub mod verify;
