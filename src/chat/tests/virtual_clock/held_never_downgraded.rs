//! Whatever happens, in whatever order: nothing that was typed under privacy leaves readable, nothing
//! that was meant for one key is read with another, and nothing private is said to have arrived on the
//! word of somebody outside. Without a runtime, on a virtual clock.

use crate::world::{ACQUAINTED, World};
use chat::{ChatCommand, Destination, Input, MessageId, Permissions, Program, Proof, Received};
use proptest::prelude::*;

/// What happens next. Numbers stand for what there is at that moment.
#[derive(Clone, Debug)]
enum Step {
    Type,
    Retry(usize),
    Discard(usize),
    Open,
    Writing(bool),
    GoPrivate,
    TryNow,
    EndPrivate,
    AllowOlderVersion(bool),
    Accept,
    Doubt,
    Compare,
    Withdraw,
    ForgetKey(usize),
    /// The person types, and the padlock has changed since the window was told.
    TypeUnseen(usize),
    LinkDown {
        loses: bool,
    },
    LinkUp {
        resumed: bool,
    },
    Shown(u8),
    Gone(u8),
    Permit(u8),
    DeliverToThem,
    DeliverToUs,
    DeliverAll,
    LoseOfOurs,
    LoseOfTheirs,
    RepeatTheirs,
    SwapTheirs,
    TheyStart(usize),
    TheyEnd(usize),
    TheyCrash {
        device: usize,
        key: usize,
    },
    TheyWritePlainly(u8),
    TheyClaim {
        device: u8,
        what: usize,
    },
    Receipt {
        device: u8,
        message: usize,
    },
    Bounce {
        device: u8,
        message: usize,
    },
    Leave,
    Wait(u64),
    Restart {
        says_goodbye: bool,
    },
}

/// What anybody can write in the contact's name.
const CLAIMS: [&str; 6] = [
    "?OTR Error: You sent encrypted data to them, who wasn't expecting it.",
    "?OTR Error: unreadable",
    "?OTRv23?",
    "?OTRv2?",
    "?OTR?",
    "hello \t  \t\t\t\t \t \t \t    \t\t  \t ",
];

fn step() -> impl Strategy<Value = Step> {
    let (device, key, message) = (0_usize..2, 1_usize..3, 0_usize..8);
    let place = 0_u8..2;
    prop_oneof![
        8 => Just(Step::Type),
        3 => message.clone().prop_map(Step::Retry),
        1 => message.clone().prop_map(Step::Discard),
        2 => Just(Step::Open),
        1 => any::<bool>().prop_map(Step::Writing),
        4 => Just(Step::GoPrivate),
        1 => Just(Step::TryNow),
        3 => Just(Step::EndPrivate),
        1 => any::<bool>().prop_map(Step::AllowOlderVersion),
        3 => Just(Step::Accept),
        1 => Just(Step::Doubt),
        2 => Just(Step::Compare),
        1 => Just(Step::Withdraw),
        1 => key.clone().prop_map(Step::ForgetKey),
        2 => device.clone().prop_map(Step::TypeUnseen),
        2 => any::<bool>().prop_map(|loses| Step::LinkDown { loses }),
        3 => any::<bool>().prop_map(|resumed| Step::LinkUp { resumed }),
        2 => place.clone().prop_map(Step::Shown),
        2 => place.clone().prop_map(Step::Gone),
        1 => (0_u8..4).prop_map(Step::Permit),
        6 => Just(Step::DeliverToThem),
        6 => Just(Step::DeliverToUs),
        10 => Just(Step::DeliverAll),
        1 => Just(Step::LoseOfOurs),
        1 => Just(Step::LoseOfTheirs),
        1 => Just(Step::RepeatTheirs),
        1 => Just(Step::SwapTheirs),
        3 => device.clone().prop_map(Step::TheyStart),
        2 => device.clone().prop_map(Step::TheyEnd),
        2 => (device, key).prop_map(|(device, key)| Step::TheyCrash { device, key }),
        1 => place.clone().prop_map(Step::TheyWritePlainly),
        2 => (place.clone(), 0..CLAIMS.len())
            .prop_map(|(device, what)| Step::TheyClaim { device, what }),
        2 => (place.clone(), message.clone())
            .prop_map(|(device, message)| Step::Receipt { device, message }),
        1 => (place, message).prop_map(|(device, message)| Step::Bounce { device, message }),
        1 => Just(Step::Leave),
        3 => prop_oneof![Just(1_000), Just(10_000), Just(70_000), Just(400_000)]
            .prop_map(Step::Wait),
        2 => any::<bool>().prop_map(|says_goodbye| Step::Restart { says_goodbye }),
    ]
}

fn message(world: &World, number: usize) -> Option<MessageId> {
    world.typed.keys().nth(number).cloned()
}

fn take(world: &mut World, step: Step) {
    let left = by_person(world, step).and_then(|step| by_network(world, step));
    if let Some(step) = left {
        by_contact(world, step);
    }
}

/// What the person does; gives back what is not theirs to do.
#[expect(clippy::wildcard_enum_match_arm, reason = "others do the rest")]
fn by_person(world: &mut World, step: Step) -> Option<Step> {
    let key_shown = world.shown.fingerprint();
    match step {
        Step::Type => drop(world.types()),
        Step::TypeUnseen(device) => {
            // They leave, and the window has not heard of it.
            let (seen, told) = (world.shown, world.shown);
            world.device(device, otr::Conversation::end);
            world.deliver_all();
            world.shown = seen;
            world.types();
            world.shown = if world.shown == seen { told } else { world.shown };
        }
        Step::Retry(number) => {
            if let Some(id) = message(world, number) {
                world.retries(&id);
            }
        }
        Step::Discard(number) => {
            if let Some(id) = message(world, number) {
                world.ask(ChatCommand::Discard(id));
            }
        }
        Step::Open => world.ask(ChatCommand::Open),
        Step::Writing(writes) => world.ask(ChatCommand::Writing(writes)),
        Step::GoPrivate => world.ask(ChatCommand::GoPrivate),
        Step::TryNow => world.ask(ChatCommand::TryNow),
        Step::EndPrivate => world.ask(ChatCommand::EndPrivate),
        Step::AllowOlderVersion(allows) => world.ask(ChatCommand::AllowOlderVersion(allows)),
        Step::Accept => world.accepts(),
        Step::Doubt => {
            if let Some(key) = key_shown {
                world.ask(ChatCommand::DoubtKey(key));
            }
        }
        Step::Compare | Step::Withdraw => {
            if let Some(fingerprint) = key_shown {
                let proof = matches!(step, Step::Compare).then_some(Proof::Compared);
                world.ask(ChatCommand::SetTrust { fingerprint, proof });
            }
        }
        Step::ForgetKey(key) => world.ask(ChatCommand::ForgetKey(crate::world::fingerprint(key))),
        Step::Leave => world.give(Input::Leave),
        Step::Wait(millis) => world.wait(millis),
        Step::Restart { says_goodbye } => world.restart(says_goodbye),
        other => return Some(other),
    }
    None
}

/// What happens on the way.
#[expect(clippy::wildcard_enum_match_arm, reason = "others do the rest")]
fn by_network(world: &mut World, step: Step) -> Option<Step> {
    match step {
        Step::LinkDown { loses } => {
            world.give(Input::LinkDown);
            let lost = if loses { std::mem::take(&mut world.to_them) } else { Default::default() };
            for sent in lost {
                world.give(Input::Unsure(sent.tag));
            }
        }
        Step::LinkUp { resumed } => {
            world.give(Input::LinkUp { resumed });
            world.give(Input::CaughtUp);
        }
        Step::Shown(device) => world.give(Input::Shown { device, program: Program::Other }),
        Step::Gone(device) => world.give(Input::Gone(device)),
        Step::Permit(what) => {
            let all = ACQUAINTED.into_iter().fold(Permissions::default(), |all, one| all | one);
            let permissions = match what {
                0 => Permissions::default(),
                1 => Permissions::ACCEPTED,
                2 => all | Permissions::INVISIBLE,
                _ => all,
            };
            world.give(Input::Permissions(permissions));
        }
        Step::DeliverToThem => world.deliver_to_them(),
        Step::DeliverToUs => world.deliver_to_us(),
        Step::DeliverAll => world.deliver_all(),
        Step::LoseOfOurs => drop(world.to_them.pop_front()),
        Step::LoseOfTheirs => drop(world.to_us.pop_front()),
        Step::RepeatTheirs => {
            if let Some(first) = world.to_us.front().cloned() {
                world.to_us.push_back(first);
            }
        }
        Step::SwapTheirs => {
            if world.to_us.len() > 1 {
                world.to_us.swap(0, 1);
            }
        }
        other => return Some(other),
    }
    None
}

/// What the contact does, or somebody in their name.
#[expect(clippy::wildcard_enum_match_arm, reason = "others have done the rest")]
fn by_contact(world: &mut World, step: Step) {
    match step {
        Step::TheyStart(device) => world.device(device, otr::Conversation::start),
        Step::TheyEnd(device) => world.device(device, otr::Conversation::end),
        Step::TheyCrash { device, key } => world.reborn(device, key),
        Step::TheyWritePlainly(device) => {
            let received = Received::new(Destination::Device(device), "readable".to_owned());
            world.give(Input::Received(received));
        }
        Step::TheyClaim { device, what } => {
            let received = Received::new(Destination::Device(device), CLAIMS[what].to_owned());
            world.give(Input::Received(received));
        }
        Step::Receipt { device, message: number } => {
            if let Some(id) = message(world, number) {
                world.give(Input::Receipt { from: Destination::Device(device), id });
            }
        }
        Step::Bounce { device, message: number } => {
            if let Some(id) = message(world, number) {
                world.give(Input::Bounced { from: Destination::Device(device), id });
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn nothing_typed_under_privacy_ever_leaves_readable(
        seed in 0_u64..1_000,
        steps in proptest::collection::vec(step(), 1..80),
    ) {
        // Whatever leaves is looked at as it leaves.
        let mut world = World::new(seed);
        for step in steps {
            take(&mut world, step);
            world.assert_read_by_whom_it_was_for();
        }
        world.give(Input::LinkUp { resumed: false });
        world.deliver_all();
        world.wait(400_000);
        world.deliver_all();
        world.assert_read_by_whom_it_was_for();
    }
}

/// The property looks at something: in such schedules texts do leave, both ways.
#[test]
fn texts_leave_readable_where_the_person_saw_so_and_in_private_where_not() {
    let mut world = World::new(1);
    world.ask(ChatCommand::Open);
    world.types();
    world.deliver_all();
    assert_eq!((world.read.len(), world.left.readable), (1, 0));
    world.ask(ChatCommand::EndPrivate);
    world.types();
    world.deliver_all();
    assert_eq!((world.read.len(), world.left.readable), (1, 1));
}
