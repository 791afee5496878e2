//! A contact who has spoken version 3 comes with a program that speaks version 2 only.

use otr::{Policy, Version};

use super::*;
use crate::message::OlderVersion;

impl Program {
    /// The same person at an older program, with the same key.
    fn older(&self, resource: &str) -> Self {
        let mut older = self.reborn(resource);
        older.conversation.set_policy(Policy::ALLOW_V2);
        older
    }
}

impl Step<'_> {
    fn is_older(&self, wanted: OlderVersion) -> bool {
        matches!(self, Self::Told(ChatEvent::OlderVersion(state)) if *state == wanted)
    }
}

impl Bench {
    /// Private once in version 3, and then only an older program is there.
    async fn with_older_program() -> (Self, Program) {
        let mut desk = Program::new("desk");
        let mut bench = Self::with(&[&desk]).await;
        bench.go_private(&mut desk).await;
        bench.pass(&mut [&mut desk]).await;
        let older = desk.older("older");
        (bench.restarted(&[&older]).await, older)
    }

    /// `program` begins, and is refused.
    async fn refuses(&mut self, program: &mut Program) {
        let outputs = program.conversation.start(self.now());
        self.deliver(&program.at.clone(), outputs).await;
        self.pass(&mut [program]).await;
        assert!(self.notices.contains(&Notice::DowngradeRefused), "{:?}", self.notices);
        assert!(program.conversation.instances().next().is_none());
    }

    async fn allow_older(&mut self, program: &mut Program) {
        self.ask(ChatCommand::AllowOlderVersion(true)).await;
        let key = program.key();
        self.carry_until(&mut [program], |step| step.is_start_with(key)).await;
        let speaks = program.conversation.instances().next();
        assert!(speaks.is_some_and(|state| state.version() == Some(Version::V2)));
    }
}

#[tokio::test(start_paused = true)]
async fn an_older_version_is_refused_until_the_person_allows_it_and_then_remembered() {
    let (mut bench, mut older) = Bench::with_older_program().await;
    bench.refuses(&mut older).await;
    bench.refuses(&mut older).await;
    let told = bench.notices.iter().filter(|it| **it == Notice::DowngradeRefused);
    assert_eq!(told.count(), 1, "once is enough");
    bench.allow_older(&mut older).await;
    let seen = Padlock::Private(older.key());
    bench.say(&mut [&mut older], "in the older way", seen).await;

    // Another life of both; whoever of them begins.
    let mut older = older.older("older");
    let mut bench = bench.restarted(&[&older]).await;
    bench.go_private(&mut older).await;
    assert!(!bench.notices.contains(&Notice::DowngradeRefused));
}

#[tokio::test(start_paused = true)]
async fn it_is_offered_where_an_older_one_was_refused_or_nobody_answered() {
    let (mut bench, mut older) = Bench::with_older_program().await;
    let outputs = older.conversation.start(bench.now());
    bench.deliver(&older.at.clone(), outputs).await;
    bench.carry_until(&mut [], |step| step.is_older(OlderVersion::Wanted)).await;

    let (mut bench, _silent) = Bench::with_older_program().await;
    bench.ask(ChatCommand::GoPrivate).await;
    bench.carry_until(&mut [], |step| step.is_older(OlderVersion::Wanted)).await;
    assert!(bench.notices.contains(&Notice::Unanswered));
}

#[tokio::test(start_paused = true)]
async fn who_is_away_or_never_spoke_the_newer_one_is_offered_no_older_one() {
    let never_wanted = |bench: &mut Bench| {
        let told = std::iter::from_fn(|| bench.to_window.try_recv().ok());
        told.filter(|event| matches!(event, Event::Chat(_, ChatEvent::OlderVersion(_)))).count()
    };
    let (mut bench, older) = Bench::with_older_program().await;
    bench.shows(&older, Availability::Offline).await;
    bench.ask(ChatCommand::TryNow).await;
    while bench.next_sent().await.is_some() {}
    assert_eq!(never_wanted(&mut bench), 0);
    let mut bench = Bench::with(&[&older]).await;
    bench.ask(ChatCommand::GoPrivate).await;
    while bench.next_sent().await.is_some() {}
    assert_eq!(never_wanted(&mut bench), 0);
}

#[tokio::test(start_paused = true)]
async fn it_ends_by_itself_when_the_newer_one_is_spoken() {
    let (mut bench, mut older) = Bench::with_older_program().await;
    bench.allow_older(&mut older).await;
    let mut newer = older.reborn("newer");
    bench.shows(&newer, Availability::Online).await;
    let outputs = newer.conversation.start(bench.now());
    bench.deliver(&newer.at.clone(), outputs).await;
    let programs = &mut [&mut newer];
    bench.carry_until(programs, |step| step.is_older(OlderVersion::Refused)).await;
    assert!(bench.notices.contains(&Notice::NewerVersionAgain));
    let mut older = older.older("older");
    let mut bench = bench.restarted(&[&older]).await;
    bench.refuses(&mut older).await;
}

#[tokio::test(start_paused = true)]
async fn it_can_be_taken_back_which_ends_what_is_private_in_it() {
    let (mut bench, mut older) = Bench::with_older_program().await;
    bench.allow_older(&mut older).await;
    bench.ask(ChatCommand::AllowOlderVersion(false)).await;
    let programs = &mut [&mut older];
    bench.carry_until(programs, |step| step.is_older(OlderVersion::Refused)).await;
    assert!(bench.notices.contains(&Notice::EndedByUs));
    let mut older = older.older("older");
    bench.refuses(&mut older).await;
    let mut older = older.older("older");
    let mut bench = bench.restarted(&[&older]).await;
    let offer = older.conversation.start(bench.now());
    bench.deliver(&older.at.clone(), offer).await;
    bench.pass(&mut [&mut older]).await;
    assert!(older.conversation.instances().next().is_none());
    assert!(bench.notices.is_empty(), "nobody has seen yet that it was told");
}

/// Silence proves nothing once it is broken, or where we may not be heard.
#[tokio::test(start_paused = true)]
async fn silence_offers_no_older_one_to_who_is_invisible_nor_for_longer_than_it_lasts() {
    for invisible in [true, false] {
        let mut desk = Program::new("desk");
        let mut bench = Bench::with(&[&desk]).await;
        bench.go_private(&mut desk).await;
        bench.pass(&mut [&mut desk]).await;
        bench.put(Input::ContactPermissions(ContactPermissions { invisible, ..VISIBLE })).await;
        bench.put(Input::LinkUp { resumed: false }).await;
        bench.shows(&desk, Availability::Online).await;
        let (id, text, seen) = (new_message_id(), "hello".to_owned(), Padlock::Unasked);
        bench.ask(ChatCommand::Send(NewMessage { id, text, seen, replaces: None })).await;
        let is_offered = |step: Step<'_>| step.is_older(OlderVersion::Wanted);
        if invisible {
            bench.carry_until_padlock(&mut [], Padlock::Unanswered).await;
            while let Ok(Event::Chat(_, event)) = bench.to_window.try_recv() {
                assert!(!is_offered(Step::Told(&event)));
            }
        } else {
            bench.carry_until(&mut [], is_offered).await;
            // The connection may have been what was silent.
            bench.put(Input::LinkUp { resumed: false }).await;
            bench.carry_until(&mut [], |step| step.is_older(OlderVersion::Refused)).await;
        }
    }
}
