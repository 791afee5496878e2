//! What a link can be asked to do.

use std::fmt;

use tokio_xmpp::jid::{BareJid, Jid};
use zeroize::Zeroizing;

use crate::{ArchiveQuery, Availability, AvatarHash, ChatState, Console, TrustedKey};

/// Asked by the engine. What cannot be done while offline is dropped, except that a message waits
/// as long as its session may be resumed and is then answered by
/// [`Event::Unsure`](crate::Event::Unsure), what has a tag otherwise by
/// [`Event::Failed`](crate::Event::Failed), and that receipts, the newest presence and the newest
/// activity are remembered.
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
        /// The id of an earlier message that this one corrects (XEP-0308). It travels in the
        /// clear, also beside a body of OTR.
        replaces: Option<String>,
    },
    /// Confirm a message (XEP-0184); only after it was decrypted, only to whom sees our presence.
    SendReceipt {
        /// Whose message.
        to: Jid,
        /// Its id.
        id: String,
    },
    /// Tell somebody what the person does in the chat with them (XEP-0085). It travels in the
    /// clear, and shows that we are there: only to whom sees our presence. Nobody keeps it.
    SendChatState {
        /// Whom.
        to: Jid,
        /// What.
        state: ChatState,
    },
    /// Show ourselves so; kept over reconnections. Without it we are `Online`. `Offline` hides us.
    SetPresence(Availability),
    /// Add a contact, rename them, or put them into other groups.
    RosterSet {
        /// Whom.
        jid: BareJid,
        /// The name we give them.
        name: Option<String>,
        /// The groups they are to be in, as far as XML carries their names; `None` leaves them
        /// where they are.
        groups: Option<Vec<String>>,
    },
    /// Remove a contact, and both subscriptions with them.
    RosterRemove(BareJid),
    /// Ask to see their presence.
    Subscribe(BareJid),
    /// Let them see our presence.
    Approve(BareJid),
    /// Do not, or no longer, let them see our presence.
    Decline(BareJid),
    /// Have our server keep somebody away from us (XEP-0191): a person, or a whole domain.
    /// Answered by [`Event::Done`](crate::Event::Done) or [`Event::Failed`](crate::Event::Failed).
    Block {
        /// Names the request.
        tag: u64,
        /// Whom.
        jid: Jid,
    },
    /// Let them through again; answered likewise.
    Unblock {
        /// Names the request.
        tag: u64,
        /// Whom.
        jid: Jid,
    },
    /// Ask for a page of the archive; answered by
    /// [`Event::ArchivePage`](crate::Event::ArchivePage) or
    /// [`Event::Failed`](crate::Event::Failed).
    QueryArchive {
        /// Names the request.
        tag: u64,
        /// Which page.
        query: ArchiveQuery,
    },
    /// Fetch a contact's picture, which shows their server that we look; answered by
    /// [`Event::Avatar`](crate::Event::Avatar) or [`Event::Failed`](crate::Event::Failed).
    FetchAvatar {
        /// Names the request.
        tag: u64,
        /// Whose.
        jid: BareJid,
        /// Which, as told by [`Event::AvatarChanged`](crate::Event::AvatarChanged).
        hash: AvatarHash,
    },
    /// Change the account's password at the server (XEP-0077), and use it from then on; answered
    /// by [`Event::Done`](crate::Event::Done) or [`Event::Failed`](crate::Event::Failed). Keep
    /// both passwords if the failure is `Lost` or `TimedOut`.
    ChangePassword {
        /// Names the request.
        tag: u64,
        /// The new one.
        password: Zeroizing<String>,
    },
    /// Remove the account from the server (XEP-0077), for ever. After
    /// [`Event::Done`](crate::Event::Done) `run` returns.
    DeleteAccount {
        /// Names the request.
        tag: u64,
    },
    /// Whether the person looks at us. If not, the server may hold back what can wait (XEP-0352).
    SetActive(bool),
    /// Tell so much of what goes over the stream; kept over reconnections. Without it nothing.
    SetConsole(Console),
    /// Try again now, also after a refusal. While online: make sure within seconds that we are,
    /// as after the computer slept.
    Reconnect,
    /// The computer woke up, or its network is another: do not wait for the next attempt, and make
    /// sure that the connection lives. Does nothing after [`Event::Refused`](crate::Event::Refused).
    Hurry,
    /// Try again now with another password, also after a refusal. While online it is kept for the
    /// next time.
    SignIn {
        /// The new password.
        password: Zeroizing<String>,
    },
    /// Try again now, trusting exactly this key, also after a refusal. While online it is kept for
    /// the next time.
    TrustKey(TrustedKey),
    /// Tell the server, if it asked, that so many stanzas have come, as the last
    /// [`Event::Resumable`](crate::Event::Resumable) that was written down counts them: until then
    /// a server keeps them for a later process. Unless this comes, a session that can be resumed
    /// is not confirmed at all.
    Confirm {
        /// The server's name for the session; see [`Resume::confirm`](crate::Resume::confirm).
        session: String,
        /// How many, modulo 2³².
        handled: u32,
    },
    /// Show ourselves so in a session of its own: leave this one and sign in at once. What a server
    /// keeps for who is not there it may give to a new session only (Prosody 0.12 gives nothing to
    /// one that has asked its archive).
    ShowAnew(Availability),
    /// Leave so that a later process can go on with the session: confirm what may be confirmed,
    /// tell the last [`Event::Resumable`](crate::Event::Resumable), and drop the connection
    /// without a word. Then `run` returns. Where sessions cannot be resumed it signs out.
    Suspend,
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
            Self::SendChatState { to, state } => {
                f.debug_struct("SendChatState").field("to", to).field("state", state).finish()
            }
            Self::SetPresence(availability) => {
                f.debug_tuple("SetPresence").field(availability).finish()
            }
            Self::RosterSet { jid, name, groups } => f
                .debug_struct("RosterSet")
                .field("jid", jid)
                .field("name", name)
                .field("groups", groups)
                .finish(),
            Self::RosterRemove(jid) => f.debug_tuple("RosterRemove").field(jid).finish(),
            Self::Subscribe(jid) => f.debug_tuple("Subscribe").field(jid).finish(),
            Self::Approve(jid) => f.debug_tuple("Approve").field(jid).finish(),
            Self::Decline(jid) => f.debug_tuple("Decline").field(jid).finish(),
            Self::Block { tag, jid } => {
                f.debug_struct("Block").field("tag", tag).field("jid", jid).finish()
            }
            Self::Unblock { tag, jid } => {
                f.debug_struct("Unblock").field("tag", tag).field("jid", jid).finish()
            }
            Self::QueryArchive { tag, query } => {
                f.debug_struct("QueryArchive").field("tag", tag).field("query", query).finish()
            }
            Self::FetchAvatar { tag, jid, hash } => f
                .debug_struct("FetchAvatar")
                .field("tag", tag)
                .field("jid", jid)
                .field("hash", hash)
                .finish(),
            Self::ChangePassword { tag, .. } => {
                f.debug_struct("ChangePassword").field("tag", tag).finish_non_exhaustive()
            }
            Self::DeleteAccount { tag } => {
                f.debug_struct("DeleteAccount").field("tag", tag).finish()
            }
            Self::SetActive(active) => f.debug_tuple("SetActive").field(active).finish(),
            Self::SetConsole(console) => f.debug_tuple("SetConsole").field(console).finish(),
            Self::Confirm { handled, .. } => {
                f.debug_struct("Confirm").field("handled", handled).finish_non_exhaustive()
            }
            Self::ShowAnew(availability) => f.debug_tuple("ShowAnew").field(availability).finish(),
            Self::Suspend => f.write_str("Suspend"),
            Self::Reconnect => f.write_str("Reconnect"),
            Self::Hurry => f.write_str("Hurry"),
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
            replaces: None,
        };
        let secret = || Zeroizing::new("the secret words".to_owned());
        let sign_in = Command::SignIn { password: secret() };
        let change = Command::ChangePassword { tag: 8, password: secret() };
        assert!(!format!("{message:?}{sign_in:?}{change:?}").contains("secret"));
    }
}
