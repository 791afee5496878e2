//! The verification dialog over a chat: SMP with a question or a shared secret, or comparing fingerprints.
//!
//! Who asks is who learns. Answering a question proves us to the contact and tells us nothing of
//! them, so the result of an answer offers to ask them in turn.

mod choose;
mod compare;
mod form;
mod message;
mod outcome;
mod steps;

use std::time::SystemTime;

use engine::{
    ChatCommand, ChatId, Command, Fingerprint, Padlock, Proof, RequestId, Secret, Verification,
    VerificationResult,
};
use iced::Element;
use iced::widget::column;

use form::is_blank;
pub(crate) use message::{Action, Pending};
pub use message::{Message, VerificationMethod};
pub(crate) use outcome::Outcome;

use crate::widget::{FocusTarget, id};

/// State of the verification dialog of one contact; it is closed most of the time.
#[derive(Debug)]
pub(crate) struct Verify {
    chat: ChatId,
    name: String,
    ours: Option<Fingerprint>,
    padlock: Padlock,
    open: bool,
    step: Step,
    /// Whether what was being typed ended by itself: the keys that follow are part of it still.
    cut_short: bool,
    request: Option<Request>,
}

/// An SMP request of the contact.
#[derive(Clone, Debug)]
struct Request {
    id: RequestId,
    question: Option<String>,
}

/// The step that the dialog shows.
#[derive(Debug)]
enum Step {
    /// Choosing a method.
    Choose,
    /// Writing a question and its answer.
    Question { question: String, answer: Secret, reveal: bool },
    /// Writing the secret both know.
    Shared { secret: Secret, reveal: bool },
    /// Looking at both key codes.
    Compare,
    /// Our SMP request is running.
    Asked,
    /// Writing the answer to theirs.
    Answering { request: Request, secret: Secret, reveal: bool, replaced: bool },
    /// We answered theirs, and wait for the result.
    Answered(Request),
    /// It is over.
    Over(Outcome),
}

impl Step {
    /// The request of theirs that this step is about.
    const fn request(&self) -> Option<&Request> {
        match self {
            Self::Answering { request, .. } | Self::Answered(request) => Some(request),
            Self::Choose
            | Self::Question { .. }
            | Self::Shared { .. }
            | Self::Compare
            | Self::Asked
            | Self::Over(_) => None,
        }
    }
}

impl Verify {
    /// Nothing is verified yet.
    pub(crate) const fn new(chat: ChatId, name: String) -> Self {
        Self {
            chat,
            name,
            ours: None,
            padlock: Padlock::NotPrivate,
            open: false,
            step: Step::Choose,
            cut_short: false,
            request: None,
        }
    }

    /// How the contact is called.
    pub(crate) fn rename(&mut self, name: String) {
        self.name = name;
    }

    /// Our own key code, to compare.
    pub(crate) const fn set_own_fingerprint(&mut self, fingerprint: Fingerprint) {
        self.ours = Some(fingerprint);
    }

    /// Whether the sheet is open.
    pub(crate) const fn is_open(&self) -> bool {
        self.open
    }

    /// Where one types now, or the button to press without having read more.
    pub(crate) fn focus_target(&self) -> FocusTarget {
        let id = match &self.step {
            Step::Question { question, .. } if question.is_empty() => id::QUESTION,
            Step::Question { .. } | Step::Shared { .. } | Step::Answering { .. } => id::ANSWER,
            // A space of what is still being typed would press the button, and the rest would go into
            // the message.
            Step::Over(_) if self.cut_short => id::NOWHERE,
            Step::Choose | Step::Compare | Step::Asked | Step::Answered(_) | Step::Over(_) => {
                id::VERIFY
            }
        };
        // What was typed first is no other place once it is typed; another question is one.
        let request = self.step.request().map(|request| request.id.0);
        FocusTarget::on_sheet(id, (&self.chat.contact.as_str(), self.progress(), request))
    }

    /// What waits behind the closed sheet.
    pub(crate) const fn pending(&self) -> Option<Pending> {
        if self.open {
            return None;
        }
        if self.request.is_some() {
            return Some(Pending::Request);
        }
        match self.step {
            Step::Asked | Step::Answered(_) => Some(Pending::UnderWay),
            Step::Over(_) => Some(Pending::Result),
            Step::Choose
            | Step::Question { .. }
            | Step::Shared { .. }
            | Step::Compare
            | Step::Answering { .. } => None,
        }
    }

    /// Opens the sheet: at what they ask, where it stands, or at the choice.
    pub(crate) fn open(&mut self) {
        self.open = true;
        if let Some(request) = self.request.take() {
            return self.answer(request, false);
        }
        if let Step::Over(_) = self.step {
            self.step = Step::Choose;
        }
        if self.padlock.fingerprint().is_none() {
            self.step = Step::Over(Outcome::NotPrivate);
        }
    }

    /// The padlock changed; a session that is gone takes its verification along.
    pub(crate) fn padlock_changed(&mut self, padlock: Padlock) {
        let changed = self.padlock.fingerprint() != padlock.fingerprint();
        self.padlock = padlock;
        if !changed {
            return;
        }
        self.request = None;
        match self.step {
            Step::Choose | Step::Over(_) => {}
            // Nothing was asked yet, and nobody looks.
            Step::Question { .. } | Step::Shared { .. } | Step::Compare if !self.open => {}
            Step::Question { .. }
            | Step::Shared { .. }
            | Step::Compare
            | Step::Asked
            | Step::Answering { .. }
            | Step::Answered(_) => self.end_by_itself(Outcome::Interrupted),
        }
    }

    /// Ends the step, whatever the person is doing in it.
    fn end_by_itself(&mut self, outcome: Outcome) {
        let is_typing = matches!(
            self.step,
            Step::Question { .. } | Step::Shared { .. } | Step::Answering { .. }
        );
        self.cut_short = self.open && is_typing;
        self.step = Step::Over(outcome);
    }

    /// Handles an event of the engine.
    pub(crate) fn observe(&mut self, verification: Verification) {
        match verification {
            Verification::Requested { request, question } => {
                let request = Request { id: request, question };
                if matches!(self.step, Step::Answering { .. }) {
                    self.answer(request, true);
                } else {
                    self.request = Some(request);
                }
            }
            Verification::InProgress => {}
            Verification::Succeeded(VerificationResult::WeLearnt(proof)) => {
                self.end(Outcome::WeLearnt(proof));
            }
            Verification::Succeeded(VerificationResult::TheyLearnt) => {
                self.end(Outcome::TheyLearnt);
            }
            Verification::Failed => self.end(Outcome::Failed),
            Verification::NotProved => self.end(Outcome::NotProved),
            Verification::CancelledByContact => self.end(Outcome::CancelledByContact),
            Verification::Interrupted => self.end(Outcome::Interrupted),
            Verification::NotPrivate => self.end(Outcome::NotPrivate),
            Verification::Outdated => self.end(Outcome::Outdated),
            Verification::OtherKey => self.end(Outcome::OtherKey),
            Verification::NothingTyped => self.end(Outcome::NothingTyped),
            Verification::Paused { until } => self.paused(until),
        }
    }

    /// Brings back what was typed for a command that the engine did not take.
    pub(crate) fn command_rejected(&mut self, command: Command) {
        if matches!(
            command,
            Command::Chat(_, ChatCommand::SetTrust { .. })
                | Command::Chat(_, ChatCommand::DoubtKey(_))
        ) {
            self.step = Step::Compare;
        } else if let Command::Chat(_, ChatCommand::Verify { question, secret, .. }) = command {
            self.step = match question {
                Some(question) => Step::Question { question, answer: secret, reveal: false },
                None => Step::Shared { secret, reveal: false },
            };
        } else if let Command::Chat(_, ChatCommand::Answer { secret, .. }) = command
            && let Step::Answered(request) = &self.step
        {
            let request = request.clone();
            self.step = Step::Answering { request, secret, reveal: false, replaced: false };
        }
    }

    /// Handles what the person did.
    pub(crate) fn update(&mut self, message: Message) -> Action {
        self.cut_short = false;
        match message {
            Message::Choose(method) => return self.choose(method),
            Message::Back => self.step = Step::Choose,
            Message::QuestionTyped(typed) => {
                if let Step::Question { question, .. } = &mut self.step {
                    *question = typed;
                }
            }
            Message::SecretTyped(typed) => self.type_secret(typed),
            Message::Reveal => self.reveal(),
            Message::Ask => return self.ask(),
            Message::OpenRequest => {
                if self.request.is_some() {
                    self.open();
                }
            }
            Message::Answer => return self.send_answer(),
            Message::Match(fingerprint) => {
                self.step = Step::Over(Outcome::WeLearnt(Proof::Compared));
                let (chat, proof) = (self.chat.clone(), Some(Proof::Compared));
                return Action::Command(Command::Chat(
                    chat,
                    ChatCommand::SetTrust { fingerprint, proof },
                ));
            }
            Message::Differ(fingerprint) => {
                self.step = Step::Over(Outcome::Differ);
                let chat = self.chat.clone();
                return Action::Command(Command::Chat(chat, ChatCommand::DoubtKey(fingerprint)));
            }
            Message::Cancel => return self.cancel(),
            Message::Decline => {
                self.request = None;
                return Action::Command(Command::Chat(
                    self.chat.clone(),
                    ChatCommand::CancelVerification,
                ));
            }
            Message::Close => self.close(),
            Message::Show => self.open = true,
        }
        Action::None
    }

    /// Closes the sheet. What is under way goes on; a half-written answer waits to be opened again.
    pub(crate) fn close(&mut self) {
        self.open = false;
        match &self.step {
            Step::Asked | Step::Answered(_) => {}
            Step::Answering { request, .. } => {
                self.request = Some(request.clone());
                self.step = Step::Choose;
            }
            // What was typed is there when the sheet is opened again.
            Step::Question { question, answer, .. }
                if !question.is_empty() || !answer.expose().is_empty() => {}
            Step::Shared { secret, .. } if !secret.expose().is_empty() => {}
            Step::Choose
            | Step::Question { .. }
            | Step::Shared { .. }
            | Step::Compare
            | Step::Over(_) => self.step = Step::Choose,
        }
    }

    /// Draws the card of the sheet.
    pub(crate) fn view(&self) -> Element<'_, Message> {
        let name = &self.name;
        let step = match &self.step {
            Step::Choose => choose::view(name),
            Step::Question { question, answer, reveal } => {
                form::question(name, question, answer, *reveal)
            }
            Step::Shared { secret, reveal } => form::shared(name, secret, *reveal),
            Step::Compare => compare::view(name, self.ours, self.padlock.fingerprint()),
            Step::Asked => form::waiting(name, true),
            Step::Answered(_) => form::waiting(name, false),
            Step::Answering { request, secret, reveal, replaced } => {
                form::answer(name, request.question.as_deref(), secret, *reveal, *replaced)
            }
            Step::Over(outcome) => outcome::view(name, *outcome),
        };
        let asks = self.request.as_ref().map(|_| choose::request_note(name));
        column![steps::view(self.progress()), step]
            .push(asks)
            .spacing(crate::theme::space::M)
            .into()
    }

    const fn progress(&self) -> steps::Progress {
        match self.step {
            Step::Choose => steps::Progress::Choose,
            Step::Question { .. } | Step::Shared { .. } => steps::Progress::Ask,
            Step::Compare => steps::Progress::Compare,
            Step::Answering { .. } => steps::Progress::Answer,
            Step::Asked | Step::Answered(_) => steps::Progress::Wait,
            Step::Over(_) => steps::Progress::Result,
        }
    }

    fn choose(&mut self, method: VerificationMethod) -> Action {
        let secret = Secret::default();
        let (step, action) = match method {
            VerificationMethod::Question => (
                Step::Question { question: String::new(), answer: secret, reveal: false },
                Action::Focus(id::QUESTION),
            ),
            VerificationMethod::Shared => {
                (Step::Shared { secret, reveal: false }, Action::Focus(id::ANSWER))
            }
            VerificationMethod::Compare => (Step::Compare, Action::None),
        };
        self.step = step;
        action
    }

    fn type_secret(&mut self, typed: Secret) {
        match &mut self.step {
            Step::Question { answer: secret, .. }
            | Step::Shared { secret, .. }
            | Step::Answering { secret, .. } => *secret = typed,
            Step::Choose | Step::Compare | Step::Asked | Step::Answered(_) | Step::Over(_) => {}
        }
    }

    fn reveal(&mut self) {
        match &mut self.step {
            Step::Question { reveal, .. }
            | Step::Shared { reveal, .. }
            | Step::Answering { reveal, .. } => *reveal = !*reveal,
            Step::Choose | Step::Compare | Step::Asked | Step::Answered(_) | Step::Over(_) => {}
        }
    }

    fn ask(&mut self) -> Action {
        let (question, secret) = match &self.step {
            Step::Question { question, answer, .. } => {
                (Some(question.trim().to_owned()), answer.clone())
            }
            Step::Shared { secret, .. } => (None, secret.clone()),
            Step::Choose
            | Step::Compare
            | Step::Asked
            | Step::Answering { .. }
            | Step::Answered(_)
            | Step::Over(_) => return Action::None,
        };
        if is_blank(&secret) || question.as_ref().is_some_and(String::is_empty) {
            return Action::None;
        }
        let Some(key) = self.padlock.fingerprint() else {
            self.step = Step::Over(Outcome::NotPrivate);
            return Action::None;
        };
        self.step = Step::Asked;
        Action::Command(Command::Chat(
            self.chat.clone(),
            ChatCommand::Verify { key, question, secret },
        ))
    }

    fn answer(&mut self, request: Request, replaced: bool) {
        let secret = Secret::default();
        self.step = Step::Answering { request, secret, reveal: false, replaced };
    }

    fn send_answer(&mut self) -> Action {
        let Step::Answering { request, secret, .. } = &self.step else { return Action::None };
        if is_blank(secret) {
            return Action::None;
        }
        let command = Command::Chat(
            self.chat.clone(),
            ChatCommand::Answer { request: request.id, secret: secret.clone() },
        );
        self.step = Step::Answered(request.clone());
        Action::Command(command)
    }

    /// Tells the contact, if there is anything they know of.
    fn cancel(&mut self) -> Action {
        let under_way =
            matches!(self.step, Step::Asked | Step::Answering { .. } | Step::Answered(_));
        self.open = false;
        self.step = Step::Choose;
        if under_way {
            Action::Command(Command::Chat(self.chat.clone(), ChatCommand::CancelVerification))
        } else {
            Action::None
        }
    }

    /// The next attempt has to wait; what they asked still waits for its answer.
    fn paused(&mut self, until: SystemTime) {
        let asked = self.step.request().or(self.request.as_ref()).cloned();
        match self.step {
            Step::Over(Outcome::Failed) => self.step = Step::Over(Outcome::FailedAndPaused(until)),
            Step::Over(Outcome::NotProved) => {
                self.step = Step::Over(Outcome::NotProvedAndPaused(until));
            }
            Step::Choose
            | Step::Question { .. }
            | Step::Shared { .. }
            | Step::Compare
            | Step::Asked
            | Step::Answering { .. }
            | Step::Answered(_)
            | Step::Over(_) => self.end(Outcome::Paused(until)),
        }
        self.request = asked;
    }

    /// A result counts for what is under way; one that nobody waits for is told by the history.
    fn end(&mut self, outcome: Outcome) {
        match self.step {
            Step::Asked | Step::Answering { .. } | Step::Answered(_) => {
                self.end_by_itself(outcome);
            }
            Step::Choose
            | Step::Question { .. }
            | Step::Shared { .. }
            | Step::Compare
            | Step::Over(_) => self.request = None,
        }
    }
}

#[cfg(test)]
mod tests;
