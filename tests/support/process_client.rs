//! Somebody whose Sotto can be killed.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use engine::{MessageId, new_message_id};

use crate::{Daemon, GUARD, Scratch, XmppServer};

/// Between two lives.
const KILLED: &str = "killed";

/// A person with a program in a process of its own. What was told outlives the process.
#[derive(Debug)]
pub struct ProcessClient {
    name: &'static str,
    binary: &'static str,
    program: Option<(Daemon, ChildStdin)>,
    reader: Option<thread::JoinHandle<()>>,
    told: Arc<Told>,
    profile: PathBuf,
    authority: PathBuf,
    port: u16,
    _scratch: Scratch,
}

/// Lines as they were printed, all lives one after another.
#[derive(Debug, Default)]
struct Told {
    lines: Mutex<Vec<String>>,
    more: Condvar,
}

impl ProcessClient {
    /// Signs in by direct TLS on this port and waits until online. `binary` is the built
    /// `talker`, which cargo tells to stories only.
    #[must_use]
    pub fn sign_in(
        binary: &'static str,
        name: &'static str,
        server: &impl XmppServer,
        port: u16,
    ) -> Self {
        let scratch = Scratch::new(name);
        let mut talker = Self {
            name,
            binary,
            program: None,
            reader: None,
            told: Arc::default(),
            profile: scratch.file("profile"),
            authority: server.certificates().authority(),
            port,
            _scratch: scratch,
        };
        talker.start();
        talker.wait_until_online_after(0);
        talker
    }

    /// Starts the program, which finds what an earlier life kept.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(&mut self) {
        let mut command = Command::new(self.binary);
        command.arg(self.name).args([&self.profile, &self.authority]).arg(self.port.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut program = Daemon::start(&mut command);
        let child = program.child();
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let told = Arc::clone(&self.told);
        let output = output.expect("it is piped");
        let reader = thread::spawn(move || {
            // A life that was killed may end in the middle of a line.
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                told.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
                told.more.notify_all();
            }
        });
        self.reader = Some(reader);
        self.program = Some((program, input.expect("it is piped")));
    }

    /// Kills it: nobody is told, nothing more is written.
    ///
    /// # Panics
    /// When it is not running.
    pub fn kill(&mut self) {
        let (program, _input) = self.program.take().expect("it runs");
        program.kill();
        // What it printed is read to the end before the next life speaks.
        let reader = self.reader.take().expect("it was listened to");
        reader.join().expect("reading does not fail");
        self.told.lines.lock().unwrap_or_else(PoisonError::into_inner).push(KILLED.to_owned());
    }

    /// Opens the conversation.
    pub fn open(&mut self, who: &str) {
        self.ask(&format!("open {who}"));
    }

    /// Types a text, and waits until the window shows it.
    pub fn say(&mut self, who: &str, text: &str) -> MessageId {
        let id = new_message_id();
        self.ask(&format!("say {who} {} {text}", id.as_str()));
        let shown = format!("mine {} ", id.as_str());
        self.wait("what was typed should be shown", |lines| {
            lines.iter().rev().any(|line| line.starts_with(&shown)).then_some(())
        });
        id
    }

    fn ask(&mut self, line: &str) {
        let (_, input) = self.program.as_mut().expect("it runs");
        writeln!(input, "{line}").expect("it listens");
    }

    /// How often it came online.
    #[must_use]
    pub fn times_online(&self) -> usize {
        self.read(times_online)
    }

    /// Waits until it came online once more than `times`.
    pub fn wait_until_online_after(&self, times: usize) {
        self.wait("should come online", |lines| (times_online(lines) > times).then_some(()));
    }

    /// All that was received, in order. What a life that was killed had shown and not read is there
    /// again at the beginning of the next one, and counts once.
    #[must_use]
    pub fn received(&self) -> Vec<String> {
        self.read(|lines| {
            let (mut received, mut begins) = (Vec::new(), false);
            for line in lines {
                match line.split_once(' ') {
                    Some(("received", text)) => {
                        let text = text.to_owned();
                        if !begins || !received.contains(&text) {
                            received.push(text);
                        }
                    }
                    Some(("unread", _)) => begins = false,
                    _ => begins |= line == KILLED,
                }
            }
            received
        })
    }

    /// How each message of its own stands.
    #[must_use]
    pub fn deliveries(&self) -> HashMap<String, String> {
        self.read(deliveries)
    }

    /// Waits until no message of its own is held or on its way in this life. What became of one
    /// that the server confirmed just before a life ended was perhaps not told any more, and is
    /// not written down: whether it arrived shows at the other side.
    pub fn wait_until_settled(&self) {
        self.wait("all should be settled", |lines| {
            let this_life = lines.iter().rposition(|line| line == KILLED).unwrap_or_default();
            let open = |delivery: &String| delivery != "delivered" && delivery != "failed";
            let now = deliveries(lines.get(this_life..).unwrap_or_default());
            (!now.values().any(open)).then_some(())
        });
    }

    fn read<T>(&self, look: impl FnOnce(&[String]) -> T) -> T {
        look(&self.told.lines.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until `look` finds something in what has been told, as long as more is told.
    fn wait<T>(&self, what: &str, look: impl Fn(&[String]) -> Option<T>) -> T {
        let mut lines = self.told.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut began, mut count) = (Instant::now(), lines.len());
        loop {
            if let Some(found) = look(&lines) {
                return found;
            }
            if lines.len() > count {
                (began, count) = (Instant::now(), lines.len());
            }
            let Some(left) = GUARD.checked_sub(began.elapsed()) else {
                let is_message =
                    |line: &&String| line.starts_with("mine ") || line.starts_with("received ");
                let (messages, rest): (Vec<_>, Vec<_>) = lines.iter().rev().partition(is_message);
                let last = rest.iter().take(30).rev().chain(messages.iter().take(5).rev());
                let last: Vec<_> = last.map(|line| line.as_str()).collect();
                let last = last.join("\n");
                let mut open = deliveries(&lines);
                open.retain(|_, delivery| delivery != "delivered" && delivery != "failed");
                let lives = lines.iter().filter(|line| *line == KILLED).count() + 1;
                drop(lines);
                panic!(
                    "{}, life {lives}: {what}, but open are {open:?}, and the last told is\n{last}",
                    self.name
                );
            };
            let woken = self.told.more.wait_timeout(lines, left);
            lines = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

fn times_online(lines: &[String]) -> usize {
    lines.iter().filter(|line| *line == "online").count()
}

/// The last that was told of each message.
fn deliveries(lines: &[String]) -> HashMap<String, String> {
    let told = lines.iter().filter_map(|line| line.strip_prefix("mine ")?.split_once(' '));
    told.map(|(id, delivery)| (id.to_owned(), delivery.to_owned())).collect()
}
