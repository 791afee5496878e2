//! What stands in the composer: it outlives the program.

use std::time::Duration;

use tokio::time::Instant;

use super::carrier::Carrier;
use crate::message::Secret;

/// A draft is written down no more often.
const DRAFT_PAUSE: Duration = Duration::from_millis(500);

/// What stands in the composer.
#[derive(Default)]
pub(super) struct Draft {
    unwritten: Option<Secret>,
    written_at: Option<Instant>,
}

impl Draft {
    /// A text is on its way; what stood in the composer may have been its beginning.
    pub(super) fn is_sent(&mut self, text: &str) {
        self.unwritten.take_if(|draft| text.starts_with(draft.expose()));
    }

    /// When it is to be written down.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let written_at = self.written_at.unwrap_or_else(Instant::now);
        self.unwritten.as_ref().map(|_| written_at + DRAFT_PAUSE)
    }

    /// This stands in the composer now.
    pub(super) async fn change(&mut self, text: Secret, carrier: &Carrier) {
        self.unwritten = Some(text);
        if self.written_at.is_none_or(|at| at.elapsed() >= DRAFT_PAUSE) {
            self.keep(carrier).await;
        }
    }

    pub(super) async fn keep_if_due(&mut self, carrier: &Carrier) {
        if self.deadline().is_some_and(|at| at <= Instant::now()) {
            self.keep(carrier).await;
        }
    }

    /// Writes it down now.
    pub(super) async fn keep(&mut self, carrier: &Carrier) {
        if let Some(text) = self.unwritten.take() {
            carrier.store.save_draft(&carrier.chat, text).await;
            self.written_at = Some(Instant::now());
        }
    }
}
