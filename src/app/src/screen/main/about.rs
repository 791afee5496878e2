//! Whom a command is about.

use engine::{ChatId, Command};

/// The conversation a command speaks of.
pub(super) const fn chat_of(command: &Command) -> Option<&ChatId> {
    match command {
        Command::AddContact(chat)
        | Command::AcceptContact(chat)
        | Command::DeclineContact(chat)
        | Command::RemoveContact(chat)
        | Command::SetContact { chat, .. }
        | Command::Block(chat)
        | Command::Unblock(chat)
        | Command::OpenChat(chat)
        | Command::GoPrivate(chat)
        | Command::EndPrivate(chat)
        | Command::CancelVerification(chat)
        | Command::SendMessage { chat, .. }
        | Command::Writing { chat, .. }
        | Command::Read { chat, .. }
        | Command::SaveDraft { chat, .. }
        | Command::Retry { chat, .. }
        | Command::Discard { chat, .. }
        | Command::Verify { chat, .. }
        | Command::Answer { chat, .. }
        | Command::SetTrust { chat, .. }
        | Command::AcceptKey { chat, .. }
        | Command::DoubtKey { chat, .. }
        | Command::ForgetKey { chat, .. } => Some(chat),
        Command::OpenVault(_)
        | Command::BeginAnew(_)
        | Command::SignIn { .. }
        | Command::Reconnect(_)
        | Command::Move { .. }
        | Command::TrustServer { .. }
        | Command::AcceptWeaker(_)
        | Command::AllowPlain(_)
        | Command::SetManners { .. }
        | Command::SetConsole { .. }
        | Command::FetchGap { .. }
        | Command::ChangePassword { .. }
        | Command::DeleteAccount(_)
        | Command::OpenRegistration { .. }
        | Command::Register(_)
        | Command::AskFormAgain
        | Command::CloseRegistration
        | Command::LookElsewhere { .. }
        | Command::BringOver(_)
        | Command::LeaveElsewhere
        | Command::SetActive(_)
        | Command::SetAvailability(_)
        | Command::SignOut(_)
        | Command::DeclineAll(_)
        | Command::StartPractice(_)
        | Command::Practice(_)
        | Command::StopPractice => None,
    }
}
