//! Everything that is asked of a server.

use kit::{Options, Prosody};
use sotto_xmpp::Account;

use crate::server::{Accounts as _, options};
use crate::skipped;
use crate::support::scenarios;

fn server(users: &'static [&'static str]) -> Prosody {
    let extra = "registration_throttle_max = 1000\ndefault_archive_policy = true\n";
    Prosody::with(Options { extra, ..options(users) })
}

#[tokio::test]
async fn contacts_find_each_other_and_talk() {
    if skipped() {
        return;
    }
    let server = server(&["alice", "bob"]);
    let alice = server.account_with_direct_tls("alice");
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
    let extra = "allow_registration = false";
    let server = Prosody::with(Options { extra, ..options(&[]) });
    let refusal = Registration::open(&server.account("nobody")).await.map(drop);
    assert_eq!(refusal, Err(RegistrationError::NotOffered));
}
