//! How contacts are seen: their pictures and the groups they are in, with a real server.

#![expect(
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "what is missing fails its story"
)]

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use engine::{
    AccountCommand, AccountEvent, Availability, Avatar, ChatEvent, Command, ContactCommand, Event,
    PrivacySettings, Setting,
};

use stories::{Chat, Cut, Device, Options, Person, Prosody, Scratch, Setup, Wire, until};

/// A red pixel and a blue one, in PNG and Base64, and the SHA-1 of each.
const RED: [&str; 2] = [
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC",
    "2732f12a8f18d27cf0fa78ef41091bfa1ccec9ce",
];
const BLUE: [&str; 2] = [
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYPgPAAEDAQAIicLsAAAAAElFTkSuQmCC",
    "3b37538efb87e9eb1c6d547562f499932b894f17",
];

const DATA: &str = "urn:xmpp:avatar:data";
const METADATA: &str = "urn:xmpp:avatar:metadata";

/// Shows a picture to contacts (XEP-0084).
fn publish(device: &mut Device, [picture, hash]: [&str; 2]) {
    device.publish(DATA, hash, &format!("<data xmlns='{DATA}'>{picture}</data>"));
    let info = format!("<info bytes='70' id='{hash}' type='image/png'/>");
    device.publish(METADATA, hash, &format!("<metadata xmlns='{METADATA}'>{info}</metadata>"));
}

/// Shows none any more.
fn publish_none(device: &mut Device) {
    device.publish(METADATA, "none", &format!("<metadata xmlns='{METADATA}'/>"));
}

/// Every picture of the contact that was told so far, and that there is none.
fn told(chat: &Chat<'_>) -> Vec<Option<Avatar>> {
    chat.wait("pictures", |events, id| {
        let told = events.iter().filter_map(|event| match event {
            Event::Chat(chat, ChatEvent::AvatarChanged(avatar)) if chat == id => {
                Some(avatar.clone())
            }
            _ => None,
        });
        Some(told.collect())
    })
}

fn wait_for_pictures(chat: &Chat<'_>, wanted: &[Option<[&str; 2]>]) {
    let decode = |[picture, _]: [&str; 2]| {
        Avatar::new(BASE64_STANDARD.decode(picture).expect("it is Base64"))
    };
    let wanted: Vec<_> = wanted.iter().map(|picture| picture.map(decode)).collect();
    until("the pictures should be these", || (told(chat) == wanted).then_some(()));
}

/// How often a picture was asked for, of whatever kind.
fn fetches(wire: &Wire) -> usize {
    let sent = wire.from_client();
    sent.matches(&format!("'{DATA}'")).count()
        + sent.matches(&format!("\"{DATA}\"")).count()
        + sent.matches("<vCard").count()
}

/// Has the contact's text come through: whatever they did before has come, too.
fn wait_for_word(device: &mut Device, chat: &Chat<'_>, word: &str) {
    device
        .send(&format!("<message to='alice@localhost' type='chat'><body>{word}</body></message>"));
    chat.wait_for_text(word);
}

fn manners(person: &Person, manners: PrivacySettings) {
    let account = person.with("bob").id().account.clone();
    person.command(Command::Account(account, AccountCommand::SetPrivacySettings(manners)));
    person.wait_for_last("other manners", |event| match event {
        Event::Account(_, AccountEvent::PrivacySettings(now)) if *now == manners => Some(()),
        _ => None,
    });
}

#[test]
fn a_contacts_picture_is_fetched_once_and_shown_until_it_changes() {
    let (modules, stream_management) = (&["pep"], false);
    let server = Prosody::with(Options { modules, stream_management, ..Options::default() });
    let wire = Wire::tap(&server);
    let alice = Person::sign_in_with(&Setup::of("alice", &server).by_direct_tls(wire.port()));
    let mut bob = Device::sign_in("bob", &server);
    let chat = alice.with("bob");
    publish(&mut bob, RED);
    wait_for_pictures(&chat, &[Some(RED)]);
    assert_eq!(fetches(&wire), 1);

    // In another session the server tells of the same picture again.
    let heard = || wire.from_server().matches(RED[1]).count();
    let before = heard();
    wire.cut(Cut::Reset);
    until("the picture should be told again", || (heard() > before).then_some(()));
    wait_for_word(&mut bob, &chat, "here I am");
    assert_eq!(fetches(&wire), 1);

    publish(&mut bob, BLUE);
    wait_for_pictures(&chat, &[Some(RED), None, Some(BLUE)]);
    publish_none(&mut bob);
    wait_for_pictures(&chat, &[Some(RED), None, Some(BLUE), None]);
    assert_eq!(fetches(&wire), 2);
}

#[test]
fn a_picture_on_the_card_is_shown_too() {
    let server = Prosody::with(Options { modules: &["vcard"], ..Options::default() });
    let alice = Person::sign_in("alice", &server);
    let mut bob = Device::sign_in("bob", &server);
    let photo = format!("<PHOTO><TYPE>image/png</TYPE><BINVAL>{}</BINVAL></PHOTO>", RED[0]);
    bob.set("", &format!("<vCard xmlns='vcard-temp'>{photo}</vCard>"));
    let update = format!("<x xmlns='vcard-temp:x:update'><photo>{}</photo></x>", RED[1]);
    bob.send(&format!("<presence>{update}</presence>"));
    wait_for_pictures(&alice.with("bob"), &[Some(RED)]);
}

#[test]
fn a_strangers_picture_is_never_fetched() {
    let modules = &["pep", "vcard"];
    let server = Prosody::with(Options { strangers: true, modules, ..Options::default() });
    let wire = Wire::tap(&server);
    let alice = Person::sign_in_with(&Setup::of("alice", &server).by_direct_tls(wire.port()));
    let mut bob = Device::sign_in("bob", &server);
    publish(&mut bob, RED);
    let update = format!("<x xmlns='vcard-temp:x:update'><photo>{}</photo></x>", RED[1]);
    bob.send(&format!("<presence to='alice@localhost'>{update}</presence>"));
    let info = format!("<info bytes='70' id='{}' type='image/png'/>", RED[1]);
    let item =
        format!("<item id='{}'><metadata xmlns='{METADATA}'>{info}</metadata></item>", RED[1]);
    let event = format!(
        "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='{METADATA}'>{item}\
         </items></event>"
    );
    bob.send(&format!("<message to='alice@localhost' type='headline'>{event}</message>"));
    wait_for_word(&mut bob, &alice.with("bob"), "look at me");
    assert!(wire.from_server().contains(RED[1]), "she is told of it");
    assert_eq!((fetches(&wire), told(&alice.with("bob")).len()), (0, 0));
}

#[test]
fn pictures_are_looked_at_only_as_long_as_the_person_wants() {
    let server = Prosody::with(Options { modules: &["pep"], ..Options::default() });
    let wire = Wire::tap(&server);
    let alice = Person::sign_in_with(&Setup::of("alice", &server).by_direct_tls(wire.port()));
    let chat = alice.with("bob");
    let blind = PrivacySettings { pictures: false, ..PrivacySettings::default() };
    manners(&alice, blind);
    let mut bob = Device::sign_in("bob", &server);
    publish(&mut bob, RED);
    wait_for_word(&mut bob, &chat, "look at me");
    assert!(wire.from_server().contains(RED[1]), "she is told of it");
    assert_eq!((fetches(&wire), told(&chat).len()), (0, 0));

    manners(&alice, PrivacySettings::default());
    wait_for_pictures(&chat, &[Some(RED)]);
    manners(&alice, blind);
    wait_for_pictures(&chat, &[Some(RED), None]);
    assert_eq!(fetches(&wire), 1);
}

#[test]
fn while_we_are_hidden_no_picture_is_fetched() {
    let server = Prosody::with(Options { modules: &["pep"], ..Options::default() });
    let wire = Wire::tap(&server);
    let alice = Person::sign_in_with(&Setup::of("alice", &server).by_direct_tls(wire.port()));
    let chat = alice.with("bob");
    manners(&alice, PrivacySettings { pictures: false, ..PrivacySettings::default() });
    let mut bob = Device::sign_in("bob", &server);
    publish(&mut bob, RED);
    wait_for_word(&mut bob, &chat, "look at me");
    alice.command(Command::Set(Setting::Availability(Availability::Offline)));
    manners(&alice, PrivacySettings::default());
    // What is asked for later is done.
    set(&chat, &alice, "Bob", &["Friends"]);
    wait_until_seen_as(&chat, "Bob", &["Friends"]);
    assert_eq!(fetches(&wire), 0);
    alice.command(Command::Set(Setting::Availability(Availability::Online)));
    wait_for_pictures(&chat, &[Some(RED)]);
}

#[test]
fn the_first_presence_of_the_next_life_is_the_one_that_was_chosen() {
    let (server, profile) = (Prosody::start(), Scratch::new("shown"));
    let setup = Setup::keeper("alice", &server, &profile);
    let mut bob = Device::sign_in("bob", &server);
    let alice = Person::sign_in_with(&setup);
    bob.wait_for("from='alice@localhost/");
    alice.command(Command::Set(Setting::Availability(Availability::Busy)));
    bob.wait_for("<show>dnd</show>");
    drop(alice);
    bob.wait_for("type='unavailable'");

    let alice = Person::come_back(&setup);
    let first = bob.wait_for("<c ");
    assert!(first.contains("<show>dnd</show>"), "{first}");
    alice.command(Command::Set(Setting::Availability(Availability::Offline)));
    bob.wait_for("type='unavailable'");
    drop(alice);

    let alice = Person::come_back(&setup);
    alice.wait_until_online();
    let is_hidden = |event: &Event| {
        matches!(event, Event::Setting(Setting::Availability(Availability::Offline)))
    };
    alice.wait_for("the window should be told", |event| is_hidden(event).then_some(()));
    // In the order in which it was sent, this is the first of the new life.
    alice.command(Command::Set(Setting::Availability(Availability::Away)));
    let heard = bob.wait_for("<c ");
    assert!(heard.contains("<show>away</show>"), "{heard}");
    assert_eq!(heard.matches("<presence").count(), 1, "{heard}");
}

#[test]
fn whoever_is_blocked_or_removed_loses_their_picture() {
    let modules = &["pep", "blocklist"];
    let server = Prosody::with(Options { modules, ..Options::default() });
    let alice = Person::sign_in("alice", &server);
    let mut bob = Device::sign_in("bob", &server);
    let chat = alice.with("bob");
    publish(&mut bob, RED);
    wait_for_pictures(&chat, &[Some(RED)]);
    alice.command(Command::Contact(chat.id().clone(), ContactCommand::Block));
    wait_for_pictures(&chat, &[Some(RED), None]);
    alice.command(Command::Contact(chat.id().clone(), ContactCommand::Unblock));
    wait_for_pictures(&chat, &[Some(RED), None, Some(RED)]);
    alice.command(Command::Contact(chat.id().clone(), ContactCommand::Remove));
    wait_for_pictures(&chat, &[Some(RED), None, Some(RED), None]);
}

fn set(chat: &Chat<'_>, person: &Person, name: &str, groups: &[&str]) {
    let (chat, name) = (chat.id().clone(), Some(name.to_owned()));
    let groups = groups.iter().map(|group| (*group).to_owned()).collect();
    person.command(Command::Contact(chat, ContactCommand::Edit { name, groups }));
}

fn wait_until_seen_as(chat: &Chat<'_>, name: &str, groups: &[&str]) {
    chat.wait("the name and the groups should be these", |events, id| {
        let last = events.iter().rev().find_map(|event| match event {
            Event::Chat(chat, ChatEvent::Info(info)) if chat == id => Some(info),
            // What was set while the list was on its way stands in it.
            Event::Account(account, AccountEvent::Roster(contacts)) if *account == id.account => {
                contacts.iter().find(|info| info.contact == id.contact)
            }
            _ => None,
        });
        last.filter(|info| info.name.as_deref() == Some(name) && info.groups == groups).map(drop)
    });
}

#[test]
fn groups_that_one_device_sets_are_seen_on_another() {
    let server = Prosody::start();
    let (desk, phone) = (Person::sign_in("alice", &server), Person::sign_in("alice", &server));
    let (at_desk, at_phone) = (desk.with("bob"), phone.with("bob"));
    set(&at_desk, &desk, "Bob", &["Friends & family"]);
    wait_until_seen_as(&at_phone, "Bob", &["Friends & family"]);
    wait_until_seen_as(&at_desk, "Bob", &["Friends & family"]);
    set(&at_phone, &phone, "Bobby", &[]);
    wait_until_seen_as(&at_desk, "Bobby", &[]);
}
