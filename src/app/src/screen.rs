//! One file per thing a person would call a screen.

pub mod chat;
pub mod contacts;
pub mod elsewhere;
pub mod keys;
pub mod main;
pub mod register;
pub mod sign_in;
pub mod start;
pub mod trouble;
pub mod vault_choice;
pub mod verify;
pub mod way;
