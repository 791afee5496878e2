//! A conversation over connections that are cut, stalled, reset, left behind and put out of order,
//! a server that is killed, and a program that is killed: nothing typed is lost unseen, nothing comes
//! twice.

#![expect(clippy::print_stdout, reason = "how much was disturbed and failed is worth knowing")]

use engine::MessageId;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use stories::{Cut, Ejabberd, ProcessClient, Prosody, Wire, XmppServer};

const CLIENT: &str = env!("CARGO_BIN_EXE_process_client");
/// In every text typed here, and nowhere else.
const MARK: &str = "said-in-the-storm";
const ROUNDS: usize = 125;
const TEXTS_A_ROUND: usize = 16;
/// In which rounds the server is killed and started again.
const SERVER_KILLED: [usize; 3] = [30, 60, 90];
/// In which rounds Alice's program is.
const ALICE_KILLED: [usize; 5] = [15, 40, 65, 85, 110];

/// Somebody with a line to the server that can be disturbed.
struct Side {
    wire: Wire,
    talker: ProcessClient,
    other: &'static str,
    said: Vec<(MessageId, String)>,
}

impl Side {
    fn sign_in(name: &'static str, other: &'static str, server: &impl XmppServer) -> Self {
        let wire = Wire::tap(server);
        let talker = ProcessClient::sign_in(CLIENT, name, server, wire.port());
        Self { wire, talker, other, said: Vec::new() }
    }

    fn say_some(&mut self, count: usize) {
        for _ in 0..count {
            let text = format!("{MARK} {:04}", self.said.len());
            let id = self.talker.say(self.other, &text);
            self.said.push((id, text));
        }
    }

    /// Loses the connection, and waits until there is another.
    fn lose(&self, how: Cut) {
        let times = self.talker.times_online();
        self.wire.cut(how);
        self.wire.flow();
        self.talker.wait_until_online_after(times);
    }

    /// Is killed with the last words still on the way, and started again. What it has confirmed it
    /// has shown: nothing else is confirmed before the words are shown, and then it dies.
    fn die_and_come_back(&mut self) {
        let times = self.talker.times_online();
        self.wire.stall();
        self.say_some(1);
        self.talker.kill();
        self.wire.cut(Cut::Reset);
        self.wire.flow();
        self.talker.start();
        self.talker.wait_until_online_after(times);
    }

    /// Each text arrived at the other side once and in order, or its author is told that it may
    /// not have. How many were told so.
    fn account_for(&self, received: &[String]) -> usize {
        let deliveries = self.talker.deliveries();
        let mut arrived = received.iter().peekable();
        let mut failed = 0;
        for (id, text) in &self.said {
            let delivery = deliveries.get(id.as_str()).map_or("never shown", String::as_str);
            failed += usize::from(delivery == "failed");
            let in_order = arrived.next_if(|next| *next == text).is_some();
            assert!(
                in_order || delivery == "failed",
                "{} {text:?} is {delivery}; next arrived {:?}, and it at {:?}",
                id.as_str(),
                arrived.peek(),
                received.iter().position(|line| line == text),
            );
        }
        assert_eq!(arrived.next(), None, "this came twice or out of order");
        failed
    }
}

#[test]
fn in_a_storm_each_message_arrives_once_and_in_order_or_is_shown_as_failed() {
    storm(Prosody::start());
}

#[test]
fn the_same_holds_for_a_server_that_swaps_and_loses_some_by_itself() {
    storm(Ejabberd::start());
}

fn storm(mut server: impl XmppServer) {
    let mut alice = Side::sign_in("alice", "bob", &server);
    let mut bob = Side::sign_in("bob", "alice", &server);
    alice.talker.open("bob");

    let mut rng = StdRng::seed_from_u64(0x5077_0107);
    let mut disturbed = 0;
    for round in 0..ROUNDS {
        let (side, how) = (rng.random_bool(0.5), rng.random_range(0..5));
        let swapped = if rng.random_bool(0.5) { &bob } else { &alice };
        swapped.wire.swap();
        // Half of the time, what is said now is lost on the way.
        if rng.random_bool(0.5) {
            if side { &alice } else { &bob }.wire.stall();
        }
        alice.say_some(TEXTS_A_ROUND);
        bob.say_some(TEXTS_A_ROUND);
        for side in [&alice, &bob] {
            side.wire.flow_in_order();
        }
        let hit = if side { &alice } else { &bob };
        match how {
            0 => hit.wire.flow(),
            1 => hit.lose(Cut::Close),
            2 => hit.lose(Cut::Reset),
            3 => hit.lose(Cut::Strand),
            _ => {
                alice.lose(Cut::Reset);
                bob.lose(Cut::Close);
            }
        }
        disturbed += usize::from(how > 0) + usize::from(how == 4);
        if SERVER_KILLED.contains(&round) {
            let times = [alice.talker.times_online(), bob.talker.times_online()];
            server.kill();
            server.start_again();
            alice.talker.wait_until_online_after(times[0]);
            bob.talker.wait_until_online_after(times[1]);
        }
        if ALICE_KILLED.contains(&round) {
            alice.die_and_come_back();
        }
    }
    assert!(disturbed >= 100, "a storm cuts more often than {disturbed} times");

    alice.talker.wait_until_settled();
    bob.talker.wait_until_settled();
    let failed = alice.account_for(&bob.talker.received());
    let failed_too = bob.account_for(&alice.talker.received());
    let swaps = alice.wire.swaps() + bob.wire.swaps();
    println!(
        "{disturbed} disturbances, {swaps} swaps; shown as failed: {failed} and {failed_too} of 2000"
    );
    assert!(swaps >= 20, "a storm swaps more often than {swaps} times");
    for side in [&alice, &bob] {
        assert!(!side.wire.betrays(MARK), "typed text left readable");
    }
}
