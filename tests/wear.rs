//! What a server's questions cost: it may ask for an acknowledgement after each stanza (XEP-0198
//! §4), and each of our answers says what to write down for a later start.
#![expect(clippy::expect_used, reason = "what cannot be measured fails its test")]
#![expect(clippy::print_stdout, reason = "what was measured is what one wants to read")]

use std::fmt::Write as _;
use std::fs;
use std::time::Instant;

use stories::{Device, Person, Prosody, Scratch, Setup, Wire, until};

/// So many readable messages come one after another.
const MESSAGES: usize = 3_000;
/// So much more may be written for a message that is asked about.
const BYTES_MAX: u64 = 1_024;
const QUESTION: &str = "<r xmlns='urn:xmpp:sm:3'/>";

fn asks_after_each(text: &str) -> String {
    text.replace("</message>", &format!("</message>{QUESTION}"))
}

/// What this process has written until now, to files and elsewhere.
fn written() -> u64 {
    let io = fs::read_to_string("/proc/self/io").expect("the system counts");
    let count = io.lines().find_map(|line| line.strip_prefix("wchar: "));
    count.and_then(|count| count.parse().ok()).expect("the system counts")
}

/// How many stanzas the client has confirmed.
fn last_answer(wire: &Wire) -> usize {
    let said = wire.from_client();
    let count = said.rsplit_once("<a ").and_then(|(_, answer)| answer.split_once("h='"));
    let count = count.and_then(|(_, count)| count.split_once('\'')).map(|(count, _)| count.parse());
    count.and_then(Result::ok).unwrap_or_default()
}

/// All come, and so many bytes are written for each.
fn receive_all(asks: bool) -> u64 {
    let server = Prosody::start();
    let wire = Wire::tap(&server);
    let profile = Scratch::new("wear");
    let alice =
        Person::sign_in_with(&Setup::keeper("alice", &server, &profile).by_direct_tls(wire.port()));
    let chat = alice.with("bob");
    let mut bob = Device::sign_in("bob", &server);
    if asks {
        wire.forge(asks_after_each);
    }
    let mut all = String::new();
    for number in 0..MESSAGES {
        let message = "<message to='alice@localhost' type='chat' id='";
        write!(all, "{message}n{number}'><body>number {number}.</body></message>").expect("text");
    }
    let (before, start) = (written(), Instant::now());
    bob.send(&all);
    chat.wait_for_text(&format!("number {}.", MESSAGES - 1));
    let (bytes, took) = (written() - before, start.elapsed());
    let texts: Vec<String> = chat.received().into_iter().map(|(text, _)| text).collect();
    let expected: Vec<String> = (0..MESSAGES).map(|number| format!("number {number}.")).collect();
    assert_eq!(texts, expected);
    // The server hears of all of them, once they are kept.
    until("what came should be confirmed", || (last_answer(&wire) >= MESSAGES).then_some(()));
    let answers = wire.from_client().matches("<a ").count();
    println!("{MESSAGES} messages, {answers} answers: {took:?}, {bytes} bytes written");
    bytes / MESSAGES as u64
}

#[test]
fn a_server_that_asks_after_each_message_wears_out_no_disk() {
    let (calm, asked) = (receive_all(false), receive_all(true));
    assert!(asked <= calm + BYTES_MAX, "{calm} bytes a message without questions, {asked} with");
}
