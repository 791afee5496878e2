//! Runs a session on its stream: reads and writes at once, without locks or a second task.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::{Sink, Stream as _, StreamExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_xmpp::minidom::Element;
use tokio_xmpp::xmlstream::ReadError;

use crate::console::{Flow, Tap};
use crate::failure::Failure;
use crate::link::state::{Afterwards, Life};
use crate::session::Session;
use crate::stream::{Stream, read_failure};
use crate::stream_management::Management;
use crate::{Account, Command, OfflineReason};

/// How long goodbyes may take to be confirmed.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(3);
/// How long to listen for the server's reason after it stopped listening to us.
const LAST_WORDS_TIMEOUT: Duration = Duration::from_secs(3);

/// How long after a change it is told what a later process needs to go on: changes come in bursts.
const RESUMABLE_DELAY: Duration = Duration::from_secs(1);

/// Why a stream is over.
#[derive(Debug)]
pub(crate) enum End {
    /// The engine wanted so, or is gone. The stream is closed, unless the session is to outlive it.
    SignedOut,
    /// The stream broke; whether the session may be resumed on another.
    Broken { failure: Failure, resumable: bool },
}

/// What happened next.
enum Step {
    EngineGone,
    EventsTold,
    Command(Option<Command>),
    Read(Option<Result<Element, ReadError>>),
    /// Something was written that has a deadline, or is to be shown.
    Written,
    WriteFailed,
    Deadline,
    /// Something is overdue, or to be told by now.
    Due,
}

/// Runs until the stream is over. What is to hold at the next sign-in is put into `account`.
pub(crate) async fn drive(
    stream: Stream,
    session: &mut Session,
    commands: &mut mpsc::Receiver<Command>,
    life: &mut Life,
    account: &mut Account,
) -> End {
    let end = run(stream, session, commands, life, account).await;
    // However that ended, there is nothing to come back to.
    if life.account_removed { End::SignedOut } else { end }
}

async fn run(
    mut stream: Stream,
    session: &mut Session,
    commands: &mut mpsc::Receiver<Command>,
    life: &mut Life,
    account: &mut Account,
) -> End {
    let mut goodbye: Option<Instant> = None;
    let mut last_words: Option<Instant> = None;
    let mut tell_at: Option<Instant> = None;
    loop {
        if goodbye.is_some() && session.management.is_idle() && life.events.is_empty() {
            return leave(stream, session, life).await;
        }
        if let Some(password) = life.new_password.take() {
            account.password = password;
        }
        if life.account_removed {
            goodbye.get_or_insert_with(|| Instant::now() + GOODBYE_TIMEOUT);
        }
        if session.has_moved_on() {
            tell_at.get_or_insert_with(|| Instant::now() + RESUMABLE_DELAY);
        }
        let due = tell_at.into_iter().chain(session.deadline()).min();
        let takes_commands =
            goodbye.is_none() && session.management.accepts() && life.events.accepts();
        let deadline = goodbye.or(last_words).or(session.management.deadline());
        let reading = life.events.is_empty();
        let step = tokio::select! {
            biased;
            told = life.events.flush(), if !reading => match told {
                Ok(()) => Step::EventsTold,
                Err(_) => Step::EngineGone,
            },
            command = commands.recv(), if takes_commands => Step::Command(command),
            step = poll_fn(|cx| {
                let writing = last_words.is_none();
                poll(&mut stream, &mut session.management, &mut life.tap, reading, writing, cx)
            }) => step,
            () = sleep_until_some(deadline) => Step::Deadline,
            () = sleep_until_some(due) => Step::Due,
        };
        if let Step::Read(Some(Ok(element))) = &step {
            life.tap.saw(Flow::In, element);
        }
        life.tell_traffic();
        match step {
            Step::EventsTold | Step::Written => {}
            Step::EngineGone => return close(stream).await,
            Step::Due => {
                session.expire(life);
                if tell_at.take_if(|at| *at <= Instant::now()).is_some() {
                    session.tell_resumable(life);
                }
            }
            Step::Command(command) => {
                if is_last(command, session, life, account) {
                    goodbye = Some(Instant::now() + GOODBYE_TIMEOUT);
                }
            }
            Step::Read(Some(Ok(element))) => {
                if let Err(failure) = session.receive(&element, life) {
                    let shutdown = Failure::Passing(OfflineReason::ServerShutdown);
                    return End::Broken { resumable: failure == shutdown, failure };
                }
            }
            Step::Read(Some(Err(ReadError::SoftTimeout))) => {
                session.management.probe(false, Instant::now());
            }
            Step::Read(Some(Err(error))) => {
                let failure = read_failure(&error);
                // Only a broken transport leaves the session alive at the server.
                let resumable =
                    matches!(error, ReadError::HardError(_)) && failure == Failure::lost();
                return End::Broken { failure, resumable };
            }
            Step::Read(None) => return End::Broken { failure: Failure::lost(), resumable: true },
            Step::WriteFailed => last_words = Some(Instant::now() + LAST_WORDS_TIMEOUT),
            Step::Deadline if goodbye.is_some() => return leave(stream, session, life).await,
            Step::Deadline => {
                let resumable = last_words.is_some() || session.management.is_proven();
                return End::Broken { failure: Failure::lost(), resumable };
            }
        }
    }
}

/// Takes in what the engine asks; whether the stream is to be closed.
fn is_last(
    command: Option<Command>,
    session: &mut Session,
    life: &mut Life,
    account: &mut Account,
) -> bool {
    match command {
        None | Some(Command::SignOut) => return true,
        Some(Command::Suspend) => {
            life.afterwards = Afterwards::LaterProcess;
            return true;
        }
        Some(Command::ShowAnew(availability)) => {
            (life.availability, life.afterwards) = (availability, Afterwards::NewSession);
            return true;
        }
        Some(Command::SignIn { password }) => account.password = password.into_inner(),
        Some(Command::TrustKey(key)) => account.trusted_key = Some(key),
        Some(command) => session.command(command, life),
    }
    false
}

/// Writes what may be written, flushes, and reads if `reading`.
fn poll(
    stream: &mut Stream,
    management: &mut Management,
    tap: &mut Tap,
    reading: bool,
    writing: bool,
    cx: &mut Context<'_>,
) -> Poll<Step> {
    let deadline = management.deadline();
    if writing && let Poll::Ready(Err(error)) = poll_write(stream, management, tap, cx) {
        tracing::debug!(%error, "cannot write any more");
        return Poll::Ready(Step::WriteFailed);
    }
    if management.deadline() != deadline || !tap.is_empty() {
        return Poll::Ready(Step::Written);
    }
    if reading {
        Poll::Ready(Step::Read(ready!(Pin::new(stream).poll_next(cx))))
    } else {
        Poll::Pending
    }
}

fn poll_write(
    stream: &mut Stream,
    management: &mut Management,
    tap: &mut Tap,
    cx: &mut Context<'_>,
) -> Poll<std::io::Result<()>> {
    while management.has_next() {
        ready!(<Stream as Sink<&Element>>::poll_ready(Pin::new(stream), cx))?;
        if let Some(element) = management.next(Instant::now()) {
            Pin::new(&mut *stream).start_send(&*element)?;
            tap.saw(Flow::Out, &element);
        }
    }
    <Stream as Sink<&Element>>::poll_flush(Pin::new(stream), cx)
}

/// Never ends without a deadline.
pub(crate) async fn sleep_until_some(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}

/// Closes the stream, or drops it where the session is to be resumed.
async fn leave(stream: Stream, session: &Session, life: &Life) -> End {
    if life.afterwards == Afterwards::LaterProcess && session.management.is_resumable() {
        return End::SignedOut;
    }
    close(stream).await
}

/// Says goodbye and waits a moment for the server's (RFC 6120 §4.4).
async fn close(mut stream: Stream) -> End {
    let farewell = async {
        stream.shutdown().await?;
        while let Some(Ok(_) | Err(ReadError::SoftTimeout)) = stream.next().await {}
        std::io::Result::Ok(())
    };
    if !matches!(timeout(GOODBYE_TIMEOUT, farewell).await, Ok(Ok(()))) {
        tracing::debug!("the stream was not closed in both directions");
    }
    End::SignedOut
}

#[cfg(test)]
mod tests;
