//! The example `irc` in a real network: irssi with libotr, through ngircd.
//!
//! Both clients reach the server by way of a relay that notes what passes: it stands where the server
//! stands, and reads what the server reads.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test code")]

#[path = "irc/client.rs"]
mod client;
#[path = "irc/irssi.rs"]
mod irssi;
#[path = "irc/network.rs"]
mod network;
mod support;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, thread};

use client::Client;
use irssi::Irssi;
use network::{Relay, Server};
use otr::keyfile::{Trust, read_fingerprints};
use otr::{Fingerprint, PrivateKey};

/// The example's nick, and irssi's.
const OURS: &str = "sotto";
const THEIRS: &str = "ilse";
/// What the example allows itself, and what the protocol allows: the whole line with its end.
const TEXT_BYTES_MAX: usize = 350;
const LINE_BYTES_MAX: usize = 512;

const HELP: &str = "this test needs ngircd, irssi with its plugin for OTR, and tmux (Debian: ngircd \
                    irssi irssi-plugin-otr tmux); SOTTO_SKIP_INTEROP=1 leaves it out";

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until there is something; `None` if there never is.
fn try_until<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let began = Instant::now();
    loop {
        let seen = look();
        if seen.is_some() || began.elapsed() > PATIENCE {
            return seen;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// A folder of this test, which nobody else may read. It stays where the test fails.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let name = format!("irc_{}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // Another process with this number may have failed once.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

/// Both clients on one server, and what they are known by.
struct Scene {
    // In the order in which they end.
    client: Client,
    irssi: Irssi,
    relay: Relay,
    _server: Server,
    ours: Fingerprint,
    theirs: Fingerprint,
    folder: Folder,
}

impl Scene {
    fn new() -> Self {
        let folder = Folder::new();
        let server = Server::start(&folder.0);
        let relay = Relay::new(server.port());
        let irssi = Irssi::start(&folder.0.join("irssi"), relay.port());
        let client = Client::start(&folder.0.join("client"), relay.port());
        // What irssi says as soon as the server has welcomed it.
        relay.wait_for(&format!("MODE {THEIRS} "));
        irssi.enter(&format!("/query {OURS}"));
        irssi.waits_for("Starting query");
        let theirs = irssi.fingerprint();
        let key = fs::read(folder.0.join("client/key")).unwrap();
        let ours = PrivateKey::from_bytes(&key).unwrap().fingerprint();
        Self { client, irssi, relay, _server: server, ours, theirs, folder }
    }

    fn we_say(&mut self, text: &str) {
        self.client.enter(text);
        self.irssi.waits_for(&format!("<{OURS}> {text}"));
    }

    fn they_say(&mut self, text: &str, how: &str) {
        self.irssi.enter(text);
        self.client.waits_for(&format!("<{THEIRS}, {how}> {text}"));
    }

    /// We ask, with words that lie between the two keys' owners.
    fn we_ask(&mut self) {
        self.client.enter("/question Where did we meet? in Řím");
        self.irssi.waits_for("Question: Where did we meet?");
        self.irssi.enter("/otr auth \"in Řím\"");
        self.irssi.waits_for("Authentication with sotto successful");
        self.client.waits_for("* it is ilse");
    }

    fn they_ask(&mut self) {
        self.irssi.enter("/otr authq \"What did we eat?\" \"palačinky\"");
        self.client.waits_for("* ilse asks: What did we eat? (/answer WORDS)");
        self.client.enter("/answer palačinky");
        self.client.waits_for("* ilse has verified you");
        self.irssi.waits_for("Authentication with sotto successful");
    }

    fn both_compare(&mut self, same: bool) {
        self.irssi.enter("/otr auth shared-words");
        self.client.waits_for("* ilse asks: the secret that you both know (/answer WORDS)");
        self.client.enter(if same { "/answer shared-words" } else { "/answer other-words" });
        self.client.waits_for(if same { "* it is ilse" } else { "* it does not match" });
        let result = if same { "successful" } else { "failed" };
        self.irssi.waits_for(&format!("Authentication with sotto {result}"));
    }
}

/// Some kB of words, each of which is found again wherever it is.
fn long(word: &str) -> String {
    (0..300).map(|number| format!("{word}-{number:03}-ž")).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_example_speaks_with_irssi_in_pieces_and_the_server_reads_nothing() {
    if support::peer::is_skipped() {
        return;
    }
    let mut scene = Scene::new();
    let (ours, theirs) = (scene.ours, scene.theirs);

    // By our query. What is written too early waits.
    scene.client.enter("/otr");
    scene.client.enter("too early");
    scene.client.waits_for("* not sent: there is no private conversation");
    scene.client.waits_for(&format!("* private, not verified: {theirs}"));
    scene.irssi.waits_for(&format!("OTR key fingerprint: {ours} for {OURS}"));
    scene.irssi.waits_for(&format!("<{OURS}> too early"));
    texts_pass_both_ways(&mut scene);

    // They leave. What we write then goes nowhere, and never in clear.
    scene.irssi.enter("/otr finish");
    scene.client.waits_for("* ended by the other side: /end or /otr");
    scene.client.enter("too late");
    scene.client.waits_for("* not sent: the other side has ended the private conversation");
    scene.client.enter("/end");
    scene.client.waits_for("* never sent: too late");
    scene.client.waits_for("* not private");
    scene.we_say("everybody may read it");
    scene.they_say("this as well", "in clear");

    // By their query.
    scene.irssi.enter("/otr init");
    scene.client.waits_for(&format!("* private, not verified: {theirs}"));
    scene.irssi.waits_for("Session secured");
    scene.we_say("Wir sind wieder da: 日本語 🦀");
    scene.they_say("Und wir auch: ελληνικά", "private");

    scene.they_ask();
    // Their question has proved nothing to us.
    scene.they_say("who am I?", "private");
    scene.we_ask();
    scene.they_say("now you know", "verified");
    scene.both_compare(false);
    scene.both_compare(true);

    // We leave; and come back with the same key, and the same trust.
    scene.client.enter("/quit");
    scene.irssi.waits_for(&format!("{OURS} has finished the OTR session."));
    scene.client.ends();
    scene.client = Client::start(&scene.folder.0.join("client"), scene.relay.port());
    scene.client.enter("/otr");
    scene.client.waits_for(&format!("* private and verified: {theirs}"));
    scene.irssi.waits_for("Session secured");
    scene.we_say("here again");
    scene.they_say("so are we", "verified");
    let known = fs::read(scene.folder.0.join("irssi/otr/otr.fp")).unwrap();
    let known = read_fingerprints(&known).unwrap().entries;
    assert!(known.iter().any(|known| known.fingerprint == ours && known.trust == Trust::Smp));

    // By the end of what is typed.
    scene.client.hangs_up();
    scene.irssi.waits_for(&format!("{OURS} has finished the OTR session."));
    the_server_has_read_nothing(&scene.relay);
}

fn texts_pass_both_ways(scene: &mut Scene) {
    scene.we_say("a short one");
    scene.they_say("another", "private");
    scene.we_say("Žluťoučký kůň, 日本語, 🦀");
    scene.they_say("Příšerně žluťoučký, ελληνικά, 🐎", "private");
    scene.we_say(&long("ours"));
    // irssi cuts what it is given before it encrypts it, at blanks.
    let text = long("theirs");
    scene.irssi.enter(&text);
    let mut heard = Vec::new();
    while heard.join(" ").len() < text.len() {
        let line = scene.client.next();
        let part = line.strip_prefix("<ilse, private> ").unwrap_or_else(|| panic!("{line}"));
        heard.push(part.trim().to_owned());
    }
    assert_eq!(heard.join(" "), text);
}

/// What passed the server: short lines, and in clear no more than what was to be.
fn the_server_has_read_nothing(relay: &Relay) {
    let streams = relay.streams();
    let all = streams.concat();
    let secrets = "too early|too late|short|another|luťoučký|日本語|ελληνικά|🦀|ours-|theirs-|Where did|\
                   Řím|What did|palačinky|-words|who am|now you|here again|so are";
    for secret in secrets.split('|') {
        assert!(!all.contains(secret), "the server has read {secret:?}");
    }
    // A text to or from somebody, whose line has passed twice: to the server, and from it.
    let texts: Vec<&str> = streams.iter().flat_map(|stream| stream.lines()).collect();
    let texts = texts.iter().filter_map(|line| {
        assert!(line.len() + 2 <= LINE_BYTES_MAX, "{line}");
        let (head, text) = line.split_once(" :")?;
        let is_text = head.split(' ').any(|word| word == "PRIVMSG");
        is_text.then_some((head, text))
    });
    let mut in_clear = Vec::new();
    let (mut our_pieces, mut their_pieces) = (0, 0);
    for (head, text) in texts {
        let is_ours = head.ends_with(THEIRS);
        assert!(!is_ours || text.len() <= TEXT_BYTES_MAX, "{text}");
        match text {
            _ if text.starts_with("?OTR|") && is_ours => our_pieces += 1,
            _ if text.starts_with("?OTR|") => their_pieces += 1,
            _ if text.starts_with("?OTR:") => {}
            _ => in_clear.push(text),
        }
    }
    assert!(our_pieces > 20 && their_pieces > 20, "{our_pieces} {their_pieces}");
    in_clear.retain(|text| !text.starts_with("?OTRv"));
    in_clear.sort_unstable();
    let expected = ["everybody may read it", "this as well"].map(|text| [text, text]).concat();
    assert_eq!(in_clear, expected);
}
