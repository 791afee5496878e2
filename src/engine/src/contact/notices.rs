//! What the history is told in words. What a contact did and that is nowhere else waits until it was
//! seen, as texts do: it outlives the program.

use super::carrier::Carrier;
use crate::message::{ChatEvent, Notice};
use crate::store::NotSeen;

/// So many of one contact are kept at once; more of them say nothing new.
const NOTICES_MAX: usize = 64;

/// The numbers of what is written down.
#[derive(Default)]
pub(super) struct Notices {
    told: Vec<(u64, Notice)>,
    /// That a question of theirs waits for its answer: if this life ends before, the next one says
    /// that it can't be answered any more.
    question: Option<u64>,
}

impl Notices {
    /// Tells of something, and keeps it if it waits to be seen; its number, if it does.
    pub(super) async fn tell(&mut self, notice: Notice, carrier: &Carrier) -> Option<u64> {
        let waits = notice.waits_to_be_seen();
        if waits && self.told.iter().any(|(_, told)| *told == notice) {
            tracing::debug!(?notice, "it was told, and nobody has seen it yet");
            return None;
        }
        let keeps = waits && self.told.len() < NOTICES_MAX;
        carrier.tell(ChatEvent::Notice(notice.clone())).await;
        if !keeps {
            return None;
        }
        let number = carrier.store.next_number();
        carrier.store.keep_notice(&carrier.chat, number, &notice).await?;
        self.told.push((number, notice));
        Some(number)
    }

    /// What an earlier life left, oldest first.
    pub(super) async fn take_up(&mut self, carrier: &Carrier) -> Vec<NotSeen> {
        let left = carrier.store.notices_of(&carrier.chat).await.unwrap_or_default();
        let told = left.iter().map(|NotSeen { number, notice, .. }| (*number, notice.clone()));
        self.told.extend(told);
        left
    }

    /// All up to this number is about to be forgotten; but a question still waits.
    pub(super) async fn are_seen(&mut self, until: u64, carrier: &Carrier) {
        self.told.retain(|(number, _)| *number > until);
        if self.question.is_some_and(|number| number <= until) {
            self.question = None;
            self.question_waits(carrier).await;
        }
    }

    /// They asked us to prove who we are.
    pub(super) async fn question_waits(&mut self, carrier: &Carrier) {
        if self.question.is_none() {
            let (store, number) = (&carrier.store, carrier.store.next_number());
            let kept = store.keep_notice(&carrier.chat, number, &Notice::QuestionLost).await;
            self.question = kept.map(|()| number);
        }
    }

    /// It was answered or refused, or was told to be lost.
    pub(super) async fn no_question_waits(&mut self, carrier: &Carrier) {
        if let Some(number) = self.question.take() {
            carrier.store.forget_notice(number).await;
        }
    }
}
