//! With more than one account it is said as whom one acts, before one acts.

use iced_test::Simulator;

use super::*;

const HERE: &str = "me@example.org";
const THERE: &str = "pseudonym@elsewhere.example";

fn with_two_accounts() -> Messenger {
    let mut messenger = with_contacts();
    let account = jid(THERE);
    messenger.observe(Event::Account(account.clone(), AccountEvent::State(AccountState::Online)));
    let contacts = vec![info("bob@example.org", Availability::Online)];
    messenger.observe(Event::Account(account, AccountEvent::Roster(contacts)));
    messenger
}

fn count(messenger: &Messenger, words: &str) -> usize {
    let mut found = 0;
    let size = [1000.0, 760.0];
    let mut ui = Simulator::with_size(
        iced::Settings::default(),
        size,
        messenger.view(SystemTime::UNIX_EPOCH),
    );
    let _ = ui.find(|candidate: iced_test::selector::Candidate<'_>| {
        if let iced_test::selector::Candidate::Text { content, .. } = candidate {
            found += usize::from(crate::text::strip_isolates(content) == words);
        }
        None::<iced_test::selector::Target>
    });
    found
}

#[test]
fn each_row_and_the_header_say_as_whom_one_writes() {
    let mut messenger = with_two_accounts();
    assert_eq!(
        count(&messenger, &crate::text::strip_isolates(&t!("contact-as", account = HERE))),
        3
    );
    assert_eq!(
        count(&messenger, &crate::text::strip_isolates(&t!("contact-as", account = THERE))),
        1
    );
    let _ = messenger.choose(ChatId { account: jid(THERE), contact: jid("bob@example.org") });
    assert_eq!(count(&messenger, &crate::text::strip_isolates(&t!("chat-as", account = THERE))), 1);
    // With one there is nothing to say.
    let mut messenger = with_contacts();
    let _ = messenger.choose(chat("bob@example.org"));
    assert_eq!(
        count(&messenger, &crate::text::strip_isolates(&t!("contact-as", account = HERE))),
        0
    );
    assert_eq!(count(&messenger, &crate::text::strip_isolates(&t!("chat-as", account = HERE))), 0);
}

#[test]
fn whoever_adds_a_contact_says_and_sees_as_whom() {
    let mut messenger = with_two_accounts();
    // The one whose conversation is open is the one that is meant first.
    let _ = messenger.choose(ChatId { account: jid(THERE), contact: jid("bob@example.org") });
    let _ = messenger.new_contact();
    assert!(shows(&messenger, &t!("new-contact-as")));
    let typed = sheet::Message::NewContact(new_contact::Message::Typed("eve@example.org".into()));
    let add = || Message::Sheet(sheet::Message::NewContact(new_contact::Message::Add));
    let _ = messenger.update(Message::Sheet(typed.clone()));
    let Action::Add(added) = messenger.update(add()) else { panic!() };
    assert_eq!(added.account, jid(THERE));

    let _ = messenger.new_contact();
    let chosen = sheet::Message::NewContact(new_contact::Message::As(jid(HERE)));
    let _ = messenger.update(Message::Sheet(chosen));
    let _ = messenger.update(Message::Sheet(typed));
    let Action::Add(added) = messenger.update(add()) else { panic!() };
    assert_eq!(added.account, jid(HERE));
}

#[test]
fn a_question_in_a_conversation_that_is_not_open_is_counted_and_seen() {
    let mut messenger = with_contacts();
    let _ = messenger.choose(chat("carol@example.org"));
    let key = engine::Fingerprint::V3([7; 20]);
    let asks = engine::Verification::Requested {
        request: engine::RequestId(1),
        question: Some("where?".to_owned()),
    };
    let bob = || chat("bob@example.org");
    messenger.observe(Event::Chat(bob(), ChatEvent::PadlockChanged(Padlock::Private(key))));
    messenger.observe(Event::Chat(bob(), ChatEvent::Verification(asks)));
    assert_eq!(messenger.unread(), 1);
    assert!(shows(&messenger, &t!("contact-asks")));
    let _ = messenger.choose(bob());
    assert_eq!(messenger.unread(), 0, "it stands above the conversation");
}
