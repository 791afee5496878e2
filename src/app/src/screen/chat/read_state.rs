//! Read state and drafts: what the person has read, and what of that and of the composer survives a
//! restart.

use engine::{ChatCommand, Command, Secret};

use super::{Chat, Visibility};

/// What the engine knows of what was read. It is told by `ChatEvent::Unread`, and tells with
/// `ChatCommand::Read`.
#[derive(Debug, Default)]
pub(super) struct ReadState {
    /// The engine's number of the last message received.
    unread: Option<u64>,
    /// Whether the engine still counts it as unread.
    is_unread: bool,
}

impl Chat {
    /// The person opens or closes this chat, or turns to another window and back. Opening
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

    /// Counts a message or notice that is about to be added to the timeline.
    pub(super) fn count_unread(&mut self) {
        if self.is_visible() {
            return;
        }
        if self.unread == 0 && self.is_all_read() {
            self.timeline.mark_new();
        }
        self.unread += 1;
    }

    /// The engine reports that everything up to this number is stored as unread.
    pub(super) const fn waits(&mut self, number: u64) {
        self.read_state = ReadState { unread: Some(number), is_unread: true };
    }

    /// Whether the engine counts everything as read.
    pub(super) const fn is_all_read(&self) -> bool {
        !self.read_state.is_unread
    }

    /// Restores the draft of an earlier run, unless something was typed since.
    pub(super) fn bring_draft(&mut self, text: &str) {
        if self.composer.is_blank() && self.correction.is_none() {
            self.composer.put_back(text);
            let _ = self.composer.take_change();
        }
    }

    /// Commands that are due: the read marker and the draft.
    pub fn pending_commands(&mut self) -> Vec<Command> {
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

    /// The engine rejected one of these commands; it is sent again with the next update.
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
