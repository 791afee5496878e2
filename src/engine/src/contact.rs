//! The actor of one contact: it carries between the conversation's core (`chat`), the link, the
//! store and the window, so nothing is locked. It decides nothing about the conversation.
//!
//! Not here: who is on the contact list (the account knows), how keys are written down (the store).

mod carrier;
mod draft;
mod input;
mod notices;
mod records;
mod setup;
#[cfg(test)]
mod tests;
mod unread;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::SystemTime;

use chat::{Chat, Effect, Now, Told, Write};
use otr::Timestamp;
use tokio::task::JoinSet;
use tokio::time::Instant;
use xmpp::FullJid;

use crate::mailbox::{Backlog, Inbox, Mailbox, mailbox};
use crate::message::{ChatCommand, ChatEvent};
use carrier::Carrier;
pub(crate) use chat::{is_of_a_session, is_private};
use draft::Draft;
pub(crate) use input::{Access, ContactPermissions, Input, Received, SentElsewhere};
pub(crate) use setup::Setup;
#[cfg(test)]
pub(crate) use setup::conversation;
pub(crate) use unread::Unread;
use unread::Waiting;

pub(crate) struct Contact {
    chat: Chat<FullJid>,
    carrier: Carrier,
    inbox: Inbox<Input>,
    epoch: Instant,
    unread: Waiting,
    draft: Draft,
}

impl Contact {
    /// Starts the actor; its mailbox is its life.
    pub(crate) fn spawn(
        actors: &mut JoinSet<()>,
        setup: Setup,
        backlog: &Arc<Backlog>,
    ) -> Mailbox<Input> {
        let (mailbox, inbox) = mailbox(backlog);
        drop(actors.spawn(async move { Self::new(setup, inbox).await.run().await }));
        mailbox
    }

    async fn new(setup: Setup, inbox: Inbox<Input>) -> Self {
        let unread = setup.unread;
        let (start, carrier) = setup.start().await;
        let epoch = Instant::now();
        let now = Now { at: Timestamp::default(), wall: SystemTime::now(), queued: 0 };
        let chat = Chat::new(start, now);
        let (waiting, draft) = (Waiting::default(), Draft::default());
        let mut contact = Self { chat, carrier, inbox, epoch, unread: waiting, draft };
        // The window puts what was written to us in an earlier life around what we wrote in it.
        contact.settle().await;
        contact.take_up_unread(unread).await;
        contact
    }

    async fn run(mut self) {
        self.settle().await;
        let to_link = self.carrier.link();
        loop {
            let deadline = self.deadline();
            tokio::select! {
                permit = to_link.reserve(), if self.carrier.has_pending() => {
                    self.carrier.send_next(permit);
                    // Then there is room for what waits in the outbox.
                    if self.carrier.has_pending() {
                        continue;
                    }
                    self.settle().await;
                }
                input = self.inbox.recv() => match input {
                    Some(input) => self.handle(input).await,
                    None => return self.say_goodbye().await,
                },
                () = sleep_until(deadline) => self.time_passed().await,
            }
            self.unread_soon().await;
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "all else is the conversation's")]
    async fn handle(&mut self, input: Input) {
        match input {
            Input::Keep(done) => {
                self.keep_unread().await;
                let _ = done.send(());
                self.settle().await;
            }
            Input::ContactPermissions(standing) => self.stands(standing).await,
            Input::Leave { then } => {
                self.take_in(chat::Input::Leave).await;
                then.into_iter().for_each(|then| self.carrier.push(then));
            }
            Input::ReviewKeys => {
                let kept = self.carrier.keys().await;
                self.take_in(chat::Input::KeysReviewed(kept)).await;
            }
            Input::Command(ChatCommand::Read(number)) => {
                self.unread.has_read(number);
                self.forget_read().await;
            }
            Input::Command(ChatCommand::SaveDraft(text)) => {
                self.draft.change(text, &self.carrier).await;
            }
            Input::Command(ChatCommand::Send(typed)) => {
                self.draft.is_sent(&typed.text);
                self.take_in(chat::Input::Command(ChatCommand::Send(typed))).await;
            }
            input => {
                if let Some(input) = input.of_conversation(self.carrier.account()) {
                    self.take_in(input).await;
                }
            }
        }
    }

    /// What the account knows of them changed, or whether they see us.
    async fn stands(&mut self, standing: ContactPermissions) {
        let was_invisible = self.is_invisible();
        self.take_in(chat::Input::Permissions(standing.permissions())).await;
        self.forget_read().await;
        if was_invisible && !self.is_invisible() {
            // What came meanwhile is confirmed.
            self.keep_unread().await;
        }
    }

    async fn time_passed(&mut self) {
        self.draft.keep_if_due(&self.carrier).await;
        let effects = self.chat.handle_timeout(self.now());
        self.carry(effects).await;
    }

    async fn settle(&mut self) {
        self.take_in(chat::Input::Room).await;
    }

    async fn take_in(&mut self, input: chat::Input<FullJid>) {
        let effects = self.chat.handle(input, self.now());
        self.carry(effects).await;
    }

    /// Carries out what the conversation wants done, in order.
    async fn carry(&mut self, effects: Vec<Effect<FullJid>>) {
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::Send(stanza) => self.carrier.send(stanza),
                Effect::SightKey(key) => {
                    let sighted = self.carrier.saw_key(key).await;
                    effects.extend(self.chat.key_sighted(sighted, self.now()));
                }
                Effect::Confirm(confirmation) => self.unread.confirm(confirmation),
                Effect::Store(Write::QuestionWaits) => {
                    self.unread.notices.question_waits(&self.carrier).await;
                }
                Effect::Store(Write::NoQuestionWaits) => {
                    self.unread.notices.no_question_waits(&self.carrier).await;
                }
                Effect::Store(write) => self.carrier.store(write).await,
                Effect::Tell(Told::Notice(notice)) => {
                    self.unread.notice(notice.into(), &self.carrier).await;
                }
                Effect::Tell(told) => {
                    if let Some(event) = self.unread.shows(told, &self.carrier) {
                        self.carrier.tell(event).await;
                    }
                }
                Effect::KeyInUse(key) => self.carrier.key_in_use(key),
                Effect::KeysChanged => self.carrier.keys_changed(),
            }
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let due = self.chat.deadline();
        let due = due.map(|due| self.epoch + due.saturating_since(Timestamp::default()));
        due.into_iter().chain(self.draft.deadline()).min()
    }

    fn now(&self) -> Now {
        let (at, wall) = (Timestamp::from(self.epoch.elapsed()), SystemTime::now());
        Now { at, wall, queued: self.carrier.pending() }
    }

    async fn tell(&self, event: ChatEvent) {
        self.carrier.tell(event).await;
    }

    async fn say_goodbye(mut self) {
        self.draft.keep(&self.carrier).await;
        self.keep_unread().await;
        let is_online = self.chat.is_online();
        let effects = self.chat.goodbye(self.now());
        self.carry(effects).await;
        if is_online {
            self.carrier.send_all().await;
        }
    }
}

/// Never ends without a deadline.
pub(crate) async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
