//! A contact who uses another program: Profanity, whose OTR is libotr's.

use std::ffi::OsStr;
use std::fs;

use engine::UserDirs;
use otr::PrivateKey;
use otr::keyfile::{Account, AccountKey, write_private_keys};

use crate::{PASSWORD, Prosody, Scratch, Terminal, until};

/// What Profanity thinks of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerTrust {
    /// Nothing yet.
    Unverified,
    /// A question or a shared secret matched.
    Smp,
    /// The person said so.
    Trusted,
}

/// Profanity in a terminal, signed in, with an OTR key of its own.
///
/// It speaks version 2 of OTR only: its policy for libotr leaves version 3 out, it offers
/// `?OTR?v2?`, and it passes over `?OTRv3?` in silence. Nor has it a finished state: when its
/// contact ends a private conversation it is in plaintext at once, and says so on its title line.
#[derive(Debug)]
pub struct Profanity {
    name: String,
    // Ended before the directory is removed: fields are dropped in order.
    terminal: Option<Terminal>,
    home: Scratch,
}

impl Profanity {
    /// Signs in as `name`, makes a key, and opens the conversation with `contact`.
    ///
    /// # Panics
    /// When Profanity is missing or does not sign in.
    #[must_use]
    pub fn sign_in(server: &Prosody, name: &str, contact: &str) -> Self {
        let home = Scratch::new("profanity");
        home.write(
            ".local/share/profanity/accounts",
            format!(
                "[{name}]\nenabled=true\njid={name}@localhost\nserver=127.0.0.1\nport={port}\n\
                 resource=profanity\npassword={PASSWORD}\ntls.policy=trust\notr.policy=manual\n",
                port = server.port(),
            ),
        );
        home.write(
            ".config/profanity/profrc",
            "[ui]\nsplash=false\nvercheck=false\ntips=false\n[otr]\npolicy=manual\n\
             [chatstates]\nenabled=false\n[notifications]\nmessage=false\n",
        );
        home.directory("run");
        let mut profanity = Self { name: name.to_owned(), terminal: None, home };
        profanity.give_key();
        profanity.start();
        profanity.open(contact);
        profanity
    }

    /// Ends the program without a goodbye, as a crash would. Its key stays on disk.
    ///
    /// # Panics
    /// When it does not run.
    pub fn crash(&mut self) {
        drop(self.terminal.take().expect("Profanity runs"));
    }

    /// Starts it again after a crash and opens the conversation.
    ///
    /// # Panics
    /// When it does not sign in.
    pub fn start_again(&mut self, contact: &str) {
        self.start();
        self.open(contact);
    }

    /// Gives it another key while it does not run; what it knew of others is gone.
    ///
    /// # Panics
    /// When it runs.
    pub fn change_key(&mut self) {
        assert!(self.terminal.is_none(), "it would write its old key again");
        self.give_key();
    }

    /// Says that the contact's key is the contact's.
    pub fn trust(&self) {
        self.terminal().enter("/otr trust");
        self.wait_until_trusted();
    }

    /// Where it keeps its things.
    #[must_use]
    pub fn homes(&self) -> UserDirs {
        let home = self.home.path().to_owned();
        UserDirs { config: home.join(".config"), data: home.join(".local/share"), home }
    }

    /// Its terminal, to read.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn terminal(&self) -> &Terminal {
        self.terminal.as_ref().expect("Profanity runs")
    }

    /// Writes to the contact.
    pub fn say(&self, text: &str) {
        self.terminal().enter(text);
    }

    /// Waits until it shows what the contact wrote.
    pub fn wait_for_text(&self, text: &str) {
        self.terminal().wait_for(text);
    }

    /// Starts a private conversation.
    pub fn go_private(&self) {
        self.terminal().enter("/otr start");
    }

    /// Ends the private conversation.
    pub fn end_private(&self) {
        self.terminal().enter("/otr end");
    }

    /// Asks the contact a question.
    pub fn ask(&self, question: &str, answer: &str) {
        self.terminal().enter(&format!("/otr question \"{question}\" \"{answer}\""));
    }

    /// Answers the contact's question.
    pub fn answer(&self, answer: &str) {
        self.terminal().enter(&format!("/otr answer \"{answer}\""));
    }

    /// Asks for a shared secret, or enters it when asked.
    pub fn share_secret(&self, secret: &str) {
        self.terminal().enter(&format!("/otr secret \"{secret}\""));
    }

    /// Waits until its title line says that the conversation is not private.
    pub fn wait_until_plain(&self) {
        self.wait_for_title("[unencrypted]");
    }

    /// Waits until its title line says that the conversation is private, with a key that it does
    /// not trust.
    pub fn wait_until_private(&self) {
        self.wait_for_title("[OTR] [untrusted]");
    }

    /// Waits until its title line says that the conversation is private, with a key that it
    /// trusts.
    pub fn wait_until_trusted(&self) {
        self.wait_for_title("[OTR] [trusted]");
    }

    /// Its own key code as libotr writes it: 40 hexadecimal digits in capitals.
    ///
    /// # Panics
    /// When it does not show it.
    #[must_use]
    pub fn own_fingerprint(&self) -> String {
        self.terminal().enter("/otr myfp");
        until("Profanity should show its key code", || {
            let screen = self.terminal().screen();
            let (_, after) = screen.rsplit_once("Your OTR fingerprint: ")?;
            let code: String = after.lines().next()?.split_whitespace().collect();
            (code.len() == 40).then_some(code)
        })
    }

    /// The keys of its contacts, from its file: name, key code in capitals, trust.
    #[must_use]
    pub fn known_keys(&self) -> Vec<(String, String, PeerTrust)> {
        let text = fs::read_to_string(self.otr_file("fingerprints.txt")).unwrap_or_default();
        text.lines()
            .filter_map(|line| {
                let mut fields = line.split('\t');
                let contact = fields.next()?.to_owned();
                let fingerprint = fields.nth(2)?.to_uppercase();
                let trust = match fields.next().unwrap_or_default() {
                    "" => PeerTrust::Unverified,
                    "smp" => PeerTrust::Smp,
                    _ => PeerTrust::Trusted,
                };
                Some((contact, fingerprint, trust))
            })
            .collect()
    }

    /// Waits until its file says this of a contact's key.
    pub fn wait_for_trust(&self, contact: &str, fingerprint: &str, trust: &PeerTrust) {
        until(&format!("Profanity should hold {contact}'s key as {trust:?}"), || {
            self.known_keys()
                .iter()
                .any(|known| known.0 == contact && known.1 == fingerprint && known.2 == *trust)
                .then_some(())
        });
    }

    fn wait_for_title(&self, mark: &str) {
        self.terminal().wait_until(&format!("the title should show {mark}"), |screen| {
            screen.lines().next().is_some_and(|title| title.contains(mark))
        });
    }

    fn start(&mut self) {
        let home = self.home.path();
        let run = self.home.file("run");
        let variables: [(&str, &OsStr); 4] = [
            ("HOME", home.as_os_str()),
            ("XDG_RUNTIME_DIR", run.as_os_str()),
            ("XDG_CONFIG_HOME", OsStr::new("")),
            ("XDG_DATA_HOME", OsStr::new("")),
        ];
        let program = crate::program("profanity");
        let terminal = Terminal::start(&[&program.to_string_lossy(), "-a", &self.name], variables);
        terminal.wait_for("logged in successfully");
        self.terminal = Some(terminal);
    }

    fn open(&self, contact: &str) {
        self.terminal().enter(&format!("/msg {contact}"));
        self.wait_for_title(contact);
    }

    /// Writes a key of ours where Profanity looks for its own: making one itself takes it from a
    /// second to more than a minute.
    fn give_key(&self) {
        let name = format!("{}@localhost", self.name);
        let account = Account { name, protocol: "xmpp".to_owned() };
        let key = PrivateKey::generate(&mut rand::rng());
        let file = write_private_keys(&[AccountKey { account, key }]).expect("a short name");
        self.home.write(self.otr_file("keys.txt"), file.as_bytes());
        // Without this file, it passes over the other one.
        self.home.write(self.otr_file("fingerprints.txt"), "");
    }

    fn otr_file(&self, name: &str) -> std::path::PathBuf {
        self.home.file(format!(".local/share/profanity/otr/{}_at_localhost/{name}", self.name))
    }
}
