//! Signing in to XMPP and moving stanzas. tokio-xmpp serves as codec only; sign-in, stream
//! management and reconnection are ours.

pub use tokio_xmpp::jid::{BareJid, FullJid, Jid};
