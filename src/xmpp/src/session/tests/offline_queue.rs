//! What came too late, and too much of it.

use super::*;

#[tokio::test]
async fn what_does_not_fit_any_more_is_unsure_at_once() {
    let mut desk = Desk::new();
    let mut late = Late::default();
    let mut tag = 0;
    while desk.events().await.is_empty() {
        tag += 1;
        assert!(tag < 10_000, "it takes in without end");
        late.take_in(send(tag, "text"), true, &mut desk.life);
    }
    late.go(&mut desk.session, true, &mut desk.life);
    let sent = desk.session.into_unsure().0;
    assert_eq!(sent.len() as u64, tag - 1, "the others went out");
}
