//! Notices that nobody has seen yet, as they are written down: among the texts that wait, so that
//! they stand in order.

use std::time::SystemTime;

use vault::UnreadRecord;
use zeroize::Zeroizing;

use super::Store;
use crate::message::{ArchivePlace, ChatEvent, ChatId, Notice};

/// What stands in place of how a text travelled.
const WORDS: [(&str, Notice); 8] = [
    ("notice-unreadable", Notice::Unreadable),
    ("notice-other-device", Notice::ForOtherDevice),
    ("notice-asked-unaccepted", Notice::AskedUnaccepted),
    ("notice-question-lost", Notice::QuestionLost),
    ("notice-not-proved", Notice::NotProved),
    ("notice-answer-copied", Notice::AnswerCopied),
    ("notice-downgrade-refused", Notice::DowngradeRefused),
    ("notice-not-kept", Notice::NotKept),
];

/// A notice that waits to be seen.
pub(crate) struct NotSeen {
    pub(crate) number: u64,
    pub(crate) notice: Notice,
    at: SystemTime,
}

impl NotSeen {
    /// As the window is told of it.
    pub(crate) fn event(self) -> ChatEvent {
        let place = ArchivePlace::of_live(self.number);
        ChatEvent::EarlierNotice { notice: self.notice, at: self.at, place }
    }
}

/// Whether it is no text.
pub(super) fn is_notice(record: &UnreadRecord) -> bool {
    record.way.starts_with("notice-")
}

impl Store {
    /// Notices of a contact that nobody has seen, oldest first; those of a later Sotto are left out.
    pub(crate) async fn notices_of(&self, chat: &ChatId) -> Option<Vec<NotSeen>> {
        let read = |record: UnreadRecord| {
            let (_, notice) = WORDS.iter().find(|(word, _)| *word == record.way)?;
            Some(NotSeen { number: record.number, notice: notice.clone(), at: record.at })
        };
        let records = self.with_peer(chat, |vault, peer| vault.unread_of(peer)).await?;
        Some(records.into_iter().filter_map(read).collect())
    }

    /// Keeps one; `None` if that did not work, or if it is none that waits.
    pub(crate) async fn keep_notice(
        &self,
        chat: &ChatId,
        number: u64,
        notice: &Notice,
    ) -> Option<()> {
        let (word, _) = WORDS.iter().find(|(_, one)| one == notice)?;
        let record = UnreadRecord {
            account: chat.account.to_string(),
            contact: chat.contact.to_string(),
            number,
            text: Zeroizing::default(),
            at: SystemTime::now(),
            way: (*word).to_owned(),
            key: None,
            id: None,
            replaces: None,
            place: None,
        };
        self.run(move |vault| vault.keep_unread(&[record])).await
    }

    /// One has no reason any more.
    pub(crate) async fn forget_notice(&self, number: u64) {
        self.run(move |vault| vault.forget_unread(number)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_waits_to_be_seen_has_a_word_and_nothing_else() {
        for (word, notice) in WORDS {
            assert!(notice.waits_to_be_seen(), "{word}");
            assert!(word.starts_with("notice-"), "{word}");
        }
    }
}
