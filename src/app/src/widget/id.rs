//! Ids of the widgets that tests look for and that the focus is moved to.

use iced::widget::Id;

/// No widget at all: keys go nowhere.
pub const NOWHERE: Id = Id::new("nowhere");
/// The address on the sign-in screen.
pub const ADDRESS: Id = Id::new("address");
/// The password on the sign-in screen.
pub const PASSWORD: Id = Id::new("password");
/// The host in the server section of the sign-in screen.
pub const HOST: Id = Id::new("host");
/// The port in the server section of the sign-in screen.
pub const PORT: Id = Id::new("port");
/// Where the proxy is.
pub const PROXY_HOST: Id = Id::new("proxy-host");
/// Its port.
pub const PROXY_PORT: Id = Id::new("proxy-port");
/// Who we are to it.
pub const PROXY_USER: Id = Id::new("proxy-user");
/// The password it wants.
pub const PROXY_PASSWORD: Id = Id::new("proxy-password");
/// The new password of an account.
pub const NEW_PASSWORD: Id = Id::new("new-password");
/// The same again.
pub const NEW_PASSWORD_AGAIN: Id = Id::new("new-password-again");
/// The server at which to make an account.
pub const DOMAIN: Id = Id::new("domain");
/// The search above the contacts.
pub const SEARCH: Id = Id::new("search");
/// The list of contacts.
pub const CONTACTS: Id = Id::new("contacts");
/// The address on the sheet for a new contact.
pub const NEW_CONTACT: Id = Id::new("new-contact");
/// The passphrase of the sealed vault.
pub const PASSPHRASE: Id = Id::new("passphrase");
/// The same again, when it is new.
pub const PASSPHRASE_AGAIN: Id = Id::new("passphrase-again");
/// The passphrase of what another program keeps.
pub const IMPORT_PASSPHRASE: Id = Id::new("import-passphrase");
/// Another name for a contact.
pub const CONTACT_NAME: Id = Id::new("contact-name");
/// Another group for them.
pub const CONTACT_GROUP: Id = Id::new("contact-group");
/// Where messages are written.
pub const COMPOSER: Id = Id::new("composer");
/// What was said in a conversation.
pub const TIMELINE: Id = Id::new("timeline");
/// The question on the verify sheet.
pub const QUESTION: Id = Id::new("question");
/// The answer or secret on the verify sheet.
pub const ANSWER: Id = Id::new("answer");
/// The first button of a step of the verify sheet in which nothing is typed.
pub const VERIFY: Id = Id::new("verify");
/// What Enter does on a sheet on which nothing is typed at first: never what can't be taken back.
pub const SHEET: Id = Id::new("sheet");
/// What scrolls on a sheet.
pub const ON_SHEET: Id = Id::new("on-sheet");
/// The safe answer to what a banner asks: nothing changes.
pub const BANNER: Id = Id::new("banner");
/// The first item of a menu.
pub const MENU: Id = Id::new("menu");
/// Declines nobody, where all who ask would be declined.
pub const DECLINE_NOBODY: Id = Id::new("decline-nobody");
/// The search of the key codes window.
pub const KEY_SEARCH: Id = Id::new("key-search");
