//! One client of the contact, by its instance tag.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::auth::AuthState;
use crate::fingerprint::Fingerprint;
use crate::instance::InstanceTag;
use crate::message_state::MessageState;
use crate::session::Session;
use crate::timestamp::Timestamp;

/// Clients of one contact that are known at the same time.
pub(crate) const PEERS_MAX: usize = 16;

/// How private the conversation with this client is.
pub(crate) enum Privacy {
    Plaintext,
    Encrypted(Box<Session>),
    Finished(Fingerprint),
}

impl Privacy {
    const fn rank(&self) -> u8 {
        match self {
            Self::Plaintext => 0,
            Self::Finished(_) => 1,
            Self::Encrypted(_) => 2,
        }
    }

    const fn fingerprint(&self) -> Option<Fingerprint> {
        match self {
            Self::Plaintext => None,
            Self::Finished(fingerprint) => Some(*fingerprint),
            Self::Encrypted(session) => Some(session.fingerprint),
        }
    }
}

/// A client of the contact.
pub(crate) struct Peer {
    pub(crate) tag: InstanceTag,
    pub(crate) auth: AuthState,
    pub(crate) privacy: Privacy,
    /// When the last authenticated message came: nobody else can draw our texts to a client.
    pub(crate) heard_at: Timestamp,
    /// When we last complained to it.
    pub(crate) error_at: Option<Timestamp>,
}

impl Peer {
    pub(crate) const fn new(tag: InstanceTag, auth: AuthState, now: Timestamp) -> Self {
        Self { tag, auth, privacy: Privacy::Plaintext, heard_at: now, error_at: None }
    }

    pub(crate) fn session(&mut self) -> Option<&mut Session> {
        match &mut self.privacy {
            Privacy::Encrypted(session) => Some(session),
            Privacy::Plaintext | Privacy::Finished(_) => None,
        }
    }
}

/// The clients of one contact.
#[derive(Default)]
pub(crate) struct Peers {
    list: Vec<Peer>,
    trusted: Vec<Fingerprint>,
}

impl Peers {
    pub(crate) fn set_trusted(&mut self, trusted: Vec<Fingerprint>) {
        self.trusted = trusted;
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Peer> {
        self.list.iter_mut()
    }

    pub(crate) fn find(&mut self, tag: InstanceTag) -> Option<&mut Peer> {
        self.list.iter_mut().find(|peer| peer.tag == tag)
    }

    /// Adds a client. If there are too many, one without a session gives way; `None` if each has
    /// one.
    pub(crate) fn add(&mut self, peer: Peer) -> Option<&mut Peer> {
        if self.list.len() >= PEERS_MAX {
            let idle = self.list.iter().position(|p| matches!(p.privacy, Privacy::Plaintext))?;
            self.list.remove(idle);
        }
        self.list.push(peer);
        self.list.last_mut()
    }

    /// The client that a text would go to: private before finished before plain, then a trusted
    /// key, then the one heard last.
    pub(crate) fn best(&mut self) -> Option<&mut Peer> {
        let Self { list, trusted } = self;
        list.iter_mut().max_by_key(|peer| preference(peer, trusted))
    }

    pub(crate) fn message_state(&self) -> MessageState {
        let Some(best) = self.list.iter().max_by_key(|peer| preference(peer, &self.trusted)) else {
            return MessageState::Plaintext;
        };
        let instance = best.tag;
        match &best.privacy {
            Privacy::Plaintext => MessageState::Plaintext,
            Privacy::Finished(fingerprint) => {
                MessageState::Finished { instance, fingerprint: *fingerprint }
            }
            Privacy::Encrypted(session) => {
                let Session { fingerprint, ssid, .. } = **session;
                MessageState::Encrypted { instance, fingerprint, ssid }
            }
        }
    }
}

fn preference(peer: &Peer, trusted: &[Fingerprint]) -> (u8, bool, Timestamp) {
    let is_trusted = peer.privacy.fingerprint().is_some_and(|print| trusted.contains(&print));
    (peer.privacy.rank(), is_trusted, peer.heard_at)
}
