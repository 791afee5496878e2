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
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::life::Life;
use crate::management::Management;
use crate::session::Session;
use crate::stream::{Stream, read_failure};
use crate::{Command, OfflineReason};

/// How long goodbyes may take to be confirmed.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(3);
/// How long to listen for the server's reason after it stopped listening to us.
const LAST_WORDS_TIMEOUT: Duration = Duration::from_secs(3);

/// Why a stream is over.
#[derive(Debug)]
pub(crate) enum End {
    /// The engine wanted so, or is gone; the stream is closed.
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
    WriteFailed,
    Deadline,
}

/// Runs until the stream is over. A new password is put into `password` for the next sign-in.
pub(crate) async fn drive(
    mut stream: Stream,
    session: &mut Session,
    commands: &mut mpsc::Receiver<Command>,
    life: &mut Life,
    password: &mut Zeroizing<String>,
) -> End {
    let mut goodbye: Option<Instant> = None;
    let mut last_words: Option<Instant> = None;
    loop {
        if goodbye.is_some() && session.management.is_idle() {
            return close(stream).await;
        }
        let takes_commands = goodbye.is_none() && session.management.accepts();
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
                poll(&mut stream, &mut session.management, reading, last_words.is_none(), cx)
            }) => step,
            () = sleep_until_some(deadline) => Step::Deadline,
        };
        match step {
            Step::EventsTold => {}
            Step::EngineGone => return close(stream).await,
            Step::Command(None | Some(Command::SignOut)) => {
                goodbye = Some(Instant::now() + GOODBYE_TIMEOUT);
            }
            Step::Command(Some(Command::SignIn { password: new })) => *password = new,
            Step::Command(Some(command)) => session.command(command, life),
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
                // Only a broken transport leaves the session alive at the server.
                let failure = read_failure(&error);
                let resumable =
                    matches!(error, ReadError::HardError(_)) && failure == Failure::lost();
                return End::Broken { failure, resumable };
            }
            Step::Read(None) => return End::Broken { failure: Failure::lost(), resumable: true },
            Step::WriteFailed => last_words = Some(Instant::now() + LAST_WORDS_TIMEOUT),
            Step::Deadline if goodbye.is_some() => return close(stream).await,
            Step::Deadline => return End::Broken { failure: Failure::lost(), resumable: true },
        }
    }
}

/// Writes what may be written, flushes, and reads if `reading`.
fn poll(
    stream: &mut Stream,
    management: &mut Management,
    reading: bool,
    writing: bool,
    cx: &mut Context<'_>,
) -> Poll<Step> {
    if writing && let Poll::Ready(Err(error)) = poll_write(stream, management, cx) {
        tracing::debug!(%error, "cannot write any more");
        return Poll::Ready(Step::WriteFailed);
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
    cx: &mut Context<'_>,
) -> Poll<std::io::Result<()>> {
    while management.has_next() {
        ready!(<Stream as Sink<&Element>>::poll_ready(Pin::new(stream), cx))?;
        if let Some(element) = management.next(Instant::now()) {
            Pin::new(&mut *stream).start_send(&*element)?;
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
