//! Runs a session on its stream: reads and writes in one task, without locks.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::{Sink, Stream as _, StreamExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_xmpp::minidom::Element;
use tokio_xmpp::xmlstream::ReadError;

use super::state::{LinkState, OnClose};
use crate::console::{Flow, TrafficLog};
use crate::failure::Failure;
use crate::session::Session;
use crate::stream::{Stream, read_failure};
use crate::stream_management::StreamManagement;
use crate::{Account, Command, OfflineReason};

/// Limit for the last stanzas to be acknowledged, and again for the server to close its stream.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);
/// How long to read on after writing failed: the server's `<stream:error/>` may say why it closed
/// the connection.
const STREAM_ERROR_GRACE: Duration = Duration::from_secs(3);
/// Delay between a change of the resume token and the event that reports it: changes come in
/// bursts.
const RESUME_TOKEN_DELAY: Duration = Duration::from_secs(1);

/// Why a stream ended.
#[derive(Debug)]
pub(crate) enum StreamEnd {
    /// The engine asked for it or is gone. The stream was closed, except where the session was
    /// suspended.
    SignedOut,
    /// The stream broke. `resumable` says whether the session may be resumed on another one.
    Broken { failure: Failure, resumable: bool },
}

/// What woke the event loop.
enum Wake {
    ReceiverDropped,
    EventsDelivered,
    Command(Option<Command>),
    Read(Option<Result<Element, ReadError>>),
    /// Something was written that set a deadline or belongs into the console.
    Written,
    WriteFailed,
    /// The server has not acknowledged or closed in time.
    Deadline,
    /// A request timed out, or the resume token is to be reported.
    Due,
}

/// Points in time at which the event loop acts by itself.
#[derive(Default)]
struct Timers {
    /// Set once the stream is to be closed; then it is closed even if something is unacknowledged.
    close_by: Option<Instant>,
    /// Set once writing failed; then reading ends, too.
    stream_error_by: Option<Instant>,
    /// Set once the resume token has changed.
    report_token_at: Option<Instant>,
}

impl Timers {
    /// Starts those that state and session ask for.
    fn start(&mut self, session: &Session, state: &LinkState) {
        if state.account_removed {
            self.close_by.get_or_insert_with(|| Instant::now() + CLOSE_TIMEOUT);
        }
        if session.resume_token_changed() {
            self.report_token_at.get_or_insert_with(|| Instant::now() + RESUME_TOKEN_DELAY);
        }
    }

    /// When the stream ends unless the server acts.
    fn deadline(&self, session: &Session) -> Option<Instant> {
        self.close_by.or(self.stream_error_by).or(session.management.deadline())
    }

    /// When a request times out or the resume token is to be reported.
    fn due(&self, session: &Session) -> Option<Instant> {
        self.report_token_at.into_iter().chain(session.deadline()).min()
    }
}

/// Runs until the stream ends. A new password or pinned key is put into `account` for the next
/// attempt.
pub(crate) async fn run(
    stream: Stream,
    session: &mut Session,
    commands: &mut mpsc::Receiver<Command>,
    state: &mut LinkState,
    account: &mut Account,
) -> StreamEnd {
    let end = run_until_end(stream, session, commands, state, account).await;
    // A server may confirm the removal by a stream error (XEP-0077 §3.2), which is no failure.
    if state.account_removed { StreamEnd::SignedOut } else { end }
}

async fn run_until_end(
    mut stream: Stream,
    session: &mut Session,
    commands: &mut mpsc::Receiver<Command>,
    state: &mut LinkState,
    account: &mut Account,
) -> StreamEnd {
    let mut timers = Timers::default();
    loop {
        if timers.close_by.is_some() && session.management.is_idle() && state.events.is_empty() {
            return close_or_suspend(stream, session, state).await;
        }
        if let Some(password) = state.new_password.take() {
            account.password = password;
        }
        timers.start(session, state);
        let (deadline, due) = (timers.deadline(session), timers.due(session));
        let takes_commands =
            timers.close_by.is_none() && session.accepts() && state.events.accepts();
        let reading = state.events.is_empty();
        let wake = tokio::select! {
            biased;
            delivered = state.events.flush(), if !reading => {
                delivered.map_or(Wake::ReceiverDropped, |()| Wake::EventsDelivered)
            }
            command = commands.recv(), if takes_commands => Wake::Command(command),
            wake = poll_fn(|cx| {
                let writing = timers.stream_error_by.is_none();
                let log = &mut state.traffic_log;
                poll(&mut stream, &mut session.management, log, reading, writing, cx)
            }) => wake,
            () = sleep_until_some(deadline) => Wake::Deadline,
            () = sleep_until_some(due) => Wake::Due,
        };
        if let Wake::Read(Some(Ok(element))) = &wake {
            state.traffic_log.record(Flow::In, element);
        }
        state.report_traffic();
        match wake {
            Wake::EventsDelivered | Wake::Written => {}
            Wake::ReceiverDropped => return close(stream).await,
            Wake::Due => {
                session.expire(state);
                if timers.report_token_at.take_if(|at| *at <= Instant::now()).is_some() {
                    session.report_resume_token(state);
                }
            }
            Wake::Command(command) => {
                if is_last(command, session, state, account) {
                    timers.close_by = Some(Instant::now() + CLOSE_TIMEOUT);
                }
            }
            Wake::Read(Some(Ok(element))) => {
                if let Err(failure) = session.receive(&element, state) {
                    return ended_by(failure);
                }
            }
            Wake::Read(Some(Err(ReadError::SoftTimeout))) => {
                session.management.probe(false, Instant::now());
            }
            Wake::Read(Some(Err(error))) => {
                return broken_by(&error);
            }
            Wake::Read(None) => {
                return StreamEnd::Broken { failure: Failure::lost(), resumable: true };
            }
            Wake::WriteFailed => {
                timers.stream_error_by = Some(Instant::now() + STREAM_ERROR_GRACE);
            }
            Wake::Deadline if timers.close_by.is_some() => {
                return close_or_suspend(stream, session, state).await;
            }
            Wake::Deadline => {
                let resumable =
                    timers.stream_error_by.is_some() || !session.management.awaits_first_ack();
                return StreamEnd::Broken { failure: Failure::lost(), resumable };
            }
        }
    }
}

/// What a stream error, or a server that breaks the protocol, means for the session.
fn ended_by(failure: Failure) -> StreamEnd {
    // Of all stream errors only `system-shutdown` leaves a session to resume.
    let shutdown = Failure::Transient(OfflineReason::ServerShutdown);
    StreamEnd::Broken { resumable: failure == shutdown, failure }
}

/// What a failed read means for the session.
fn broken_by(error: &ReadError) -> StreamEnd {
    let failure = read_failure(error);
    // Only a broken transport leaves the session alive at the server.
    let resumable = matches!(error, ReadError::HardError(_)) && failure == Failure::lost();
    StreamEnd::Broken { failure, resumable }
}

/// Handles a command. `true` if it is the last one: the stream is to be closed.
fn is_last(
    command: Option<Command>,
    session: &mut Session,
    state: &mut LinkState,
    account: &mut Account,
) -> bool {
    match command {
        None | Some(Command::SignOut) => return true,
        Some(Command::Suspend) => {
            state.on_close = OnClose::Suspend;
            return true;
        }
        Some(Command::ShowAnew(availability)) => {
            (state.availability, state.on_close) = (availability, OnClose::NewSession);
            return true;
        }
        Some(Command::SignIn { password }) => account.password = password.into_inner(),
        Some(Command::PinKey(key)) => account.pinned_key = Some(key),
        Some(command) => session.command(command, state),
    }
    false
}

/// Writes what may be written, flushes, and reads if `reading`.
fn poll(
    stream: &mut Stream,
    management: &mut StreamManagement,
    log: &mut TrafficLog,
    reading: bool,
    writing: bool,
    cx: &mut Context<'_>,
) -> Poll<Wake> {
    let deadline = management.deadline();
    if writing && let Poll::Ready(Err(error)) = poll_write(stream, management, log, cx) {
        tracing::debug!(%error, "writing failed");
        return Poll::Ready(Wake::WriteFailed);
    }
    if management.deadline() != deadline || !log.is_empty() {
        return Poll::Ready(Wake::Written);
    }
    if reading {
        Poll::Ready(Wake::Read(ready!(Pin::new(stream).poll_next(cx))))
    } else {
        Poll::Pending
    }
}

fn poll_write(
    stream: &mut Stream,
    management: &mut StreamManagement,
    log: &mut TrafficLog,
    cx: &mut Context<'_>,
) -> Poll<std::io::Result<()>> {
    while management.has_next() {
        ready!(<Stream as Sink<&Element>>::poll_ready(Pin::new(stream), cx))?;
        if let Some(element) = management.next(Instant::now()) {
            Pin::new(&mut *stream).start_send(&*element)?;
            log.record(Flow::Out, &element);
        }
    }
    <Stream as Sink<&Element>>::poll_flush(Pin::new(stream), cx)
}

/// Sleeps until the deadline; for ever without one.
pub(super) async fn sleep_until_some(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}

/// Closes the stream, or only drops it where a later process is to resume the session.
async fn close_or_suspend(stream: Stream, session: &Session, state: &LinkState) -> StreamEnd {
    if state.on_close == OnClose::Suspend && session.management.is_resumable() {
        return StreamEnd::SignedOut;
    }
    close(stream).await
}

/// Closes the stream and waits for the server to close its own (RFC 6120 §4.4).
async fn close(mut stream: Stream) -> StreamEnd {
    let closing = async {
        stream.shutdown().await?;
        while let Some(Ok(_) | Err(ReadError::SoftTimeout)) = stream.next().await {}
        std::io::Result::Ok(())
    };
    if !matches!(timeout(CLOSE_TIMEOUT, closing).await, Ok(Ok(()))) {
        tracing::debug!("the stream was not closed in both directions");
    }
    StreamEnd::SignedOut
}

#[cfg(test)]
mod tests;
