//! Read state and drafts: what the person has read, and what of that and of the composer survives a
//! restart.

use engine::{ChatCommand, Command, Secret};

use super::{Chat, Visibility};

/// What the engine knows of what was read. It is told by `ChatEvent::Unread`, and tells with
/// `ChatCommand::Read`.
#[derive(Debug, Default)]
pub(super) struct ReadState {
    /// The number of what was received last.
    unread: Option<u64>,
    /// Whether that is not read, as far as the engine knows.
    is_unread: bool,
}

impl Chat {
    /// The person opens or closes this conversation, or turns to another window and back. Opening
    /// and closing move the history to its end; the focus alone moves nothing.
    pub fn set_visibility(&mut self, visibility: Visibility) {
        if visibility.is_open() != self.visibility.is_open() {
            self.timeline.start_at_end();
            self.menu_open = false;
        }
        let was_visible = self.is_visible();
        self.visibility = visibility;
        if !self.is_visible() {
            return;
        }
        if self.unread == 0 && !was_visible && self.is_all_read() {
            self.timeline.clear_new();
        }
        self.unread = 0;
    }

    /// Whether the person sees what arrives now.
    pub(super) fn is_visible(&self) -> bool {
        self.visibility == Visibility::Visible
    }

    /// Something to be seen is about to stand in the history.
    pub(super) fn count_unread(&mut self) {
        if self.is_visible() {
            return;
        }
        if self.unread == 0 && self.is_all_read() {
            self.timeline.mark_new();
        }
        self.unread += 1;
    }

    /// The engine keeps all that was received until now, until it is read.
    pub(super) const fn waits(&mut self, number: u64) {
        self.read_state = ReadState { unread: Some(number), is_unread: true };
    }

    /// Whether the person has seen all of it, as far as the engine knows.
    pub(super) const fn is_all_read(&self) -> bool {
        !self.read_state.is_unread
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
        if self.is_visible()
            && let Some(number) = self.read_state.unread.filter(|_| self.read_state.is_unread)
            && self.timeline.is_new_seen()
        {
            self.read_state.is_unread = false;
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
            self.read_state.is_unread = true;
            return true;
        }
        let is_draft = matches!(command, Command::Chat(_, ChatCommand::SaveDraft(_)));
        if is_draft {
            self.composer.has_changed();
        }
        is_draft
    }
}
