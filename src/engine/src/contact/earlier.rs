//! What an earlier life of the program left: what it kept to be sent, and what it had sent.

use super::Contact;
use super::keys::KeyStanding;
use super::outbox::{Entry, Level, Stage};
use crate::message::{FailReason, HeldReason, Provenance};
use crate::store::Waiting;
use crate::tags;

impl Contact {
    /// They are shown as soon as the actor runs.
    pub(super) async fn restore(&mut self, restored: Vec<Waiting>) {
        for waiting in restored {
            let level = match (waiting.plain_allowed, waiting.meant_for) {
                (true, _) => Level::Plain,
                (false, Some(key)) if self.keys.standing(key) == KeyStanding::Verified => {
                    Level::Verified(key)
                }
                (false, key) => Level::Private(key),
            };
            // What can't be sent never travelled.
            let provenance = level.travelled();
            let came_back = match waiting.failed {
                Some(reason @ FailReason::Unsendable) => {
                    Some((provenance.unwrap_or(Provenance::Plain), reason))
                }
                Some(reason) => provenance.map(|provenance| (provenance, reason)),
                None => None,
            };
            // The archive tells of it as well.
            self.sent.repeats(waiting.id.as_str());
            if level == Level::Plain && came_back.is_none() {
                // It may have been on its way when that life ended.
                self.settlement.doubt(waiting.id.clone());
            }
            self.outbox.push(Entry {
                id: waiting.id,
                text: waiting.text,
                at: waiting.at,
                level,
                stage: came_back
                    .map_or(Stage::Held(HeldReason::Offline), |(provenance, reason)| {
                        Stage::Failed { provenance, reason }
                    }),
                resent: false,
                rests: true,
                rests_as: waiting.failed,
                replaces: waiting.replaces,
                sent: None,
                doubted: false,
                shown: None,
            });
        }
    }

    /// The session of an earlier process goes on: what that sent is on its way again.
    pub(super) async fn resume_left_behind(&mut self) {
        for tag in std::mem::take(&mut self.left_behind) {
            let is_it = |entry: &&mut Entry| {
                matches!(entry.stage, Stage::Held(_)) && tags::names(tag, &entry.id)
            };
            let Some(entry) = self.outbox.iter_mut().find(is_it) else { continue };
            let provenance = match entry.level {
                Level::Plain => Provenance::Plain,
                Level::Verified(key) => Provenance::Verified(key),
                Level::Private(Some(key)) => Provenance::Private(key),
                // It has not left: what left knows its key.
                Level::Private(None) => continue,
            };
            entry.stage = Stage::Queued { tag, provenance };
            self.settlement.is_known(&entry.id);
        }
    }
}
