//! Links against a real ejabberd, which all tests share. Fails without one, unless
//! `SOTTO_SKIP_INTEROP=1` is set.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test may fail, and waits for one kind of event"
)]

mod server;
mod sign_in;
#[path = "../support/mod.rs"]
mod support;

use server::Ejabberd;
use support::scenarios;

#[tokio::test]
async fn contacts_find_each_other_and_talk() {
    let Some(server) = Ejabberd::shared() else { return };
    scenarios::contacts_talk(server.account("talk-a"), server.account("talk-b")).await;
}

#[tokio::test]
async fn a_cut_wire_is_mended_and_the_session_goes_on() {
    let Some(server) = Ejabberd::shared() else { return };
    scenarios::a_cut_wire_is_mended(server.account("cut-a"), server.account("cut-b")).await;
}

#[tokio::test]
async fn a_later_process_goes_on_with_the_session() {
    let Some(server) = Ejabberd::shared() else { return };
    scenarios::a_later_process_goes_on(server.account("later-a"), server.account("later-b")).await;
}

#[tokio::test]
async fn whoever_is_blocked_is_not_heard() {
    let Some(server) = Ejabberd::shared() else { return };
    scenarios::blocking(server.account("block-a"), server.account("block-b")).await;
}

#[tokio::test]
async fn another_device_gets_copies_but_not_of_otr() {
    let Some(server) = Ejabberd::shared() else { return };
    scenarios::copies(server.account("copy-a"), server.account("copy-b")).await;
}

#[tokio::test]
async fn the_archive_is_read_page_by_page() {
    let Some(server) = Ejabberd::shared() else { return };
    scenarios::archive(server.account("archive-a"), server.account("archive-b")).await;
}

#[tokio::test]
async fn an_account_is_made_changed_and_removed() {
    let Some(server) = Ejabberd::shared() else { return };
    scenarios::an_account_lives(server.place("localhost"), |_| {}).await;
}

/// The picture of the test's own captcha ends with the letters to read.
#[tokio::test]
async fn an_account_is_made_past_a_captcha() {
    let Some(server) = Ejabberd::shared() else { return };
    scenarios::an_account_lives(server.place("captcha.localhost"), |form| {
        let field = form.field_mut("ocr").expect("a captcha");
        assert!(field.required);
        let picture = field.picture.clone().expect("a picture");
        assert_eq!(picture.media_type, "image/png");
        let letters = String::from_utf8(picture.bytes[8..].to_vec()).unwrap();
        assert!(form.fill("ocr", letters));
    })
    .await;
}

#[tokio::test]
async fn a_wrong_answer_to_a_captcha_is_refused_and_another_try_allowed() {
    let Some(server) = Ejabberd::shared() else { return };
    scenarios::a_wrong_answer_is_refused(server.place("captcha.localhost")).await;
}
