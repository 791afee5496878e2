//! How we say that we are there, and when we say nothing.

use super::*;

#[tokio::test]
async fn presence_is_announced_and_kept() {
    let mut desk = Desk::new();
    let away = Command::SetPresence(Availability::Away);
    desk.session.command(away, &mut desk.state);
    assert_eq!(desk.written()[0].get_child("show", ns::CLIENT).unwrap().text(), "away");
    assert_eq!(desk.state.availability, Availability::Away);
}

#[tokio::test]
async fn a_session_that_nobody_ever_saw_is_not_told_to_go() {
    let presences = |session: &mut Session| {
        written(session).iter().filter(|element| element.name() == "presence").count()
    };
    let mut hidden = begin();
    hidden.announce(Availability::Offline);
    assert_eq!(presences(&mut hidden), 0);
    hidden.announce(Availability::Online);
    hidden.announce(Availability::Offline);
    assert_eq!(presences(&mut hidden), 2);
    // What an earlier process has said of one that is gone on with is not known.
    let mut revived = Session { announced: None, ..begin() };
    revived.announce(Availability::Offline);
    assert_eq!(presences(&mut revived), 1);
}
