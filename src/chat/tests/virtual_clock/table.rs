//! Every state of a conversation and everything that can happen to it, on a virtual clock: which
//! padlock follows, and what leaves.

use crate::world::{ACQUAINTED, World, fingerprint};
use chat::{ChatCommand, Destination, Input, Padlock, Permissions, Program, Proof, Received};

type Apply = fn(&mut World);

/// How a conversation stands, and how it came to stand so.
const STATES: [(&str, Apply); 12] = [
    ("plain", |world| world.ask(ChatCommand::EndPrivate)),
    ("unasked", |_| {}),
    ("starting", |world| world.ask(ChatCommand::GoPrivate)),
    ("away", |world| world.give(Input::Gone(0))),
    ("unanswered", |world| {
        world.ask(ChatCommand::GoPrivate);
        world.to_them.clear();
        world.wait(300_000);
        world.to_them.clear();
    }),
    ("private", go_private),
    ("verified", |world| {
        go_private(world);
        set_trust(world, Some(Proof::Compared));
    }),
    ("finished", |world| {
        go_private(world);
        world.device(0, otr::Conversation::end);
        world.deliver_all();
    }),
    ("new key", |world| {
        go_private(world);
        world.reborn(0, 2);
        world.device(0, otr::Conversation::start);
        world.deliver_all();
    }),
    ("doubted", |world| {
        go_private(world);
        world.ask(ChatCommand::DoubtKey(fingerprint(1)));
    }),
    ("peer gone", |world| {
        go_private(world);
        world.give(Input::Gone(0));
    }),
    ("offline", |world| {
        go_private(world);
        world.give(Input::LinkDown);
    }),
];

fn go_private(world: &mut World) {
    world.ask(ChatCommand::GoPrivate);
    world.deliver_all();
}

fn set_trust(world: &mut World, proof: Option<Proof>) {
    if let Some(fingerprint) = world.shown.fingerprint() {
        world.ask(ChatCommand::SetTrust { fingerprint, proof });
    }
}

fn permit(world: &mut World, more: Permissions) {
    let all = ACQUAINTED.into_iter().fold(more, |all, one| all | one);
    world.give(Input::Permissions(all));
}

fn says(world: &mut World, body: &str) {
    world.give(Input::Received(Received::new(Destination::Device(0), body.to_owned())));
}

/// What can happen.
const INPUTS: [(&str, Apply); 25] = [
    ("we type", |world| drop(world.types())),
    ("we go private", |world| world.ask(ChatCommand::GoPrivate)),
    ("we ask once", |world| world.ask(ChatCommand::TryNow)),
    ("we end it", |world| world.ask(ChatCommand::EndPrivate)),
    ("we begin to type", |world| world.ask(ChatCommand::Writing(true))),
    ("we look on", |world| world.wait(2_000)),
    ("we accept the key", World::accepts),
    ("we compare the key", |world| set_trust(world, Some(Proof::Compared))),
    ("we withdraw trust", |world| set_trust(world, None)),
    ("we doubt the key", |world| {
        if let Some(key) = world.shown.fingerprint() {
            world.ask(ChatCommand::DoubtKey(key));
        }
    }),
    ("we become invisible", |world| permit(world, Permissions::INVISIBLE)),
    ("we block them", |world| world.give(Input::Leave)),
    ("the link breaks", |world| world.give(Input::LinkDown)),
    ("the link goes on", |world| world.give(Input::LinkUp { resumed: true })),
    ("the link is new", |world| world.give(Input::LinkUp { resumed: false })),
    ("they go", |world| world.give(Input::Gone(0))),
    ("they come", |world| world.give(Input::Shown { device: 0, program: Program::Other })),
    ("another of theirs comes", |world| {
        world.give(Input::Shown { device: 1, program: Program::Other });
    }),
    ("they exchange keys", |world| {
        world.to_them.clear();
        world.device(0, otr::Conversation::start);
        world.deliver_all();
        world.to_them.clear();
    }),
    ("they bring a new key", |world| {
        world.to_them.clear();
        world.reborn(0, 2);
        world.device(0, otr::Conversation::start);
        world.deliver_all();
        world.to_them.clear();
    }),
    ("they end it", |world| {
        world.device(0, otr::Conversation::end);
        world.deliver_to_us();
    }),
    ("they write readably", |world| says(world, "words")),
    ("somebody claims an error", |world| says(world, "?OTR Error: not in private")),
    ("somebody asks for version 2", |world| says(world, "?OTRv2?")),
    ("nobody answers", |world| world.wait(300_000)),
];

/// The padlock that follows: a letter each, `+` where something of the protocol leaves, `!` where a
/// readable text does.
const TABLE: &str = "
                            plain      unasked    starting   away       unanswered private    verified   finished   new key    doubted    peer gone  offline
we type                     N!         S+         S          W          A          P+         V+         F          K          D          W          W
we go private               S+         S+         S+         W          S+         P+         V+         S+         K+         D+         W          W
we ask once                 S+         S+         S+         S+         S+         P          V          S+         K          D          S+         W
we end it                   N          N          N          N          N          N+         N+         N          N+         N+         N+         N+
we begin to type            N          S+         S          W          A          P          V          F          K          D          W          W
we look on                  N          U          S          W          A          P          V          F          K          D          W          W
we accept the key           N          U          S          W          A          P          V          F          P          P          W          W
we compare the key          N          U          S          W          A          V          V          F          V          V          W          W
we withdraw trust           N          U          S          W          A          D          D          F          D          D          W          W
we doubt the key            N          U          S          W          A          D          D          F          D          D          W          W
we become invisible         N          U          S          U          A          U          U          F          U          U          U          W
we block them               N          A          S          W          A          A+         A+         A          A+         A+         W+         W+
the link breaks             N          W          S          W          W          W          W          F          W          W          W          W
the link goes on            N          U          S          W          S+         P          V          F          K          D          W          P
the link is new             N          W          W          W          W          W          W          F          W          W          W          W
they go                     N          W          W          W          W          W          W          F          W          W          W          W
they come                   N          U          S          U          A          P          V          F          K          D          S+         W
another of theirs comes     N          U          S          U          S+         P          V          F          K          D          S+         W
they exchange keys          P+         P+         P+         P+         P+         P+         V+         P+         K+         D+         P+         W+
they bring a new key        P+         P+         P+         P+         P+         K+         K+         K+         K+         K+         K+         W+
they end it                 N          U          S          W          A          F          F          F          F          F          F          W
they write readably         N          U          S          U          A          P+         V+         F          K+         D+         S+         W+
somebody claims an error    N          U          S          U          A          P          V          F          K          D          S+         W
somebody asks for version 2 S+         S+         S+         S+         S+         P          V          F          K          D          S+         W
nobody answers              N          U          A+         W          A          P          V          F          K          D          W          W
";

const fn letter(padlock: Padlock) -> char {
    match padlock {
        Padlock::NotPrivate => 'N',
        Padlock::Unasked => 'U',
        Padlock::Starting => 'S',
        Padlock::Waiting => 'W',
        Padlock::Unanswered => 'A',
        Padlock::Private(_) => 'P',
        Padlock::Verified(_) => 'V',
        Padlock::Finished => 'F',
        Padlock::KeyChanged(_) => 'K',
        Padlock::Doubted(_) => 'D',
    }
}

fn cell(state: Apply, input: Apply) -> String {
    let mut world = World::new(3);
    world.ask(ChatCommand::Open);
    state(&mut world);
    world.to_them.clear();
    world.to_us.clear();
    let before = world.left;
    input(&mut world);
    let mut cell = String::from(letter(world.chat.padlock()));
    if world.left.otr > before.otr {
        cell.push('+');
    }
    if world.left.readable > before.readable {
        cell.push('!');
    }
    cell
}

#[test]
fn each_state_answers_each_input_as_the_table_says() {
    let mut table = format!("{:28}", "");
    for (state, _) in STATES {
        table.push_str(&format!("{state:11}"));
    }
    let mut lines = vec![table.trim_end().to_owned()];
    for (input, act) in INPUTS {
        let mut line = format!("{input:28}");
        for (_, state) in STATES {
            line.push_str(&format!("{:11}", cell(state, act)));
        }
        lines.push(line.trim_end().to_owned());
    }
    let found = lines.join("\n");
    assert!(found == TABLE.trim_matches('\n'), "found:\n{found}");
}
