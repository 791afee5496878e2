//! A program that speaks OTR by our library, on a connection of its own, and does what its story
//! wants: it keeps a session though it should not, and writes readably though it could not.

use std::time::Instant;

use otr::{
    Config, Conversation, Event, InstanceTag, MessageState, Output, Outputs, Policy, PrivateKey,
    Timestamp,
};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::{Device, XmppServer};

/// A contact's program.
pub struct Peer {
    device: Device,
    key: PrivateKey,
    conversation: Conversation,
    contact: String,
    heard: String,
    began: Instant,
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Peer").field("contact", &self.contact).finish_non_exhaustive()
    }
}

impl Peer {
    /// Signs in as `name`, to speak with `contact`, always at the bare address.
    #[must_use]
    pub fn sign_in(name: &str, contact: &str, server: &impl XmppServer) -> Self {
        let key = PrivateKey::generate(&mut rand::rng());
        Self {
            device: Device::sign_in(name, server),
            conversation: conversation(key.clone()),
            key,
            contact: contact.to_owned(),
            heard: String::new(),
            began: Instant::now(),
        }
    }

    /// Loses its session, as a program does that crashed and runs again at the same address.
    pub fn forget(&mut self) {
        self.conversation = conversation(self.key.clone());
    }

    /// Asks for a private conversation and answers until it is one.
    ///
    /// # Panics
    /// When that never comes.
    pub fn go_private(&mut self) {
        let outputs = self.conversation.start(self.now());
        self.perform(outputs);
        self.wait_until_private();
    }

    /// Answers until it is private.
    ///
    /// # Panics
    /// When that never comes.
    pub fn wait_until_private(&mut self) {
        while !matches!(self.conversation.message_state(), MessageState::Encrypted { .. }) {
            self.hear();
        }
    }

    /// Writes this, as well protected as the conversation is.
    ///
    /// # Panics
    /// When the library refuses it.
    pub fn say(&mut self, text: &str) {
        let audience = self.conversation.audience();
        let outputs = self.conversation.send(text, audience, self.now()).expect("it can be sent");
        self.perform(outputs);
    }

    /// Writes this readably, whatever the conversation is.
    pub fn say_readably(&mut self, text: &str) {
        self.write(text);
    }

    /// Where what it says goes from now on.
    pub fn speak_to(&mut self, address: &str) {
        self.contact = address.to_owned();
    }

    /// Waits for this text, and answers what else it hears.
    ///
    /// # Panics
    /// When it never comes.
    pub fn wait_for_text(&mut self, wanted: &str) {
        let is_it = |event: &Event| matches!(event, Event::Text { text, .. } if text == wanted);
        while !self.hear().iter().any(is_it) {}
    }

    /// Its connection, for what is not said in a message.
    pub const fn device(&mut self) -> &mut Device {
        &mut self.device
    }

    /// Waits for messages, and answers them.
    fn hear(&mut self) -> Vec<Event> {
        let heard = self.device.wait_for("</message");
        self.heard.push_str(&heard);
        // Of the next it may be half.
        let whole = self.heard.rfind("</message").unwrap_or_default();
        let rest = self.heard.split_off(whole);
        let heard = std::mem::replace(&mut self.heard, rest);
        let bodies = heard.split("<body>").skip(1).filter_map(|rest| rest.split_once("</body>"));
        let mut events = Vec::new();
        for (body, _) in bodies {
            let body = body.replace("&lt;", "<").replace("&gt;", ">").replace("&apos;", "'");
            let body = body.replace("&quot;", "\"").replace("&amp;", "&");
            let outputs = self.conversation.receive(&body, self.now());
            events.extend(self.perform(outputs));
        }
        events
    }

    fn perform(&mut self, outputs: Outputs) -> Vec<Event> {
        let mut events = Vec::new();
        for output in outputs {
            match output {
                Output::Send { wire, .. } => self.write(wire.as_str()),
                Output::Event(event) => events.push(event),
            }
        }
        events
    }

    fn write(&mut self, body: &str) {
        let body = body.replace('&', "&amp;").replace('<', "&lt;");
        let to = &self.contact;
        self.device.send(&format!("<message to='{to}' type='chat'><body>{body}</body></message>"));
    }

    fn now(&self) -> Timestamp {
        let passed = self.began.elapsed().as_millis();
        Timestamp::from_millis(u64::try_from(passed).expect("not for ever"))
    }
}

fn conversation(key: PrivateKey) -> Conversation {
    let rng = StdRng::from_rng(&mut rand::rng());
    let instance = InstanceTag::random(&mut rand::rng());
    Conversation::new(Config::new(key, instance, rng).policy(Policy::MANUAL))
}
