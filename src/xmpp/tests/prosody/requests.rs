//! Everything that is asked of a server.

use sotto_xmpp::Account;

use crate::server::{Prosody, Setup};
use crate::skipped;
use crate::support::scenarios;

fn server(users: &[&str]) -> Prosody {
    let more = "allow_registration = true\nregistration_throttle_max = 1000\n\
        default_archive_policy = true\n";
    Prosody::start_with(users, &Setup { more, ..Setup::default() })
}

#[tokio::test]
async fn contacts_find_each_other_and_talk() {
    if skipped() {
        return;
    }
    let server = server(&["alice", "bob"]);
    let alice = server.account_at("alice", server.tls_port, true);
    scenarios::contacts_talk(alice, server.account("bob")).await;
}

#[tokio::test]
async fn a_later_process_goes_on_with_the_session() {
    if skipped() {
        return;
    }
    let server = server(&["alice", "bob"]);
    scenarios::a_later_process_goes_on(server.account("alice"), server.account("bob")).await;
}

#[tokio::test]
async fn whoever_is_blocked_is_not_heard() {
    if skipped() {
        return;
    }
    let server = server(&["alice", "bob"]);
    scenarios::blocking(server.account("alice"), server.account("bob")).await;
}

#[tokio::test]
async fn another_device_gets_copies_but_not_of_otr() {
    if skipped() {
        return;
    }
    let server = server(&["alice", "bob"]);
    scenarios::copies(server.account("alice"), server.account("bob")).await;
}

#[tokio::test]
async fn the_archive_is_read_page_by_page() {
    if skipped() {
        return;
    }
    let server = server(&["alice", "bob"]);
    scenarios::archive(server.account("alice"), server.account("bob")).await;
}

#[tokio::test]
async fn an_account_is_made_changed_and_removed() {
    if skipped() {
        return;
    }
    let server = server(&[]);
    let place = Account { jid: "localhost".parse().unwrap(), ..server.account("nobody") };
    scenarios::an_account_lives(place, |_| {}).await;
}

#[tokio::test]
async fn a_server_that_makes_no_accounts_says_so() {
    use sotto_xmpp::{Registration, RegistrationError};
    if skipped() {
        return;
    }
    let server = Prosody::start(&[]);
    let refusal = Registration::open(&server.account("nobody")).await.map(drop);
    assert_eq!(refusal, Err(RegistrationError::NotOffered));
}
