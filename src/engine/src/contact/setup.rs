//! What an actor starts from.

use std::collections::BTreeMap;
use std::hash::RandomState;
use std::sync::Arc;

use chat::Start;
use otr::{Config, Conversation, InstanceTag, LineBreaks, Policy, PrivateKey};
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::sync::mpsc;
use xmpp::FullJid;

use super::carrier::Carrier;
use super::{ContactPermissions, Unread, records};
use crate::keys::KeyReports;
use crate::message::{Availability, ChatId, Event};
use crate::roster::Program;
use crate::store::Store;
use crate::tags::Tags;

/// What an actor starts from.
pub(crate) struct Setup {
    pub(crate) chat: ChatId,
    pub(crate) number: usize,
    pub(crate) key: PrivateKey,
    pub(crate) instance: InstanceTag,
    pub(crate) store: Store,
    pub(crate) to_link: mpsc::Sender<xmpp::Command>,
    pub(crate) to_window: mpsc::Sender<Event>,
    pub(crate) reports: KeyReports,
    /// Follows an offer to go private, for people whose program does not know it.
    pub(crate) offer: Arc<str>,
    pub(crate) online: bool,
    pub(crate) standing: ContactPermissions,
    pub(crate) resources: BTreeMap<FullJid, Availability>,
    pub(crate) programs: BTreeMap<FullJid, Program>,
    /// The tags of what an earlier process sent, and the server may still tell of.
    pub(crate) left_behind: Vec<u64>,
    /// Whether what nobody has read is to be told.
    pub(crate) unread: Unread,
}

/// A conversation of ours with a generator of its own.
pub(crate) fn conversation(key: PrivateKey, instance: InstanceTag) -> Conversation {
    let policy = Policy::MANUAL.with(Policy::WHITESPACE_START_AKE);
    let rng = StdRng::from_rng(&mut rand::rng());
    Conversation::new(
        Config::new(key, instance, rng).policy(policy).line_breaks(LineBreaks::Allowed),
    )
}

impl Setup {
    /// What the conversation starts from, with what is written down of it, and who carries for it.
    pub(super) async fn start(self) -> (Start<FullJid>, Carrier) {
        let Self { chat, store, to_link, to_window, reports, .. } = self;
        let carrier = Carrier::new(chat, store, to_link, to_window, reports);
        let memory = carrier.memory().await;
        let mut programs = self.programs;
        let in_sight = self.resources.into_keys().map(|device| {
            let program = programs.remove(&device).unwrap_or_default();
            (device, program)
        });
        let start = Start {
            conversation: conversation(self.key, self.instance),
            rng: Box::new(StdRng::from_rng(&mut rand::rng())),
            hasher: RandomState::new(),
            codec: Box::new(records::Json),
            tags: Tags::of(self.number),
            online: self.online,
            permissions: self.standing.permissions(),
            in_sight: in_sight.collect(),
            left_behind: self.left_behind,
            invitation: self.offer,
            memory,
        };
        (start, carrier)
    }
}
