//! What a link can be asked to do.

use std::fmt;

use tokio_xmpp::jid::{BareJid, Jid};
use zeroize::Zeroizing;

use crate::{Availability, ServerKey};

/// Asked by the engine. What cannot be done while offline is dropped, except that a message is
/// answered by [`Event::Unsure`](crate::Event::Unsure), and the newest presence is remembered.
pub enum Command {
    /// Send one message.
    SendMessage {
        /// Names this sending in [`Event::Acked`](crate::Event::Acked) and its kin.
        tag: u64,
        /// To whom: a full JID for everything of OTR but its query.
        to: Jid,
        /// The stanza's id, and its origin-id (XEP-0359).
        id: String,
        /// What to send.
        body: String,
        /// Which hints go along.
        kind: MessageKind,
        /// Whether to ask for a receipt (XEP-0184).
        request_receipt: bool,
    },
    /// Confirm a message (XEP-0184); only after it was decrypted, only to whom sees our presence.
    SendReceipt {
        /// Whose message.
        to: Jid,
        /// Its id.
        id: String,
    },
    /// Show ourselves so; kept over reconnections. Without it we are `Online`. `Offline` hides us.
    SetPresence(Availability),
    /// Add a contact or rename them.
    RosterSet {
        /// Whom.
        jid: BareJid,
        /// The name we give them.
        name: Option<String>,
    },
    /// Remove a contact, and both subscriptions with them.
    RosterRemove(BareJid),
    /// Ask to see their presence.
    Subscribe(BareJid),
    /// Let them see our presence.
    Approve(BareJid),
    /// Do not, or no longer, let them see our presence.
    Decline(BareJid),
    /// Try again now, also after a refusal. While online: make sure within seconds that we are,
    /// as after the computer slept.
    Reconnect,
    /// Try again now with another password, also after a refusal. While online it is kept for the
    /// next time.
    SignIn {
        /// The new password.
        password: Zeroizing<String>,
    },
    /// Try again now, trusting exactly this key, also after a refusal. While online it is kept for
    /// the next time.
    TrustKey(ServerKey),
    /// Close the stream cleanly; then `run` returns.
    SignOut,
}

/// Which hints a message carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// None.
    Plain,
    /// Says that it is OTR (XEP-0380); to a full JID also that nobody shall copy or store it
    /// (XEP-0334, XEP-0364).
    Otr,
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SendMessage { tag, to, kind, request_receipt, .. } => f
                .debug_struct("SendMessage")
                .field("tag", tag)
                .field("to", to)
                .field("kind", kind)
                .field("request_receipt", request_receipt)
                .finish_non_exhaustive(),
            Self::SendReceipt { to, id } => {
                f.debug_struct("SendReceipt").field("to", to).field("id", id).finish()
            }
            Self::SetPresence(availability) => {
                f.debug_tuple("SetPresence").field(availability).finish()
            }
            Self::RosterSet { jid, name } => {
                f.debug_struct("RosterSet").field("jid", jid).field("name", name).finish()
            }
            Self::RosterRemove(jid) => f.debug_tuple("RosterRemove").field(jid).finish(),
            Self::Subscribe(jid) => f.debug_tuple("Subscribe").field(jid).finish(),
            Self::Approve(jid) => f.debug_tuple("Approve").field(jid).finish(),
            Self::Decline(jid) => f.debug_tuple("Decline").field(jid).finish(),
            Self::Reconnect => f.write_str("Reconnect"),
            Self::SignIn { .. } => f.debug_struct("SignIn").finish_non_exhaustive(),
            Self::TrustKey(key) => f.debug_tuple("TrustKey").field(key).finish(),
            Self::SignOut => f.write_str("SignOut"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_body_nor_password_is_ever_printed() {
        let message = Command::SendMessage {
            tag: 7,
            to: Jid::new("bob@example.org").unwrap(),
            id: "a1".into(),
            body: "the secret words".into(),
            kind: MessageKind::Plain,
            request_receipt: true,
        };
        let sign_in = Command::SignIn { password: Zeroizing::new("the secret words".into()) };
        assert!(!format!("{message:?}{sign_in:?}").contains("secret"));
    }
}
