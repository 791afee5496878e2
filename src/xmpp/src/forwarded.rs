//! Messages that reach us inside another one (XEP-0297).

use std::time::SystemTime;

use tokio_xmpp::jid::Jid;

use crate::Redacted;

/// A message that did not come to us now and directly: a copy, or an entry of the archive. Nothing
/// of OTR can be read in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardedMessage {
    /// Who wrote.
    pub from: Jid,
    /// To whom.
    pub to: Jid,
    /// The writer's id.
    pub id: Option<String>,
    /// The archive's id.
    pub archive_id: Option<String>,
    /// What; text, never markup.
    pub body: Redacted<String>,
    /// When, if the server says so.
    pub at: Option<SystemTime>,
    /// The id of the message that this one corrects (XEP-0308).
    pub replaces: Option<String>,
}

/// Which way a message went that another device of ours sent or received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CarbonDirection {
    /// From that device.
    Sent,
    /// To that device.
    Received,
}
