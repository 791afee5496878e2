//! Counting, asking and resuming.

use super::*;

fn message(tag: u64) -> Outgoing {
    Outgoing { element: Element::bare("message", ns::CLIENT), tag: Some(tag) }
}

/// Writes all that may be written; the names of it.
fn write(management: &mut StreamManagement) -> Vec<String> {
    let mut names = Vec::new();
    while management.has_next() {
        names.push(management.next(Instant::now()).unwrap().name().to_owned());
    }
    assert!(management.next(Instant::now()).is_none());
    names
}

fn sent(count: u64) -> StreamManagement {
    let mut management = StreamManagement::managed(Some("id".into()));
    (0..count).for_each(|tag| management.push(message(tag)));
    write(&mut management);
    management
}

#[test]
fn a_request_follows_every_burst_and_only_one_is_out() {
    let mut management = StreamManagement::managed(None);
    management.push(message(1));
    management.push(message(2));
    assert_eq!(write(&mut management), ["message", "message", "r"]);
    management.push(message(3));
    assert_eq!(write(&mut management), ["message"]);
    assert_eq!(management.acknowledge(2), Ok(vec![1, 2]));
    assert_eq!(write(&mut management), ["r"]);
    assert_eq!(management.acknowledge(3), Ok(vec![3]));
    assert_eq!(write(&mut management), Vec::<String>::new());
    assert!(management.is_idle());
}

#[test]
fn an_answer_that_covers_nothing_does_not_start_a_storm() {
    let mut management = sent(2);
    assert_eq!(management.acknowledge(0), Ok(vec![]));
    assert_eq!(write(&mut management), Vec::<String>::new());
}

#[test]
fn no_more_than_the_window_is_on_its_way() {
    let mut management = StreamManagement::managed(None);
    (0..40).for_each(|tag| management.push(message(tag)));
    assert_eq!(write(&mut management).len(), WINDOW + 1);
    assert_eq!(management.acknowledge(30).unwrap().len(), 30);
    assert_eq!(write(&mut management).len(), 8 + 1);
}

#[test]
fn no_more_commands_are_taken_when_the_queue_is_full() {
    let mut management = StreamManagement::managed(None);
    for tag in 0..QUEUE_MAX as u64 {
        assert!(management.accepts());
        management.push(message(tag));
    }
    assert!(!management.accepts());
}

#[test]
fn whoever_asks_without_listening_fills_no_queue() {
    let mut management = StreamManagement::managed(None);
    for _ in 0..10_000 {
        management.answer_request();
        management.push_answer(Element::bare("iq", ns::CLIENT));
    }
    assert_eq!(management.nonzas.len(), 1);
    assert_eq!(management.queue.len(), QUEUE_WITH_ANSWERS_MAX);
}

#[test]
fn a_session_that_outlives_its_process_confirms_what_is_in_safety() {
    let mut management = StreamManagement::managed(Some("id".into()));
    let answer = |management: &mut StreamManagement| {
        management.nonzas.pop_front().map(|answer| answer.attr("h").unwrap().to_owned())
    };
    management.answer_request();
    assert_eq!(answer(&mut management).as_deref(), Some("0"), "nothing came");
    (0..3).for_each(|_| management.received());
    management.answer_request();
    assert_eq!(answer(&mut management), None);
    management.keep("id", 2);
    assert_eq!(answer(&mut management), None, "of what came before it asked, one is missing");
    management.received();
    management.keep("another", 4);
    management.keep("id", 5);
    assert_eq!(answer(&mut management), None, "that is no count of this session");
    management.keep("id", 3);
    assert_eq!(answer(&mut management).as_deref(), Some("3"));
    management.keep("id", 4);
    assert_eq!(answer(&mut management), None, "nobody asked");
    management.answer_request();
    assert_eq!(answer(&mut management).as_deref(), Some("4"));
}

#[test]
fn counters_wrap_around() {
    let mut management = StreamManagement::managed(None);
    management.acked = u32::MAX;
    management.asked_at = u32::MAX;
    management.handled = u32::MAX;
    (0..3).for_each(|tag| management.push(message(tag)));
    write(&mut management);
    assert_eq!(management.acknowledge(1), Ok(vec![0, 1]));
    assert_eq!(management.acknowledge(2), Ok(vec![2]));
    management.received();
    management.answer_request();
    assert_eq!(management.next(Instant::now()).unwrap().attr("h"), Some("0"));
}

#[test]
fn more_than_was_sent_is_refused() {
    assert_eq!(sent(2).acknowledge(3), Err(AckOutOfRange));
    let mut management = sent(2);
    assert_eq!(management.acknowledge(2), Ok(vec![0, 1]));
    assert_eq!(management.acknowledge(1), Err(AckOutOfRange));
}

#[test]
fn after_resumption_the_rest_goes_out_again_in_order_before_what_waited() {
    let mut management = sent(4);
    management.push(message(4));
    let outcome = Resumed { acked: vec![0, 1], unknown: vec![] };
    assert_eq!(management.resumed(2), Ok(outcome));
    assert_eq!(write(&mut management), ["message", "message", "message", "r"]);
    assert_eq!(management.acknowledge(4), Ok(vec![2, 3]));
    assert_eq!(management.into_unacked(), [4]);
}

#[test]
fn a_resumed_session_is_asked_at_once_and_proven_by_the_answer() {
    let mut management = sent(1);
    assert!(management.is_resumable() && !management.awaits_first_ack());
    management.resumed(1).unwrap();
    assert!(management.awaits_first_ack());
    assert_eq!(write(&mut management), ["r"]);
    management.acknowledge(1).unwrap();
    assert!(!management.awaits_first_ack());
}

#[test]
fn a_later_process_goes_on_and_sends_nothing_again_by_itself() {
    let jid = "alice@example.org/sotto".parse().unwrap();
    let mut earlier = sent(4);
    earlier.acknowledge(1).unwrap();
    earlier.received();
    let resume = earlier.resume_token(&jid).unwrap();
    let mut later = StreamManagement::from_token(resume.clone());
    later.push(message(9));
    let request = later.resume_request().unwrap();
    assert_eq!((request.attr("previd"), request.attr("h")), (Some("id"), Some("1")));
    assert_eq!(later.resume_token(&jid), Some(resume.clone()));
    let outcome = Resumed { acked: vec![1, 2], unknown: vec![3] };
    assert_eq!(later.resumed(3), Ok(outcome));
    assert_eq!(write(&mut later), ["message", "r"]);
    assert_eq!(later.acknowledge(4), Ok(vec![9]));
    // The server has more than was written down.
    let outcome = Resumed { acked: vec![1, 2, 3], unknown: vec![] };
    assert_eq!(StreamManagement::from_token(resume.clone()).resumed(50), Ok(outcome));
    // It has less than it had confirmed: whatever it counts, nothing has arrived for certain.
    for h in [0, u32::MAX] {
        let outcome = Resumed { acked: vec![], unknown: vec![1, 2, 3] };
        assert_eq!(StreamManagement::from_token(resume.clone()).resumed(h), Ok(outcome));
    }
    assert_eq!(StreamManagement::from_token(resume).into_unacked(), [1, 2, 3]);
    assert_eq!(StreamManagement::ping_fallback().resume_token(&jid), None);
}

#[test]
fn what_is_left_is_unsure() {
    let mut management = sent(3);
    management.acknowledge(1).unwrap();
    management.push(message(9));
    assert_eq!(management.into_unacked(), [1, 2, 9]);
}

#[test]
fn pings_confirm_where_nothing_else_does() {
    let mut management = StreamManagement::ping_fallback();
    management.push(message(1));
    management.next(Instant::now());
    let ping = management.next(Instant::now()).unwrap().into_owned();
    assert!(ping.has_child("ping", ns::PING));
    management.push(message(2));
    assert_eq!(write(&mut management), ["message"]);
    assert_eq!(management.pong("another"), None);
    assert_eq!(management.pong(ping.attr("id").unwrap()), Some(Ok(vec![1])));
    assert!(!management.is_resumable() && management.resume_request().is_none());
}

#[test]
fn suspicion_shortens_the_deadline() {
    let now = Instant::now();
    let mut management = sent(1);
    assert!(management.deadline().unwrap() > now + PROBE_TIMEOUT);
    management.probe(true, now);
    assert_eq!(management.deadline(), Some(now + PROBE_TIMEOUT));
    management.acknowledge(1).unwrap();
    assert_eq!(management.deadline(), None);
    management.probe(true, now);
    assert_eq!(management.next(now).unwrap().name(), "r");
    assert_eq!(management.deadline(), Some(now + PROBE_TIMEOUT));
}
