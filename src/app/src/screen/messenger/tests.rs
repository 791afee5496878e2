//! The main window as a person meets it.

use std::time::{Duration, SystemTime};

use engine::{
    Availability, ContactInfo, NewMessage, OfflineReason, Padlock, PracticeAct, SignInFailure,
    Subscription, VaultFailure,
};
use iced_test::simulator;

use super::*;
use crate::t;

mod accounts;

fn jid(text: &str) -> BareJid {
    text.parse().unwrap()
}

fn chat(contact: &str) -> ChatId {
    ChatId { account: jid("me@example.org"), contact: jid(contact) }
}

fn info(contact: &str, availability: Availability) -> ContactInfo {
    ContactInfo {
        contact: jid(contact),
        name: None,
        availability,
        subscription: Subscription::Both,
        blocked: false,
        groups: Vec::new(),
    }
}

fn state(messenger: &mut Messenger, state: AccountState) {
    messenger.observe(Event::Account(jid("me@example.org"), AccountEvent::State(state)));
}

fn with_contacts() -> Messenger {
    let mut messenger = Messenger::default();
    state(&mut messenger, AccountState::Online);
    messenger.observe(Event::Account(
        jid("me@example.org"),
        AccountEvent::Roster(vec![
            info("bob@example.org", Availability::Online),
            info("carol@example.org", Availability::Online),
            info("dave@example.org", Availability::Offline),
        ]),
    ));
    messenger
}

fn shows(messenger: &Messenger, words: &str) -> bool {
    simulator(messenger.view(SystemTime::UNIX_EPOCH)).find(words).is_ok()
}

fn press(messenger: &mut Messenger, label: &str) -> Action {
    let mut ui = simulator(messenger.view(SystemTime::UNIX_EPOCH));
    ui.click(label).unwrap();
    let message = ui.into_messages().next().unwrap();
    messenger.update(message)
}

#[test]
fn an_account_says_how_it_stands() {
    let mut messenger = Messenger::default();
    state(&mut messenger, AccountState::Connecting);
    assert!(shows(&messenger, &t!("account-connecting")));
    state(&mut messenger, AccountState::Online);
    assert!(shows(&messenger, &t!("account-online")));

    let reason = OfflineReason::ConnectionLost;
    state(&mut messenger, AccountState::Offline { reason, retry_in: Duration::from_secs(9) });
    assert!(shows(&messenger, &t!("account-offline")));
    assert!(shows(&messenger, &t!("offline-connection-lost")));
    assert!(matches!(
        press(&mut messenger, &t!("try-now")),
        Action::Command(Command::Connection(account, ConnectionCommand::Reconnect)) if account == jid("me@example.org")
    ));
}

#[test]
fn a_wrong_password_leads_back_to_signing_in() {
    let mut messenger = Messenger::default();
    state(&mut messenger, AccountState::Refused(SignInFailure::WrongPassword));
    assert!(shows(&messenger, &t!("refused-wrong-password")));
    assert!(matches!(
        press(&mut messenger, &t!("sign-in-again")),
        Action::SignIn(account) if account == jid("me@example.org")
    ));
}

#[test]
fn choosing_a_contact_opens_the_conversation() {
    let mut messenger = with_contacts();
    assert!(shows(&messenger, &t!("empty-title")));
    assert!(matches!(
        press(&mut messenger, "carol"),
        Action::Open(id) if id == chat("carol@example.org")
    ));
    assert!(!shows(&messenger, &t!("empty-title")));
}

#[test]
fn the_arrows_walk_through_the_list_and_around() {
    let mut messenger = with_contacts();
    let mut walk = |forwards| {
        let Action::Open(id) = messenger.step(forwards) else { panic!("nothing opened") };
        id.contact.to_string()
    };
    assert_eq!(walk(true), "bob@example.org");
    assert_eq!(walk(true), "carol@example.org");
    assert_eq!(walk(true), "dave@example.org");
    assert_eq!(walk(true), "bob@example.org");
    assert_eq!(walk(false), "dave@example.org");
}

#[test]
fn whoever_is_passed_by_or_left_is_looked_at_no_longer_and_the_engine_knows() {
    let mut messenger = with_contacts();
    let left = |messenger: &mut Messenger| {
        let told = messenger.pending_commands().into_iter();
        let left = told.filter(|command| matches!(command, Command::Chat(_, ChatCommand::Leave)));
        left.filter_map(|told| told.chat().map(|id| id.contact.to_string())).collect::<Vec<_>>()
    };
    let _ = messenger.step(true);
    assert!(left(&mut messenger).is_empty());
    let _ = messenger.step(true);
    assert_eq!(left(&mut messenger), ["bob@example.org"]);
    assert!(messenger.leave_chat());
    // The engine had no room for it.
    let refused = messenger.pending_commands().remove(0);
    messenger.command_rejected(refused);
    assert_eq!(left(&mut messenger), ["carol@example.org"]);
    assert!(left(&mut messenger).is_empty());
}

#[test]
fn enter_in_the_search_takes_the_first_that_is_found() {
    let mut messenger = with_contacts();
    let _ = messenger.update(Message::Contacts(contacts::Message::Search("car".to_owned())));
    assert!(matches!(
        messenger.update(Message::Contacts(contacts::Message::SearchDone)),
        Action::Open(id) if id == chat("carol@example.org")
    ));
}

#[test]
fn a_contact_is_added_by_address() {
    let mut messenger = with_contacts();
    let _ = messenger.new_contact();
    let mut ui = simulator(messenger.view(SystemTime::UNIX_EPOCH));
    ui.click(id::NEW_CONTACT).unwrap();
    let _ = ui.typewrite("eve@example.org");
    let _ = ui.tap_key(iced::keyboard::key::Named::Enter);
    let actions: Vec<_> =
        ui.into_messages().collect::<Vec<_>>().into_iter().map(|m| messenger.update(m)).collect();
    assert!(matches!(
        actions.last(),
        Some(Action::Add(id)) if *id == chat("eve@example.org")
    ));
    assert!(!shows(&messenger, &t!("new-contact-title")));
}

#[test]
fn ones_own_address_is_no_contact() {
    let mut messenger = with_contacts();
    let _ = messenger.new_contact();
    let message = new_contact::Message::Typed("me@example.org".to_owned());
    let _ = messenger.update(Message::Sheet(sheet::Message::NewContact(message)));
    assert!(shows(&messenger, &t!("new-contact-yourself")));
    let add = sheet::Message::NewContact(new_contact::Message::Add);
    assert!(matches!(messenger.update(Message::Sheet(add)), Action::None));
}

#[test]
fn signing_out_asks_first() {
    let mut messenger = with_contacts();
    assert!(matches!(messenger.update(Message::SignOut(jid("me@example.org"))), Action::None));
    assert!(shows(&messenger, &t!("sign-out-title")));
    let action = messenger.update(Message::Sheet(sheet::Message::SignOut));
    assert!(matches!(action, Action::Command(Command::Connection(_, ConnectionCommand::SignOut))));
}

#[test]
fn escape_closes_the_sheet_before_anything_else() {
    let mut messenger = with_contacts();
    messenger.help();
    assert!(shows(&messenger, &t!("help-title")));
    let _ = messenger.close_top();
    assert!(!shows(&messenger, &t!("help-title")));
}

#[test]
fn practice_shows_what_the_partner_can_do() {
    let mut messenger = Messenger::default();
    let account = jid("you@practice.invalid");
    messenger.observe(Event::Account(account.clone(), AccountEvent::State(AccountState::Online)));
    for (label, wanted) in [
        (t!("practice-ask"), PracticeAct::AskQuestion),
        (t!("practice-write-plainly"), PracticeAct::WritePlainly),
        (t!("practice-change-key"), PracticeAct::ChangeKey),
        (t!("practice-go-away"), PracticeAct::GoAway),
    ] {
        assert!(matches!(
            press(&mut messenger, &label),
            Action::Command(Command::Practice(PracticeCommand::Act(act))) if act == wanted
        ));
    }
    assert!(matches!(
        press(&mut messenger, &t!("leave-practice")),
        Action::Command(Command::Practice(PracticeCommand::Stop))
    ));
    messenger.observe(Event::Account(account, AccountEvent::Removed));
    assert!(!shows(&messenger, &t!("practice-title")));
}

#[test]
fn what_only_the_person_can_decide_is_decided_on_the_sheet_of_the_account() {
    let mut messenger = with_contacts();
    let (host, key) = ("example.org".to_owned(), "a".repeat(64).parse().ok());
    let problem = engine::CertificateProblem::SelfSigned;
    let refused = SignInFailure::CertificateRefused { host, problem, key };
    state(&mut messenger, AccountState::Refused(refused));
    let _ = press(&mut messenger, &t!("decide"));
    let _ = press(&mut messenger, &t!("details"));
    messenger.observe(Event::Account(jid("me@example.org"), AccountEvent::Removed));
    assert!(!shows(&messenger, &t!("details")), "the sheet goes with its account");
}

#[test]
fn a_status_that_was_not_taken_is_not_shown() {
    let mut messenger = with_contacts();
    let _ = press(&mut messenger, "me@example.org");
    let invisible = account_sheet::Message::Show(Availability::Offline);
    let action = messenger.update(Message::Sheet(sheet::Message::Account(invisible)));
    let Action::Command(command) = action else { panic!("{action:?}") };
    assert_eq!(messenger.own_presence.now(), Availability::Offline);
    messenger.command_rejected(command);
    assert_eq!(messenger.own_presence.now(), Availability::Online);
}

#[test]
fn how_one_chose_to_be_shown_in_the_life_before_is_shown() {
    let mut messenger = with_contacts();
    for (kept, words) in [
        (Availability::Offline, t!("presence-invisible")),
        (Availability::Away, t!("presence-away")),
        (Availability::Busy, t!("presence-busy")),
    ] {
        messenger.observe(Event::Setting(Setting::Availability(kept)));
        assert!(shows(&messenger, &words));
    }
}

#[test]
fn a_click_beside_the_sheet_loses_no_password() {
    let mut messenger = with_contacts();
    let _ = press(&mut messenger, "me@example.org");
    let change = account_sheet::Message::ChangePassword;
    let _ = messenger.update(Message::Sheet(sheet::Message::Account(change)));
    let _ = messenger.update(Message::Sheet(sheet::Message::Dismiss));
    assert!(shows(&messenger, &t!("change-password-about")));
    let _ = messenger.close_top();
    assert!(!shows(&messenger, &t!("change-password-about")));
}

#[test]
fn a_new_roster_takes_away_who_is_gone() {
    let mut messenger = with_contacts();
    messenger.observe(Event::Account(
        jid("me@example.org"),
        AccountEvent::Roster(vec![info("bob@example.org", Availability::Online)]),
    ));
    assert!(shows(&messenger, "bob"));
    assert!(!shows(&messenger, "carol"));
}

fn info_of(contact: &str, subscription: Subscription) -> Event {
    let info = ContactInfo { subscription, ..info(contact, Availability::Offline) };
    Event::Chat(chat(contact), ChatEvent::Info(info))
}

fn received(text: &str) -> ChatEvent {
    ChatEvent::Received {
        text: text.to_owned(),
        provenance: engine::Provenance::Plain,
        at: SystemTime::UNIX_EPOCH,
        label: engine::Label::default(),
        place: None,
    }
}

#[test]
fn nobody_becomes_a_contact_by_what_is_not_said_to_us() {
    let mut messenger = with_contacts();
    let key = engine::Fingerprint::V3([7; 20]);
    for event in [
        ChatEvent::AvatarChanged(None),
        ChatEvent::Removed,
        ChatEvent::PadlockChanged(Padlock::Private(key)),
        ChatEvent::Writing(true),
        ChatEvent::Notice(engine::Notice::Unreadable),
        ChatEvent::Verification(engine::Verification::InProgress),
        ChatEvent::Discarded(engine::new_message_id()),
    ] {
        messenger.observe(Event::Chat(chat("eve@example.net"), event));
    }
    assert!(!shows(&messenger, "eve"));
    assert_eq!(messenger.chats.len(), 3);
    // What was said is never lost; but whoever said it is no contact.
    messenger.observe(Event::Chat(chat("eve@example.net"), received("hi")));
    assert!(shows(&messenger, &t!("request-wrote")));
    let _ = press(&mut messenger, "eve");
    assert!(shows(&messenger, &t!("banner-contact-wrote", name = "eve")));
}

#[test]
fn look_alikes_are_marked_in_the_list_the_header_and_where_contacts_are_added() {
    let mut messenger = with_contacts();
    messenger.observe(info_of("bob@evil.example", Subscription::Requested));
    messenger.observe(info_of("c\u{430}rol@example.org", Subscription::Both));
    messenger.finish_batch();
    let bob = t!("alike-same-name", other = "bob@example.org");
    let carol = t!("alike-looks", other = "carol@example.org");
    assert!(shows(&messenger, &bob), "on the card");
    assert!(shows(&messenger, "c\u{430}rol@example.org"), "in the list");
    let _ = press(&mut messenger, "c\u{430}rol");
    assert!(shows(&messenger, &carol), "in the header");

    let _ = messenger.new_contact();
    let typed = new_contact::Message::Typed("d\u{430}ve@example.org".to_owned());
    let _ = messenger.update(Message::Sheet(sheet::Message::NewContact(typed)));
    assert!(shows(&messenger, &t!("alike-looks", other = "dave@example.org")));
    let typed = new_contact::Message::Typed("dave@example.org".to_owned());
    let _ = messenger.update(Message::Sheet(sheet::Message::NewContact(typed)));
    assert!(!shows(&messenger, &t!("alike-looks", other = "dave@example.org")));

    // Who goes takes the mark along.
    messenger.observe(Event::Chat(chat("carol@example.org"), ChatEvent::Removed));
    messenger.finish_batch();
    let mark = messenger.chats[&chat("c\u{430}rol@example.org")].mark();
    assert_eq!(mark, Some(&crate::lookalike::Mark::MixedScripts));
}

#[test]
fn all_conversations_together_keep_so_much_and_the_longest_lose_the_most() {
    let mut messenger = with_contacts();
    let text = "x".repeat(100_000);
    messenger.observe(Event::Chat(chat("dave@example.org"), received("short")));
    let long: Vec<_> = (0..20).map(|number| chat(&format!("c{number}@example.org"))).collect();
    for id in &long {
        for _ in 0..40 {
            messenger.observe(Event::Chat(id.clone(), received(&text)));
        }
        messenger.finish_batch();
    }
    let all: usize = messenger.chats.values().map(Chat::weight).sum();
    assert!(all <= chats::WEIGHT_MAX && all > chats::WEIGHT_MAX / 2, "{all}");
    assert_eq!(messenger.chats[&chat("dave@example.org")].last_line(), Some("short"));
}

#[test]
fn all_who_ask_are_declined_after_a_question() {
    let mut messenger = with_contacts();
    for number in 0..300 {
        messenger.observe(info_of(&format!("s{number}@evil.example"), Subscription::Requested));
    }
    let _ = press(&mut messenger, &t!("requests-decline-all"));
    let action = press(&mut messenger, &t!("requests-decline-yes", count = 300_usize));
    let Action::Command(Command::DeclineAll(declined)) = action else { panic!("{action:?}") };
    assert_eq!(declined.len(), 300);
}

#[test]
fn a_stranger_who_wrote_stays_when_the_roster_comes_anew() {
    let mut messenger = with_contacts();
    let stranger = chat("eve@example.net");
    messenger.observe(Event::Chat(
        stranger,
        ChatEvent::Received {
            text: "hi".to_owned(),
            provenance: engine::Provenance::Plain,
            at: SystemTime::UNIX_EPOCH,
            label: engine::Label::default(),
            place: None,
        },
    ));
    messenger.observe(Event::Account(jid("me@example.org"), AccountEvent::Roster(Vec::new())));
    assert!(shows(&messenger, "eve"));
    assert_eq!(messenger.unread(), 1);
}

#[test]
fn what_could_not_be_written_down_is_told_until_it_is_read() {
    let mut messenger = with_contacts();
    messenger.observe(Event::Vault(VaultEvent::NotSaved(VaultFailure::DiskFull)));
    assert!(shows(&messenger, &t!("not-saved-disk-full")));
    let _ = press(&mut messenger, &t!("understood"));
    assert!(!shows(&messenger, &t!("not-saved-disk-full")));
}

#[test]
fn text_that_the_engine_did_not_take_is_given_back() {
    let mut messenger = with_contacts();
    let _ = press(&mut messenger, "bob");
    messenger.command_rejected(Command::Chat(
        chat("bob@example.org"),
        ChatCommand::Send(NewMessage {
            id: engine::new_message_id(),
            text: "do not lose me".to_owned(),
            seen: Padlock::NotPrivate,
            replaces: None,
        }),
    ));
    assert!(shows(&messenger, &t!("banner-not-taken")));
}

/// A message of Carol's moves her row to where Bob's stood.
#[test]
fn a_click_for_one_contact_opens_no_other_that_has_just_come_there() {
    let mut messenger = with_contacts();
    let start = Instant::now();
    messenger.watch_rows(start);
    let later = start + Duration::from_secs(10);
    let choose = |contact| contacts::Message::Choose(chat(contact));
    assert!(messenger.is_meant(&choose("carol@example.org"), later));
    messenger.observe(Event::Chat(
        chat("carol@example.org"),
        ChatEvent::Received {
            text: "now".to_owned(),
            provenance: engine::Provenance::Plain,
            at: SystemTime::UNIX_EPOCH + Duration::from_secs(1),
            label: engine::Label::Outside { id: None, replaces: None },
            place: None,
        },
    ));
    messenger.watch_rows(later);
    assert!(!messenger.is_meant(&choose("carol@example.org"), later));
    assert!(messenger.is_meant(&choose("dave@example.org"), later), "he stands where he stood");
    assert!(messenger.is_meant(&choose("carol@example.org"), later + Duration::from_secs(1)));

    // A stranger's card comes to where she stands now.
    let stranger = ContactInfo {
        subscription: Subscription::Requested,
        ..info("eve@example.org", Availability::Offline)
    };
    messenger.observe(Event::Chat(chat("eve@example.org"), ChatEvent::Info(stranger)));
    let last = later + Duration::from_secs(10);
    messenger.watch_rows(last);
    let accept = contacts::Message::Accept(chat("eve@example.org"));
    assert!(!messenger.is_meant(&accept, last));
    assert!(messenger.is_meant(&accept, last + Duration::from_secs(2)));
}

/// Some programs answer nobody whom they do not see: that is not the contact's doing, and no reason
/// to go on without privacy.
#[test]
fn who_is_invisible_is_told_so_where_nobody_answers_and_shows_themselves_from_there() {
    let mut messenger = with_contacts();
    let _ = messenger.choose(chat("bob@example.org"));
    messenger.observe(Event::Setting(Setting::Availability(Availability::Offline)));
    let unanswered = ChatEvent::PadlockChanged(Padlock::Unanswered);
    messenger.observe(Event::Chat(chat("bob@example.org"), unanswered));
    let here = t!("banner-unanswered-invisible", name = "bob");
    assert!(shows(&messenger, &here) && !shows(&messenger, &t!("chat-go-on-plain")));
    assert!(!shows(&messenger, &t!("presence-online")), "what nobody tells us is not said");

    let action = press(&mut messenger, &t!("chat-show-me"));
    assert!(matches!(
        action,
        Action::Command(Command::Set(Setting::Availability(Availability::Online)))
    ));
    assert!(!shows(&messenger, &here) && shows(&messenger, &t!("chat-go-on-plain")));
}

#[test]
fn what_waits_while_one_is_invisible_says_what_for() {
    let mut messenger = with_contacts();
    let _ = messenger.choose(chat("bob@example.org"));
    messenger.observe(Event::Setting(Setting::Availability(Availability::Offline)));
    let unasked = ChatEvent::PadlockChanged(Padlock::Unasked);
    messenger.observe(Event::Chat(chat("bob@example.org"), unasked));
    let words = t!("banner-held-invisible", name = "bob");
    assert!(!shows(&messenger, &words), "nothing waits");
    let held = engine::Outgoing {
        id: engine::new_message_id(),
        text: "hello".to_owned(),
        at: SystemTime::UNIX_EPOCH,
        delivery: engine::Delivery::Held(engine::HeldReason::GoingPrivate),
        resent: false,
        replaces: None,
    };
    messenger.observe(Event::Chat(chat("bob@example.org"), ChatEvent::Outgoing(held)));
    assert!(shows(&messenger, &words));
}
