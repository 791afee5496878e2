//! Making sure of each other: the socialist millionaires' protocol, and who learns what from it.

use std::time::{Duration, SystemTime};

use otr::{SmpError, SmpRequest, SmpRole, SmpSecret};
use tokio::time::Instant;

use super::Contact;
use crate::message::{
    ChatEvent, Doubt, Fingerprint, Notice, Proof, RequestId, Secret, Verification,
    VerificationResult,
};

/// What the contact asks for, newest only: an answer to an older one is refused.
#[derive(Debug, Default)]
pub(super) struct Requests {
    last: u64,
    open: Option<SmpRequest>,
    /// Whether we asked, and wait.
    asked: bool,
    failures: Failures,
}

/// So many attempts in a row may fail before there is a pause.
const FAILURES_MAX: u32 = 3;
/// The first pause; each further failure doubles it, up to the last.
const FIRST_PAUSE: Duration = Duration::from_secs(60);
const LAST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// Attempts in a row that did not match, whoever asked: each is a guess of whoever holds the other
/// end, and guessing takes time.
#[derive(Debug, Default)]
struct Failures {
    count: u32,
    until: Option<Instant>,
}

impl Failures {
    fn matched(&mut self) {
        *self = Self::default();
    }

    fn failed(&mut self, now: Instant) {
        self.count = self.count.saturating_add(1);
        if let Some(beyond) = self.count.checked_sub(FAILURES_MAX) {
            let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(beyond)).min(LAST_PAUSE);
            self.until = Some(now + pause);
        }
    }

    /// How long to wait before the next attempt, if at all.
    fn pause(&self, now: Instant) -> Option<Duration> {
        let left = self.until?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }
}

impl Contact {
    /// Asks the owner of the key that the person saw, and nobody else.
    pub(super) async fn verify(
        &mut self,
        key: Fingerprint,
        question: Option<String>,
        secret: &Secret,
    ) {
        if !self.session_is_usable() {
            return self.tell_verification(Verification::NotPrivate).await;
        }
        if is_blank(secret) {
            return self.tell_verification(Verification::NothingTyped).await;
        }
        if let Some(paused) = self.paused() {
            return self.tell_verification(paused).await;
        }
        let secret = SmpSecret::from(secret.expose());
        match self.conversation.verify(key, &secret, question.as_deref(), self.now()) {
            Ok(outputs) => {
                self.requests.asked = true;
                self.no_request_is_open().await;
                self.perform(outputs, None).await;
                self.tell_verification(Verification::InProgress).await;
            }
            Err(error) => self.refused(error).await,
        }
    }

    /// Nobody speaks as the contact whose key the person has not gone on with: each answer would
    /// test a guess of the secret, and tell somebody that it is we.
    pub(super) async fn requested(&mut self, request: SmpRequest, question: Option<String>) {
        if !self.keys.standing(request.fingerprint()).gets_texts() {
            return self.notice(Notice::AskedUnaccepted).await;
        }
        self.requests.last += 1;
        self.requests.open = Some(request);
        self.requests.asked = false;
        let request = RequestId(self.requests.last);
        self.question_waits().await;
        self.tell_verification(Verification::Requested { request, question }).await;
    }

    pub(super) async fn answer(&mut self, request: RequestId, secret: &Secret) {
        let open = self.requests.open.filter(|_| request.0 == self.requests.last);
        let Some(open) = open else {
            return self.tell_verification(Verification::Outdated).await;
        };
        // Since it asked, the person may have been told that it is not the contact's.
        if !self.keys.standing(open.fingerprint()).gets_texts() {
            self.no_request_is_open().await;
            return self.tell_verification(Verification::Outdated).await;
        }
        if is_blank(secret) {
            return self.tell_verification(Verification::NothingTyped).await;
        }
        if let Some(paused) = self.paused() {
            return self.tell_verification(paused).await;
        }
        match self.conversation.answer(open, &SmpSecret::from(secret.expose()), self.now()) {
            Ok(outputs) => {
                self.requests.asked = true;
                self.no_request_is_open().await;
                self.perform(outputs, None).await;
                self.tell_verification(Verification::InProgress).await;
            }
            Err(error) => self.refused(error).await,
        }
    }

    pub(super) async fn cancel_verification(&mut self) {
        self.no_request_is_open().await;
        self.requests.asked = false;
        let outputs = self.conversation.abort_verification(self.now());
        self.perform(outputs, None).await;
    }

    /// It matched: what that means depends on who asked what.
    pub(super) async fn verified(&mut self, fingerprint: Fingerprint, role: SmpRole) {
        self.requests.asked = false;
        self.requests.failures.matched();
        let proof = match role {
            SmpRole::Asked { question: true } => Some(Proof::Question),
            SmpRole::Asked { question: false } | SmpRole::Answered { question: false } => {
                Some(Proof::SharedSecret)
            }
            // They asked and we answered: they know us now, we know no more of them.
            SmpRole::Answered { question: true } => None,
        };
        let result = match proof {
            Some(proof) => {
                self.set_trust(fingerprint, Some(proof)).await;
                VerificationResult::WeLearnt(proof)
            }
            None => VerificationResult::TheyLearnt,
        };
        self.tell_verification(Verification::Succeeded(result)).await;
    }

    /// It did not match: who asked has learnt that the other may be somebody else.
    pub(super) async fn not_verified(&mut self, fingerprint: Fingerprint, role: SmpRole) {
        self.requests.asked = false;
        self.requests.failures.failed(Instant::now());
        match role {
            SmpRole::Asked { .. } | SmpRole::Answered { question: false } => {
                self.doubt_key(fingerprint, Doubt::NotMatched).await;
                self.tell_verification(Verification::Failed).await;
            }
            SmpRole::Answered { question: true } => {
                self.notice(Notice::NotProved).await;
                self.tell_verification(Verification::NotProved).await;
            }
        }
        if let Some(paused) = self.paused() {
            self.tell_verification(paused).await;
        }
    }

    /// The person compared key codes: whoever holds this key has nothing to guess any more.
    pub(super) fn key_was_compared(&mut self, fingerprint: Fingerprint) {
        if self.padlock().fingerprint() == Some(fingerprint) {
            self.requests.failures.matched();
        }
    }

    /// The session under a running verification ended or was replaced.
    pub(super) async fn interrupt_verification(&mut self) {
        let running = self.requests.asked || self.requests.open.is_some();
        self.requests.asked = false;
        self.request_is_lost().await;
        if running {
            self.tell_verification(Verification::Interrupted).await;
        }
    }

    /// They do not want to know any more.
    pub(super) async fn verification_is_stopped(&mut self) {
        self.requests.asked = false;
        self.request_is_lost().await;
        self.tell_verification(Verification::CancelledByContact).await;
    }

    /// The person answers or refuses what they ask for.
    async fn no_request_is_open(&mut self) {
        self.requests.open = None;
        self.no_question_waits().await;
    }

    /// What they ask for can't be answered any more; whoever has not seen it learns that there was
    /// something.
    async fn request_is_lost(&mut self) {
        if self.requests.open.take().is_some() {
            self.no_question_waits().await;
            self.notice(Notice::QuestionLost).await;
        }
    }

    async fn refused(&mut self, error: SmpError) {
        tracing::debug!(%error, "the protocol refuses to verify");
        let refusal = match error {
            SmpError::NotPrivate => Verification::NotPrivate,
            SmpError::OtherKey(_) => Verification::OtherKey,
            SmpError::EmptySecret => Verification::NothingTyped,
            SmpError::StaleRequest => Verification::Outdated,
            SmpError::Absent | SmpError::NulInQuestion | SmpError::QuestionTooLong => {
                Verification::Interrupted
            }
        };
        self.tell_verification(refusal).await;
    }

    /// After too many attempts that failed, the next has to wait.
    fn paused(&self) -> Option<Verification> {
        let left = self.requests.failures.pause(Instant::now())?;
        Some(Verification::Paused { until: SystemTime::now() + left })
    }

    async fn tell_verification(&self, verification: Verification) {
        self.tell(ChatEvent::Verification(verification)).await;
    }
}

/// Whether there is nothing to compare: that both press Enter, or a space, proves nothing.
fn is_blank(secret: &Secret) -> bool {
    secret.expose().trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_with_each_failure_up_to_an_hour_and_ends_with_a_match() {
        let now = Instant::now();
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
