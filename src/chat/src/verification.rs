//! Making sure of each other: the socialist millionaires' protocol, and who learns what from it.

use std::time::{Duration, SystemTime};

use otr::{Event, Fingerprint, Outputs, SmpError, SmpRequest, SmpRole, SmpSecret, Timestamp};

use crate::effect::{Out, Told, Write};
use crate::notice::Notice;
use crate::secret::Secret;
use crate::sessions::Sessions;
use crate::trust::{Doubt, Proof, Trust};

/// So many attempts in a row may fail before there is a pause.
const FAILURES_MAX: u32 = 3;
/// The first pause; each further failure doubles it, up to the last.
const FIRST_PAUSE: Duration = Duration::from_secs(60);
const LAST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// Names one verification the contact asked for. An answer to an older one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(pub u64);

/// Where a verification stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// They want to make sure of us.
    Requested {
        /// To be given back with the answer.
        request: RequestId,
        /// The question; `None` when they ask for a shared secret.
        question: Option<String>,
    },
    /// Ours is under way.
    InProgress,
    /// It matched.
    Succeeded(VerificationResult),
    /// It did not match: they may be somebody else.
    Failed,
    /// Our answer did not match: they could not make sure of us.
    NotProved,
    /// They cancelled.
    CancelledByContact,
    /// It ended with the private conversation, or something went wrong; try again.
    Interrupted,
    /// There is no private conversation to verify.
    NotPrivate,
    /// The answer came too late: a newer request replaced it.
    Outdated,
    /// Nobody was asked: the conversation is with another key by now than the screen showed.
    OtherKey,
    /// Nothing went out: an answer of nothing proves nothing.
    NothingTyped,
    /// Too many attempts in a row did not match: told after the one that was too many, and of each
    /// that comes before its time, of which nothing goes out. What they asked still waits.
    Paused {
        /// When the next attempt is possible.
        until: SystemTime,
    },
}

/// Who learnt what from a verification that matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationResult {
    /// We made sure of them: their key is verified now.
    WeLearnt(Proof),
    /// They made sure of us; we know no more of them than before.
    TheyLearnt,
}

/// What the contact asks for, newest only: an answer to an older one is refused.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    last: u64,
    open: Option<SmpRequest>,
    /// Whether we asked, and wait.
    asked: bool,
    failures: Failures,
}

/// Attempts in a row that did not match, whoever asked: each is a guess of whoever holds the other
/// end, and guessing takes time.
#[derive(Debug, Default)]
struct Failures {
    count: u32,
    until: Option<Timestamp>,
}

impl Failures {
    fn matched(&mut self) {
        *self = Self::default();
    }

    fn failed(&mut self, now: Timestamp) {
        self.count = self.count.saturating_add(1);
        if let Some(beyond) = self.count.checked_sub(FAILURES_MAX) {
            let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(beyond)).min(LAST_PAUSE);
            self.until = Some(now + pause);
        }
    }

    /// How long to wait before the next attempt, if at all.
    fn pause(&self, now: Timestamp) -> Option<Duration> {
        let left = self.until?.saturating_since(now);
        (!left.is_zero()).then_some(left)
    }
}

impl Requests {
    /// Takes in what the protocol tells of a verification.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller gives what is of a verification"
    )]
    pub(crate) fn observe<D: Clone + Ord>(
        &mut self,
        event: Event,
        sessions: &mut Sessions<D>,
        out: &mut Out<D>,
    ) {
        match event {
            // Nobody speaks as the contact whose key the person has not gone on with: each answer
            // would test a guess of the secret, and tell somebody that it is we.
            Event::SmpRequested { request, .. }
                if !sessions.keys.standing(request.fingerprint()).gets_texts() =>
            {
                out.notice(Notice::AskedUnaccepted);
            }
            Event::SmpRequested { request, question, .. } => {
                self.requested(request, question, out);
            }
            Event::SmpInProgress { .. } => {
                out.tell(Told::Verification(Verification::InProgress));
            }
            Event::SmpSucceeded { fingerprint, role, .. } => {
                let result = match self.matched(role) {
                    Some(proof) => {
                        let trust = Trust::Verified { proof, at: out.now.wall };
                        sessions.decide(fingerprint, trust, Notice::Verified(proof), out);
                        VerificationResult::WeLearnt(proof)
                    }
                    None => VerificationResult::TheyLearnt,
                };
                out.tell(Told::Verification(Verification::Succeeded(result)));
            }
            Event::SmpFailed { fingerprint, role, .. } => {
                self.failed(role, fingerprint, sessions, out);
            }
            Event::SmpAborted { .. } => self.cancelled_by_contact(out),
            Event::SmpCheated { .. } => {
                out.tell(Told::Verification(Verification::Interrupted));
            }
            _ => {}
        }
    }

    /// They ask. What was asked before counts no more.
    fn requested<D>(&mut self, request: SmpRequest, question: Option<String>, out: &mut Out<D>) {
        self.last += 1;
        self.open = Some(request);
        self.asked = false;
        out.store(Write::QuestionWaits);
        let request = RequestId(self.last);
        out.tell(Told::Verification(Verification::Requested { request, question }));
    }

    /// Asks the owner of the key that the person saw, and nobody else. What is to be sent; nothing if
    /// that is refused, which is told.
    pub(crate) fn ask<D: Clone + Ord>(
        &mut self,
        (key, question): (Fingerprint, Option<&str>),
        secret: &Secret,
        sessions: &mut Sessions<D>,
        out: &mut Out<D>,
    ) -> Option<Outputs> {
        let asked = if sessions.is_usable() {
            self.check(secret, out).and_then(|secret| {
                let asked = sessions.conversation.verify(key, &secret, question, out.now.at);
                asked.map_err(Verification::from)
            })
        } else {
            Err(Verification::NotPrivate)
        };
        self.sent(asked, out)
    }

    /// Answers what they asked.
    pub(crate) fn answer<D: Clone + Ord>(
        &mut self,
        request: RequestId,
        secret: &Secret,
        sessions: &mut Sessions<D>,
        out: &mut Out<D>,
    ) -> Option<Outputs> {
        let open = self.open.filter(|_| request.0 == self.last);
        let answered = match open {
            None => Err(Verification::Outdated),
            // Since it asked, the person may have been told that it is not the contact's.
            Some(open) if !sessions.keys.standing(open.fingerprint()).gets_texts() => {
                self.close(out);
                Err(Verification::Outdated)
            }
            Some(open) => self.check(secret, out).and_then(|secret| {
                let answered = sessions.conversation.answer(open, &secret, out.now.at);
                answered.map_err(Verification::from)
            }),
        };
        self.sent(answered, out)
    }

    fn sent<D>(
        &mut self,
        sent: Result<Outputs, Verification>,
        out: &mut Out<D>,
    ) -> Option<Outputs> {
        match sent {
            Ok(outputs) => {
                self.asked = true;
                self.close(out);
                Some(outputs)
            }
            Err(refusal) => {
                out.tell(Told::Verification(refusal));
                None
            }
        }
    }

    /// Whether the person can try now with this: not if nothing was typed, or too many attempts
    /// failed.
    fn check<D>(&self, secret: &Secret, out: &Out<D>) -> Result<SmpSecret, Verification> {
        // That both press Enter, or a space, proves nothing.
        if secret.expose().trim().is_empty() {
            return Err(Verification::NothingTyped);
        }
        match self.paused(out) {
            Some(paused) => Err(paused),
            None => Ok(SmpSecret::from(secret.expose())),
        }
    }

    /// After too many attempts that failed, the next has to wait.
    fn paused<D>(&self, out: &Out<D>) -> Option<Verification> {
        let left = self.failures.pause(out.now.at)?;
        Some(Verification::Paused { until: out.now.wall + left })
    }

    /// The person answers or refuses what they ask for.
    fn close<D>(&mut self, out: &mut Out<D>) {
        self.open = None;
        out.store(Write::NoQuestionWaits);
    }

    /// The person stops it.
    pub(crate) fn cancel<D>(&mut self, out: &mut Out<D>) {
        self.close(out);
        self.asked = false;
    }

    /// It matched. What that proves to us depends on who asked what.
    fn matched(&mut self, role: SmpRole) -> Option<Proof> {
        self.asked = false;
        self.failures.matched();
        match role {
            SmpRole::Asked { question: true } => Some(Proof::Question),
            SmpRole::Asked { question: false } | SmpRole::Answered { question: false } => {
                Some(Proof::SharedSecret)
            }
            // They asked and we answered: they know us now, we know no more of them.
            SmpRole::Answered { question: true } => None,
        }
    }

    /// It did not match: who asked has learnt that the other may be somebody else.
    fn failed<D: Clone + Ord>(
        &mut self,
        role: SmpRole,
        key: Fingerprint,
        sessions: &mut Sessions<D>,
        out: &mut Out<D>,
    ) {
        self.asked = false;
        self.failures.failed(out.now.at);
        match role {
            SmpRole::Asked { .. } | SmpRole::Answered { question: false } => {
                sessions.doubt(key, Doubt::NotMatched, out);
                out.tell(Told::Verification(Verification::Failed));
            }
            SmpRole::Answered { question: true } => {
                out.notice(Notice::NotProved);
                out.tell(Told::Verification(Verification::NotProved));
            }
        }
        if let Some(paused) = self.paused(out) {
            out.tell(Told::Verification(paused));
        }
    }

    /// The person compared key codes: whoever holds this key has nothing to guess any more.
    pub(crate) fn compared(&mut self) {
        self.failures.matched();
    }

    /// The session under a running verification ended or was replaced.
    pub(crate) fn interrupt<D>(&mut self, out: &mut Out<D>) {
        let is_running = self.asked || self.open.is_some();
        self.asked = false;
        self.lose(out);
        if is_running {
            out.tell(Told::Verification(Verification::Interrupted));
        }
    }

    /// They do not want to know any more.
    fn cancelled_by_contact<D>(&mut self, out: &mut Out<D>) {
        self.asked = false;
        self.lose(out);
        out.tell(Told::Verification(Verification::CancelledByContact));
    }

    /// What they ask for can't be answered any more; whoever has not seen it learns that there was
    /// something.
    fn lose<D>(&mut self, out: &mut Out<D>) {
        if self.open.take().is_some() {
            out.store(Write::NoQuestionWaits);
            out.notice(Notice::QuestionLost);
        }
    }
}

impl From<SmpError> for Verification {
    /// Why nothing went out.
    fn from(error: SmpError) -> Self {
        match error {
            SmpError::NotPrivate => Self::NotPrivate,
            SmpError::OtherKey(_) => Self::OtherKey,
            SmpError::EmptySecret => Self::NothingTyped,
            SmpError::StaleRequest => Self::Outdated,
            SmpError::Absent | SmpError::NulInQuestion | SmpError::QuestionTooLong => {
                Self::Interrupted
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_with_each_failure_up_to_an_hour_and_ends_with_a_match() {
        let now = Timestamp::from_millis(1000);
        let mut failures = Failures::default();
        let mut pauses = Vec::new();
        for _ in 0..12 {
            failures.failed(now);
            pauses.push(failures.pause(now).map_or(0, |pause| pause.as_secs() / 60));
        }
        assert_eq!(pauses, [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
        assert_eq!(failures.pause(now + LAST_PAUSE), None, "it is over");
        failures.matched();
        assert_eq!(failures.pause(now), None);
    }
}
