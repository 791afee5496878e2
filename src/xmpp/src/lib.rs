//! Signing in to XMPP and moving stanzas: one [`Link`] per account, commands in, events out.
//!
//! tokio-xmpp serves as codec only; sign-in, stream management and reconnection are ours. This
//! crate is not responsible for OTR, for history, nor for sending anything a second time: what may
//! or may not have arrived is reported, and the engine decides.
//!
//! ```no_run
//! # async fn example() {
//! use sotto_xmpp::{Account, Event, Link, Server};
//!
//! let (link, commands, mut events) = Link::new(Account {
//!     jid: "alice@example.org".parse().expect("a JID"),
//!     password: String::from("pencil").into(),
//!     server: Server::Discover,
//!     extra_roots: Vec::new(),
//! });
//! tokio::spawn(link.run());
//! while let Some(event) = events.recv().await {
//!     if let Event::Online { jid, .. } = event {
//!         println!("signed in as {jid}");
//!     }
//! }
//! # drop(commands);
//! # }
//! ```
//!
//! **Logging.** At `trace`, tokio-xmpp writes whole stanzas to the log, sign-in included. A program
//! that installs a subscriber must cap the targets in [`QUIET_TARGETS`] at `warn`.

mod account;
mod backoff;
mod command;
mod connect;
mod depth;
mod drive;
mod duplicates;
mod establish;
mod event;
mod failure;
#[cfg(test)]
mod fake;
mod life;
mod link;
mod management;
mod session;
mod sign_in;
mod stanza;
mod stream;
mod xml;

pub use account::{Account, Server};
pub use command::{Command, MessageKind};
pub use event::{
    Availability, CertificateProblem, Event, OfflineReason, RosterItem, SignInError, Subscription,
};
pub use link::Link;
pub use tokio_rustls::rustls::pki_types::CertificateDer;
pub use tokio_xmpp::jid::{BareJid, FullJid, Jid};

/// Log targets that would print stanzas and passwords at `trace`; cap each at `warn` in every build.
pub const QUIET_TARGETS: [&str; 4] = ["tokio_xmpp", "xmpp_parsers", "xso", "rxml"];
