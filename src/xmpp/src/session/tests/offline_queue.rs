//! What came too late, and too much of it.

use super::*;

#[tokio::test]
async fn what_does_not_fit_any_more_is_unsure_at_once() {
    let mut desk = Desk::new();
    let mut offline_queue = OfflineQueue::default();
    let mut tag = 0;
    while desk.events().await.is_empty() {
        tag += 1;
        assert!(tag < 10_000, "it takes in without end");
        offline_queue.push(send(tag, "text"), true, &mut desk.state);
    }
    offline_queue.flush(&mut desk.session, true, &mut desk.state);
    let sent = desk.session.into_unfinished().0;
    assert_eq!(sent.len() as u64, tag - 1, "the others went out");
}
