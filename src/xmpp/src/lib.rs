//! Signing in to XMPP and moving stanzas: one [`Link`] per account, commands in, events out.
//!
//! tokio-xmpp serves as codec only; sign-in, stream management and reconnection are ours. This
//! crate is not responsible for OTR, for history, nor for sending anything a second time: what may
//! or may not have arrived is reported, and the engine decides.
//!
//! ```no_run
//! # async fn example() {
//! use sotto_xmpp::{Account, Event, Link};
//!
//! let jid = "alice@example.org".parse().expect("a JID");
//! let account = Account::new(jid, String::from("pencil").into());
//! let (link, commands, mut events) = Link::new(account);
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
mod archive;
mod backoff;
mod client_id;
mod command;
mod connect;
mod console;
mod establish;
mod event;
mod failure;
mod forwarded;
mod inbound;
mod limits;
mod link;
mod offline_reason;
mod pinned_key;
mod redacted;
mod registration;
mod replay_filter;
mod request;
mod resume_token;
mod route;
#[cfg(test)]
mod scripted_server;
mod security;
mod sender;
mod server_key;
mod session;
mod sign_in;
mod sign_in_error;
mod stanza;
mod stream;
mod stream_features;
mod stream_management;
mod xml;

pub use account::{Account, Server};
pub use archive::{ArchivePage, ArchivePosition, ArchiveQuery, ArchiveRange};
pub use command::{Command, MessageKind};
pub use connect::{DialError, Dialer};
pub use console::{Console, Flow};
pub use event::{Availability, Delay, Event, KnownRoster, RosterItem, Subscription};
pub use forwarded::{CarbonDirection, ForwardedMessage};
pub use inbound::{Answer, AnswerError, InboundRequest, IqKind, Payload};
pub use link::Link;
pub use offline_reason::OfflineReason;
pub use pinned_key::PinnedKey;
pub use redacted::Redacted;
pub use registration::{Registration, RegistrationError};
pub use request::{Request, RequestError, Response};
pub use resume_token::{ParseResumeTokenError, ResumeToken};
pub use route::{Proxy, ProxyCredentials, Route, Tor};
pub use security::{
    AuthStrength, ChannelBindingType, ParseAuthStrengthError, Security, TlsVersion, Via,
};
pub use server_key::{ParseServerKeyError, ServerKey};
pub use sign_in_error::{CertificateProblem, SignInError};
pub use stanza::avatar::{AvatarHash, ParseAvatarHashError};
pub use stanza::chat_state::ChatState;
pub use stanza::disco::NODE as PROGRAM;
pub use stanza::form::{Choice, Field, FieldKind, Form, Picture};
pub use tokio_rustls::rustls::pki_types::CertificateDer;
pub use tokio_xmpp::jid::{BareJid, FullJid, Jid};

/// Log targets that would print stanzas and passwords at `trace`; cap each at `warn` in every build.
pub const QUIET_TARGETS: [&str; 4] = ["tokio_xmpp", "xmpp_parsers", "xso", "rxml"];
