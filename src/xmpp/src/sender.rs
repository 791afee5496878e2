//! On whose authority a stanza comes.

use tokio_xmpp::jid::{BareJid, FullJid, Jid};

/// The sender of a stanza, as far as its authority differs.
pub(crate) enum Sender {
    Server,
    /// Another device of ours.
    OwnDevice,
    Other(BareJid),
}

impl Sender {
    /// Classifies `from`. Only our server sends as its domain or as our bare JID (RFC 6120
    /// §8.1.2.1).
    pub(crate) fn of(from: &Jid, ours: &FullJid) -> Self {
        let bare = from.to_bare();
        let is_domain = bare.node().is_none() && bare.domain() == ours.domain();
        let is_account = from.is_bare() && bare == ours.to_bare();
        if is_domain || is_account {
            Self::Server
        } else if bare == ours.to_bare() {
            Self::OwnDevice
        } else {
            Self::Other(bare)
        }
    }
}
