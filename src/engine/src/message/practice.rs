//! What the practice partner says and does.

/// What a practice partner says; chosen by the window, since words are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PracticeScript {
    /// The partner's name.
    pub name: String,
    /// Said once when the conversation is private.
    pub greeting: String,
    /// Said in turn to whatever is written; never empty.
    pub replies: Vec<String>,
    /// What it answers in turn to messages that are not private.
    pub plain_replies: Vec<String>,
    /// Said by [`PracticeAct::WritePlainly`].
    pub plain_line: String,
    /// Asked by [`PracticeAct::AskQuestion`].
    pub question: String,
    /// The right answer to it, and what the partner answers to every question of ours.
    pub answer: String,
}

/// What a practice partner can be asked to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PracticeAct {
    /// Ask us a verification question.
    AskQuestion,
    /// Leave the private conversation.
    LeavePrivate,
    /// Lose the session without a word, as after a crash.
    LoseSession,
    /// Write something that is not private.
    WritePlainly,
    /// Come back with a new key.
    ChangeKey,
    /// Go offline.
    GoAway,
    /// Come online.
    ComeBack,
}
