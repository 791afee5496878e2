//! The list of contacts as a person meets it.

use std::time::{Duration, SystemTime};

use engine::ContactInfo;
use iced_test::{Simulator, simulator};

use super::*;
use crate::lookalike::Mark;

fn chat(contact: &str) -> ChatId {
    ChatId { account: "me@example.org".parse().unwrap(), contact: contact.parse().unwrap() }
}

fn info(contact: &str, availability: Availability, subscription: Subscription) -> ContactInfo {
    let contact = contact.parse().unwrap();
    ContactInfo {
        contact,
        name: None,
        availability,
        subscription,
        blocked: false,
        groups: Vec::new(),
    }
}

fn people() -> Vec<(ChatId, ContactInfo, Option<SystemTime>)> {
    let early = SystemTime::UNIX_EPOCH + Duration::from_secs(10);
    let late = SystemTime::UNIX_EPOCH + Duration::from_secs(20);
    [
        ("zoe@a.example", Availability::Online, Subscription::Both, None),
        ("adam@a.example", Availability::Away, Subscription::Both, None),
        ("bob@a.example", Availability::Busy, Subscription::Both, Some(early)),
        ("carl@a.example", Availability::Online, Subscription::OneWay, Some(late)),
        ("dora@a.example", Availability::Offline, Subscription::Asked, Some(late)),
        ("stranger@b.example", Availability::Offline, Subscription::Requested, None),
    ]
    .map(|(who, there, subscription, at)| (chat(who), info(who, there, subscription), at))
    .into()
}

fn entries(
    people: &[(ChatId, ContactInfo, Option<SystemTime>)],
) -> impl Iterator<Item = Entry<'_>> {
    people.iter().map(|(id, info, last_at)| Entry { last_at: *last_at, ..Entry::new(id, info) })
}

fn searching(words: &str) -> Contacts {
    let mut contacts = Contacts::default();
    let _ = contacts.update(Message::Search(words.to_owned()));
    contacts
}

fn names(section: &[Entry<'_>]) -> Vec<String> {
    section.iter().map(|entry| entry.id.contact.to_string()).collect()
}

#[test]
fn strangers_come_first_then_those_who_are_there_by_their_latest_message() {
    let (people, contacts) = (people(), Contacts::default());
    let sections = Sections::sort(entries(&people), &contacts);
    assert_eq!(names(&sections.requests), ["stranger@b.example"]);
    assert_eq!(
        names(&sections.online),
        ["carl@a.example", "bob@a.example", "adam@a.example", "zoe@a.example"]
    );
    assert_eq!(names(&sections.offline), ["dora@a.example"]);
}

#[test]
fn the_search_finds_names_and_addresses_in_any_case() {
    let (people, contacts) = (people(), searching(" B.EXAMPLE "));
    let sections = Sections::sort(entries(&people), &contacts);
    assert_eq!(names(&sections.requests), ["stranger@b.example"]);
    assert_eq!(sections.reachable().count(), 0);
}

#[test]
fn accepting_declining_and_blocking_a_stranger_ask_the_engine() {
    let stranger = || chat("stranger@b.example");
    for (label, wanted) in [
        (t!("accept"), Command::Contact(stranger(), ContactCommand::Accept)),
        (t!("decline"), Command::Contact(stranger(), ContactCommand::Decline)),
        (t!("block"), Command::Contact(stranger(), ContactCommand::Block)),
    ] {
        let people = people();
        let mut contacts = Contacts::default();
        let message = {
            let sections = Sections::sort(entries(&people), &contacts);
            let mut ui = simulator(contacts.view(sections, None));
            ui.click(label.as_str()).unwrap();
            ui.into_messages().next().unwrap()
        };
        let Action::Command(command) = contacts.update(message) else {
            panic!("no command");
        };
        assert_eq!(format!("{command:?}"), format!("{wanted:?}"));
    }
}

#[test]
fn choosing_a_row_shows_its_conversation() {
    let people = people();
    let contacts = Contacts::default();
    let sections = Sections::sort(entries(&people), &contacts);
    let mut ui = simulator(contacts.view(sections, None));
    ui.click("carl").unwrap();
    assert!(matches!(
        ui.into_messages().next(),
        Some(Message::Choose(id)) if id == chat("carl@a.example")
    ));
}

#[test]
fn presence_is_a_word_too() {
    let people = people();
    let contacts = searching("bob");
    let mut ui = simulator(contacts.view(Sections::sort(entries(&people), &contacts), None));
    assert!(ui.find(t!("presence-busy").as_str()).is_ok());
}

#[test]
fn nobody_is_said_to_be_there_while_we_are_offline() {
    let (people, contacts) = (people(), Contacts::default());
    let out_of_sight = entries(&people).map(|entry| Entry { in_sight: false, ..entry });
    let sections = Sections::sort(out_of_sight, &contacts);
    let mut ui = simulator(contacts.view(sections, None));
    for words in [
        t!("section-was-online", count = 4_usize),
        t!("section-was-offline", count = 1_usize),
        t!("presence-unknown"),
        t!("presence-asked"),
    ] {
        assert!(ui.find(words.as_str()).is_ok(), "{words}");
    }
    for words in [t!("section-online", count = 4_usize), t!("presence-online"), t!("presence-busy")]
    {
        assert!(ui.find(words.as_str()).is_err(), "{words}");
    }
}

#[test]
fn a_stranger_who_wrote_can_be_read_before_deciding() {
    let people = [(
        chat("stranger@b.example"),
        info("stranger@b.example", Availability::Offline, Subscription::Wrote),
        None,
    )];
    let contacts = Contacts::default();
    let mut ui = simulator(contacts.view(Sections::sort(entries(&people), &contacts), None));
    assert!(ui.find(t!("request-wrote").as_str()).is_ok());
    ui.click("stranger").unwrap();
    assert!(matches!(ui.into_messages().next(), Some(Message::Choose(_))));
}

#[test]
fn whom_the_server_keeps_away_is_called_blocked() {
    let bob = info("bob@b.example", Availability::Online, Subscription::Both);
    let people = [(chat("bob@b.example"), ContactInfo { blocked: true, ..bob }, None)];
    let contacts = Contacts::default();
    let mut ui = simulator(contacts.view(Sections::sort(entries(&people), &contacts), None));
    assert!(ui.find(t!("presence-blocked").as_str()).is_ok());
}

#[test]
fn a_search_without_a_find_says_so() {
    let contacts = searching("nobody");
    let mut ui = simulator(contacts.view(Sections::default(), None));
    assert!(ui.find(t!("contacts-not-found").as_str()).is_ok());
}

fn grouped() -> Vec<(ChatId, ContactInfo, Option<SystemTime>)> {
    let mut people = people();
    for (_, info, _) in &mut people {
        info.groups = match info.contact.as_str() {
            "bob@a.example" => vec!["Work".to_owned(), "friends".to_owned()],
            "dora@a.example" => vec!["Work".to_owned()],
            _ => Vec::new(),
        };
    }
    people
}

/// Clicks these words, and takes that in.
fn press(
    contacts: &mut Contacts,
    people: &[(ChatId, ContactInfo, Option<SystemTime>)],
    words: &str,
) -> Action {
    let message = {
        // High enough for all that is laid out, as if one scrolled.
        let mut ui = Simulator::with_size(
            iced::Settings::default(),
            [400.0, 8_000.0],
            contacts.view(Sections::sort(entries(people), contacts), None),
        );
        ui.click(words).unwrap();
        ui.into_messages().next().unwrap()
    };
    contacts.update(message)
}

#[test]
fn without_groups_there_is_nothing_to_choose_from() {
    let (people, contacts) = (people(), Contacts::default());
    let mut ui = simulator(contacts.view(Sections::sort(entries(&people), &contacts), None));
    assert!(ui.find(t!("groups-all").as_str()).is_err());
}

#[test]
fn one_group_is_looked_at_or_everybody_and_strangers_are_never_hidden() {
    let (people, mut contacts) = (grouped(), Contacts::default());
    let _ = press(&mut contacts, &people, "Work");
    let sections = Sections::sort(entries(&people), &contacts);
    assert_eq!(names(&sections.requests), ["stranger@b.example"]);
    assert_eq!(names(&sections.online), ["bob@a.example"]);
    assert_eq!(names(&sections.offline), ["dora@a.example"]);
    let _ = press(&mut contacts, &people, &t!("groups-all"));
    assert_eq!(Sections::sort(entries(&people), &contacts).reachable().count(), 5);
}

#[test]
fn a_group_called_like_the_lists_own_words_is_another() {
    let mut people = people();
    people[0].1.groups = vec!["All".to_owned(), t!("groups-all")];
    for group in ["All".to_owned(), format!("“{}”", t!("groups-all"))] {
        let mut contacts = Contacts::default();
        let _ = press(&mut contacts, &people, &group);
        assert_eq!(Sections::sort(entries(&people), &contacts).reachable().count(), 1, "{group}");
        let _ = press(&mut contacts, &people, &t!("groups-all"));
        assert_eq!(Sections::sort(entries(&people), &contacts).reachable().count(), 5, "{group}");
    }
}

#[test]
fn a_group_that_nobody_is_in_any_more_is_not_looked_at() {
    let mut contacts = Contacts::default();
    let _ = press(&mut contacts, &grouped(), "friends");
    let everybody = people();
    assert_eq!(Sections::sort(entries(&everybody), &contacts).reachable().count(), 5);
}

#[test]
fn the_search_finds_groups_and_looks_beyond_the_one_looked_at() {
    let (people, mut contacts) = (grouped(), Contacts::default());
    let _ = press(&mut contacts, &people, "friends");
    let mut found = |words: &str| {
        let _ = contacts.update(Message::Search(words.to_owned()));
        let sections = Sections::sort(entries(&people), &contacts);
        sections.reachable().map(|entry| entry.id.contact.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(found("work"), ["bob@a.example", "dora@a.example"]);
    assert_eq!(found("zoe"), ["zoe@a.example"]);
    assert_eq!(found(""), ["bob@a.example"]);
}

#[test]
fn what_came_from_people_of_other_groups_is_counted_beside_everybody() {
    let (people, mut contacts) = (grouped(), Contacts::default());
    let _ = press(&mut contacts, &people, "friends");
    let unread = entries(&people).map(|entry| Entry { unread: 7, ..entry });
    let mut ui = simulator(contacts.view(Sections::sort(unread, &contacts), None));
    // Carl, Adam, Zoe and Dora.
    assert!(ui.find("28").is_ok());
}

#[test]
fn groups_have_short_names_in_order_and_there_is_no_end_of_them() {
    let mut people = people();
    let long = "a group with a name that is far too long for anybody";
    people[0].1.groups = (0..5_000).map(|number| format!("{number:04}")).collect();
    people[1].1.groups = vec!["Zoo".to_owned(), long.to_owned()];
    let contacts = Contacts::default();
    let look = |people| simulator(contacts.view(Sections::sort(entries(people), &contacts), None));
    let mut ui = look(&people[..1]);
    assert!(ui.find("0000").is_ok() && ui.find("0063").is_ok() && ui.find("0064").is_err());
    let mut ui = look(&people[1..2]);
    assert!(ui.find("a group with a name that is far…").is_ok() && ui.find("Zoo").is_ok());
}

#[test]
fn a_contact_with_a_picture_has_no_letter() {
    let (people, contacts) = (people(), searching("bob"));
    let avatar_image = crate::image::tests::avatar_image();
    for (shown, letter) in [(None, true), (Some(&avatar_image), false)] {
        let entries = entries(&people).map(|entry| Entry { avatar_image: shown, ..entry });
        let mut ui = simulator(contacts.view(Sections::sort(entries, &contacts), None));
        assert_eq!(ui.find("B").is_ok(), letter);
    }
}

/// So many strangers who ask, and Zoe, who is a contact.
fn crowd(count: usize) -> Vec<(ChatId, ContactInfo, Option<SystemTime>)> {
    let ask = |number: usize| {
        let who = format!("s{number:03}@evil.example");
        (chat(&who), info(&who, Availability::Offline, Subscription::Requested), None)
    };
    let zoe = info("zoe@a.example", Availability::Online, Subscription::Both);
    (0..count).map(ask).chain([(chat("zoe@a.example"), zoe, None)]).collect()
}

fn shown(contacts: &Contacts, people: &[(ChatId, ContactInfo, Option<SystemTime>)]) -> Vec<String> {
    let mut ui = simulator(contacts.view(Sections::sort(entries(people), contacts), None));
    let names = people.iter().map(|(id, ..)| id.contact.node().unwrap().to_string());
    names.filter(|name| ui.find(name.as_str()).is_ok()).collect()
}

#[test]
fn however_many_strangers_ask_contacts_stay_in_sight_and_few_cards_are_laid_out() {
    let (people, mut contacts) = (crowd(256), Contacts::default());
    assert_eq!(shown(&contacts, &people), ["zoe"]);
    let _ = press(&mut contacts, &people, &t!("requests-show"));
    assert_eq!(shown(&contacts, &people).len(), 8 + 1);
    let _ = press(&mut contacts, &people, &t!("requests-more", count = 248_usize));
    assert_eq!(shown(&contacts, &people).len(), 16 + 1);
    let _ = press(&mut contacts, &people, &t!("requests-hide"));
    assert_eq!(shown(&contacts, &people), ["zoe"]);
}

#[test]
fn one_stranger_who_asks_is_shown_at_once() {
    assert_eq!(shown(&Contacts::default(), &crowd(1)), ["s000", "zoe"]);
}

#[test]
fn all_are_declined_who_were_there_when_that_was_asked_and_nobody_who_came_since() {
    let (people, mut contacts) = (crowd(3), Contacts::default());
    let asked = press(&mut contacts, &people, &t!("requests-decline-all"));
    assert!(matches!(asked, Action::AskToDeclineAll));
    let there: Vec<_> = people.iter().take(3).map(|(id, ..)| id.clone()).collect();
    contacts.ask_to_decline(there.clone());
    let later = crowd(5);
    let _ = press(&mut contacts, &later, &t!("cancel"));
    let _ = press(&mut contacts, &later, &t!("requests-decline-all"));
    contacts.ask_to_decline(there.clone());
    let action = press(&mut contacts, &later, &t!("requests-decline-yes", count = 3_usize));
    let Action::Command(Command::DeclineAll(declined)) = action else { panic!("{action:?}") };
    assert_eq!(declined, there);
}

#[test]
fn what_is_not_kept_of_strangers_is_said_even_when_nobody_is_left_who_asks() {
    let contacts = Contacts::default();
    let not_kept = NotKept { requests: 19_744, messages: 1, addresses: 2 };
    let sections = Sections { not_kept, ..Sections::default() };
    let mut ui = simulator(contacts.view(sections, None));
    for words in [
        t!("requests-not-kept", count = 19_744_usize),
        t!("messages-not-kept", count = 1_usize),
        t!("addresses-not-read", count = 2_usize),
    ] {
        assert!(ui.find(words.as_str()).is_ok(), "{words}");
    }
}

#[test]
fn who_may_be_taken_for_another_is_marked_with_the_whole_address() {
    let (people, contacts) = (people(), Contacts::default());
    let mark = Mark::LooksLike("zoe@a.example".parse().unwrap());
    let marked = || entries(&people).map(|entry| Entry { mark: Some(&mark), ..entry });
    let mut ui = simulator(contacts.view(Sections::sort(marked(), &contacts), None));
    assert!(ui.find("carl@a.example").is_ok(), "in the list");
    assert!(ui.find(mark.words().as_str()).is_ok(), "on the card of the stranger");
}
