//! What outlives the program: what nobody has read, and what stands in the composer.

use engine::{ChatCommand, Command, Secret};

use super::Chat;

/// What the engine was told of both.
#[derive(Debug, Default)]
pub(super) struct Persisted {
    /// The number of what was received last.
    unread: Option<u64>,
    /// Whether that is not read, as far as the engine knows.
    is_unread: bool,
}

impl Chat {
    /// The engine keeps all that was received until now, until it is read.
    pub(super) const fn waits(&mut self, number: u64) {
        self.persisted = Persisted { unread: Some(number), is_unread: true };
    }

    /// Whether the person has seen all of it, as far as the engine knows.
    pub(super) const fn is_all_read(&self) -> bool {
        !self.persisted.is_unread
    }

    /// What stood in the composer when the program ended; not what was typed since.
    pub(super) fn bring_draft(&mut self, text: &str) {
        if self.composer.is_blank() && self.correction.is_none() {
            self.composer.put_back(text);
            let _ = self.composer.take_change();
        }
    }

    /// What the engine must know of it now.
    pub fn news_to_keep(&mut self) -> Vec<Command> {
        let mut commands = Vec::new();
        if self.is_visible
            && let Some(number) = self.persisted.unread.filter(|_| self.persisted.is_unread)
            && self.timeline.is_new_seen()
        {
            self.persisted.is_unread = false;
            commands.push(Command::Chat(self.id.clone(), ChatCommand::Read(number)));
        }
        // While a message is put right, what was being typed before stays as it was.
        if self.correction.is_none() && self.composer.take_change() {
            let text = Secret::new(self.composer.draft().to_string());
            commands.push(Command::Chat(self.id.clone(), ChatCommand::SaveDraft(text)));
        }
        commands
    }

    /// The engine did not take it: it is told again.
    pub(super) fn persist_rejected(&mut self, command: &Command) -> bool {
        if matches!(command, Command::Chat(_, ChatCommand::Read(_))) {
            self.persisted.is_unread = true;
            return true;
        }
        let is_draft = matches!(command, Command::Chat(_, ChatCommand::SaveDraft(_)));
        if is_draft {
            self.composer.has_changed();
        }
        is_draft
    }
}
