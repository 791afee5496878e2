//! What the history is told in words. What a contact did and that is nowhere else waits until it was
//! seen, as texts do: it outlives the program.

use super::Contact;
use crate::message::{ChatEvent, Notice};
use crate::store::NotSeen;

/// So many of one contact are kept at once; more of them say nothing new.
const NOTICES_MAX: usize = 64;

/// The numbers of what is written down.
#[derive(Default)]
pub(super) struct Kept {
    told: Vec<(u64, Notice)>,
    /// That a question of theirs waits for its answer: if this life ends before, the next one says
    /// that it can't be answered any more.
    question: Option<u64>,
}

impl Contact {
    /// Tells of something, and keeps it if it waits to be seen.
    pub(super) async fn notice(&mut self, notice: Notice) {
        let waits = notice.waits_to_be_seen();
        if waits && self.notices.told.iter().any(|(_, told)| *told == notice) {
            return tracing::debug!(?notice, "it was told, and nobody has seen it yet");
        }
        let keeps = waits && self.notices.told.len() < NOTICES_MAX;
        self.tell(ChatEvent::Notice(notice.clone())).await;
        if !keeps {
            return;
        }
        let number = self.store.next_number();
        if self.store.keep_notice(&self.chat, number, &notice).await.is_some() {
            self.notices.told.push((number, notice));
            self.unread.keeps_notice(number);
            self.tell(ChatEvent::Unread(number)).await;
        }
    }

    /// What an earlier life left, oldest first.
    pub(super) async fn take_up_notices(&mut self) -> Vec<NotSeen> {
        let left = self.store.notices_of(&self.chat).await.unwrap_or_default();
        for NotSeen { number, notice, .. } in &left {
            self.notices.told.push((*number, notice.clone()));
            self.unread.keeps_notice(*number);
        }
        left
    }

    /// All up to this number is about to be forgotten; but a question still waits.
    pub(super) async fn notices_are_seen(&mut self, until: u64) {
        self.notices.told.retain(|(number, _)| *number > until);
        if self.notices.question.is_some_and(|number| number <= until) {
            self.notices.question = None;
            self.question_waits().await;
        }
    }

    /// They asked us to prove who we are.
    pub(super) async fn question_waits(&mut self) {
        if self.notices.question.is_none() {
            let number = self.store.next_number();
            let kept = self.store.keep_notice(&self.chat, number, &Notice::QuestionLost).await;
            self.notices.question = kept.map(|()| number);
        }
    }

    /// It was answered or refused, or was told to be lost.
    pub(super) async fn no_question_waits(&mut self) {
        if let Some(number) = self.notices.question.take() {
            self.store.forget_notice(number).await;
        }
    }
}
