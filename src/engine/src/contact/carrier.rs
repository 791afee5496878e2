//! To the link, the window, the store and the fingerprint manager: what the conversation wants done.

use std::collections::VecDeque;

use chat::{
    Destination, Intent, KeptMessage, KnownVersion, Memory, MessageId, Sighted, Stanza, Write,
};
use otr::{Audience, Fingerprint};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendError;
use xmpp::{ArchiveQuery, ArchiveRange, FullJid, Jid, MessageKind};

use crate::keys::{KeyReport, KeyReports};
use crate::message::{BareJid, ChatEvent, ChatId, Event, Trust};
use crate::store::{Store, Waiting};

/// How many stanzas may wait for the link; beyond it, answers to the contact are dropped.
const PENDING_MAX: usize = 4096;
/// Messages of one page of the archive.
const PAGE: u8 = 50;
/// Every message of the protocol contains this (OTRv3, "Requesting an OTR conversation" and on).
const OTR_MARK: &str = "?OTR";

/// Where things are carried.
pub(super) struct Carrier {
    pub(super) chat: ChatId,
    pub(super) store: Store,
    to_link: mpsc::Sender<xmpp::Command>,
    to_window: mpsc::Sender<Event>,
    reports: KeyReports,
    /// Stanzas that the link has not taken yet.
    pending: VecDeque<xmpp::Command>,
}

impl Carrier {
    pub(super) const fn new(
        chat: ChatId,
        store: Store,
        to_link: mpsc::Sender<xmpp::Command>,
        to_window: mpsc::Sender<Event>,
        reports: KeyReports,
    ) -> Self {
        Self { chat, store, to_link, to_window, reports, pending: VecDeque::new() }
    }

    /// The account whose conversation it is.
    pub(super) const fn account(&self) -> &BareJid {
        &self.chat.account
    }

    /// Where stanzas go.
    pub(super) fn link(&self) -> mpsc::Sender<xmpp::Command> {
        self.to_link.clone()
    }

    /// How many stanzas wait for the link.
    pub(super) fn pending(&self) -> usize {
        self.pending.len()
    }

    pub(super) fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Gives the link what waits longest.
    pub(super) fn send_next(
        &mut self,
        permit: Result<mpsc::Permit<'_, xmpp::Command>, SendError<()>>,
    ) {
        match (permit, self.pending.pop_front()) {
            (Ok(permit), Some(command)) => permit.send(command),
            // The link is gone: we are shutting down.
            (Err(_), _) => self.pending.clear(),
            (Ok(_), None) => {}
        }
    }

    /// Gives the link all that waits.
    pub(super) async fn send_all(&mut self) {
        for command in std::mem::take(&mut self.pending) {
            if self.to_link.send(command).await.is_err() {
                break;
            }
        }
    }

    /// Adds what is to go out behind all else.
    pub(super) fn push(&mut self, command: xmpp::Command) {
        self.pending.push_back(command);
    }

    /// Gives the link what the contact or their program caused, unless too much waits already:
    /// whoever asks faster than the server takes our answers gets none.
    fn hand_over(&mut self, command: xmpp::Command) {
        if self.pending.len() < PENDING_MAX {
            self.pending.push_back(command);
        } else {
            tracing::warn!("the link does not keep up; an answer is dropped");
        }
    }

    fn address(&self, at: Destination<FullJid>) -> Jid {
        match at {
            Destination::Device(device) => device.into(),
            Destination::Contact => self.chat.contact.clone().into(),
        }
    }

    /// Gives the link a stanza, as soon as it takes one.
    pub(super) fn send(&mut self, stanza: Stanza<FullJid>) {
        let text = |id: Option<MessageId>| id.map(|id| id.as_str().to_owned());
        match stanza {
            Stanza::Plain { tag, id, body, wants_receipt, replaces } => {
                self.push(xmpp::Command::SendMessage {
                    tag,
                    to: self.chat.contact.clone().into(),
                    id: id.as_str().to_owned(),
                    body: body.into(),
                    kind: MessageKind::Plain,
                    request_receipt: wants_receipt,
                    replaces: text(replaces),
                });
            }
            Stanza::Otr { body, .. } if !body.contains(OTR_MARK) => {
                tracing::error!("text that is not of the protocol was about to leave; it did not");
            }
            Stanza::Otr { tag, to, id, body, wants_receipt, replaces } => {
                self.hand_over(xmpp::Command::SendMessage {
                    tag,
                    to: self.address(to),
                    id: id.as_str().to_owned(),
                    body: body.into(),
                    kind: MessageKind::Otr,
                    request_receipt: wants_receipt,
                    replaces: text(replaces),
                });
            }
            Stanza::Receipt { to, id } => {
                self.hand_over(xmpp::Command::SendReceipt { to: self.address(to), id });
            }
            Stanza::Typing { to, is_typing } => {
                let state =
                    if is_typing { xmpp::ChatState::Composing } else { xmpp::ChatState::Paused };
                // Only the last is true.
                self.pending.retain(|one| !matches!(one, xmpp::Command::SendChatState { .. }));
                self.hand_over(xmpp::Command::SendChatState { to: self.address(to), state });
            }
            Stanza::QueryArchive { tag, before } => {
                let range = before.map_or(ArchiveRange::Newest, ArchiveRange::Before);
                let with = Some(self.chat.contact.clone());
                let query = ArchiveQuery { with, range, page: PAGE };
                self.hand_over(xmpp::Command::Request(tag, xmpp::Request::QueryArchive(query)));
            }
        }
    }

    pub(super) async fn tell(&self, event: ChatEvent) {
        // The window may be gone while we say goodbye.
        let _ = self.to_window.send(Event::Chat(self.chat.clone(), event)).await;
    }

    pub(super) fn key_in_use(&self, key: Option<Fingerprint>) {
        self.reports.send(KeyReport::InUse(self.chat.clone(), key));
    }

    pub(super) fn keys_changed(&self) {
        self.reports.send(KeyReport::Changed);
    }

    /// What is written down of the conversation.
    pub(super) async fn memory(&self) -> Memory {
        let intent = match self.store.intent(&self.chat).await.unwrap_or_default() {
            vault::Intent::Private => Intent::Private,
            vault::Intent::Plain => Intent::Plain,
        };
        let messages = self.store.outbox(&self.chat).await.unwrap_or_default();
        let keys = self.keys().await;
        let facts = self.store.facts(&self.chat).await;
        let version = match (facts.v2_allowed, facts.v3_seen) {
            (true, _) => KnownVersion::OlderAllowed,
            (false, true) => KnownVersion::Newer,
            (false, false) => KnownVersion::Any,
        };
        let messages = messages.into_iter().map(restored).collect();
        Memory { intent, keys, messages, version, invited: facts.invited }
    }

    /// The contact's keys; nothing if they cannot be read.
    pub(super) async fn keys(&self) -> Option<Vec<(Fingerprint, Trust)>> {
        self.store.keys_of(&self.chat).await
    }

    /// Writes down that a key came up; nothing if it could not be.
    pub(super) async fn saw_key(&self, key: Fingerprint) -> Option<Sighted> {
        self.store.saw_key(&self.chat, key).await
    }

    /// Writes something down.
    pub(super) async fn store(&self, write: Write) {
        let (store, chat) = (&self.store, &self.chat);
        match write {
            Write::Keep(message) => store.keep(chat, kept(message)).await,
            Write::KeepNew(message) => store.keep_new(chat, kept(message)).await,
            Write::Forget(id) => store.settle(&id).await,
            Write::Trust(key, trust) => store.set_trust(chat, key, trust).await,
            Write::ForgetKey(key) => store.forget_key(chat, key).await,
            Write::Intent(Intent::Private) => {
                store.save_intent(chat, vault::Intent::Private).await;
            }
            Write::Intent(Intent::Plain) => store.save_intent(chat, vault::Intent::Plain).await,
            Write::V3Seen => store.save_v3_seen(chat).await,
            Write::V2Allowed(is_allowed) => store.save_v2_allowed(chat, is_allowed).await,
            Write::Invited(at) => store.save_invited(chat, at).await,
            // They are numbered along with notices.
            Write::QuestionWaits | Write::NoQuestionWaits => {}
        }
    }
}

/// A message that waits, as the store keeps it.
fn kept(message: KeptMessage) -> Waiting {
    Waiting {
        id: message.id,
        text: message.text,
        at: message.at,
        meant_for: message.audience.key(),
        plain_allowed: message.audience == Audience::Everybody,
        replaces: message.replaces,
        failed: message.failed,
        resent: message.resent,
    }
}

fn restored(waiting: Waiting) -> KeptMessage {
    let audience = match (waiting.plain_allowed, waiting.meant_for) {
        (true, _) => Audience::Everybody,
        (false, None) => Audience::Contact,
        (false, Some(key)) => Audience::Key(key),
    };
    KeptMessage {
        id: waiting.id,
        text: waiting.text,
        at: waiting.at,
        audience,
        replaces: waiting.replaces,
        failed: waiting.failed,
        resent: waiting.resent,
    }
}

#[cfg(test)]
mod tests {
    /// The core forgets those that the database does.
    #[test]
    fn as_many_keys_wait_for_a_decision_here_as_in_the_database() {
        assert_eq!(chat::UNDECIDED_KEYS_MAX, vault::UNDECIDED_KEYS_MAX);
    }
}
