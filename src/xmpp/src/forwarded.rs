//! Messages that reach us inside another stanza (XEP-0297).

use std::time::SystemTime;

use tokio_xmpp::jid::Jid;

use crate::Redacted;

/// A message inside a carbon (XEP-0280) or an entry of the archive (XEP-0313). OTR in it belongs to
/// another device or another time, and cannot be decrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardedMessage {
    /// The sender.
    pub from: Jid,
    /// The recipient.
    pub to: Jid,
    /// The id that the sender gave it.
    pub id: Option<String>,
    /// Its id in our server's archive (XEP-0359).
    pub archive_id: Option<String>,
    /// Plain text, never markup.
    pub body: Redacted<String>,
    /// When it was sent, if the server says so (XEP-0203).
    pub at: Option<SystemTime>,
    /// The id of the message that this one corrects (XEP-0308).
    pub replaces: Option<String>,
}

/// Whether another device of ours sent or received the message of a carbon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CarbonDirection {
    /// Another device sent it.
    Sent,
    /// Another device received it.
    Received,
}
