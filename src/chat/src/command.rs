//! What the person asks in a conversation.

use otr::Fingerprint;

use crate::message::{MessageId, NewMessage};
use crate::padlock::Padlock;
use crate::secret::Secret;
use crate::trust::Proof;
use crate::verification::RequestId;

/// Asked in a conversation.
#[derive(Clone, Debug)]
pub enum ChatCommand {
    /// The person looks at this conversation. If that lasts for a second, whoever was private with
    /// us before is asked to be so again. Nobody else is asked: to look is not to speak.
    Open,
    /// The person looks at this conversation no longer.
    Leave,
    /// Send what the person typed; held, never downgraded, if it cannot go at that level.
    Send(NewMessage),
    /// Whether the person writes; told to whom may know. The first word makes the conversation go
    /// private, where that is wanted.
    Writing(bool),
    /// The person has read what was received until the event of this number: it is wiped from where it
    /// rests.
    Read(u64),
    /// This stands in the composer now, empty if nothing does; it is there again after a new start.
    SaveDraft(Secret),
    /// Send a held or failed message again, under the padlock seen now.
    Retry {
        /// Which.
        id: MessageId,
        /// The padlock the person saw.
        seen: Padlock,
    },
    /// Take a held or failed message back.
    Discard(MessageId),
    /// Want this conversation private, and start now, if they are there.
    GoPrivate,
    /// The same though they look away: they are asked once, where they were heard of last.
    TryNow,
    /// Speak version 2 of the protocol with a contact who has spoken version 3, or do so no longer;
    /// see [`OlderVersion`](crate::OlderVersion). The former, which the person allows knowing what
    /// it means, goes private at once; the latter ends what is private in version 2.
    AllowOlderVersion(bool),
    /// Leave private knowingly; from now on what is typed is readable by the servers. What was
    /// held stays held until retried or discarded.
    EndPrivate,
    /// Ask the contact a question, or for the secret both know.
    Verify {
        /// Whose key the person saw: nobody else is asked.
        key: Fingerprint,
        /// The question; `None` for a shared secret.
        question: Option<String>,
        /// The answer or the secret.
        secret: Secret,
    },
    /// Answer the contact's question, or enter the shared secret they ask for.
    Answer {
        /// Which request this answers.
        request: RequestId,
        /// What was typed.
        secret: Secret,
    },
    /// Stop verifying and tell the contact.
    CancelVerification,
    /// The person compared this key, or takes back whatever they decided about it.
    SetTrust {
        /// Which.
        fingerprint: Fingerprint,
        /// `Compared` to verify, `None` to withdraw.
        proof: Option<Proof>,
    },
    /// Go on with exactly this key, which is new or doubted, unverified; what it made wait goes to
    /// it. This is kept until it is taken back by [`Self::SetTrust`], [`Self::DoubtKey`] or
    /// [`Self::ForgetKey`], or a verification that does not match.
    AcceptKey(Fingerprint),
    /// The person compared exactly this key, and the codes differ: it gets nothing before they
    /// decide.
    DoubtKey(Fingerprint),
    /// Forget a key that is not in use, and all that was decided about it.
    ForgetKey(Fingerprint),
}

impl ChatCommand {
    /// Whether the person speaks to the contact by it, or has the program do so.
    #[must_use]
    pub const fn is_speech(&self) -> bool {
        matches!(
            self,
            Self::Send(_)
                | Self::Retry { .. }
                | Self::GoPrivate
                | Self::TryNow
                | Self::AllowOlderVersion(true)
        )
    }
}
