//! One conversation of somebody who uses Sotto.

use engine::{
    ChatCommand, ChatEvent, ChatId, Command, Delivery, Fingerprint, MessageId, NewMessage, Notice,
    Outgoing, new_message_id,
};
use engine::{Padlock, Provenance, RequestId, Secret, Verification};

use crate::event_log;
use crate::{Person, code};

/// What a person does in one conversation, and sees of it.
#[derive(Clone, Debug)]
pub struct Chat<'a> {
    person: &'a Person,
    id: ChatId,
}

impl<'a> Chat<'a> {
    pub(crate) fn new(person: &'a Person, id: ChatId) -> Self {
        Self { person, id }
    }

    /// Which it is.
    #[must_use]
    pub fn id(&self) -> &ChatId {
        &self.id
    }

    // What the person does.

    /// Looks at it, which asks nobody for anything who never was private with us.
    pub fn look(&self) {
        self.person.command(Command::Chat(self.id.clone(), ChatCommand::Open));
    }

    /// Looks at something else.
    pub fn look_away(&self) {
        self.person.command(Command::Chat(self.id.clone(), ChatCommand::Leave));
    }

    /// Types the first key of a text.
    pub fn begin_to_write(&self) {
        self.person.command(Command::Chat(self.id.clone(), ChatCommand::Writing(true)));
    }

    /// Looks at it and begins to write.
    pub fn open(&self) {
        self.look();
        self.begin_to_write();
    }

    /// Wants it private.
    pub fn go_private(&self) {
        self.person.command(Command::Chat(self.id.clone(), ChatCommand::GoPrivate));
    }

    /// Leaves private.
    pub fn end_private(&self) {
        self.person.command(Command::Chat(self.id.clone(), ChatCommand::EndPrivate));
    }

    /// Writes under the padlock as it is now.
    pub fn say(&self, text: &str) -> MessageId {
        self.say_under(self.padlock(), text)
    }

    /// Writes under a padlock that may have changed meanwhile.
    pub fn say_under(&self, seen: Padlock, text: &str) -> MessageId {
        let id = new_message_id();
        let (chat, text) = (self.id.clone(), text.to_owned());
        let sent = Command::Chat(
            chat,
            ChatCommand::Send(NewMessage { id: id.clone(), text, seen, replaces: None }),
        );
        self.person.command(sent);
        id
    }

    /// Writes in place of an earlier message.
    pub fn correct(&self, replaced: &MessageId, text: &str) -> MessageId {
        let (id, seen) = (new_message_id(), self.padlock());
        let (chat, text, replaces) = (self.id.clone(), text.to_owned(), Some(replaced.clone()));
        self.person.command(Command::Chat(
            chat,
            ChatCommand::Send(NewMessage { id: id.clone(), text, seen, replaces }),
        ));
        id
    }

    /// Sends a held or failed message again, under the padlock as it is now.
    pub fn retry(&self, id: &MessageId) {
        let (chat, seen) = (self.id.clone(), self.padlock());
        self.person.command(Command::Chat(chat, ChatCommand::Retry { id: id.clone(), seen }));
    }

    /// Takes a held or failed message back.
    pub fn discard(&self, id: &MessageId) {
        self.person.command(Command::Chat(self.id.clone(), ChatCommand::Discard(id.clone())));
    }

    /// Asks a question.
    pub fn ask(&self, question: &str, answer: &str) {
        self.verify(Some(question.to_owned()), answer);
    }

    /// Asks for a shared secret.
    pub fn ask_for_secret(&self, secret: &str) {
        self.verify(None, secret);
    }

    /// Answers what was asked.
    pub fn answer(&self, request: RequestId, secret: &str) {
        let (chat, secret) = (self.id.clone(), Secret::new(secret.to_owned()));
        self.person.command(Command::Chat(chat, ChatCommand::Answer { request, secret }));
    }

    fn verify(&self, question: Option<String>, secret: &str) {
        let key = self.padlock().fingerprint().expect("the padlock shows whose key it is");
        let (chat, secret) = (self.id.clone(), Secret::new(secret.to_owned()));
        self.person.command(Command::Chat(chat, ChatCommand::Verify { key, question, secret }));
    }

    // What the person sees.

    /// The padlock as it is now.
    #[must_use]
    pub fn padlock(&self) -> Padlock {
        self.person.diary.read(|events| event_log::padlock(events, &self.id))
    }

    /// Waits until the padlock is as wished now.
    pub fn wait_for_padlock(&self, what: &str, wish: impl Fn(Padlock) -> bool) -> Padlock {
        self.wait(&format!("the padlock should be {what}"), |events, id| {
            Some(event_log::padlock(events, id)).filter(|padlock| wish(*padlock))
        })
    }

    /// Waits until it is private, verified or not, and says with which key.
    pub fn wait_until_private(&self) -> Fingerprint {
        let is_private = |padlock| matches!(padlock, Padlock::Private(_) | Padlock::Verified(_));
        let padlock = self.wait_for_padlock("closed", is_private);
        padlock.fingerprint().expect("a private conversation has a key")
    }

    /// Waits until it is private with a verified key, and says with which.
    pub fn wait_until_verified(&self) -> Fingerprint {
        let padlock =
            self.wait_for_padlock("verified", |padlock| matches!(padlock, Padlock::Verified(_)));
        padlock.fingerprint().expect("a private conversation has a key")
    }

    /// The code of the key in use, as libotr prints it.
    #[must_use]
    pub fn key_code(&self) -> Option<String> {
        self.padlock().fingerprint().as_ref().map(code)
    }

    /// Waits until this was received, and says how it travelled.
    pub fn wait_for_text(&self, text: &str) -> Provenance {
        self.wait(&format!("{:?} should arrive", shortened(text)), |events, id| {
            let lines = event_log::received(events, id);
            lines.iter().find(|line| line.0 == text).map(|line| line.1)
        })
    }

    /// All that was received so far, and how it travelled.
    #[must_use]
    pub fn received(&self) -> Vec<(String, Provenance)> {
        self.person.diary.read(|events| event_log::received(events, &self.id))
    }

    /// Reads all that was received so far: it is not told again in a later life.
    pub fn read(&self) {
        let number = self.wait("what was received should be kept", |events, id| {
            let last = event_log::chat(events, id)
                .rev()
                .find(|told| matches!(told, ChatEvent::Received { .. } | ChatEvent::Unread(_)));
            match last? {
                ChatEvent::Unread(number) => Some(*number),
                _ => None,
            }
        });
        self.person.command(Command::Chat(self.id.clone(), ChatCommand::Read(number)));
    }

    /// The same, and waits until that is written down: each conversation writes for itself, so nothing
    /// else that was told says so.
    pub fn read_for_good(&self) {
        self.read();
        let is_padlock = |told: &&ChatEvent| matches!(told, ChatEvent::PadlockChanged(_));
        let before = self.count(|told| is_padlock(&told));
        // What is asked next is answered next.
        self.look();
        self.wait("the padlock should be told again", |events, id| {
            let padlocks = event_log::chat(events, id).filter(is_padlock).count();
            (padlocks > before).then_some(())
        });
    }

    /// Waits until a message of ours stands as wished now.
    pub fn wait_for_delivery(
        &self,
        id: &MessageId,
        what: &str,
        wish: impl Fn(Delivery) -> bool,
    ) -> Delivery {
        self.wait(&format!("the message should be {what}"), |events, chat| {
            let delivery = event_log::outgoing(events, chat, id)?.delivery;
            wish(delivery).then_some(delivery)
        })
    }

    /// A message of ours as it stands now; `None` if it was never shown or was taken back.
    #[must_use]
    pub fn outgoing(&self, id: &MessageId) -> Option<Outgoing> {
        self.person.diary.read(|events| event_log::outgoing(events, &self.id, id))
    }

    /// Waits until a message of ours is taken back.
    pub fn wait_until_taken_back(&self, id: &MessageId) {
        self.wait("the message should be taken back", |events, chat| {
            event_log::outgoing(events, chat, id).is_none().then_some(())
        });
    }

    /// Waits until the history tells this in words.
    pub fn wait_for_notice<T>(&self, what: &str, look: impl Fn(&Notice) -> Option<T>) -> T {
        self.wait(&format!("the history should tell of {what}"), |events, id| {
            event_log::notices(events, id).iter().find_map(&look)
        })
    }

    /// All that the history told in words so far.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        self.person.diary.read(|events| event_log::notices(events, &self.id))
    }

    /// Waits until we are asked this question (`None`: for the shared secret).
    pub fn wait_for_request(&self, asked: Option<&str>) -> RequestId {
        self.wait(&format!("{asked:?} should be asked"), |events, id| {
            // A later request replaces an earlier one.
            event_log::verifications(events, id).iter().rev().find_map(|step| match step {
                Verification::Requested { request, question } => {
                    (question.as_deref() == asked).then_some(*request)
                }
                _ => None,
            })
        })
    }

    /// Waits until the last step of verification is this.
    pub fn wait_for_verification(&self, wish: &Verification) {
        self.wait(&format!("verification should come to {wish:?}"), |events, id| {
            (event_log::verifications(events, id).last() == Some(wish)).then_some(())
        });
    }

    /// Waits until the contact's presence is shared as wished.
    pub fn wait_for_subscription(&self, what: &str, wish: engine::Subscription) {
        self.wait(&format!("presence should be {what}"), |events, id| {
            (event_log::subscription(events, id)? == wish).then_some(())
        });
    }

    /// How often the conversation told something.
    pub fn count(&self, look: impl Fn(&ChatEvent) -> bool) -> usize {
        self.person
            .diary
            .read(|events| event_log::chat(events, &self.id).filter(|told| look(told)).count())
    }

    /// Waits until what was told of this conversation shows what is looked for. `look` must not
    /// ask this [`Chat`] anything: it is given all there is.
    pub fn wait<T>(
        &self,
        what: &str,
        mut look: impl FnMut(&[engine::Event], &ChatId) -> Option<T>,
    ) -> T {
        let ChatId { account, contact } = &self.id;
        let what = format!("{account} with {contact}: {what}");
        self.person.diary.wait(&what, |events| look(events, &self.id))
    }
}

/// The beginning of a long text.
fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}
